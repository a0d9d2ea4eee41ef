"""The back-off of a limit, row by row: nothing asked, then work, then patience."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.model import Exceeded
from identity.throttling import backoff
from identity.throttling.backoff import Ask, Refuse
from identity.throttling.gcra import take
from identity.throttling.limits import TABLE, Limit, Use

NOW = 1_800_000_000.1
ROWS = [row for row in TABLE.values() if row.interval]
WORKED = [row for row in ROWS if row.free is not None]
REFUSING = [row for row in ROWS if row.refuses]


def passed(row, count, tat=None, now=NOW, *, paid):
    """Ask `count` times at one moment; return the window and how many passed."""
    asked, granted = backoff.spend(row, Use(row.name, "x"), paid=paid), 0
    for _ in range(count):
        tat, wait = take(tat, asked, now)
        granted += not wait
    return tat, granted


def exceeded(row, tat, *, paid, now=NOW):
    """Return what the next one is answered, or None where there is room."""
    _, wait = take(tat, backoff.spend(row, Use(row.name, "x"), paid=paid), now)
    return (
        backoff.asked(row, Exceeded(limit=row.name, retry_after=wait), paid=paid) if wait else None
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_without_work_exactly_what_is_free_passes(row):
    free = row.burst if row.free is None else row.free
    assert passed(row, 2 * row.burst, paid=False)[1] == free


@pytest.mark.parametrize("row", REFUSING, ids=lambda row: row.name)
def test_with_work_exactly_the_burst_passes_and_then_one_an_interval(row):
    tat, granted = passed(row, 2 * row.burst, paid=True)
    assert granted == row.burst
    assert isinstance(exceeded(row, tat, paid=True), Refuse)
    assert exceeded(row, tat, paid=True, now=NOW + row.interval * 0.9)
    assert exceeded(row, tat, paid=True, now=NOW + row.interval * 1.01) is None


@pytest.mark.parametrize("row", [row for row in ROWS if not row.refuses], ids=lambda row: row.name)
def test_one_that_does_not_refuse_lets_every_worker_through_and_cools_as_if_just_full(row):
    tat, granted = passed(row, 3 * row.burst, paid=True)
    assert granted == 3 * row.burst
    assert tat == pytest.approx(NOW + row.burst * row.interval)
    assert exceeded(row, tat, paid=False).heat == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("row", WORKED, ids=lambda row: row.name)
def test_work_grows_with_what_is_owed(row):
    tat, _ = passed(row, row.free, paid=False)
    heats = []
    while len(heats) < row.burst - row.free:
        heats.append(exceeded(row, tat, paid=False).heat)
        tat, _ = passed(row, 1, tat, paid=True)
    assert heats == sorted(heats)
    assert heats[0] == pytest.approx(0.0, abs=2 / (row.burst - row.free))
    assert heats[-1] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("row", WORKED, ids=lambda row: row.name)
def test_who_does_not_work_heats_nothing(row):
    warm, _ = passed(row, row.free, paid=False)
    after, granted = passed(row, 1000, warm, paid=False)
    assert (after, granted) == (warm, 0)


def test_no_work_is_asked_where_it_would_buy_nothing():
    row = TABLE["account_prefix"]
    wait = (row.burst - row.free + 2) * row.interval  # beyond the burst by two
    full = Exceeded(limit=row.name, retry_after=wait)
    assert backoff.asked(row, full, paid=False) == Refuse(2 * row.interval)


@given(st.sampled_from(WORKED), st.floats(0.1, 50), st.integers(0, 400))
def test_a_suspicion_makes_work_harder_and_never_refuses(row, weight, times):
    tat, _ = passed(row, row.free, paid=False)
    warmer = backoff.warmed(row, Use(row.name, "x"), weight)
    assert warmer.burst == math.inf
    for _ in range(times):
        before = tat
        tat, wait = take(tat, warmer, NOW)
        assert wait == 0
        assert tat >= before
    answer = exceeded(row, tat, paid=False)
    assert answer is None or isinstance(answer, Ask)
    assert exceeded(row, tat, paid=True) is None


def test_a_limit_without_room_for_work_asks_the_hardest():
    row = Limit(name="x", key="x", burst=5, interval=1, free=5, source="x", stops="x", harm="x")
    tat, _ = passed(row, 5, paid=False)
    assert isinstance(exceeded(row, tat, paid=False), Ask | Refuse)
