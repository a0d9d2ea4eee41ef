"""What one to four workers on PostgreSQL answer, and what PostgreSQL costs a single answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests import needs
from tests.bench.bed import ARGON2, Bed, bed
from tests.bench.guard import Lanes
from tests.bench.logins import answer_row, customer, totp_answer
from tests.bench.rows import Row
from tests.conftest import database
from tests.hard.customers import SESSION, STEP, Customer, all_join
from tests.hard.servers import WIDE, Deployment, deployed, limits
from tests.hard.wire import encoded

WORKERS = (1, 2, 3, 4)
CUSTOMERS = 8
ROUNDS = 5
BLOCKS = 9


def rows() -> list[Row]:
    """Measure everything that needs PostgreSQL."""
    if lack := needs.no_postgres():
        return [Row("workers on PostgreSQL", f"left out for lack of {lack}")]
    with database() as url, bed(url=url) as host:
        totp = totp_answer(host, customer(host)[0])
    with database() as url, deployment(url) as serving:
        names = [f"customer{number}" for number in range(CUSTOMERS)]
        (server,) = serving.start()
        customers = all_join(serving, [server], names)
        server.terminate()
        found = [figures(serving, customers, workers) for workers in WORKERS]
    checks, logins = zip(*found, strict=True)
    count = " / ".join(str(workers) for workers in WORKERS)
    return [
        answer_row("TOTP answer (step-up), PostgreSQL", totp),
        Row(f"session/check, {count} workers on PostgreSQL", told(checks, 0)),
        Row(f"password + TOTP logins, {count} workers on PostgreSQL", told(logins, 1)),
    ]


def told(rates: tuple[float, ...], digits: int) -> str:
    """Write rates, one for each number of workers."""
    return f"{' / '.join(f'{rate:.{digits}f}' for rate in rates)} a second"


@contextmanager
def deployment(url: str) -> Iterator[Deployment]:
    """Give a deployment that `identity serve` runs, with everything wide open."""
    with tempfile.TemporaryDirectory(prefix="trifactor-bench-") as folder:
        wide = limits(windows=WIDE, failures=WIDE)
        settings = {"": {}, "password.argon2": ARGON2}
        given = {"database": url, "settings": settings, "limits": wide}
        with deployed(root=Path(folder), **given) as made:
            yield made


def figures(serving: Deployment, customers: list[Customer], workers: int) -> tuple[float, float]:
    """Return checks and logins a second with so many workers."""
    serving.settings[""] = {"workers": workers}
    (server,) = serving.start()
    host = Bed(serving, server, server.wire(), serving.clock)
    for each in customers:
        each.wire = server.wire()
    logins = median(login_rate(host, customers) for _ in range(ROUNDS))
    checks = median(check_rate(host, customers[0]) for _ in range(BLOCKS))
    server.terminate()
    return checks, logins


def login_rate(host: Bed, customers: list[Customer]) -> float:
    """Return logins a second, all customers at once and each on a line of his own."""
    host.clock.forward(STEP)
    with ThreadPoolExecutor(len(customers)) as threads:
        start = time.perf_counter()
        done = list(threads.map(lambda each: each.signs_in().body["state"], customers))
        taken = time.perf_counter() - start
    assert done == ["succeeded"] * len(customers)
    return len(customers) / taken


def check_rate(host: Bed, customer: Customer) -> float:
    """Return session checks a second over lines that are new, so that all workers get some."""
    cookie = {"Cookie": f"{SESSION}={customer.cookies[SESSION]}"}
    lanes = Lanes(host, encoded("GET", "/v1/session/check", None, cookie))
    rate = lanes.rate()
    lanes.close()
    return rate
