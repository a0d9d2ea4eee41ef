"""Event-based one-time passwords (RFC 4226): the password generator with a button.

Token and service each count, and a press whose code nobody typed puts the token ahead. So the
next expected code counts, and `ahead` more behind it; the counter then moves past the one that
was used, never back, and every code up to there is void. That is also what such a token cannot
do: a code nobody used does not age. One read over a shoulder, or typed into somebody else's page,
is good until a later one is accepted.

A token further off is brought back in step by two codes in a row (section 7.4), looked for in a
wider window because two are a million times harder to guess than one. That answer is a proof like
any other, since whoever gives it holds the token, and it is noted in the log.

Comparison takes the same time wherever a code matches: every code of every window is made and
compared, an account without a token included.

Clause: CC-17010.d.b
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

import msgspec
import pyotp

from factors.contract import (
    Accepted,
    Context,
    Credential,
    Evidence,
    FactorClass,
    Json,
    Offer,
    Refused,
)
from factors.typed_code import LENGTHS, only_code, read_code

SECRET_SIZE: Final = 20
"""Bytes: 160 bits, the length of an HMAC-SHA-1 output (RFC 4226 section 4, R6)."""

FIRST_COUNTER: Final = 0
"""Where a new token begins (C of RFC 4226 section 5.1)."""

NO_CODE: Final = ""
"""What nobody can type."""

BEHIND: Final = 5
"""How many used codes are looked at too, only to call one of them replayed and not wrong."""


class HotpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`ahead` and `resync` say how many codes behind the next expected one count too.

    A guess of six digits hits one of `ahead` + 1 codes with odds of (`ahead` + 1) x 10^-6
    (section 6: s v / 10^Digit, of a window s and v tries). With 4, the hundred failures that a
    kind of factor may ever have come to 0.05 %. Section 7.4 wants the window as small as can be
    lived with: after five presses in vain, two codes are asked.

    Two codes in a row are hit with odds of (`resync` + 1) x 10^-12, so here it is the work that
    sets the bound: an HMAC for every code and every token held. A token that was pressed a
    hundred times in somebody's bag is bound anew.
    """

    issuer: str = "Trifactor"
    digits: int = 6
    ahead: int = 4
    resync: int = 100

    def __post_init__(self) -> None:
        """Raise `ValueError` for what RFC 4226 does not allow, or would make no sense."""
        if self.digits not in LENGTHS:
            raise ValueError(f"a code has 6 to 10 digits, not {self.digits}")
        if not 0 <= self.ahead <= self.resync:
            raise ValueError("`ahead` is at least 0 and at most `resync`")


class HotpCredential(Credential, frozen=True, kw_only=True):
    """A shared secret (raw bytes); `counter` is that of the next code expected."""

    secret: bytes
    digits: int
    counter: int

    def __repr__(self) -> str:
        return "HotpCredential(...)"


