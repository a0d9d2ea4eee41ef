"""A code sent to the customer's telephone or mailbox: NIST SP 800-63B-4 section 3.1.3, out of band.

A code is good for ten minutes, once, in the transaction and for the purpose it was asked for. Of
a million codes, three may be tried: a mistyped one costs a try, and the third takes the code away.
It goes to the address that was confirmed when the factor was bound, not to what is on file today:
changing that must not move a factor. A code on its way to an address that has since been replaced
proves nothing.

What it proves is weak, and said so. Whoever moves the number to his own SIM card, or reads the
mailbox, has the code; so both are `restricted`, and `carrier` names what brought it, because two
proofs by one telephone fall together. A mailbox is no physical thing, which the policy decides.
A code typed into the wrong page is a code given away, so the text names the purpose.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from factors.code_channel import MAIL, SMS, Channel
from factors.contract import (
    Accepted,
    AddressedCredential,
    Context,
    Delivery,
    Json,
    Offer,
    Refused,
)
from factors.typed_code import only_code

SEED_SIZE: Final = 16
"""Bytes drawn for a code: 128 bits for 20, so that a remainder favours no code measurably."""

NAME_SIZE: Final = 16
"""Bytes of the name that a challenge is remembered by once it was answered."""


class DeliveredCodeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`lifetime` is in seconds; section 3.1.3 allows ten minutes. `tries` are those of one code."""

    digits: int = 6
    lifetime: float = 600.0
    tries: int = 3


class DeliveredCodeCredential(AddressedCredential, frozen=True, kw_only=True):
    """The address that was confirmed, an E.164 number or a mail address.

    `spent` names the challenge answered last, so that one code counts once even where a challenge
    is kept.
    """

    spent: str = ""


