"""Before the gate: who may pass, at what price.

A toll is reserved before anything is verified and given back where the answer was right. While
there is room it costs nothing; then work (ALTCHA proof of work, 428), then patience (429). While
the counter store is lost, or found emptied, and while the hash queue is long, work is asked of all
but known devices. Work is judged before the unit of work begins, because a derivation takes a
millisecond and a writing transaction may be alone in the store. Nor is one begun for a flood: that
a key is hot is remembered for a moment (`identity.throttling.refusals`). Clause: CC-17010.j.g
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from identity.errors import TooMany, WorkNeeded
from identity.model import Exceeded, Spend
from identity.storage.counters import Counters, Taken
from identity.storage.ports import Work
from identity.throttling import backoff
from identity.throttling.blocked import Blocked
from identity.throttling.limits import Limit, Use
from identity.throttling.refusals import Refusals
from identity.throttling.work import About, Claim, WorkRefused, Works

UNSURE = "counters"
QUEUE = "queue"
REPLAYED = "replayed"


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """One request that is counted: under which limits, and what it is about.

    `payment` is the proof of work that came with it, "" for none. `workable` says whether work is
    asked of this caller at all: not of known devices, nor of programs or sessions. `ahead` are the
    keys of what this one leads to, by names that are known before anything is looked up: where that
    is hot, it is remembered under them.
    """

    uses: tuple[Use, ...]
    about: About
    ahead: tuple[Use, ...] = ()
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
        self.sums = blocked
        self._pressure = pressure
        self._refusals = Refusals()

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
        self.knock(toll, now)
        return Fare(toll=toll)

    def knock(self, toll: Toll, now: float) -> None:
        """Raise `WorkNeeded` where memory alone says that this must be paid for and is not.

        It takes microseconds and waits for nothing, so that a flood can be answered from the event
        loop.
        """
        if not toll.workable or toll.payment:
            return
        if not self.counters.sure(now):
            raise self._ask(toll, UNSURE, 0.0, now)
        pressure = self._pressure()
        if pressure > 0:
            raise self._ask(toll, QUEUE, pressure, now)
        hot = self._refusals.found((*toll.uses, *toll.ahead), now)
        if hot:
            raise self._ask(toll, hot.limit, hot.heat, now)

    def take(self, work: Work, fare: Fare, now: float) -> Taken:
        """Count it; return what was taken, to be given back where the answer is right.

        Raises `WorkNeeded` or `TooMany`, and then nothing was taken.
        """
        taken = self.counters.reserve(work, self._spends(fare), now)
        if isinstance(taken, Exceeded):
            raise self._refusal(fare, taken, now)
        if fare.claim is not None and not self._spent(work, fare.claim, now):
            self.counters.refund(work, taken)
            raise self._ask(fare.toll, REPLAYED, self._pressure(), now)
        if fare.paid:
            self._refusals.forget(fare.toll.uses)  # the next one is dearer
        return taken

    def enter(
        self, work: Work, fare: Fare, following: Toll, now: float
    ) -> Mapping[str, Any] | None:
        """Count what leads to `following`; return the work that this will be asked, or None.

        Raises as `take` does, and `WorkNeeded` also where `following` would be asked for work and
        none was done for this one either: nothing is written down for somebody who would be turned
        away at the next step.
        """
        ask = self._ask_of(work, following, now)
        if ask and fare.toll.workable and not fare.paid:
            self._remember(fare.toll.ahead, *ask, now)
            raise self._ask(fare.toll, *ask, now)
        self.take(work, fare, now)
        return self._works.asked(following.about, ask[1], now) if ask else None

    def _ask_of(self, work: Work, toll: Toll, now: float) -> tuple[str, float] | None:
        """Return why and how much work this toll would be asked just now; nothing is taken."""
        if not toll.workable:
            return None
        exceeded = self.counters.look(work, self._spends(Fare(toll=toll)), now)
        pressure = self._pressure()
        step = self._step(exceeded, paid=False) if exceeded else None
        if exceeded and isinstance(step, backoff.Ask):
            return exceeded.limit, max(step.heat, pressure)
        return (QUEUE, pressure) if pressure > 0 else None

    def warm(self, work: Work, weights: Mapping[Use, float], now: float) -> None:
        """Count suspicions: the work these keys ask grows, and nobody is refused by it alone.

        A limit that asks for no work is left alone: warmed, it could only refuse.
        """
        limits = [(self.table[use.limit], use, weight) for use, weight in weights.items()]
        warmed = [
            backoff.warmed(row, use, weight) for row, use, weight in limits if row.free is not None
        ]
        if warmed:
            self.counters.reserve(work, warmed, now)

    def outstanding(self, payment: str, now: float) -> bool:
        """Whether work was asked for that this may pay, and was not judged yet; cheap to say."""
        return self._works.outstanding(payment, now)

    def refund(self, work: Work, taken: Taken) -> None:
        """Give back what `take` took."""
        self.counters.refund(work, taken)
        self._refusals.forget(
            Use(spend.limit, spend.key.removeprefix(f"{spend.limit}:")) for spend in taken.spends
        )

    def blocked(self, toll: Toll, reason: str, now: float) -> None:
        """Note that an attempt was not looked at, for a reason that is not a window's."""
        self.sums.count(reason, toll.about, now)

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
            self._remember(fare.toll.uses, exceeded.limit, heat, now)
            return self._ask(fare.toll, exceeded.limit, heat, now)
        self.sums.count(exceeded.limit, fare.toll.about, now)
        return TooMany(exceeded.limit, step.retry_after)

    def _remember(self, uses: Sequence[Use], limit: str, heat: float, now: float) -> None:
        """Remember which of these keys it was that asked for work."""
        for use in uses:
            if use.limit == limit:
                self._refusals.note(use, heat, now)

    def _ask(self, toll: Toll, reason: str, heat: float, now: float) -> WorkNeeded:
        self.sums.count(f"work:{reason}", toll.about, now)
        return WorkNeeded(reason, self._works.asked(toll.about, heat, now))

    def _spent(self, work: Work, claim: Claim, now: float) -> bool:
        """Spend the claim: True for exactly one of all who bring it."""
        return self.counters.mark(work, f"work:{claim.id}", b"", 1, claim.until, now).new
