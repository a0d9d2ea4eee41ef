"""A stranger who asks with a wrong password learns nothing of who has an account.

What the answers take in statements is held by `tests/identity/login/test_alike.py`. Their times are
measured by `make bench`, idle and under load, with thousands of samples; here a few hundred guard
against a difference that would show at once.
"""

import pytest

from tests.hard.servers import WIDE, limits
from tests.hard.strangers import KINDS, areas, asked, stranger

SAMPLES = 600
"""Of each kind. The interval's half-width is 0.033 then: three fit between 0.5 and the bound."""

BOUND = (0.40, 0.60)


@pytest.fixture
def somebody(deploy):
    deployment = deploy(limits=limits(windows=WIDE, failures=WIDE))
    (server,) = deployment.start()
    return stranger(deployment, server)


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
def test_a_known_an_unknown_and_a_suspended_account_give_the_same_answers(somebody):
    seen = {kind: [looks(answer) for answer in asked(somebody, kind)] for kind in KINDS}
    assert seen["known"] == seen["unknown"] == seen["suspended"]
    assert [status for status, _, _ in seen["known"]] == [201, 401]


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_response_times_do_not_tell_who_has_an_account(somebody):
    """What tells must tell again in a second sample of the same size, within the same bound; a
    true difference does, and a busy machine does not."""
    telling = tells(somebody, seed=20260101)
    if telling:
        again = tells(somebody, seed=20260102)
        telling = {key: (area, again[key]) for key, area in telling.items() if key in again}
    assert telling == {}


def tells(somebody, seed):
    """Return the comparisons whose interval ends outside the bound."""
    found = areas(somebody, SAMPLES, seed)
    return {key: area for key, area in found.items() if not inside(area)}


def inside(area):
    return BOUND[0] <= area.low and area.high <= BOUND[1]
