"""New keys, and old ones taken out: what becomes of a ring.

seal         a new one seals, old ones open until nothing they sealed is left; then they may go
mac          old ones stay for good: the audit log's old events have their MACs
checkpoint   old ones stay for good: they signed, and the oldest names the log
token        old ones are published for those who verify, and may go when their tokens are over
name         a new one gives every pseudonym another value: see `ROTATED`
device       old ones still know the devices they signed for, until each signs in again
"""

from __future__ import annotations

from collections.abc import Iterable

from factors.contract import Entropy
from identity.errors import Conflict, Unknown
from identity.keys.ring import Key, KeyRing, Purpose, generate

ROTATED = (Purpose.SEAL, Purpose.MAC, Purpose.CHECKPOINT, Purpose.TOKEN, Purpose.DEVICE)
"""What is rotated where nothing is named. Not `name`: it decides which decoy stands in for a name
that nobody has, and a decoy whose failures start again tells that nobody has it."""

KEPT = (Purpose.MAC, Purpose.CHECKPOINT)
"""What never goes: the audit log could not be examined without."""

OVERLAP = 3600.0
"""Seconds that a key is kept after its successor came: every node has noticed the successor by
then, nothing asked under the old key is pending, and no token under it is valid."""

_TICK = 1e-3


def rotated(ring: KeyRing, purposes: Iterable[Purpose], now: float, entropy: Entropy) -> KeyRing:
    """Return the ring with a new key for each purpose, which is in use from now on."""
    new = [
        generate(purpose, max(now, ring.current(purpose).created_at + _TICK), entropy)
        for purpose in dict.fromkeys(purposes)
    ]
    return KeyRing([*ring.every(), *new])


def without(ring: KeyRing, key_id: str, now: float) -> KeyRing:
    """Return the ring without an old key.

    Raises `Unknown` where there is none, and `Conflict` where it must stay. Whether something is
    sealed by it is for the caller to know.
    """
    key = found(ring, key_id)
    if key.purpose in KEPT:
        raise Conflict("kept_for_the_audit_log")
    if key == ring.current(key.purpose):
        raise Conflict("in_use")
    if now < succeeded_at(ring, key) + OVERLAP:
        raise Conflict("succeeded_less_than_an_hour_ago")
    return KeyRing(other for other in ring.every() if other != key)


def found(ring: KeyRing, key_id: str) -> Key:
    """Return the key with this id, whatever it is for; `Unknown` where there is none."""
    for key in ring.every():
        if key.id == key_id:
            return key
    raise Unknown(f"the key ring has no key {key_id}")


def succeeded_at(ring: KeyRing, key: Key) -> float:
    """Return when a newer key took the place of this one, in Unix seconds."""
    held = ring.all(key.purpose)
    return held[held.index(key) - 1].created_at
