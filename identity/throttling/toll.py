"""Before the gate: who may pass, at what price.

A toll is reserved before anything is verified and given back where the answer was right. While
there is room it costs nothing; then work (ALTCHA proof of work, 428), then patience (429). While
the counter store is lost, or found emptied, and while the hash queue is long, work is asked of all
but known devices. Work is judged before the unit of work begins, because a derivation takes a
millisecond and a writing transaction may be alone in the store. Clause: CC-17010.j.g
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from identity.errors import TooMany, WorkNeeded
from identity.model import Exceeded, Spend
from identity.storage.counters import Counters
from identity.storage.ports import Work
from identity.throttling import backoff
from identity.throttling.blocked import Blocked
from identity.throttling.limits import Limit, Use
from identity.throttling.work import About, Claim, WorkRefused, Works

UNSURE = "counters"
QUEUE = "queue"
REPLAYED = "replayed"


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """One request that is counted: under which limits, and what it is about.

    `payment` is the proof of work that came with it, "" for none. `workable` says whether work is
    asked of this caller at all: not of known devices, nor of programs or sessions.
    """

    uses: tuple[Use, ...]
    about: About
    payment: str = ""
    workable: bool = True


class Fare(msgspec.Struct, frozen=True, kw_only=True):
    """A toll whose payment was looked at: good, or none (`claim` is None)."""

    toll: Toll
    claim: Claim | None = None

    @property
    def paid(self) -> bool:
        """Whether good work came with it."""
        return self.claim is not None


class Tolls:
    """Takes tolls, against the table of limits in force."""

    def __init__(
        self,
        table: Mapping[str, Limit],
        *,
        counters: Counters,
        works: Works,
        blocked: Blocked,
        pressure: Callable[[], float],
    ) -> None:
        self.table = table
        self.counters = counters
        self._works = works
        self._blocked = blocked
        self._pressure = pressure

    def fare(self, toll: Toll, now: float) -> Fare:
        """Judge the payment, if one came. Raises `WorkNeeded` where it is no good, or one is due.

        Nothing is counted here, and no store is asked.
        """
        if not toll.workable:
            return Fare(toll=toll)
        if toll.payment:
            try:
                return Fare(toll=toll, claim=self._works.judged(toll.payment, toll.about, now))
            except WorkRefused as refused:
                raise self._ask(toll, refused.reason, self._pressure(), now) from refused
        if not self.counters.sure(now):
            raise self._ask(toll, UNSURE, 0.0, now)
        pressure = self._pressure()
        if pressure > 0:
            raise self._ask(toll, QUEUE, pressure, now)
        return Fare(toll=toll)

    def take(self, work: Work, fare: Fare, now: float) -> tuple[Spend, ...]:
        """Count it; return what was taken, to be given back where the answer is right.

        Raises `WorkNeeded` or `TooMany`, and then nothing was taken.
        """
        spends = self._spends(fare)
        exceeded = self.counters.reserve(work, spends, now)
        if exceeded:
            raise self._refusal(fare, exceeded, now)
        if fare.claim is not None and not self._spent(work, fare.claim, now):
            self.counters.refund(work, spends)
            raise self._ask(fare.toll, REPLAYED, self._pressure(), now)
        return spends

    def price(self, work: Work, toll: Toll, now: float) -> Mapping[str, Any] | None:
        """Return the work that this toll would ask just now, or None; nothing is taken."""
        if not toll.workable:
            return None
        exceeded = self.counters.look(work, self._spends(Fare(toll=toll)), now)
        step = self._step(exceeded, paid=False) if exceeded else None
        pressure = self._pressure()
        if isinstance(step, backoff.Ask):
            return self._works.asked(toll.about, max(step.heat, pressure), now)
        return self._works.asked(toll.about, pressure, now) if pressure > 0 else None

    def warm(self, work: Work, uses: Sequence[Use], weight: float, now: float) -> None:
        """Count a suspicion: the work these keys ask grows, and nobody is refused by it alone."""
        warmed = [backoff.warmed(self.table[use.limit], use, weight) for use in uses]
        self.counters.reserve(work, warmed, now)

    def refund(self, work: Work, spends: Sequence[Spend]) -> None:
        """Give back what `take` took."""
        self.counters.refund(work, spends)

    def blocked(self, toll: Toll, reason: str, now: float) -> None:
        """Note that an attempt was not looked at, for a reason that is not a window's."""
        self._blocked.count(reason, toll.about, now)

    def _spends(self, fare: Fare) -> tuple[Spend, ...]:
        return tuple(
            backoff.spend(self.table[use.limit], use, paid=fare.paid or not fare.toll.workable)
            for use in fare.toll.uses
        )

    def _step(self, exceeded: Exceeded, *, paid: bool) -> backoff.Ask | backoff.Refuse:
        return backoff.asked(self.table[exceeded.limit], exceeded, paid=paid)

    def _refusal(self, fare: Fare, exceeded: Exceeded, now: float) -> WorkNeeded | TooMany:
        step = self._step(exceeded, paid=fare.paid or not fare.toll.workable)
        if isinstance(step, backoff.Ask):
            heat = max(step.heat, self._pressure())
            return self._ask(fare.toll, exceeded.limit, heat, now)
        self._blocked.count(exceeded.limit, fare.toll.about, now)
        return TooMany(exceeded.limit, step.retry_after)

    def _ask(self, toll: Toll, reason: str, heat: float, now: float) -> WorkNeeded:
        self._blocked.count(f"work:{reason}", toll.about, now)
        return WorkNeeded(reason, self._works.asked(toll.about, heat, now))

    def _spent(self, work: Work, claim: Claim, now: float) -> bool:
        """Spend the claim: True for exactly one of all who bring it."""
        return self.counters.mark(work, f"work:{claim.id}", b"", 1, claim.until, now).new
