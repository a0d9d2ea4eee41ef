"""How a session is opened for a step-up, so that the login does not hide what is tried.

A step-up counts what opened its session for everything but recency. So the session is opened by
the weakest login that the policy allows: without phishing resistance, hardware, a biometric or a
shared channel where it can be, by as few factors as will do, and by twins, which are never the
factors that are tried. Then so much time passes that none of it is recent. Where a policy lets
nobody in by anything weaker than a hardware key, a session is opened by one, and what asks a
hardware key in a step-up is then half answered already; that is the policy's doing, and expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from demo_client.lab.clocks import LabClock
from demo_client.lab.combinations import Combination, every, in_order, picks
from demo_client.lab.customers import TWIN, Customer
from demo_client.lab.errors import LabError
from demo_client.lab.expected import STEP_UPS, Proof, verdict, worth
from demo_client.lab.facts import Kind
from demo_client.lab.tables import Table

SLACK = 1.0
"""Seconds beyond an age, so that rounding decides nothing."""


def weakest(table: Table, operation: str, kinds: Iterable[Kind]) -> Combination:
    """Return the weakest combination that opens a session by `operation`; `LabError` without one.

    It is in the order to show it in.
    """
    candidates = [pick for each in every(tuple(kinds)) for pick in picks(each) if pick == each]
    fitting = [
        pick
        for pick in candidates
        if verdict(table, operation, [Proof(kind) for kind in pick]).allowed
    ]
    if not fitting:
        raise LabError(f"{table.name}: no three of these factors open a session by {operation}")
    chosen = min(fitting, key=_strength)
    worths = {kind.id: len(worth(table, kind)) for kind in chosen}
    return in_order(chosen, table.first(operation), worths)


def _strength(pick: Combination) -> tuple[int, int, int]:
    """Return what a login would lend to a step-up, how many factors it takes, and its trouble."""
    lent = sum(
        kind.phishing_resistant + kind.device_bound + kind.biometric + bool(kind.carrier)
        for kind in pick
    )
    return lent, len(pick), sum(kind.travels + kind.spends for kind in pick)


class Opening:
    """Keeps each customer in a session whose own proofs are too old to be recent."""

    def __init__(
        self, table: Table, kinds: Combination, clock: LabClock | None, entrance: str = "login"
    ) -> None:
        self.kinds = kinds
        self._entrance = entrance
        self._clock = clock
        self._open: dict[str, bool] = {}
        ages = [float(table.operations[name].get("max_age", 0)) for name in STEP_UPS]
        self._stale_after = max(ages) + SLACK

    @property
    def proofs(self) -> Sequence[Proof]:
        """What opened the session."""
        return [Proof(kind, "" if kind.single else TWIN) for kind in self.kinds]

    @property
    def is_aged(self) -> bool:
        """Whether the sessions' own proofs are old, because time could be made to pass."""
        return self._clock is not None

    def ensure(self, customer: Customer) -> None:
        """Open a session and let it age, unless one that was not raised is there."""
        if self._open.get(customer.account):
            return
        customer.browser.forget()
        customer.proves(self._entrance, self.kinds)
        self.age(customer)
        self._open[customer.account] = True

    def spent(self, customer: Customer) -> None:
        """Say that a customer's session was raised, or is over: the next one is a new one."""
        self._open.pop(customer.account, None)

    def age(self, customer: Customer) -> None:
        """Let time pass in steps that no session is too idle for."""
        if self._clock is None:
            return
        left = self._stale_after
        while left > 0:
            told = customer.calls("GET", "/session", None, 200).body
            idle = datetime.fromisoformat(told["idle_expires_at"]).timestamp() - self._clock()
            step = min(left, max(idle - SLACK, SLACK))
            self._clock.forward(step)
            left -= step
