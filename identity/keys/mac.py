"""HMAC-SHA256 with a label for what it is for, and names that give nothing away.

The label keeps a MAC made for one thing from being taken for another's, under the same key.
"""

from __future__ import annotations

import base64
import hmac

from identity.keys.ring import Key, KeyRing, Purpose

PSEUDONYM_BYTES = 16
"""128 bits: as many as an account id has, and no two names meet in practice."""


def tag(key: Key, label: str, message: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA256 (RFC 2104) of `message` for the use that `label` names."""
    prefix = label.encode()
    return hmac.digest(key.secret, len(prefix).to_bytes(2, "big") + prefix + message, "sha256")


def holds(key: Key, label: str, message: bytes, claimed: bytes) -> bool:
    """Whether `claimed` is the tag of `message`, compared in constant time."""
    return hmac.compare_digest(tag(key, label, message), claimed)


def short(made: bytes, length: int = PSEUDONYM_BYTES) -> str:
    """Return the first `length` bytes of a tag in base64url, without padding."""
    return base64.urlsafe_b64encode(made[:length]).rstrip(b"=").decode("ascii")


class Pseudonym:
    """Stable stand-ins for names, under the ring's current `name` key.

    The same text gives the same stand-in for one `use`, and unrelated ones for two: what a log
    shows for a login name does not lead to the decoy account that stands in for it.
    """

    def __init__(self, ring: KeyRing, use: str = "log") -> None:
        self._ring = ring
        self._label = f"trifactor/name/v1/{use}"

    def pseudonym(self, text: str) -> str:
        """Return 22 characters of base64url: the shape of an account id, whatever went in."""
        digest = tag(
            self._ring.current(Purpose.NAME), self._label, text.encode("utf-8", "surrogatepass")
        )
        return short(digest)
