"""What the service costs this machine: its CPU time and memory, by Linux' /proc.

Elsewhere there is no such folder: then nothing is measured, and the page says so.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher

from demo_client.lab.wire import stopwatch

PROC: Final = Path("/proc")

MEMORY_KIB, TIME_COST, PARALLELISM = 19 * 1024, 2, 1
"""Argon2id as the service is told to use it, which is its default too."""

HASHES: Final = 12
"""Verifies that the price of one is the average of."""

PAUSE: Final = 0.1
"""Seconds between two looks at the memory."""

_KIB: Final = 1024


@dataclass
class Memory:
    """Resident memory, in MiB: `samples` are (seconds since the start, MiB)."""

    before: float
    peak: float
    after: float
    samples: list[tuple[float, float]] = field(default_factory=list)


class Meter:
    """Looks at one process."""

    def __init__(self, pid: int) -> None:
        self._folder = PROC / str(pid)

    @property
    def works(self) -> bool:
        """Whether this machine tells."""
        return self._folder.is_dir()

    def cpu(self) -> float:
        """Return the CPU seconds that all its threads took since it began."""
        stat = (self._folder / "stat").read_text(encoding="ascii")
        # The name before may hold anything, brackets too; fields 14 and 15 follow the last one.
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """Return its resident memory in MiB."""
        status = (self._folder / "status").read_text(encoding="ascii")
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) / _KIB

    @contextmanager
    def remembering(self) -> Iterator[Memory | None]:
        """Watch its memory meanwhile; `peak` and `after` are told at the end."""
        if not self.works:
            yield None
            return
        before, began, stop = self.resident(), stopwatch(), threading.Event()
        memory = Memory(before, before, before, [(0.0, before)])

        def watch() -> None:
            while not stop.wait(PAUSE):
                memory.samples.append((stopwatch() - began, self.resident()))

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield memory
        finally:
            stop.set()
            watching.join()
            memory.after = self.resident()
            memory.peak = max(mib for _, mib in [*memory.samples, (0.0, memory.after)])


def argon2_ms() -> float:
    """Return the CPU milliseconds of one verify with the service's parameters, measured here."""
    hasher = PasswordHasher(memory_cost=MEMORY_KIB, time_cost=TIME_COST, parallelism=PARALLELISM)
    stored = hasher.hash("attack-lab-1")
    began = time.process_time()
    for _ in range(HASHES):
        hasher.verify(stored, "attack-lab-1")
    return (time.process_time() - began) * 1000 / HASHES
