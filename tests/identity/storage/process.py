"""Another process on the same store: `python -m tests.identity.storage.process WHAT URL`.

It says `ready`, waits for a line, does WHAT in many threads, and prints what came of it.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from identity.model import Spend
from identity.storage.counters import Taken
from identity.storage.sql.store import SqlStore, migrate
from tests.conftest import new_writer
from tests.identity.storage.counting import Place, place_at
from tests.identity.storage.records import account, append_event

THREADS = 8
TURNS = 25

TEN = Spend(key="many ask", limit="ten", interval=6.0, burst=60.0)


def ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def on_store(url: str, turn: Callable[[SqlStore], int], turns: int) -> int:
    """Return the sum of what `turns` calls of `turn` return, made by `THREADS` threads."""
    with closing(SqlStore(url, writer_id=new_writer)) as store, ThreadPoolExecutor(THREADS) as pool:
        store.check()
        ready()
        return sum(pool.map(lambda _: turn(store), range(turns)))


def count(store: SqlStore) -> int:
    """Read, then write: what fails at once in a deferred transaction of SQLite."""
    with store.write() as work:
        before = work.failures.counts("many")
        return int(work.failures.reserve("many", "totp", "any", 10_000 + len(before), 1.0))


def claim(store: SqlStore) -> int:
    with store.write() as work:
        return len(work.outbox.claim(1_700_000_000.0, lambda attempts: 1e10, 2))


def in_place(url: str, turn: Callable[[Place, int], object], turns: int) -> list[object]:
    """Return what `turns` calls of `turn` return, made by `THREADS` threads."""
    with place_at(url) as place, ThreadPoolExecutor(THREADS) as pool:
        place.refused([])
        ready()
        return list(pool.map(lambda number: turn(place, number), range(turns)))


def reserve(place: Place, _number: int) -> bool:
    return isinstance(place.reserve([TEN]), Taken)


def first(place: Place, number: int) -> bool:
    """Name one of ten items: whoever is the first to do so is told."""
    return place.mark("many name", str(number % 10).encode(), 100, 2e9).new


def secret(place: Place, number: int) -> str:
    return place.secret("one", f"{os.getpid()} {number}".encode(), 2e9).decode()


def die(url: str) -> None:
    """Stop in the middle of a unit of work, and wait to be killed."""
    with SqlStore(url, writer_id=new_writer).write() as work:
        work.accounts.add(account("half"))
        append_event(work, account_id="half")
        ready()


def main(what: str, url: str) -> None:
    if what == "migrate":
        ready()
        migrate(url)
    elif what == "die":
        die(url)
    elif what in {"reserve", "first"}:
        turn = {"reserve": reserve, "first": first}[what]
        sys.stdout.write(f"{sum(map(bool, in_place(url, turn, 30)))}\n")
    elif what == "secret":
        sys.stdout.write(f"{sorted({str(made) for made in in_place(url, secret, 30)})}\n")
    else:
        turn, turns = {
            "count": (count, THREADS * TURNS),
            "claim": (claim, 60),
        }[what]
        sys.stdout.write(f"{on_store(url, turn, turns)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
