"""What comes to the gate, and what it says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from factors.contract import Accepted, Context, Refused
from identity.model import StoredCredential
from identity.storage.ports import Work
from identity.throttling import limits
from identity.throttling.toll import Toll
from identity.throttling.way import Way
from identity.throttling.work import About

Verdict: TypeAlias = Accepted[Any] | Refused[Any]

T = TypeVar("T")

Settle: TypeAlias = Callable[[Work, Verdict], T]
"""What a service does with a verdict, inside the transaction that also keeps the credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer to one factor.

    `account_id` may be a decoy's: it is counted and verified like any other. `held` are the
    account's credentials of this kind as they were read; `private` what the factor kept when it
    asked. `holdable`: wrong entries of the password hold this way in until another factor is
    given (ECD.4); not where one was given already, nor where there is no other to ask. `proven`:
    a first factor was right in this transaction. `payment` is the proof of work that came with it.
    """

    account_id: str
    decoy: bool
    method: str
    response: Any = field(repr=False)
    private: Mapping[str, Any] = field(repr=False)
    held: Sequence[StoredCredential] = field(repr=False)
    ctx: Context = field(repr=False)
    way: Way
    holdable: bool
    proven: bool = False
    payment: str = field(default="", repr=False)

    @property
    def toll(self) -> Toll:
        """What it is counted under."""
        return toll(self.way, self.account_id, self.ctx.purpose, self.payment)


def toll(way: Way, account_id: str, purpose: str, payment: str = "") -> Toll:
    """Return what one answer is counted under."""
    return Toll(
        uses=limits.uses(way, account_id),
        about=About(purpose=purpose, account=account_id, prefix=way.prefixes[0]),
        payment=payment,
        workable=not way.known,
    )
