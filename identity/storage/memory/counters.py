"""The port `Counters` in this process: nobody else sees it, and it ends with the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from identity.model import Exceeded, Spend
from identity.storage.counters import Marked, News, Taken
from identity.storage.memory.marks import Marks
from identity.storage.memory.windows import Windows
from identity.storage.ports import Work

MOST = 50_000
"""Windows of each limit, and items of each kind of mark. A window that is not empty takes some 250
bytes with its key; a limit heals one request an interval, so that fifty thousand windows of one a
minute are filled by 800 requests a second and no fewer."""

WHERE = "process"


class MemoryCounters:
    """Counts for the threads of one process. `now` is when it begins.

    `remembers` is how many seconds the longest window lasts: for as long after the beginning, and
    while there is no room left, it is not sure of what it says.
    """

    def __init__(self, now: float, *, remembers: float, most: int = MOST) -> None:
        self._until = now + remembers
        self._windows = Windows(most)
        self._marks = Marks(most)
        self._lock = threading.Lock()
        self._told = False

    def reserve(self, _work: Work | None, spends: Sequence[Spend], now: float) -> Taken | Exceeded:
        """Take one request from every window, or from none."""
        with self._lock:
            return self._windows.reserve(spends, now) or Taken(tuple(spends), WHERE)

    def refund(self, _work: Work | None, taken: Taken) -> None:
        """Give back what `reserve` took."""
        with self._lock:
            self._windows.refund(taken.spends)

    def look(self, _work: Work | None, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return how `reserve` would refuse, and take nothing."""
        with self._lock:
            return self._windows.look(spends, now)

    def mark(  # the port's
        self, _work: Work | None, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`."""
        with self._lock:
            return self._marks.add(key, item, cap, until, now)

    def forget(self, _work: Work | None, key: str) -> None:
        """Drop the set named `key`."""
        with self._lock:
            self._marks.forget(key)

    def secret(  # the port's
        self, _work: Work | None, name: str, made: bytes, until: float, now: float
    ) -> bytes:
        """Return the secret of that name."""
        with self._lock:
            return self._marks.secret(name, made, until, now)

    def sure(self, now: float) -> bool:
        """Whether it has counted long enough, and has room."""
        with self._lock:
            return now >= self._until and not (self._windows.full or self._marks.full)

    def tend(self, now: float) -> Sequence[News]:
        """Forget what is over; tell once that it began with nothing."""
        with self._lock:
            self._windows.sweep(now)
            self._marks.sweep(now)
            told, self._told = self._told, True
        return () if told or now >= self._until else (News("emptied", until=self._until),)

    def close(self) -> None:
        """Do nothing: it goes with the process."""
