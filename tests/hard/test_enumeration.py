"""A stranger who asks with a wrong password learns nothing of who has an account.

Argon2 is so cheap here, and the disk so little waited for, that a difference of a few per cent of
what is left would show. A response time must tell a known account from an unknown one no better
than a coin, and neither may anything in the answers.
"""

import random
from itertools import combinations

import pytest

from tests.hard.auc import auc
from tests.hard.customers import Customer, all_join
from tests.hard.servers import WIDE, limits

SAMPLES = 2500
"""Of each kind. The interval's half-width is 0.016 then: three fit between 0.5 and the bound."""

BOUND = (0.45, 0.55)

KINDS = ("known", "suspended", "unknown")
EACH = 8
"""Accounts of a kind, taken in turns: one alone would reach a thousand wrong entries and be held
back by ECD.4, the unknown one too."""


@pytest.fixture
def stranger(deploy):
    """Somebody who asks for accounts that are active, suspended, and not there."""
    deployment = deploy(limits=limits(windows=WIDE, failures=WIDE))
    (server,) = deployment.start()
    suspended = [f"suspended{number}" for number in range(EACH)]
    all_join(deployment, [server], [*(f"known{number}" for number in range(EACH)), *suspended])
    for account in suspended:
        done = deployment.identity("accounts", "suspend", account)
        assert done.returncode == 0, done.stderr
    return Customer(server.wire(), "", deployment.clock)


def asked(stranger, kind, number=0):
    """Open a login as an account of this kind and give a wrong password; return both answers."""
    opening = {"account": f"{kind}{number % EACH}", "purpose": "login"}
    opened = stranger.send("POST", "/v1/logins", opening, {})
    secret = {"Trifactor-Transaction": opened.body["secret"]}
    answer = {"method": "password", "response": {"password": "guessed-wrong-1"}}
    path = f"/v1/logins/{opened.body['id']}/answers"
    return opened, stranger.send("POST", path, answer, secret)


def shape(value):
    """Return what an answer looks like: names, types and lengths, but none of its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return len(value) if isinstance(value, str) else type(value).__name__


def looks(answer):
    """Return everything of an answer that may be compared: status, headers in order, body."""
    varying = {"date", "set-cookie"}
    headers = [(name, "" if name in varying else value) for name, value in answer.headers]
    return answer.status, headers, shape(answer.body)


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_a_known_an_unknown_and_a_suspended_account_give_the_same_answers(stranger):
    seen = {kind: [looks(answer) for answer in asked(stranger, kind)] for kind in KINDS}
    assert seen["known"] == seen["unknown"] == seen["suspended"]
    assert [status for status, _, _ in seen["known"]] == [201, 401]


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_response_times_do_not_tell_who_has_an_account(stranger):
    """Six intervals of 95 % each: by chance alone one sample in a few puts an end outside, and a
    busy machine more often. So what tells must tell again in a second sample of the same size,
    within the same bound; a true difference does."""
    telling = tells(stranger, seed=20260101)
    if telling:
        again = tells(stranger, seed=20260102)
        telling = {key: (area, again[key]) for key, area in telling.items() if key in again}
    assert telling == {}


def tells(stranger, seed):
    """Take a sample of each kind, interleaved; return the comparisons outside the bound."""
    order = [(kind, number) for kind in KINDS for number in range(SAMPLES)]
    random.Random(seed).shuffle(order)  # interleaved, so that a slow moment hits all alike
    for kind, number in order[:300]:
        asked(stranger, kind, number)  # to warm up
    times = {kind: ([], []) for kind in KINDS}
    for kind, number in order:
        for taken, answer in zip(times[kind], asked(stranger, kind, number), strict=True):
            assert answer.status in {201, 401}
            taken.append(answer.seconds)

    found = {
        (what, one, other): auc(times[one][step], times[other][step])
        for step, what in enumerate(["opening", "answer"])
        for one, other in combinations(KINDS, 2)
    }
    return {key: area for key, area in found.items() if not inside(area)}


def inside(area):
    return BOUND[0] <= area.low and area.high <= BOUND[1]