class _Hit(NamedTuple):
    """A counter of a token whose code was typed; `whole`: and so was all that followed."""

    credential_id: str
    credential: HotpCredential
    counter: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Hotp:
    """The HOTP factor."""

    settings: HotpSettings

    name: ClassVar[str] = "hotp"
    credential_type: ClassVar[type[HotpCredential]] = HotpCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = False
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = False

    def enroll(
        self,
        held: Mapping[str, HotpCredential],  # noqa: ARG002 - the contract's
        ctx: Context,
    ) -> Offer:
        """Draw a secret. `uri` is the otpauth form that authenticator apps read as a QR code."""
        secret = base64.b32encode(ctx.entropy(SECRET_SIZE)).decode("ascii")
        return Offer(
            private={"secret": secret},
            public={
                "secret": secret,
                "uri": self._uri(secret, ctx.login_name),
                "digits": self.settings.digits,
                "counter": FIRST_COUNTER,
            },
        )

    def confirm(
        self,
        private: Mapping[str, Json],
        response: Json,
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Accepted[HotpCredential] | Refused[HotpCredential]:
        """Take ``{"code": "123456"}``, one of a new token's first, as proof that it works.

        Refuses with `malformed` or `wrong_code`.
        """
        code = only_code(response)
        if code is None:
            return Refused(reason="malformed")
        fresh = HotpCredential(
            secret=base64.b32decode(private["secret"]),
            digits=self.settings.digits,
            counter=FIRST_COUNTER,
        )
        return _judged(_hits({"": fresh}, (code,), self.settings.ahead), presses=1)

    def challenge(
        self,
        held: Mapping[str, HotpCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Ask for a code, and say how many digits it has."""
        return Offer(private={}, public={"digits": self.settings.digits})

    def verify(
        self,
        held: Mapping[str, HotpCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Accepted[HotpCredential] | Refused[HotpCredential]:
        """Judge ``{"code": "123456"}``, or two in a row with `next`, against every token held.

        Refuses with `malformed`, `no_credential`, `wrong_code`, `replayed` where the code is one
        of those used or passed over last, or `not_consecutive` where `code` is the token's and
        `next` is not the one after it. What two codes prove is noted as `resynchronised`.
        """
        codes = _read(response)
        if codes is None:
            return Refused(reason="malformed")
        ahead = self.settings.ahead if len(codes) == 1 else self.settings.resync
        hits = _hits(held or {"": self._decoy()}, codes, ahead)
        if not held:
            return Refused(reason="no_credential")
        return _judged(hits, presses=len(codes))

    def _uri(self, secret: str, login_name: str) -> str:
        token = pyotp.HOTP(secret, digits=self.settings.digits)
        return token.provisioning_uri(
            name=login_name, issuer_name=self.settings.issuer, initial_count=FIRST_COUNTER
        )

    def _decoy(self) -> HotpCredential:
        return HotpCredential(
            secret=bytes(SECRET_SIZE), digits=self.settings.digits, counter=BEHIND
        )


def _read(response: Json) -> tuple[str, ...] | None:
    """Return the one code typed, or the two, or None."""
    if not isinstance(response, dict) or response.keys() not in ({"code"}, {"code", "next"}):
        return None
    codes = [read_code(response[name]) for name in ("code", "next") if name in response]
    read = tuple(code for code in codes if code is not None)
    return read if len(read) == len(codes) else None


def _hits(held: Mapping[str, HotpCredential], codes: Sequence[str], ahead: int) -> list[_Hit]:
    """Return where the first of `codes` is a token's, having compared all of them everywhere."""
    return [
        _Hit(credential_id, credential, counter, all(right))
        for credential_id, credential in held.items()
        for counter, right in _compared(credential, codes, ahead)
        if right[0]
    ]


def _compared(
    credential: HotpCredential, codes: Sequence[str], ahead: int
) -> list[tuple[int, list[bool]]]:
    """Return for each counter of the window whether the codes from there on are those typed."""
    counters = range(credential.counter - BEHIND, credential.counter + ahead + 1)
    made = _made(credential, range(counters.start, counters.stop + len(codes) - 1))
    return [
        (counter, [hmac.compare_digest(made[counter + n], code) for n, code in enumerate(codes)])
        for counter in counters
    ]


def _made(credential: HotpCredential, counters: Sequence[int]) -> dict[int, str]:
    """Return the codes of these counters; below zero one is made for equal work, and not used."""
    secret = base64.b32encode(credential.secret).decode("ascii")
    generator = pyotp.HOTP(secret, digits=credential.digits)
    codes = [(counter, generator.at(abs(counter))) for counter in counters]
    return {counter: code if counter >= FIRST_COUNTER else NO_CODE for counter, code in codes}


def _judged(
    hits: Sequence[_Hit], presses: int
) -> Accepted[HotpCredential] | Refused[HotpCredential]:
    """Accept the first unused counter that was hit, and move past all `presses` of it."""
    whole = [hit for hit in hits if hit.whole]
    for hit in whole:
        if hit.counter >= hit.credential.counter:
            return Accepted(
                credential=msgspec.structs.replace(hit.credential, counter=hit.counter + presses),
                credential_id=hit.credential_id,
                evidence=_EVIDENCE,
                notes=("resynchronised",) if presses > 1 else (),
            )
    if whole:
        return Refused(reason="replayed")
    return Refused(reason="not_consecutive" if hits else "wrong_code")


_EVIDENCE: Final = Evidence(
    method=Hotp.name, classes=(FactorClass.POSSESSION,), amr=("otp",), direct=True
)
