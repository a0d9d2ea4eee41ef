"""What is measured on: a host in a process of its own, its customers, and its CPU time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from argon2 import PasswordHasher

from tests.hard.customers import Customer
from tests.hard.servers import WIDE, Deployment, Server, deployed, limits
from tests.hard.wire import Wire

ARGON2 = {"memory_kib": 19 * 1024, "time_cost": 2, "parallelism": 1}
"""The service's default, whatever that is set to elsewhere."""

API = "https://api.example.com"
TOKENS = {"audiences": [API]}

HOST = ("-m", "tests.bench.host")


class HostClock:
    """The host's time as last told by it, going on with the machine's."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def forward(self) -> None:
        """Move the host's time on by one TOTP step."""
        told = self._wire.call("POST", "/forward").body["now"]
        self._ahead = told - time.time()


@dataclass(slots=True)
class Bed:
    """One host with everything wide open, so that costs are measured and not refusals."""

    deployment: Deployment
    server: Server
    wire: Wire
    clock: HostClock
    asking: float = 0.0

    def cpu(self) -> float:
        """Return the host's CPU time so far, in seconds."""
        used: float = self.wire.call("GET", "/cpu").body["cpu"]
        return used

    def calibrate(self) -> None:
        """Find out what asking for the CPU time costs, to leave it out."""
        told = [self.cpu() for _ in range(200)]
        self.asking = median(after - before for before, after in pairwise(told))

    def since(self, before: float) -> float:
        """Return the CPU seconds that the host used since `cpu` said `before`."""
        return self.cpu() - before - self.asking


@contextmanager
def bed(
    synchronous: str = "FULL",
    url: str = "",
    settings: Mapping[str, Any] | None = None,
    **windows: Mapping[str, Any],
) -> Iterator[Bed]:
    """Give a host on a SQLite file in a temporary folder; `windows` overrule wide limits.

    With `url`, on that database; `settings` are laid over its own.
    """
    with tempfile.TemporaryDirectory(prefix="trifactor-bench-") as folder:
        root = Path(folder)
        database = {"synchronous": synchronous}
        wide = limits(**({"windows": WIDE, "failures": WIDE} | windows))
        with deployed(
            root=root,
            database=url or f"sqlite:///{root / 'identity.db'}",
            settings={
                "database": database,
                "password.argon2": ARGON2,
                "tokens": TOKENS,
                **(settings or {}),
            },
            limits=wide,
            command=HOST,
        ) as deployment:
            (server,) = deployment.start()
            clock = HostClock(server.wire())
            deployment.clock = clock
            made = Bed(deployment, server, server.wire(), clock)
            made.calibrate()
            yield made


def signed_in(bed: Bed, customer: Customer) -> Customer:
    """Log a customer in by a code not used before."""
    bed.clock.forward()
    assert customer.signs_in().status == 200
    return customer


class RawVerify:
    """One Argon2id verify of the same parameters and nothing else, in this process."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=ARGON2["time_cost"],
            memory_cost=ARGON2["memory_kib"],
            parallelism=ARGON2["parallelism"],
        )
        self._encoded = self._hasher.hash("quiet-harbour-4711-ferry")

    def cpu(self) -> float:
        """Return the CPU seconds of one verify."""
        before = time.process_time()
        self._hasher.verify(self._encoded, "quiet-harbour-4711-ferry")
        return time.process_time() - before
