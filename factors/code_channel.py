"""The ways a code travels: by SMS to a telephone, by mail to a mailbox.

What each is worth as evidence, what an address of it looks like, and how much of one may be shown
to whoever gave a first proof, who need not be its owner.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from factors.contract import Context, Evidence, FactorClass

HIDDEN: Final = "•"
"""Stands for what is not shown of an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way a code travels: whom it reaches, and what of an address may be shown."""

    name: str
    evidence: Evidence
    shape: re.Pattern[str]
    on_file: Callable[[Context], str]
    masked: Callable[[str], str]


def _masked_phone(number: str) -> str:
    """Return the last three digits: enough for its owner, too few for anybody else."""
    return f"{HIDDEN * 4} {number[-3:]}"


def _masked_mail(address: str) -> str:
    """Return the first letter and the provider."""
    mailbox, _, host = address.rpartition("@")
    return f"{mailbox[:1]}{HIDDEN * 3}@{host}"


SMS: Final = Channel(
    name="sms",
    evidence=Evidence(
        method="sms_otp",
        classes=(FactorClass.POSSESSION,),
        amr=("otp", "sms"),
        restricted=True,
        carrier="phone",
    ),
    shape=re.compile(r"\+[1-9][0-9]{6,14}"),  # ITU-T E.164: fifteen digits at most
    on_file=lambda ctx: ctx.phone,
    masked=_masked_phone,
)

MAIL: Final = Channel(
    name="mail",
    evidence=Evidence(
        method="mail_otp",
        classes=(FactorClass.POSSESSION,),
        amr=("otp",),
        restricted=True,
        carrier="mailbox",
    ),
    # One address, and nothing that could be read as two (RFC 5322 section 3.2.3, specials).
    shape=re.compile(
        r"[^@\s\x00-\x1f\x7f,;:<>()\[\]\"\\]{1,64}@[^@\s\x00-\x1f\x7f,;:<>()\"\\]{1,190}"
    ),
    on_file=lambda ctx: ctx.email,
    masked=_masked_mail,
)
