"""Recovery codes: a sheet of ten, each good once, for the day when the other factors are gone.

A code has 80 bits, so nobody guesses one. What is kept is an Argon2id hash of each, because a
look-up secret under 112 bits is stored like a password (ASVS 5.0 6.5.2, which asks a salt of 32
bits; ours has 128). One salt serves the whole set: an answer then costs one hash, whichever code
it is and however many are left, instead of ten. Whoever steals the hashes may try each guess on
ten of them at once, which takes 3 bits off the 80.

A right code is taken off the set, so it is not even known any more which code it was. Hashes
cannot be made anew from hashes: a set keeps the parameters it was made with until the customer
draws another, and for that time an answer costs what it cost then.

What is malformed is refused before `held` is looked at; after that an answer costs one hash, for
an account without a set too.

Clause: CC-17010.d.b
"""

from __future__ import annotations

import base64
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec
from argon2.low_level import Type, hash_secret_raw

from factors.contract import (
    Accepted,
    Context,
    Credential,
    Entropy,
    Evidence,
    FactorClass,
    Json,
    Offer,
    Refused,
)
from factors.password_hashing import OWASP, Argon2Parameters
from factors.response import only_member

CODES: Final = 10
"""How many codes a set has."""

CODE_SIZE: Final = 10
"""Bytes of chance in a code: 80 bits, where ASVS 5.0 6.5.4 asks for 20."""

CODE_LENGTH: Final = 16
"""Characters of a code, five bits each."""

GROUP: Final = 4
"""Characters between two hyphens."""

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32: without i, l and o, which look like digits, and without u."""

LOW: Final = 3
"""So many codes left, or fewer, are told to the customer as too few."""

MAX_TYPED: Final = 64
"""Characters a typed code may have, all that is between its own included."""

_RFC_4648: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WRITTEN: Final = str.maketrans(_RFC_4648, ALPHABET)
_LOOKALIKES: Final = str.maketrans("oil", "011")
_MINUS: Final = "\u2212"


class RecoveryCodesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What hashing one code costs."""

    argon2: Argon2Parameters = OWASP


class RecoveryCodesCredential(Credential, frozen=True, kw_only=True):
    """The raw Argon2id hashes of the codes that are left, with their one salt."""

    hashes: tuple[bytes, ...]
    salt: bytes
    argon2: Argon2Parameters

    def __repr__(self) -> str:
        return "RecoveryCodesCredential(...)"


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """The recovery codes factor."""

    settings: RecoveryCodesSettings

    name: ClassVar[str] = "recovery_codes"
    credential_type: ClassVar[type[RecoveryCodesCredential]] = RecoveryCodesCredential
    hashes: ClassVar[bool] = True
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = False
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = True

    def enroll(
        self,
        held: Mapping[str, RecoveryCodesCredential],  # noqa: ARG002 - the contract's
        ctx: Context,
    ) -> Offer:
        """Draw a set. It is shown this once; a confirmed one replaces the set before it."""
        codes = [_drawn(ctx.entropy) for _ in range(CODES)]
        return Offer(private={"codes": codes}, public={"codes": codes})

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[RecoveryCodesCredential] | Refused[RecoveryCodesCredential]:
        """Take ``{"saved": true}`` as the customer's word, and hash the set.

        No code is asked for: it would be spent by that. Refuses with `malformed`.
        """
        if only_member(response, "saved") is not True:
            return Refused(reason="malformed")
        argon2 = self.settings.argon2
        salt = ctx.entropy(argon2.salt_length)
        hashes = tuple(_hash(code.replace("-", ""), salt, argon2) for code in private["codes"])
        credential = RecoveryCodesCredential(hashes=hashes, salt=salt, argon2=argon2)
        return Accepted(credential=credential, evidence=_EVIDENCE)

    def challenge(
        self,
        held: Mapping[str, RecoveryCodesCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Ask for a code, any one; there is nothing to say."""
        return Offer(private={}, public={})

    def verify(
        self,
        held: Mapping[str, RecoveryCodesCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Accepted[RecoveryCodesCredential] | Refused[RecoveryCodesCredential]:
        """Judge ``{"code": "xxxx-xxxx-xxxx-xxxx"}`` and take it off the set.

        Refuses with `malformed`, `no_credential` or `spent_or_wrong`. Notes `recovery_code_used`
        every time, and `recovery_codes_low` where few are left.
        """
        code = _read(only_member(response, "code"))
        if code is None:
            return Refused(reason="malformed")
        credential_id, credential = next(iter(held.items()), ("", self._decoy()))
        typed = _hash(code, credential.salt, credential.argon2)
        right = [hmac.compare_digest(kept, typed) for kept in credential.hashes]
        if not held:
            return Refused(reason="no_credential")
        if not any(right):
            return Refused(reason="spent_or_wrong")
        pairs = zip(credential.hashes, right, strict=True)
        left = tuple(kept for kept, is_it in pairs if not is_it)
        return Accepted(
            credential=msgspec.structs.replace(credential, hashes=left),
            credential_id=credential_id,
            evidence=_EVIDENCE,
            notes=_notes(len(left)),
        )

    def _decoy(self) -> RecoveryCodesCredential:
        argon2 = self.settings.argon2
        nothing = bytes(argon2.hash_length)
        return RecoveryCodesCredential(
            hashes=(nothing,) * CODES, salt=bytes(argon2.salt_length), argon2=argon2
        )


def _drawn(entropy: Entropy) -> str:
    """Draw a code as it is shown: ``7kq2-0m4x-9d8r-zt5w``."""
    code = base64.b32encode(entropy(CODE_SIZE)).decode("ascii").translate(_WRITTEN)
    return "-".join(code[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def _read(typed: Json) -> str | None:
    """Return the sixteen characters of a code, or None.

    People type capitals, spaces, other dashes and full-width letters; o is read as 0, and i and l
    as 1, as Crockford has it.
    """
    if not isinstance(typed, str) or len(typed) > MAX_TYPED:
        return None
    letters = "".join(filter(_counts, unicodedata.normalize("NFKC", typed))).lower()
    code = letters.translate(_LOOKALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def _counts(character: str) -> bool:
    dash = unicodedata.category(character) == "Pd" or character == _MINUS
    return not dash and not character.isspace()


def _hash(code: str, salt: bytes, argon2: Argon2Parameters) -> bytes:
    return hash_secret_raw(
        code.encode("ascii"),
        salt,
        time_cost=argon2.time_cost,
        memory_cost=argon2.memory_kib,
        parallelism=argon2.parallelism,
        hash_len=argon2.hash_length,
        type=Type.ID,
    )


def _notes(left: int) -> tuple[str, ...]:
    return ("recovery_code_used", "recovery_codes_low") if left <= LOW else ("recovery_code_used",)


_EVIDENCE: Final = Evidence(
    method=RecoveryCodes.name, classes=(FactorClass.POSSESSION,), amr=("otp",), direct=True
)
