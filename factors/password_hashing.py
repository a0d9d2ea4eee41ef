"""Argon2id as this service uses it: the parameters in one place, and two operations.

RFC 9106 defines the function; the numbers follow OWASP's Password Storage Cheat Sheet, which
names five settings of equal strength and this one first for machines with little memory a login.

Clause: ECD.3.3
"""

from __future__ import annotations

import base64
from typing import Final

import msgspec
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError


class Argon2Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What one hash costs. `memory_kib` is in KiB, lengths are in bytes."""

    memory_kib: int
    time_cost: int
    parallelism: int
    salt_length: int = 16
    hash_length: int = 32


OWASP: Final = Argon2Parameters(memory_kib=19 * 1024, time_cost=2, parallelism=1)
"""OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""

RFC_9106_LOW_MEMORY: Final = Argon2Parameters(memory_kib=64 * 1024, time_cost=3, parallelism=4)
"""RFC 9106 section 4, the second recommended option."""

CHEAPEST: Final = Argon2Parameters(memory_kib=8, time_cost=1, parallelism=1)
"""The least Argon2 allows. Only for tests: it protects nothing."""


def hash_password(password: str, salt: bytes, parameters: Argon2Parameters) -> str:
    """Hash `password` and return the encoded hash (the PHC string)."""
    return _hasher(parameters).hash(password, salt=salt)


def matches(encoded: str, password: str) -> bool:
    """Whether `password` gave this encoded hash: exactly one hash of the encoded parameters.

    Raises `argon2.exceptions.InvalidHashError` where `encoded` is no Argon2 hash, and
    `argon2.exceptions.VerificationError` where Argon2 itself fails: neither is a wrong password.
    """
    try:
        return PasswordHasher().verify(encoded, password)
    except VerifyMismatchError:
        return False


def outdated(encoded: str, parameters: Argon2Parameters) -> bool:
    """Whether `encoded` was made with anything but `parameters`."""
    return extract_parameters(encoded) != extract_parameters(decoy(parameters))


def decoy(parameters: Argon2Parameters) -> str:
    """Return an encoded hash that no password gives, and that costs what a real one costs.

    Its digest is all zeros: that a password hashes to it is as likely as guessing the key of a
    cipher of `hash_length` bytes.
    """
    cost = f"m={parameters.memory_kib},t={parameters.time_cost},p={parameters.parallelism}"
    salt = _unpadded(bytes(parameters.salt_length))
    return f"$argon2id$v=19${cost}${salt}${_unpadded(bytes(parameters.hash_length))}"


def _hasher(parameters: Argon2Parameters) -> PasswordHasher:
    return PasswordHasher(
        time_cost=parameters.time_cost,
        memory_cost=parameters.memory_kib,
        parallelism=parameters.parallelism,
        hash_len=parameters.hash_length,
        salt_len=parameters.salt_length,
    )


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
