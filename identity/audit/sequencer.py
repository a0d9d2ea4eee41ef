"""The thread behind the log: every second the writers beat and new events go into the tree."""

from __future__ import annotations

from identity.audit.builder import LogBuilder
from identity.audit.events import WriterClosed
from identity.audit.record import Journal
from identity.clock import Clock
from identity.keys.ring import KeyRing
from identity.periodic import Periodic
from identity.storage.ports import Store

INTERVAL = 1.0
"""Seconds between two runs: so long may an event wait for its place in the log."""


class Sequencer(Periodic):
    """Runs on every node; the store's lock lets one at a time build. Clause: CC-18000.4.d"""

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        journal: Journal,
        clock: Clock,
        interval: float = INTERVAL,
    ) -> None:
        super().__init__("sequencer", self._run, clock, interval)
        self._store = store
        self._journal = journal
        self._builder = LogBuilder(store, ring)
        self._said: dict[str, int] = {}  # the living, and what they said last

    def stop(self) -> None:
        """End the thread and close this process's writers; nothing may be written after it.

        Where the store cannot be reached any more, the writers stay open, and an examination
        remarks on it.
        """
        super().stop()
        self.attempt(self._end)

    def _run(self, now: float) -> None:
        self._beat(now)
        self._builder.step(now)

    def _end(self, now: float) -> None:
        with self._store.write() as work:
            for writer, seq in self._store.writers():
                self._journal.write(work, WriterClosed(writer=writer, seq=seq), now)
        self._said.update(self._store.writers())
        self._say([], list(self._said.items()), now)
        while self._builder.step(now):
            pass

    def _beat(self, now: float) -> None:
        """Let the living beat, and close those whose connection went since the last time."""
        live = dict(self._store.writers())
        gone = [(writer, seq) for writer, seq in self._said.items() if writer not in live]
        self._say(list(live.items()), gone, now)
        self._said = live

    def _say(self, live: list[tuple[str, int]], gone: list[tuple[str, int]], now: float) -> None:
        said = self._journal.beats(live, now) + self._journal.beats(gone, now, closed=True)
        if said:
            with self._store.write() as work:
                work.events.beat(said)
