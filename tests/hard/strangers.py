"""Somebody who asks for accounts that are active, suspended, and not there, and times the answers.

Argon2 is cheap on the servers here, so that a difference of a few per cent of what is left shows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

from demo_client.attack.auc import Area, auc
from tests.hard.customers import Customer, all_join
from tests.hard.servers import Deployment, Server
from tests.hard.wire import Answer

KINDS = ("known", "suspended", "unknown")

EACH = 8
"""Accounts of a kind, taken in turns: one alone would reach a thousand wrong entries and be held
back by ECD.4, the unknown one too."""

STEPS = ("opening", "answer")
WARM_UP = 300

Compared = tuple[str, str, str]
"""A step, and the two kinds whose times were compared."""


def stranger(deployment: Deployment, server: Server) -> Customer:
    """Make accounts of each kind that there is to make; return who will ask for them."""
    suspended = [f"suspended{number}" for number in range(EACH)]
    all_join(deployment, [server], [*(f"known{number}" for number in range(EACH)), *suspended])
    for account in suspended:
        done = deployment.identity("accounts", "suspend", account)
        assert done.returncode == 0, done.stderr
    return Customer(server.wire(), "", deployment.clock)


def asked(somebody: Customer, kind: str, number: int = 0) -> tuple[Answer, Answer]:
    """Open a login as an account of this kind and give a wrong password; return both answers."""
    opening = {"account": f"{kind}{number % EACH}", "purpose": "login"}
    opened = somebody.send("POST", "/v1/logins", opening, {})
    secret = {"Trifactor-Transaction": opened.body["secret"]}
    answer = {"method": "password", "response": {"password": f"guessed-wrong-{number}"}}
    path = f"/v1/logins/{opened.body['id']}/answers"
    return opened, somebody.send("POST", path, answer, secret)


def areas(somebody: Customer, samples: int, seed: int) -> dict[Compared, Area]:
    """Return how well times tell the kinds apart, from so many samples of each, interleaved."""
    times: dict[str, tuple[list[float], list[float]]] = {kind: ([], []) for kind in KINDS}
    for kind, number in _order(samples, seed):
        for taken, answer in zip(times[kind], asked(somebody, kind, number), strict=True):
            assert answer.status in {201, 401}, answer.body
            taken.append(answer.seconds)
    for kind in KINDS:
        for taken in times[kind]:
            del taken[:-samples]
    return {
        (what, one, other): auc(times[one][step], times[other][step])
        for step, what in enumerate(STEPS)
        for one, other in combinations(KINDS, 2)
    }


def _order(samples: int, seed: int) -> Iterator[tuple[str, int]]:
    """Return whom to ask for: by chance, so that a slow moment hits all alike; a warm-up before."""
    draw = random.Random(seed)
    order = [(kind, number) for kind in KINDS for number in range(samples)]
    draw.shuffle(order)
    yield from ((kind, number) for number in range(WARM_UP // len(KINDS)) for kind in KINDS)
    yield from order
