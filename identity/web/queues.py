"""The queue before a pool's threads: lanes in order, each with room of its own.

Filled on the event loop, emptied by threads, safe between them. Who is next is decided when a
thread is free and not when a call comes, so that a known device that comes late still goes before
the strangers that wait.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from identity.clock import monotonic
from identity.web.lanes import Lane, Ticket

T = TypeVar("T")

PARTS: Mapping[Lane, int] = {Lane.KNOWN: 2, Lane.PAID: 4, Lane.STRANGER: 4}
"""Which part of the queue a lane has: half of it, and a quarter each."""

SHARES: Mapping[Lane, int] = {Lane.KNOWN: 8, Lane.PAID: 2, Lane.STRANGER: 2}
"""Which part of a lane one name has: a device an eighth, a network half."""

PATIENCE = 8
"""How many known go before others that wait, then one of those goes."""

NEWEST = 0.1
"""How much the newest call weighs in what calls usually take."""


class Job(Generic[T]):
    """A call that waits, or runs. `future` is where its answer comes."""

    __slots__ = ("future", "queued", "since", "ticket", "work")

    def __init__(self, ticket: Ticket, work: Callable[[], T]) -> None:
        self.ticket = ticket
        self.work = work
        self.future: Future[T] = Future()
        self.since = monotonic()
        self.queued = True


class Lanes:
    """The queue of a pool of `threads`, `length` long in all. `waited` is told each wait.

    Of the threads `open_to_all` at most are at work for others than known devices: the interpreter
    runs one thread at a time, and each that wants its turn makes the others wait for theirs.
    """

    def __init__(
        self,
        threads: int,
        length: int,
        waited: Callable[[Lane, float], None] = lambda *_: None,
        *,
        open_to_all: int = 0,
    ) -> None:
        self.rooms = {lane: max(1, length // part) for lane, part in PARTS.items()}
        self._shares = {lane: max(1, self.rooms[lane] // part) for lane, part in SHARES.items()}
        self.threads = threads
        self._open_to_all = open_to_all or threads
        self._waited = waited
        self._lanes: dict[Lane, deque[Job[Any]]] = {lane: deque() for lane in Lane}
        self._names: Counter[tuple[Lane, str]] = Counter()
        self._running = 0
        self._others = 0
        self._passed = 0
        self._usual = 0.0
        self._lock = threading.Lock()

    def admit(self, ticket: Ticket, work: Callable[[], T]) -> Job[T] | None:
        """Queue a call, or return None where there is no room.

        Who has used his share of a better lane waits among the strangers of his network.
        """
        with self._lock:
            for asked in (ticket, ticket.as_stranger):
                if self._has_room(asked):
                    return self._queued(Job(asked, work))
        return None

    def withdraw(self, job: Job[Any]) -> bool:
        """Take a call out of the queue again; False where it is not in it any more."""
        with self._lock:
            if not job.queued:
                return False
            self._lanes[job.ticket.lane].remove(job)
            self._left(job)
        job.future.cancel()
        return True

    def run(self) -> None:
        """Run calls in this thread for as long as it is somebody's turn."""
        while self.run_next():
            pass

    def run_next(self) -> bool:
        """Run the call whose turn it is, in this thread; False where it is nobody's."""
        job = self._taken()
        if job is None:
            return False
        began = monotonic()
        self._waited(job.ticket.lane, began - job.since)
        try:
            result = job.work()
        except BaseException as error:  # noqa: BLE001  # whoever waits for it is told, as it is
            self._done(job, began)
            job.future.set_exception(error)
        else:
            self._done(job, began)
            job.future.set_result(result)
        return True

    def waits(self, job: Job[Any]) -> bool:
        """Whether a call will not be taken at once: no thread is free for it."""
        with self._lock:
            return job.queued and not self._spare(job.ticket.lane)

    def waiting(self, lane: Lane) -> int:
        """Return how many wait in a lane."""
        return len(self._lanes[lane])

    def serves_known(self) -> bool:
        """Whether a known call waits or runs."""
        return self._running > self._others or bool(self._lanes[Lane.KNOWN])

    def length(self) -> int:
        """Return how many wait in all."""
        return sum(map(len, self._lanes.values()))

    def wait(self, lane: Lane) -> float:
        """Return in how many seconds all before a new call will be served, as it usually goes."""
        if lane is Lane.KNOWN:
            return (self.waiting(lane) + 1) * self._usual / self.threads
        return (self.length() + 1) * self._usual / self._open_to_all

    def _spare(self, lane: Lane) -> int:
        """Return how many threads are free for a lane."""
        spare = self.threads - self._running
        return spare if lane is Lane.KNOWN else min(spare, self._open_to_all - self._others)

    def _has_room(self, ticket: Ticket) -> bool:
        spare = self._spare(ticket.lane)
        room, share = self.rooms[ticket.lane], self._shares[ticket.lane]
        if len(self._lanes[ticket.lane]) >= room + spare:
            return False
        return not ticket.name or self._names[ticket.lane, ticket.name] < share + spare

    def _queued(self, job: Job[T]) -> Job[T]:
        self._lanes[job.ticket.lane].append(job)
        if job.ticket.name:
            self._names[job.ticket.lane, job.ticket.name] += 1
        return job

    def _left(self, job: Job[Any]) -> None:
        job.queued = False
        name = job.ticket.lane, job.ticket.name
        self._names[name] -= 1
        if self._names[name] <= 0:
            del self._names[name]

    def _taken(self) -> Job[Any] | None:
        with self._lock:
            while (lane := self._turn()) is not None:
                job = self._lanes[lane].popleft()
                self._left(job)
                if job.future.set_running_or_notify_cancel():  # else nobody waits for it any more
                    self._running += 1
                    self._others += lane is not Lane.KNOWN
                    return job
        return None

    def _turn(self) -> Lane | None:
        """Return the lane to take from: the first that is not empty, but for those who waited."""
        waiting = [lane for lane in Lane if self._lanes[lane] and self._spare(lane)]
        if not waiting:
            return None
        behind = len(waiting) > 1 and waiting[0] is Lane.KNOWN
        self._passed = self._passed + 1 if behind else 0
        if self._passed <= PATIENCE:
            return waiting[0]
        self._passed = 0
        return waiting[1]

    def _done(self, job: Job[Any], began: float) -> None:
        with self._lock:
            self._running -= 1
            self._others -= job.ticket.lane is not Lane.KNOWN
            self._usual += (monotonic() - began - self._usual) * NEWEST
