"""Worker threads, chosen before crossing, and the queues before them; no thread waits for a pool.

Hashing has a pool of its own, as wide as there are cores: more would only fight for them. Its
threads are made nicer than the event loop, so that `/healthz` answers while every core hashes.

    call -> decoded -> lane? --- room ---> queue: known | paid | strangers ---> thread -> answer
                         |
                         +--- none ---> 429 at once: no thread, no store, no hash

Each lane has a queue of its own and a bounded one, so that strangers take no room from known
devices. Known go first. Of those behind them one is taken after every `PATIENCE` known ones, so
that they wait and do not starve. Within a lane one name has a share only: one device, or one
network, does not keep the others of its lane out. What bounds memory is the number of threads
(each hash holds Argon2's memory) and the length of the queues (each waiting call holds its body).
Clause: CC-17010.j.g
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from identity.errors import TooMany
from identity.web.lanes import OURS, Lane, Ticket
from identity.web.metrics import Metrics
from identity.web.queues import Job, Lanes

T = TypeVar("T")

Gone = Callable[[], Coroutine[Any, Any, None]]
"""Comes back when the caller has hung up."""

NICER = 5
"""How much the hash pool's threads yield to the loop (Linux; elsewhere they do not)."""

SHORT = 4
"""One in so many places of the strangers' queue may be taken before work is asked."""


class Pool(Enum):
    """Where a call runs."""

    LIGHT = "light"
    HASH = "hash"

    @property
    def full(self) -> str:
        """What the limit is called that refuses a call where there is no room."""
        return "hashing" if self is Pool.HASH else "busy"


def open_to_all(pool: Pool, threads: int) -> int:
    """Return how many threads of a pool others than known devices may have at once.

    Of those that hash all but one, so that a known device waits for no stranger's hash. Of the
    light ones an eighth: what they do is done in the interpreter, which lets one thread run at a
    time, and strangers' calls must not be many to want their turn.
    """
    return max(1, threads - 1 if pool is Pool.HASH else threads // 8)


class Left(TooMany):
    """The caller hung up while his call waited. Nothing was counted, and nobody reads this."""


class _Threads:
    """One pool: a queue, and the threads that take from it."""

    def __init__(self, pool: Pool, queue: Lanes, metrics: Metrics) -> None:
        self.queue = queue
        self._full = pool.full
        self._refused = {lane: metrics.turned_away(pool.value, lane.value) for lane in Lane}
        begin = _be_nice if pool is Pool.HASH else None
        self._executor = ThreadPoolExecutor(queue.threads, pool.value, initializer=begin)

    def begin(self, ticket: Ticket, work: Callable[[], T]) -> Job[T]:
        """Queue `work`, or raise `TooMany`. Whichever thread is free next takes the first."""
        job = self.queue.admit(ticket, work)
        if job is None:
            self._refused[ticket.lane]()
            raise TooMany(self._full, self.queue.wait(ticket.lane))
        try:
            self._executor.submit(self.queue.run)
        except RuntimeError:  # the pool was closed
            self.queue.withdraw(job)
            raise
        return job

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=False)


class Pools:
    """Both pools, from start to stop. A queue's length is divided among the lanes."""

    def __init__(
        self,
        *,
        hash_threads: int,
        light_threads: int,
        hash_queue: int,
        light_queue: int,
        metrics: Metrics,
    ) -> None:
        hashing = _queue(Pool.HASH, hash_threads or os.cpu_count() or 1, hash_queue, metrics)
        light = _queue(Pool.LIGHT, light_threads, light_queue, metrics)
        self._pools = {
            Pool.HASH: _Threads(Pool.HASH, hashing, metrics),
            Pool.LIGHT: _Threads(Pool.LIGHT, light, metrics),
        }

    async def run(
        self,
        pool: Pool,
        work: Callable[[], T],
        ticket: Ticket = OURS,
        gone: Gone | None = None,
    ) -> T:
        """Run `work` in a thread of `pool` and return what it returns.

        Raises `TooMany` at once where the lane has no room. A call that is cancelled, or whose
        caller is `gone`, before its turn gives its place up; one that a thread has begun is
        finished whoever waits for it.
        """
        threads = self._pools[pool]
        job = threads.begin(ticket, work)
        answer = asyncio.wrap_future(job.future)
        try:
            if gone is not None and threads.queue.waits(job):
                await _either(answer, gone)
                if not answer.done() and threads.queue.withdraw(job):
                    raise Left(pool.full, None)
            return await answer
        finally:
            threads.queue.withdraw(job)

    def waiting(self, pool: Pool, lane: Lane) -> int:
        """Return how many calls wait in a lane."""
        return self._pools[pool].queue.waiting(lane)

    def serves_known(self) -> bool:
        """Whether a known device's call waits or runs."""
        return any(threads.queue.serves_known() for threads in self._pools.values())

    def pressure(self) -> float:
        """Return how long the hash queue is for a stranger, 0 (short) to 1 (no room).

        Those before him count: it is his wait that work is asked for.
        """
        queue = self._pools[Pool.HASH].queue
        room = queue.rooms[Lane.STRANGER]
        free = room // SHORT
        return min(max(queue.length() - free, 0) / max(room - free, 1), 1.0)

    def close(self) -> None:
        """Let what was begun, and what waits, finish; then end the threads."""
        for threads in self._pools.values():
            threads.close()


def _queue(pool: Pool, threads: int, length: int, metrics: Metrics) -> Lanes:
    """Return the queue of a pool, watched."""
    waited = {lane: metrics.waited(pool.value, lane.value) for lane in Lane}
    queue = Lanes(
        threads,
        length,
        lambda lane, seconds: waited[lane](seconds),
        open_to_all=open_to_all(pool, threads),
    )
    for lane in Lane:
        metrics.watch(pool.value, lane.value, partial(queue.waiting, lane))
    return queue


async def _either(answer: asyncio.Future[T], gone: Gone) -> None:
    """Wait until there is an answer, or nobody to give it to."""
    left = asyncio.ensure_future(gone())
    either: set[asyncio.Future[Any]] = {answer, left}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()


def _be_nice() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER)
