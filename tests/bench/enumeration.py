"""Whether response times tell who has an account: idle, and while others keep the service busy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from demo_client.attack.auc import Area
from tests.bench.bed import Bed, bed
from tests.bench.rows import Row
from tests.hard.customers import Customer
from tests.hard.servers import CHEAP
from tests.hard.strangers import Compared, areas, stranger

SAMPLES = 2000
"""Of each of three kinds: active, suspended, and not there."""

BOUND = (0.45, 0.55)
BUSY = 2
"""Others who give wrong passwords without a pause, for names that nobody has."""

GUESSES = 50
"""Wrong passwords in one transaction of theirs."""


def rows() -> list[Row]:
    """Measure both with Argon2 as cheap as it gets, which would hide a difference otherwise."""
    with bed("NORMAL", settings={"password.argon2": CHEAP}) as host:
        somebody = stranger(host.deployment, host.server)
        idle = areas(somebody, SAMPLES, seed=1)
        with _busy(host):
            busy = areas(somebody, SAMPLES, seed=2)
    return [_row("idle", idle), _row(f"{BUSY} others flood it", busy)]


@contextmanager
def _busy(host: Bed) -> Iterator[None]:
    stop = threading.Event()
    flood = [threading.Thread(target=_guess, args=(host, n, stop)) for n in range(BUSY)]
    for thread in flood:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in flood:
            thread.join()


def _guess(host: Bed, number: int, stop: threading.Event) -> None:
    """Give wrong passwords; one name alone would be held back by ECD.4 before the end."""
    names = (f"nobody{number}-{turn}" for turn in count())
    wire = host.server.wire()
    while not stop.is_set():
        nobody = Customer(wire, next(names), host.clock)
        transaction = nobody.opens()
        for turn in range(GUESSES):
            assert nobody.gives_password(transaction, f"guessed-{turn}").status == 401


def _row(when: str, found: dict[Compared, Area]) -> Row:
    """Tell the one of the six comparisons that tells the most."""
    (step, one, other), worst = max(found.items(), key=lambda item: abs(item[1].area - 0.5))
    measured = f"AUC {worst.area:.3f} ({worst.low:.3f} to {worst.high:.3f})"
    return Row(
        f"known, suspended and unknown accounts by time, {when}",
        measured,
        f"95 % interval within {BOUND[0]:g} to {BOUND[1]:g}",
        all(BOUND[0] <= area.low and area.high <= BOUND[1] for area in found.values()),
        f"{SAMPLES} of each; the most telling of six: {step}, {one} and {other}",
    )
