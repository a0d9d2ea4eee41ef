"""Time-based one-time passwords (RFC 6238) from an authenticator app or a token.

A code counts once, and only for `steps_back + 1` steps, however the token's clock runs. How far
that clock is off is learned when the token is enrolled, where guessing wins nothing because the
owner holds the secret on the screen: `confirm` looks `drift` steps further to both sides and keeps
the offset, and from then on the window lies there instead of here. It is moved, never widened, and
never again: a window that followed every late answer would walk away from a clock that is right.

Comparison takes the same time wherever a code matches: every code in every window is made and
compared, an account without a token included.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

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
from factors.typed_code import only_code

SECRET_SIZE: Final = 20
"""Bytes: 160 bits, the length of an HMAC-SHA-1 output (RFC 4226 section 4, R6)."""

NEVER: Final = -1
"""The last step of a credential no code was accepted from."""


class TotpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`period` is in seconds; `steps_back` and `drift` are in periods.

    RFC 6238 section 5.2 recommends at most one step for the time a code travels. ASVS 5.0 6.5.5
    wants a code gone after 30 seconds: `steps_back` and `drift` 0.
    """

    issuer: str = "Trifactor"
    digits: int = 6
    period: int = 30
    steps_back: int = 1
    drift: int = 1


class TotpCredential(Credential, frozen=True, kw_only=True):
    """A shared secret (raw bytes), with how its codes are made and what was used of it.

    `last_step` is the newest step a code was accepted for; `drift` is how many steps its clock is
    ahead of ours.
    """

    secret: bytes
    digits: int
    period: int
    drift: int = 0
    last_step: int = NEVER

    def __repr__(self) -> str:
        return "TotpCredential(...)"


@dataclass(frozen=True, slots=True)
class Totp:
    """The TOTP factor."""

    settings: TotpSettings

    name: ClassVar[str] = "totp"
    credential_type: ClassVar[type[TotpCredential]] = TotpCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = False
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = False

    def enroll(
        self,
        held: Mapping[str, TotpCredential],  # noqa: ARG002 - the contract's
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
                "period": self.settings.period,
            },
        )

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[TotpCredential] | Refused[TotpCredential]:
        """Take ``{"code": "123456"}`` as proof that the token works, and spend it.

        Refuses with `malformed` or `wrong_code`.
        """
        code = only_code(response)
        if code is None:
            return Refused(reason="malformed")
        fresh = TotpCredential(
            secret=base64.b32decode(private["secret"]),
            digits=self.settings.digits,
            period=self.settings.period,
        )
        steps = _matching(fresh, code, self._steps(fresh, ctx.now, self.settings.drift))
        if not steps:
            return Refused(reason="wrong_code")
        drift = self._drift(steps[0] - _step(fresh, ctx.now))
        credential = msgspec.structs.replace(fresh, last_step=steps[0], drift=drift)
        return Accepted(credential=credential, evidence=_EVIDENCE)

    def challenge(
        self,
        held: Mapping[str, TotpCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Ask for a code, and say how many digits it has."""
        return Offer(private={}, public={"digits": self.settings.digits})

    def verify(
        self,
        held: Mapping[str, TotpCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[TotpCredential] | Refused[TotpCredential]:
        """Judge ``{"code": "123456"}`` against every token held.

        Refuses with `malformed`, `no_credential`, `wrong_code`, or `replayed` where the code is
        right and its step, or a later one, was used before.
        """
        code = only_code(response)
        if code is None:
            return Refused(reason="malformed")
        found = [
            (credential_id, credential, step)
            for credential_id, credential in (held or {"": self._decoy()}).items()
            for step in _matching(credential, code, self._steps(credential, ctx.now, 0))
        ]
        if not held or not found:
            return Refused(reason="wrong_code" if held else "no_credential")
        return _spend(found)

    def _uri(self, secret: str, login_name: str) -> str:
        token = pyotp.TOTP(secret, digits=self.settings.digits, interval=self.settings.period)
        return token.provisioning_uri(name=login_name, issuer_name=self.settings.issuer)

    def _steps(self, credential: TotpCredential, now: float, slack: int) -> Sequence[int]:
        """Return the steps of the window, newest first; `slack` widens it to both sides."""
        newest = _step(credential, now) + self._bounded(credential.drift)
        window = range(newest + slack, newest - self.settings.steps_back - slack - 1, -1)
        return [step for step in window if step >= 0]

    def _bounded(self, drift: int) -> int:
        """Hold a stored drift to what the policy allows today."""
        return max(-self.settings.drift, min(self.settings.drift, drift))

    def _drift(self, offset: int) -> int:
        """Return how far to move the window so that a code `offset` steps from now lies in it."""
        return max(offset, 0) or min(offset + self.settings.steps_back, 0)

    def _decoy(self) -> TotpCredential:
        return TotpCredential(
            secret=bytes(SECRET_SIZE), digits=self.settings.digits, period=self.settings.period
        )


def _step(credential: TotpCredential, now: float) -> int:
    """Return T of RFC 6238 section 4.2, with T0 = 0."""
    return int(now // credential.period)


def _matching(credential: TotpCredential, code: str, steps: Sequence[int]) -> list[int]:
    """Return the steps this code belongs to, having compared all of them."""
    compared = zip(steps, _codes(credential, steps), strict=True)
    return [step for step, right in compared if hmac.compare_digest(right, code)]


def _codes(credential: TotpCredential, steps: Sequence[int]) -> Iterator[str]:
    secret = base64.b32encode(credential.secret).decode("ascii")
    generator = pyotp.HOTP(secret, digits=credential.digits)
    return map(generator.at, steps)


def _spend(
    found: Sequence[tuple[str, TotpCredential, int]],
) -> Accepted[TotpCredential] | Refused[TotpCredential]:
    """Accept the first unused step among those that matched, and remember it."""
    for credential_id, credential, step in found:
        if step > credential.last_step:
            spent = msgspec.structs.replace(credential, last_step=step)
            return Accepted(credential=spent, credential_id=credential_id, evidence=_EVIDENCE)
    return Refused(reason="replayed")


_EVIDENCE: Final = Evidence(
    method=Totp.name, classes=(FactorClass.POSSESSION,), amr=("otp",), direct=True
)
