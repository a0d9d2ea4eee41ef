"""Many at once: what may happen once happens once, and what is limited is limited exactly."""

from collections import Counter

import pytest

from tests.hard.customers import joins, race
from tests.hard.servers import WIDE, limits
from tests.hard.wire import at_once

SAME_CODE = 200
GUESSES, LIMIT = 60, 10


def kinds(store, account):
    """Count an account's events by kind."""
    with store.read() as work:
        found = work.accounts.by_name(account)
        return Counter(row.kind for row in work.events.of_account(found.id, 10_000))


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
    deployment, servers = spread(limits=limits())
    amy = joins(deployment, servers[0], "amy")
    transactions = [amy.opens() for _ in range(GUESSES)]

    answers = at_once(race(servers, transactions, "password", {"password": "guessed-wrong-1"}))

    assert Counter(answer.status for answer in answers) == {401: LIMIT, 429: GUESSES - LIMIT}
    limited = {answer.body["limit"] for answer in answers if answer.status == 429}
    assert limited == {"account_prefix"}
    found = kinds(looking(deployment), "amy")
    assert found["login:answer:refused"] == LIMIT
    assert found["login:answer:blocked"] == GUESSES - LIMIT
