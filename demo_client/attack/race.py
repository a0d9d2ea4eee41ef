"""A race: sixty guesses at the same moment, at a limit that lets ten through.

Counting after verifying lets all sixty through. Here the limit's free part is ten, the sixty come
from sixty networks, and the queue is wide, so that nothing but the account's window decides. It is
run on each store that answers: SQLite with one process, PostgreSQL with two, and with the counters
in Redis. The audit log says how many were verified.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

from demo_client.attack import charts, promises
from demo_client.attack.addresses import stranger
from demo_client.attack.charts import DAY
from demo_client.attack.customers import Newcomer
from demo_client.attack.outcomes import Found
from demo_client.attack.stage import Play, Run
from demo_client.attack.stores import Store, stores
from demo_client.attack.strangers import Stranger
from demo_client.errors import ClientError
from demo_client.lab.customers import Transaction

AT_ONCE, LIMIT = 60, 10
LIMITS: Final = {"account": {"free": LIMIT}}
QUEUE: Final = {"hash_queue": 4096}
"""Wide, so that the sixty do not find it long: then work is asked before anything is counted."""

VERIFIED: Final = "login:answer:refused"
PATIENCE: Final = 30.0


def run(run: Run) -> Found:
    """Run the race on every store there is; the figures of all are added up."""
    total = Found(name="race")
    reached: dict[str, float] = {}
    for store in stores(run.postgres, run.redis):
        try:
            with ExitStack() as held:
                found = _on(run, store, held)
        except ClientError as error:
            total.left_out.append(f"{store.name}: {error}".splitlines()[0])
            continue
        reached[store.name] = float(found.reached)
        _added(total, found)
        total.promises.append(promises.exactly(found.reached, LIMIT, store.name))
    total.facts = {"at_once": str(AT_ONCE), "limit": str(LIMIT), "stores": str(len(reached))}
    total.promises.insert(0, promises.nobody_in(total.opened))
    chart = charts.bars("race", reached, "axis.reached", mark=float(LIMIT), mark_name="mark.limit")
    total.charts = [chart]
    return total


def _on(run: Run, store: Store, held: ExitStack) -> Found:
    settings = held.enter_context(store.settings())
    service = run.service(
        f"race-{store.name}", still=True, settings={**settings, "pools": QUEUE}, limits=LIMITS
    )
    held.enter_context(service)
    play = Play(run, "race", service)
    victim = play.household.joins(Newcomer(), known=False)[0].customer.account
    # Whoever counts must be sure to have forgotten nothing, or asks everybody for work.
    service.pass_time(DAY)
    strangers = [play.stranger() for _ in range(AT_ONCE)]
    opened = [each.opens(victim, stranger(n)) for n, each in enumerate(strangers)]
    ready = [(s, o) for s, o in zip(strangers, opened, strict=True) if o is not None]
    _at_once(ready)
    found = play.ends()
    logged = sum(event["event"]["type"] == VERIFIED for event in service.events(victim))
    found.promises = [promises.books(logged, play.seen.reached)]
    return found


def _at_once(ready: list[tuple[Stranger, Transaction]]) -> None:
    together = threading.Barrier(len(ready))

    def guess(number: int) -> None:
        each, transaction = ready[number]
        together.wait(PATIENCE)
        each.answers(transaction, "password", {"password": f"Guess-{number}-race"})

    with ThreadPoolExecutor(len(ready)) as threads:
        list(threads.map(guess, range(len(ready))))


def _added(total: Found, found: Found) -> None:
    total.seconds += found.seconds
    total.requests += found.requests
    total.reached += found.reached
    total.opened += found.opened
    total.promises += found.promises
    for status, count in found.answered.items():
        total.answered[status] = total.answered.get(status, 0) + count
