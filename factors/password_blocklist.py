"""The passwords everybody uses, so that nobody here does. `data/README.md` names the source.

This module reads a file, which a factor does not do: `registry.build` calls it once.
"""

from __future__ import annotations

import gzip
from importlib.resources import files


def common_passwords() -> frozenset[str]:
    """Return the shipped list, in lower case."""
    packed = files("factors").joinpath("data", "common-passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("utf-8").split())
