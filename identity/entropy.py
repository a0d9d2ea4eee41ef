"""The only place that draws chance. Everything else is given an `Entropy`."""

from __future__ import annotations

import base64
import secrets

from factors.contract import Entropy

__all__ = ["Entropy", "system", "token"]


def system(size: int) -> bytes:
    """`size` bytes from the operating system's generator."""
    return secrets.token_bytes(size)


def token(entropy: Entropy, size: int = 16) -> str:
    """An unguessable name of `size` bytes (128 bits by default), base64url without padding."""
    return base64.urlsafe_b64encode(entropy(size)).rstrip(b"=").decode("ascii")