@dataclass(frozen=True, slots=True)
class DeliveredCode:
    """The factor, for one channel: see `sms_otp` and `mail_otp`."""

    settings: DeliveredCodeSettings
    channel: Channel

    credential_type: ClassVar[type[DeliveredCodeCredential]] = DeliveredCodeCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = False
    asks_alike: ClassVar[bool] = False
    limit_of_one: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """``"sms_otp"`` or ``"mail_otp"``."""
        return self.channel.evidence.method

    def enroll(
        self,
        held: Mapping[str, DeliveredCodeCredential],  # noqa: ARG002 - the contract's
        ctx: Context,
    ) -> Offer:
        """Send a code to the address in `ctx`; to none where that is no address."""
        address = self.channel.on_file(ctx)
        return self._offer(address if self.channel.shape.fullmatch(address) else "", ctx)

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[DeliveredCodeCredential] | Refused[DeliveredCodeCredential]:
        """Take ``{"code": "123456"}`` as proof that the customer reads what is sent there.

        Refuses with `no_address` where nothing was sent, and like `verify`.
        """
        code = only_code(response)
        if code is None:
            return Refused(reason="malformed", private=private or None)
        refusal = self._refusal(private, code, ctx)
        if private and not private["address"]:
            return Refused(reason="no_address")
        if refusal is not None:
            return refusal
        credential = DeliveredCodeCredential(
            channel=self.channel.name, address=private["address"], spent=private["name"]
        )
        return Accepted(credential=credential, evidence=self.channel.evidence)

    def challenge(self, held: Mapping[str, DeliveredCodeCredential], ctx: Context) -> Offer:
        """Send a code to the address that was confirmed; where none was, ask for one all the same.

        Drawing a new one is how a customer asks for it again; the older then counts no more.
        """
        *_, newest = ["", *(credential.address for credential in held.values())]
        return self._offer(newest, ctx)

    def verify(
        self,
        held: Mapping[str, DeliveredCodeCredential],
        private: Mapping[str, Json],
        response: Json,
        ctx: Context,
    ) -> Accepted[DeliveredCodeCredential] | Refused[DeliveredCodeCredential]:
        """Judge ``{"code": "123456"}``.

        Refuses with `malformed`, `challenge_missing`, `challenge_expired`, `challenge_misplaced`,
        `wrong_code` or, for the last try, `tries_used_up`; and, though the code is right, with
        `no_credential`, `address_replaced` or `replayed`. After `malformed` and `wrong_code` the
        same code may be tried again. The challenge is kept with its tries used up, so that asking
        once more is all that helps, at an enrolment as at a login.
        """
        code = only_code(response)
        if code is None:
            return Refused(reason="malformed", private=private or None)
        refusal = self._refusal(private, code, ctx)
        return self._spend(held, private) if refusal is None else refusal

    def _offer(self, address: str, ctx: Context) -> Offer:
        settings, channel = self.settings, self.channel.name
        code, expires_at = _drawn(ctx, settings.digits), ctx.now + settings.lifetime
        return Offer(
            private={
                "code": code,
                "tries": 0,
                "expires_at": expires_at,
                "address": address,
                "name": ctx.entropy(NAME_SIZE).hex(),
                "account": ctx.account,
                "transaction": ctx.transaction,
                "purpose": ctx.purpose,
            },
            public={
                "channel": channel,
                "to": self.channel.masked(address) if address else "",
                "digits": settings.digits,
                "expires_in": int(settings.lifetime),
            },
            delivery=self._delivery(address, code, expires_at, ctx) if address else None,
        )

    def _delivery(self, address: str, code: str, expires_at: float, ctx: Context) -> Delivery:
        return Delivery(
            channel=self.channel.name,
            address=address,
            text_id=f"code_{self.channel.name}",
            values={
                "code": code,
                "purpose": ctx.purpose,
                "minutes": str(int(self.settings.lifetime // 60)),
            },
            expires_at=expires_at,
        )

    def _refusal(
        self, private: Mapping[str, Json], code: str, ctx: Context
    ) -> Refused[DeliveredCodeCredential] | None:
        """Hold a code to the one that was sent; None where it is that."""
        right = hmac.compare_digest(private.get("code", ""), code)
        fault = _fault(private, ctx)
        if fault is not None:
            return Refused(reason=fault)
        tries = private["tries"]
        if right and tries < self.settings.tries:
            return None
        left = {**private, "tries": tries + 1}
        used_up = tries + 1 >= self.settings.tries
        return Refused(reason="tries_used_up" if used_up else "wrong_code", private=left)

    def _spend(
        self, held: Mapping[str, DeliveredCodeCredential], private: Mapping[str, Json]
    ) -> Accepted[DeliveredCodeCredential] | Refused[DeliveredCodeCredential]:
        """Accept for the credential that the code was sent to, unless it was before."""
        for credential_id, credential in held.items():
            if credential.address == private["address"]:
                if credential.spent == private["name"]:
                    return Refused(reason="replayed")
                return Accepted(
                    credential=msgspec.structs.replace(credential, spent=private["name"]),
                    credential_id=credential_id,
                    evidence=self.channel.evidence,
                )
        return Refused(reason="address_replaced" if held else "no_credential")


def _drawn(ctx: Context, digits: int) -> str:
    return f"{int.from_bytes(ctx.entropy(SEED_SIZE)) % 10**digits:0{digits}d}"


def _fault(private: Mapping[str, Json], ctx: Context) -> str | None:
    """Return what keeps a challenge from being answered, or None."""
    if not private:
        return "challenge_missing"
    if ctx.now >= private["expires_at"]:
        return "challenge_expired"
    bound = (private["account"], private["transaction"], private["purpose"])
    return None if bound == (ctx.account, ctx.transaction, ctx.purpose) else "challenge_misplaced"


def sms_otp(settings: DeliveredCodeSettings) -> DeliveredCode:
    """Return the factor whose codes go to a telephone."""
    return DeliveredCode(settings, SMS)


def mail_otp(settings: DeliveredCodeSettings) -> DeliveredCode:
    """Return the factor whose codes go to a mailbox."""
    return DeliveredCode(settings, MAIL)
