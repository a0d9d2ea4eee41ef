"""The thread that throws away what nobody needs any more.

Nothing here decides anything: what is over is refused where it is looked at, whether its row is
still there or not. Authenticators, devices, messages that wait, accounts' own failure counts and
the audit log are never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from identity.clock import Clock
from identity.periodic import Periodic
from identity.storage.ports import PRUNED, Store, Work

INTERVAL = 60.0
"""Seconds between two rounds: so that one round finds no more than a minute's worth."""

JOURNEYS = 3600.0
"""Seconds that an expired login or enrolment is kept: whoever comes back late from lunch is told
that it expired, not that there was none."""

SESSIONS = 30 * 86400.0
"""Seconds that a session is kept after its end: while a customer may still ask, with the month's
statement in hand, on which device it was. What was done in it stays in the audit log."""

DECOYS = 90 * 86400.0
"""Seconds after which failures counted for a name that no account has are forgotten. Without an end
they would grow with every name a bot makes up. The price: an account's own are kept for good, so
that who empties a share, and lets it rest for so long, can tell the two apart. Hence so long."""

Step: TypeAlias = Callable[[Work, float], int]


def _windows(work: Work, now: float) -> int:
    return work.windows.prune(now)


def _marks(work: Work, now: float) -> int:
    return work.marks.prune(now)


def _logins(work: Work, now: float) -> int:
    return work.logins.prune(now - JOURNEYS)


def _enrolments(work: Work, now: float) -> int:
    return work.enrolments.prune(now - JOURNEYS)


def _sessions(work: Work, now: float) -> int:
    return work.sessions.prune(now - SESSIONS)


def _assertions(work: Work, now: float) -> int:
    return work.clients.prune(now - JOURNEYS)  # late, for a node whose clock is behind


def _decoys(work: Work, now: float) -> int:
    return work.failures.prune(now - DECOYS)


def _dropped(work: Work, now: float) -> int:
    return work.outbox.prune(now - JOURNEYS)  # no sooner than the login that asks after it


STEPS: tuple[Step, ...] = (
    _windows,
    _marks,
    _logins,
    _enrolments,
    _sessions,
    _assertions,
    _decoys,
    _dropped,
)


class Housekeeper(Periodic):
    """Runs on every node; rows that another one is at are left to it."""

    def __init__(self, store: Store, clock: Clock, interval: float = INTERVAL) -> None:
        super().__init__("housekeeper", self._run, clock, interval)
        self._store = store

    def _run(self, now: float) -> None:
        for step in STEPS:
            while self._pruned(step, now) >= PRUNED and not self.stopping():
                pass  # a full unit of work: there may be more, and between two others may write

    def _pruned(self, step: Step, now: float) -> int:
        with self._store.write() as work:
            return step(work, now)
