"""What customers feel while strangers hammer the service: from known devices, and from new ones.

Password and code, one customer after the other, in blocks that take turns: left alone, then under
a flood from another process that never pauses (`tests.hard.flooding`). The limits are the shipped
ones. A customer does the work that is asked and waits as he is told, as the pages do.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from demo_client.soft_work import HEADER, solve
from identity.settings import Pools
from tests.bench.bed import ARGON2, HOST, Bed, HostClock
from tests.bench.rows import Row, percentile
from tests.hard.customers import PASSWORD, Customer, Transaction, joins
from tests.hard.flooding import flood
from tests.hard.servers import WIDE, deployed
from tests.hard.wire import Answer

CUSTOMERS = 6
TURNS = 3
KNOWN = 6
"""Logins of each customer in a block from his device."""

NEW = 2
"""Customers who in each block under the flood then log in from a new one; it takes them a while."""

CONNECTIONS = 64
SECONDS_TO_GROW = 2.0
TRIES = 8

MOST_TIMES = 3.0
LEAST_OF_NEW = 0.99


class Felt(NamedTuple):
    """A login: whether it succeeded, and its seconds with all work and waiting."""

    done: bool
    seconds: float


def rows() -> list[Row]:
    """Measure both, left alone and under the flood."""
    with patient() as host:
        customers = [joins(host.deployment, host.server, f"amy{n}") for n in range(CUSTOMERS)]
        for each in customers:
            each.clock = host.clock
        host.clock.forward()
        assert all(logged_in(each).done for each in customers)
        alone: list[Felt] = []
        flooded: list[Felt] = []
        new: list[Felt] = []
        for _ in range(TURNS):
            block(host, customers, alone)
            with flood(host.server.port, CONNECTIONS):
                time.sleep(SECONDS_TO_GROW)
                block(host, customers, flooded)
                for each in customers[:NEW]:
                    host.clock.forward()
                    new.append(from_new_device(each))
    return [known_row(alone, flooded), new_row(new)]


@contextmanager
def patient() -> Iterator[Bed]:
    """Give a host with the limits that are shipped; only applying is free."""
    settings = {
        "password.argon2": ARGON2,
        "proxies": {"trusted": ["127.0.0.1/32"]},
        "pools": {"hash_queue": Pools().hash_queue, "light_queue": Pools().light_queue},
    }
    with tempfile.TemporaryDirectory(prefix="trifactor-bench-") as folder:
        root = Path(folder)
        given: dict[str, Any] = {"settings": settings, "limits": {"registration": WIDE}}
        database = f"sqlite:///{root / 'identity.db'}"
        with deployed(root=root, database=database, command=HOST, **given) as deployment:
            (server,) = deployment.start()
            deployment.clock = HostClock(server.wire())
            yield Bed(deployment, server, server.wire(), deployment.clock)


def block(host: Bed, customers: list[Customer], felt: list[Felt]) -> None:
    """Let every customer log in from his device, again and again."""
    for _ in range(KNOWN):
        host.clock.forward()
        felt += [logged_in(each) for each in customers]


def from_new_device(customer: Customer) -> Felt:
    """Let a customer log in from a device that nobody knows, and go home again."""
    kept = dict(customer.cookies)
    customer.cookies.clear()
    felt = logged_in(customer)
    customer.cookies = kept
    return felt


def logged_in(customer: Customer) -> Felt:
    """Log in by password and code, doing what is asked on the way."""
    start = time.perf_counter()
    body = {"purpose": "login", "account": customer.account}
    opened = insisted(customer, "/v1/logins", body, {})
    if opened.status != 201:
        return Felt(done=False, seconds=time.perf_counter() - start)
    told = opened.body
    at = Transaction(told["id"], told["secret"])
    first = {"method": "password", "response": {"password": PASSWORD}}
    insisted(customer, at.path, first, at.headers, told.get("work"))
    second = {"method": "totp", "response": {"code": customer.code()}}
    done = insisted(customer, at.path, second, at.headers)
    signed_in = done.status == 200 and done.body["state"] == "succeeded"
    return Felt(done=signed_in, seconds=time.perf_counter() - start)


def insisted(
    customer: Customer, path: str, body: Any, headers: dict[str, str], work: Any = None
) -> Answer:
    """Send it, again with work where that is asked, and later where one is told to wait."""
    for _ in range(TRIES):
        paid = {HEADER: solve(work)} if work else {}
        answer = customer.send("POST", path, body, headers | paid)
        work = answer.body.get("work") if answer.status == 428 else None
        wait = answer.all("retry-after")
        if work is None and not (answer.status == 429 and wait):
            break
        time.sleep(float(wait[0]) if wait else 0)
    return answer


def known_row(alone: list[Felt], flooded: list[Felt]) -> Row:
    """Hold the slow logins under the flood against the slow ones without."""
    before, under = (percentile([felt.seconds for felt in each], 0.99) for each in (alone, flooded))
    done = sum(felt.done for felt in flooded)
    times = under / before
    measured = (
        f"{done} of {len(flooded)} succeed, p99 {times:.1f} times that without "
        f"({1000 * under:.0f} / {1000 * before:.0f} ms)"
    )
    met = done == len(flooded) and times <= MOST_TIMES
    what = f"login from a known device, {CONNECTIONS} strangers hammering"
    return Row(what, measured, f"all succeed, p99 ≤ {MOST_TIMES:g} times", met)


def new_row(flooded: list[Felt]) -> Row:
    """Count the logins that succeed from devices that nobody knows."""
    done = sum(felt.done for felt in flooded)
    middle = percentile([felt.seconds for felt in flooded], 0.5)
    measured = f"{done} of {len(flooded)} succeed, p50 {1000 * middle:.0f} ms with the work"
    met = done >= LEAST_OF_NEW * len(flooded)
    return Row("the same from a new device", measured, f"≥ {LEAST_OF_NEW:.0%} succeed", met)
