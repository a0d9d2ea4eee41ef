"""Attempts that were not looked at, counted: the count is the event.

A flood of them must not fill the disk, so none is written by itself. They are added up by reason,
purpose and network; every few seconds the oldest few sums become an event each, and those that wait
keep adding up. Beyond `MOST` sums at a time the rest is added up by reason alone, under no network.

    memory      at most MOST sums, and one for each reason
    disk        at most BATCH events a run: sixty a minute from each process, whatever comes

Where writing fails the sums are kept and the thread says so in the log. What is summed and not yet
written is lost with a process that is killed; what was verified never is. Clause: CC-17010.j.g
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import msgspec

from identity.audit import events
from identity.audit.record import Journal, microseconds
from identity.clock import Clock
from identity.periodic import Periodic
from identity.storage.ports import Store
from identity.throttling.tally import Tally
from identity.throttling.work import About

MOST = 1000
"""Sums by network at a time: some hundred kilobytes."""

BATCH = 5
"""Events of one run."""

INTERVAL = 5.0
"""Seconds between two runs."""


class Key(NamedTuple):
    """What is added up together. `reason` is a limit's name, ``work:`` and why, or a hold's."""

    reason: str
    purpose: str
    prefix: str


class Sum(msgspec.Struct, kw_only=True):
    """How many were blocked, when the first and the last. Unix seconds."""

    count: int
    first_at: float
    last_at: float

    def add(self, other: Sum) -> None:
        """Add another sum of the same key, older or newer."""
        self.count += other.count
        self.first_at = min(self.first_at, other.first_at)
        self.last_at = max(self.last_at, other.last_at)


class Blocked:
    """Adds up, for whoever writes it down."""

    def __init__(self) -> None:
        self._sums: dict[Key, Sum] = {}
        self._lock = threading.Lock()
        self.tally = Tally()

    def __len__(self) -> int:
        return len(self._sums)

    def count(self, reason: str, about: About, now: float) -> None:
        """Add one."""
        self.tally.add(reason)
        one = Sum(count=1, first_at=now, last_at=now)
        self._add(Key(reason, about.purpose, about.prefix), one)

    def taken(self, most: int) -> dict[Key, Sum]:
        """Take the oldest sums away, `most` at most."""
        with self._lock:
            keys = list(self._sums)[:most]
            return {key: self._sums.pop(key) for key in keys}

    def give_back(self, sums: dict[Key, Sum]) -> None:
        """Put back what was taken and could not be written."""
        for key, kept in sums.items():
            self._add(key, kept)

    def _add(self, key: Key, more: Sum) -> None:
        with self._lock:
            if key not in self._sums and len(self._sums) >= MOST:
                key = Key(key.reason, "", "")
            found = self._sums.get(key)
            if found is None:
                self._sums[key] = more
            else:
                found.add(more)


class BlockedWriter(Periodic):
    """Writes the sums into the audit log, a few at a time; at the end, all of them."""

    def __init__(
        self,
        blocked: Blocked,
        store: Store,
        journal: Journal,
        clock: Clock,
        interval: float = INTERVAL,
    ) -> None:
        super().__init__("blocked", self._run, clock, interval)
        self._blocked = blocked
        self._store = store
        self._journal = journal

    def stop(self) -> None:
        """End the thread; then write what is left, which is bounded."""
        super().stop()
        self.attempt(self.write_all)

    def write_all(self, now: float) -> None:
        """Write every sum there is at this moment."""
        for _ in range(0, len(self._blocked), BATCH):
            self._run(now)

    def _run(self, now: float) -> None:
        sums = self._blocked.taken(BATCH)
        if not sums:
            return
        try:
            with self._store.write() as work:
                for key, total in sums.items():
                    self._journal.write(work, _event(key, total), now)
        except BaseException:
            self._blocked.give_back(sums)
            raise


def _event(key: Key, total: Sum) -> events.Event:
    return events.AttemptsBlocked(
        reason=key.reason,
        purpose=key.purpose,
        prefix=key.prefix,
        count=total.count,
        first_at_us=microseconds(total.first_at),
        last_at_us=microseconds(total.last_at),
    )
