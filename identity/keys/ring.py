"""The key ring: named keys by purpose, of which the newest is in use and the others still open.

A key serves one purpose only. Rotating is adding a newer key: what the older one sealed or signed
stays readable for as long as the older one is kept. One purpose loses by it: a new `name` key
gives every pseudonym another value, so that what was counted under the old one starts again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

import msgspec

from factors.contract import Entropy
from identity.entropy import token
from identity.errors import SettingsError

SECRET_BYTES = 32
"""Every kind of key here is made from 256 bits."""

_ID_BYTES = 6
_ID = re.compile(r"[A-Za-z0-9_-]{8}\Z")

# The order of P-256's base point (SEC 2 version 2.0, section 2.4.2): a private key is below it.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_EXTRA_BYTES = 8


class Purpose(StrEnum):
    """What a key is for."""

    SEAL = "seal"  # AES-256-GCM: credentials, personal data, messages
    MAC = "mac"  # HMAC-SHA256: audit events and what writers say of themselves
    NAME = "name"  # HMAC-SHA256: pseudonyms of login names and of network prefixes
    DEVICE = "device"  # HMAC-SHA256: device cookies
    CHECKPOINT = "checkpoint"  # Ed25519: heads of the audit log
    TOKEN = "token"  # ES256 on P-256: access tokens  # noqa: S105 - a purpose, not a password


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `secret` is 32 bytes, `created_at` Unix time in seconds.

    The secret of a `checkpoint` key is its Ed25519 seed (RFC 8032, section 5.1.5), that of a
    `token` key its private scalar on P-256, most significant byte first. `id` is eight characters
    of the base64url alphabet and travels in the clear.
    """

    id: str
    purpose: Purpose
    created_at: float
    secret: bytes

    def __repr__(self) -> str:
        return f"Key(purpose={self.purpose.value!r}, id={self.id!r})"


class KeyRing:
    """Every key this service holds, safe to share between threads.

    What it holds may change while the service runs (see `identity.keys.live`): ask it each time
    anew, and keep a key no longer than one piece of work.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = ordered(keys)

    def current(self, purpose: Purpose) -> Key:
        """Return the newest key of this purpose: the one to seal and sign with."""
        return self._keys[purpose][0]

    def get(self, purpose: Purpose, key_id: str) -> Key | None:
        """Return one key, or None where the ring does not hold it for this purpose."""
        return next((key for key in self._keys[purpose] if key.id == key_id), None)

    def all(self, purpose: Purpose) -> tuple[Key, ...]:
        """Return every key of this purpose, newest first."""
        return self._keys[purpose]

    def every(self) -> tuple[Key, ...]:
        """Return all keys, by purpose and newest first."""
        return tuple(key for held in self._keys.values() for key in held)

    def reload(self) -> bool:
        """Take the keys that are there now where they come from; True where these are others.

        Raises `SettingsError` or `OSError` where they cannot be read, and keeps those in hand. A
        ring that comes from nowhere, like this one, never changes.
        """
        return False

    def refresh(self) -> bool:
        """Reload, for whoever met something that no key here opens or has signed.

        Where that fails nothing has changed; whoever reloads from time to time says so.
        """
        try:
            return self.reload()
        except (SettingsError, OSError):
            return False

    def __repr__(self) -> str:
        held = {purpose.value: [key.id for key in keys] for purpose, keys in self._keys.items()}
        return f"KeyRing({held})"


class KeySource(Protocol):
    """Where the ring comes from: a file, the environment, a key management service."""

    def load(self, now: float, entropy: Entropy) -> KeyRing:
        """Return the ring; raise `SettingsError` where there is none that will do."""


def generate(purpose: Purpose, now: float, entropy: Entropy) -> Key:
    """Make a new key.

    A P-256 scalar is drawn with 64 bits more than it needs and then reduced, which leaves no bias
    that counts (FIPS 186-5, appendix A.2.1).
    """
    if purpose is Purpose.TOKEN:
        drawn = int.from_bytes(entropy(SECRET_BYTES + _P256_EXTRA_BYTES), "big")
        secret = (drawn % (_P256_ORDER - 1) + 1).to_bytes(SECRET_BYTES, "big")
    else:
        secret = entropy(SECRET_BYTES)
    return Key(id=token(entropy, _ID_BYTES), purpose=purpose, created_at=now, secret=secret)


def generate_ring(now: float, entropy: Entropy) -> KeyRing:
    """Make a ring with one new key for every purpose."""
    return KeyRing(generate(purpose, now, entropy) for purpose in Purpose)


def ordered(keys: Iterable[Key]) -> dict[Purpose, tuple[Key, ...]]:
    """Return the keys by purpose, newest first; `SettingsError` where they will not do."""
    newest_first = sorted(keys, key=lambda key: key.created_at, reverse=True)
    ordered = {purpose: _of(newest_first, purpose) for purpose in Purpose}
    _check(newest_first, ordered)
    return ordered


def _of(keys: list[Key], purpose: Purpose) -> tuple[Key, ...]:
    return tuple(key for key in keys if key.purpose is purpose)


def _check(keys: list[Key], by_purpose: dict[Purpose, tuple[Key, ...]]) -> None:
    missing = [purpose.value for purpose, held in by_purpose.items() if not held]
    if missing:
        raise SettingsError(
            f"The key ring has no key for: {', '.join(missing)}. Put back the copy that has all "
            "of them; without its old keys the service cannot open what it has stored."
        )
    for key in keys:
        if not _ID.match(key.id) or not _usable(key):
            raise SettingsError(
                f"The key {key.id!r} for {key.purpose.value!r} in the key ring is damaged. "
                "Put back a copy of the ring that is whole."
            )
    if len({key.id for key in keys}) != len(keys):
        raise SettingsError(
            "Two keys in the key ring have the same id. Put back a copy of the ring that is whole."
        )


def _usable(key: Key) -> bool:
    if len(key.secret) != SECRET_BYTES:
        return False
    scalar = int.from_bytes(key.secret, "big")
    return key.purpose is not Purpose.TOKEN or 0 < scalar < _P256_ORDER
