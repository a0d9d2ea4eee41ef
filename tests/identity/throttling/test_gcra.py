"""The arithmetic of a window: exactly the burst at once, then one an interval, for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.model import Spend
from identity.throttling.gcra import retry_after, take

INTERVAL = 2.0  # a power of two: sums of it are exact, and so are the promises
bursts = st.integers(1, 50)
waits = st.lists(st.integers(0, 40).map(lambda quarter: quarter / 4), max_size=60)


def window(burst, interval=INTERVAL):
    return Spend(key="k", limit="l", interval=interval, burst=burst * interval)


def taken(tat, spend, now, count):
    """Take `count` times at one moment; return the state and how many passed."""
    passed = 0
    for _ in range(count):
        tat, wait = take(tat, spend, now)
        passed += not wait
    return tat, passed


@given(bursts, st.integers(0, 100))
def test_exactly_the_burst_passes_at_one_moment(burst, more):
    assert taken(None, window(burst), 1000.0, burst + more)[1] == burst


@given(bursts, waits)
def test_no_stretch_of_time_grants_more_than_the_burst_and_its_rate(burst, between):
    now, tat, granted = 1000.0, None, []
    for wait in between:
        now += wait
        tat, refused = take(tat, window(burst), now)
        granted += [] if refused else [now]
    for i, start in enumerate(granted):
        for j, end in enumerate(granted[i:], start=1):
            assert j <= burst + (end - start) / INTERVAL


@given(bursts, waits)
def test_what_it_says_to_wait_is_enough_and_no_more_than_needed(burst, between):
    now, tat = 1000.0, None
    for wait in between:
        now += wait
        tat, refused = take(tat, window(burst), now)
        if refused:
            assert take(tat, window(burst), now + refused)[1] == 0
            assert take(tat, window(burst), now + refused - 0.25)[1] > 0


@given(bursts)
def test_a_refusal_costs_nothing(burst):
    full, _ = taken(None, window(burst), 1000.0, burst)
    after, passed = taken(full, window(burst), 1000.0, 1000)
    assert passed == 0
    assert take(after, window(burst), 1000.0 + INTERVAL)[1] == 0


@given(bursts, st.integers(0, 1000))
def test_an_idle_window_is_whole_again_and_no_more(burst, idle):
    full, _ = taken(None, window(burst), 1000.0, burst)
    now = 1000.0 + burst * INTERVAL + idle
    assert taken(full, window(burst), now, burst + 5)[1] == burst


def test_a_window_of_nothing_lets_nothing_through():
    assert take(None, window(0), 1000.0)[1] > 0


@pytest.mark.parametrize(
    ("seconds", "header"), [(0.0, 1), (0.2, 1), (1.0, 1), (1.001, 2), (59.5, 60)]
)
def test_a_client_is_never_told_to_come_a_moment_too_early(seconds, header):
    assert retry_after(seconds) == header
