"""The thread that looks after the place where attempts are counted, and writes what it hears.

What could not be written is kept and written the next time: an event waits for the database, and
no customer waits for the event.
"""

from __future__ import annotations

import structlog

from identity.audit import events
from identity.audit.record import Journal
from identity.clock import Clock
from identity.periodic import Periodic
from identity.storage.counters import Counters, News
from identity.storage.ports import Store

INTERVAL = 1.0
"""Seconds between two looks: a place that is lost costs one wait in each."""

_log = structlog.get_logger(__name__)


class CountersWatch(Periodic):
    """Runs on every node, and tells what this node found."""

    def __init__(self, counters: Counters, store: Store, journal: Journal, clock: Clock) -> None:
        super().__init__("counters", self._run, clock, INTERVAL)
        self._counters = counters
        self._store = store
        self._journal = journal
        self._untold: list[News] = []

    def _run(self, now: float) -> None:
        for news in self._counters.tend(now):
            if news.what == "emptied":
                _log.error("counters_emptied", unsure_until=news.until)
            self._untold.append(news)
        if self._untold:
            with self._store.write() as work:
                for news in self._untold:
                    self._journal.write(work, _event(news), now)
            self._untold = []


def _event(news: News) -> events.Event:
    if news.what == "lost":
        return events.CountersLost(reason=news.reason)
    if news.what == "emptied":
        return events.CountersEmptied(unsure_until_us=round(news.until * 1_000_000))
    return events.CountersReturned()
