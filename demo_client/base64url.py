"""Base64url without padding (RFC 4648 section 5), which WebAuthn's JSON writes bytes in."""

from __future__ import annotations

import base64


def encode(raw: bytes) -> str:
    """Write `raw` as unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Read the bytes behind `text`, padded or not; `ValueError` when there are none."""
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
