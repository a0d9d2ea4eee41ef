"""How a code that a person typed is read: digits, whatever else the keyboard put between them.

What is no code is None, never an exception. How many digits a code must have is for the factor
that made it to say; here it is only bounded.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from factors.contract import Json
from factors.response import only_member

MAX_TYPED: Final = 32
"""Characters a typed code may have, spaces included."""

LENGTHS: Final = range(6, 11)
"""How many digits a code may have at all; which of them a token makes is in its credential."""


def only_code(response: Json) -> str | None:
    """Return the digits of ``{"code": "123 456"}``, or None where it is anything else."""
    return read_code(only_member(response, "code"))


def read_code(typed: Json) -> str | None:
    """Return the digits typed, or None. Spaces and full-width digits are what people type."""
    if not isinstance(typed, str) or len(typed) > MAX_TYPED:
        return None
    code = "".join(unicodedata.normalize("NFKC", typed).split())
    return code if code.isascii() and code.isdigit() and len(code) in LENGTHS else None
