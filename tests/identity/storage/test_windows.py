"""Promises of the port `Windows`, on every store: the arithmetic is `throttling.gcra`'s."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.model import Exceeded, Spend
from identity.throttling import gcra

NOW = 1_700_000_000.0

RUNS = itertools.count()
on_one_store = settings(
    max_examples=40,
    deadline=None,
    # every example has windows of its own
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def spend(key="k", limit="l", interval=6.0, many=10):
    return Spend(key=key, limit=limit, interval=interval, burst=many * interval)


class Model:
    """Windows in memory, by the pure algorithm."""

    def __init__(self):
        self.tats = {}

    def reserve(self, spends, now):
        taken = [(one, *gcra.take(self.tats.get(one.key), one, now)) for one in spends]
        for one, _, wait in taken:
            if wait:
                return Exceeded(limit=one.limit, retry_after=wait)
        self.tats |= {one.key: tat for one, tat, _ in taken}
        return None


@pytest.mark.clause("CC-17010.j.g")
def test_a_window_lets_its_burst_through_and_says_when_there_is_room(store):
    with store.write() as work:
        granted = [work.windows.reserve([spend()], NOW) for _ in range(12)]
        assert granted == [None] * 10 + [Exceeded(limit="l", retry_after=6.0)] * 2
        assert work.windows.reserve([spend()], NOW + 5.5) == Exceeded(limit="l", retry_after=0.5)
        assert work.windows.reserve([spend()], NOW + 6.0) is None


def test_one_full_window_takes_from_none_and_the_first_full_one_is_named(store):
    full = [spend("z", "first", many=1), spend("a", "second", many=1)]
    free = [spend("m", "free", many=2), spend("b", "also free", many=2)]
    with store.write() as work:
        assert work.windows.reserve(full, NOW) is None
        asked = [free[0], *full, free[1]]
        for _ in range(5):
            found = work.windows.reserve(asked, NOW)
            assert found == Exceeded(limit="first", retry_after=6.0)
        assert work.windows.reserve(free, NOW) is None
        assert work.windows.reserve(free, NOW) is None
        assert work.windows.reserve(free, NOW).limit == "free"


def test_a_key_has_a_window_for_each_limit(store):
    with store.write() as work:
        assert work.windows.reserve([spend("k", "x", many=1)], NOW) is None
        assert work.windows.reserve([spend("k", "y", many=1)], NOW) is None
        assert work.windows.reserve([spend("k", "x", many=1)], NOW).limit == "x"


def test_a_window_named_twice_must_have_room_for_both(store):
    with store.write() as work:
        assert work.windows.reserve([spend(many=3)] * 2, NOW) is None
        found = work.windows.reserve([spend(many=3)] * 2, NOW)
        assert found == Exceeded(limit="l", retry_after=6.0)
        assert work.windows.reserve([spend(many=3)], NOW) is None


def test_a_burst_smaller_than_one_request_lets_none_through(store):
    none, some = spend("none", many=0.5), spend("some")
    with store.write() as work:
        assert work.windows.reserve([some, none], NOW) == Exceeded(limit="l", retry_after=3.0)
        assert all(work.windows.reserve([some], NOW) is None for _ in range(10))


def test_nothing_asked_is_granted(store):
    with store.write() as work:
        assert work.windows.reserve([], NOW) is None
        work.windows.refund([])


def test_a_refund_gives_back_one(store):
    with store.write() as work:
        for _ in range(10):
            work.windows.reserve([spend(), spend("other")], NOW)
        work.windows.refund([spend()])
        assert work.windows.reserve([spend()], NOW) is None
        assert work.windows.reserve([spend()], NOW) is not None
        assert work.windows.reserve([spend("other")], NOW) is not None
        work.windows.refund([spend("never seen")])


def test_pruning_forgets_what_is_empty_and_nothing_else(store):
    with store.write() as work:
        work.windows.reserve([spend("short", interval=1.0), spend("long", many=1)], NOW)
        assert work.windows.prune(NOW + 0.5) == 0
        assert work.windows.prune(NOW + 1.0) == 1
        assert work.windows.reserve([spend("long", many=1)], NOW + 1.0) is not None


def test_windows_are_pruned_a_few_at_a_time(store):
    with store.write() as work:
        work.windows.reserve([spend(f"k{number}", interval=1.0) for number in range(5)], NOW)
        assert [work.windows.prune(NOW + 1.0, limit=2) for _ in range(4)] == [2, 2, 1, 0]


steps = st.lists(st.tuples(st.floats(0, 30), st.integers(0, 3)), min_size=1, max_size=25)


@on_one_store
@given(start=st.floats(0, 4e9), interval=st.floats(0.001, 100), many=st.floats(0.5, 5), steps=steps)
def test_one_window_is_the_pure_algorithm_to_the_last_bit(store, start, interval, many, steps):
    asked, model, now = spend(f"run {next(RUNS)}", "l", interval, many), Model(), start
    with store.write() as work:
        for pause, times in steps:
            now += pause
            for _ in range(times):
                assert work.windows.reserve([asked], now) == model.reserve([asked], now)


quarters = st.integers(1, 200).map(lambda n: n / 4)


@on_one_store
@given(
    rates=st.lists(st.tuples(quarters, st.integers(1, 5)), min_size=3, max_size=3),
    steps=st.lists(
        st.tuples(st.integers(0, 100), st.lists(st.integers(0, 2), unique=True)), max_size=25
    ),
)
def test_many_windows_are_the_pure_algorithm_all_or_none(store, rates, steps):
    """Times are quarters of a second, so that giving back is exact."""
    run, model, now = next(RUNS), Model(), NOW
    asked = [spend(f"{run} {n}", f"l{n}", *rate) for n, rate in enumerate(rates)]
    with store.write() as work:
        for pause, chosen in steps:
            now += pause / 4
            some = [asked[n] for n in chosen]
            assert work.windows.reserve(some, now) == model.reserve(some, now)
