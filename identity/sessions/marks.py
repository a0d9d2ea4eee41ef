"""Marks in secrets: who was let in before is told on sight, without asking the store.

    <token>~<key>~<bearer>~<until>~<tag>

`token` is the secret itself, 256 random bits, and `tag` an HMAC over all that is before it, by the
ring's key that `key` names. `bearer` stands for the device or account it was given to (an HMAC,
which tells nobody which), so that all secrets of one device are known to be one's. `until` is when
the mark is over, in Unix seconds (hexadecimal). The store keeps a hash over the whole, mark and
all, so that a mark cannot be moved to another secret and the secret is worth what it was without.

A mark buys an earlier place in a queue and nothing else: what the secret opens, the store says.
Clause: CC-17010.j.g
"""

from __future__ import annotations

import hmac
import re

from factors.contract import Entropy
from identity import entropy as chance
from identity.keys.mac import short, tag
from identity.keys.ring import Key, KeyRing, Purpose

TOKEN = 32
"""Bytes of a secret."""

_BEARER_BYTES = 8
_BEARER_LABEL = "trifactor/mark/v1/bearer"
_TAG_LABEL = "trifactor/mark/v1/tag"
_FORM = re.compile(
    r"([A-Za-z0-9_-]{43}~([A-Za-z0-9_-]{8})~([A-Za-z0-9_-]{11})~([0-9a-f]{8,16}))"
    r"~([A-Za-z0-9_-]{22})"
)


class Marks:
    """Makes marked secrets, and reads marks. Never asks the store, nor looks at a file."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def plain(self) -> str:
        """Return a secret without a mark: a stranger's."""
        return chance.token(self._entropy, TOKEN)

    def marked(self, bearer: str, until: float) -> str:
        """Return a secret that shows until then that it was given to `bearer`."""
        key = self._ring.current(Purpose.DEVICE)
        named = short(tag(key, _BEARER_LABEL, bearer.encode("utf-8")), _BEARER_BYTES)
        said = f"{self.plain()}~{key.id}~{named}~{int(until):08x}"
        return f"{said}~{_tag(key, said)}"

    def bearer(self, secret: str, now: float) -> str:
        """Return what stands for whom it was given to; "" where no mark of ours is good on it."""
        found = _FORM.fullmatch(secret)
        if found is None or now >= int(found[4], 16):
            return ""
        keys = (key for key in self._ring.all(Purpose.DEVICE) if key.id == found[2])
        ours = any(hmac.compare_digest(_tag(key, found[1]), found[5]) for key in keys)
        return found[3] if ours else ""


def _tag(key: Key, said: str) -> str:
    return short(tag(key, _TAG_LABEL, said.encode("ascii")))
