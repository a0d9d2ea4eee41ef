"""What happens under pressure: liveness while every core hashes, and guesses all at once."""

from __future__ import annotations

import threading
import time
from collections import Counter

from tests.bench.bed import Bed, bed
from tests.bench.rows import Row, percentile
from tests.hard.customers import Customer, joins, race
from tests.hard.wire import at_once

FLOOD = 8
LOOKS = 800
PAUSE = 0.005  # seconds

LONGEST = 20.0  # milliseconds
GUESSES, LIMIT = 60, 10


def rows() -> list[Row]:
    """Measure both."""
    with bed() as host:
        idle = looks(host)
        stop = threading.Event()
        flood = [threading.Thread(target=hash_on, args=(host, n, stop)) for n in range(FLOOD)]
        for thread in flood:
            thread.start()
        busy = looks(host)
        stop.set()
        for thread in flood:
            thread.join()
    return [health_row(idle, busy), guesses_row()]


def looks(host: Bed) -> list[float]:
    """Ask `/healthz` again and again; return the milliseconds of each answer."""
    wire, taken = host.server.wire(), []
    for _ in range(LOOKS):
        taken.append(1000 * wire.call("GET", "/healthz").seconds)
        time.sleep(PAUSE)
    return taken


def hash_on(host: Bed, number: int, stop: threading.Event) -> None:
    """Keep a place in the hash pool's queue taken with wrong passwords for nobody."""
    nobody = Customer(host.server.wire(), f"nobody{number}", host.clock)
    transaction = nobody.opens()
    while not stop.is_set():
        assert nobody.gives_password(transaction, "guessed-wrong-1").status == 401


def health_row(idle: list[float], busy: list[float]) -> Row:
    """Hold the slowest of a hundred against the goal."""
    found = percentile(busy, 0.99)
    measured = f"{found:.1f} ms (idle {percentile(idle, 0.99):.1f} ms)"
    what = f"p99 of /healthz, {FLOOD} password answers in flight"
    return Row(what, measured, f"< {LONGEST:g} ms", found < LONGEST)


def guesses_row() -> Row:
    """Send wrong guesses, each another, at the same moment; count those that were judged."""
    with bed(account_prefix={"burst": LIMIT, "interval": 60}) as host:
        amy = joins(host.deployment, host.server, "amy")
        transactions = [amy.opens() for _ in range(GUESSES)]
        guesses = [
            guess
            for number, transaction in enumerate(transactions)
            for guess in race(
                [host.server], [transaction], "password", {"password": f"guessed-wrong-{number}"}
            )
        ]
        answers = at_once(guesses)
    found = Counter(answer.status for answer in answers)
    what = f"{GUESSES} parallel wrong guesses at a limit of {LIMIT}: reached the verifier"
    return Row(what, str(found[401]), f"exactly {LIMIT}", found[401] == LIMIT)
