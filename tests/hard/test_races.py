"""Many at once: what may happen once happens once, and what is limited is limited exactly."""

from collections import Counter

import pytest

from identity.audit.record import decode
from tests.hard.customers import joins, race
from tests.hard.servers import WIDE, limits, until
from tests.hard.wire import at_once

SAME_CODE = 200
GUESSES, LIMIT = 60, 10


def kinds(store, account):
    """Count an account's events by kind."""
    with store.read() as work:
        found = work.accounts.by_name(account)
        return Counter(row.kind for row in work.events.of_account(found.id, 10_000))


def blocked(store, reason):
    """Return how many attempts were written down as blocked for a reason, by all processes."""
    with store.read() as work:
        rows = [row for name in work.events.names() for row in work.events.after(name, 0, 10_000)]
    told = [decode(row.body).event for row in rows if row.kind == "throttling:attempts:blocked"]
    return sum(event.count for event in told if event.reason == reason)


@pytest.mark.clause("CC-17010.j.g", "CC-17010.d")
def test_of_two_hundred_answers_with_one_code_exactly_one_counts(spread, looking):
    # Reservations and the share of failures are wide: only the swap decides.
    wide = limits(windows=WIDE, failures={"burst": 10 * SAME_CODE})
    deployment, servers = spread(limits=wide)
    amy = joins(deployment, servers[0], "amy")
    transactions = [amy.opens() for _ in range(SAME_CODE)]
    for transaction in transactions:
        assert amy.gives_password(transaction).status == 200
    before = kinds(looking(deployment), "amy")

    answers = at_once(race(servers, transactions, "totp", {"code": amy.code()}))

    assert Counter(answer.status for answer in answers) == {200: 1, 401: SAME_CODE - 1}
    assert {answer.body["code"] for answer in answers if answer.status == 401} == {"refused"}
    after = kinds(looking(deployment), "amy") - before
    assert after["login:answer:accepted"] == 1
    assert after["login:answer:refused"] == SAME_CODE - 1
    assert after["session:lifecycle:opened"] == 1


@pytest.mark.clause("CC-17010.j.g")
def test_of_sixty_parallel_guesses_exactly_ten_reach_the_verifier(spread, looking):
    narrow = limits(windows=WIDE, account_prefix={"burst": LIMIT, "interval": 3600})
    deployment, servers = spread(limits=narrow)
    amy = joins(deployment, servers[0], "amy")
    transactions = [amy.opens() for _ in range(GUESSES)]

    guesses = [
        guess
        for number, transaction in enumerate(transactions)
        for guess in race(
            servers[number % len(servers) :], [transaction], "password", {"password": f"g-{number}"}
        )
    ]

    answers = at_once(guesses)

    assert Counter(answer.status for answer in answers) == {401: LIMIT, 429: GUESSES - LIMIT}
    limited = {answer.body["limit"] for answer in answers if answer.status == 429}
    assert limited == {"account_prefix"}
    store = looking(deployment)
    assert kinds(store, "amy")["login:answer:refused"] == LIMIT
    until(lambda: blocked(store, "account_prefix") == GUESSES - LIMIT, 60)


@pytest.mark.clause("CC-17010.j.g")
def test_of_sixty_parallel_guesses_that_are_the_same_one_counts(spread, looking):
    """Whoever is second is told that it was given before, by whichever process."""
    wide = limits(windows=WIDE, failures={"burst": 10 * GUESSES})
    deployment, servers = spread(limits=wide)
    amy = joins(deployment, servers[0], "amy")
    transactions = [amy.opens() for _ in range(GUESSES)]

    answers = at_once(race(servers, transactions, "password", {"password": "guessed-wrong-1"}))

    assert Counter(answer.status for answer in answers) == {401: GUESSES}
    with looking(deployment).read() as work:
        counts = work.failures.counts(work.accounts.by_name("amy").id)
    assert counts["password", "elsewhere"] == 1
