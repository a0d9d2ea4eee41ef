"""Promises of the port `Counters`, wherever it counts: the arithmetic is `throttling.gcra`'s."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from identity.model import Exceeded
from identity.storage.counters import Marked, Taken
from identity.throttling import gcra
from tests.identity.storage.counting import NOW, place_at, spend

RUNS = itertools.count()
MANY = 60
on_one_place = settings(
    max_examples=30,
    deadline=None,
    # every example has windows of its own
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.clause("CC-17010.j.g")
def test_a_window_lets_its_burst_through_and_says_when_there_is_room(place):
    found = [place.refused([spend()]) for _ in range(12)]
    assert found == [None] * 10 + [Exceeded(limit="l", retry_after=6.0)] * 2
    assert place.refused([spend()], NOW + 5.5) == Exceeded(limit="l", retry_after=0.5)
    assert place.refused([spend()], NOW + 6.0) is None


def test_one_full_window_takes_from_none_and_the_first_full_one_is_named(place):
    full = [spend("z", "first", many=1), spend("a", "second", many=1)]
    free = [spend("m", "free", many=2), spend("b", "also free", many=2)]
    assert place.refused(full) is None
    asked = [free[0], *full, free[1]]
    for _ in range(5):
        assert place.refused(asked) == Exceeded(limit="first", retry_after=6.0)
        assert place.look(asked) == Exceeded(limit="first", retry_after=6.0)
    assert [place.refused(free) for _ in range(2)] == [None, None]
    assert place.refused(free).limit == "free"


def test_a_key_has_a_window_for_each_limit(place):
    assert place.refused([spend("k", "x", many=1)]) is None
    assert place.refused([spend("k", "y", many=1)]) is None
    assert place.refused([spend("k", "x", many=1)]).limit == "x"


def test_a_window_named_twice_must_have_room_for_both(place):
    assert place.refused([spend(many=3)] * 2) is None
    assert place.refused([spend(many=3)] * 2) == Exceeded(limit="l", retry_after=6.0)
    assert place.refused([spend(many=3)]) is None


def test_a_burst_smaller_than_one_request_lets_none_through(place):
    none, some = spend("none", many=0.5), spend("some")
    assert place.refused([some, none]) == Exceeded(limit="l", retry_after=3.0)
    assert all(place.refused([some]) is None for _ in range(10))


def test_nothing_asked_is_granted(place):
    taken = place.reserve([])
    assert taken.spends == ()
    place.refund(taken)
    assert place.look([]) is None


def test_a_refund_gives_back_one(place):
    taken = [place.reserve([spend(), spend("other")]) for _ in range(10)]
    place.refund(taken[0]._replace(spends=(spend(),)))
    assert place.refused([spend()]) is None
    assert place.refused([spend()]) is not None
    assert place.refused([spend("other")]) is not None
    place.refund(taken[0]._replace(spends=(spend("never seen"),)))


def test_to_look_takes_nothing(place):
    assert [place.look([spend(many=1)]) for _ in range(3)] == [None] * 3
    assert place.refused([spend(many=1)]) is None
    assert place.look([spend(many=1)]) == Exceeded(limit="l", retry_after=6.0)


def test_what_does_not_refuse_is_never_owed_more_than_its_cap(place):
    """So that a stranger cannot fill it for an hour in advance."""
    asked = spend(many=math.inf, cap=60.0)
    assert [place.refused([asked]) for _ in range(30)] == [None] * 30
    assert place.look([spend()]) == Exceeded(limit="l", retry_after=6.0)
    assert place.refused([spend()], NOW + 6.0) is None


def test_a_cap_below_what_is_owed_takes_nothing_back(place):
    for _ in range(10):
        place.refused([spend()])
    assert place.refused([spend(many=math.inf, cap=12.0)]) is None
    assert place.look([spend()]) == Exceeded(limit="l", retry_after=6.0)


steps = st.lists(st.tuples(st.floats(0, 30), st.integers(0, 3)), min_size=1, max_size=25)


windows = st.builds(
    lambda interval, many, cap: spend(f"run {next(RUNS)}", "l", interval, many, cap * interval),
    st.floats(0.001, 100),
    st.floats(0.5, 5),
    st.sampled_from([math.inf, 1.0, 2.5]),
)


@on_one_place
@given(asked=windows, start=st.floats(0, 4e9), steps=steps)
def test_one_window_is_the_pure_algorithm_to_the_last_bit(place, asked, start, steps):
    tat, now = None, start
    for pause, times in steps:
        now += pause
        for _ in range(times):
            tat, wait = gcra.take(tat, asked, now)
            found = place.refused([asked], now)
            assert (0.0 if found is None else found.retry_after) == wait


def test_a_set_knows_what_is_new_and_how_many_there_are(place):
    until = NOW + 60
    assert place.mark("set", b"a", 3, until) == Marked(1, new=True)
    assert place.mark("set", b"a", 3, until) == Marked(1, new=False)
    assert place.mark("set", b"b", 3, until) == Marked(2, new=True)
    assert place.mark("other", b"a", 3, until) == Marked(1, new=True)


def test_a_full_set_takes_no_more_and_says_that_everything_else_is_new(place):
    for item in (b"a", b"b"):
        place.mark("set", item, 2, NOW + 60)
    assert [place.mark("set", b"c", 2, NOW + 60) for _ in range(2)] == [Marked(2, new=True)] * 2
    assert place.mark("set", b"a", 2, NOW + 60) == Marked(2, new=False)


def test_an_item_is_forgotten_at_its_end_which_moves_forward_and_never_back(place):
    place.mark("set", b"a", 9, NOW + 10)
    place.mark("set", b"b", 9, NOW + 10)
    assert place.mark("set", b"b", 9, NOW + 20).new is False
    assert place.mark("set", b"b", 9, NOW + 5).new is False
    assert place.mark("set", b"b", 9, NOW + 20, NOW + 10) == Marked(1, new=False)
    assert place.mark("set", b"a", 9, NOW + 30, NOW + 10) == Marked(2, new=True)
    assert place.mark("set", b"b", 9, NOW + 30, NOW + 20) == Marked(2, new=True)


def test_a_set_that_is_forgotten_is_empty(place):
    place.mark("set", b"a", 9, NOW + 60)
    place.mark("other", b"a", 9, NOW + 60)
    place.forget("set")
    place.forget("never seen")
    assert place.mark("set", b"a", 9, NOW + 60) == Marked(1, new=True)
    assert place.mark("other", b"a", 9, NOW + 60) == Marked(1, new=False)


def test_a_secret_is_kept_until_its_end_and_then_made_anew(place):
    first, second = bytes(range(32)), b"\x00" * 32
    assert place.secret("s", first, NOW + 10) == first
    assert place.secret("s", second, NOW + 90, NOW + 9.5) == first
    assert place.secret("t", second, NOW + 10) == second
    assert place.secret("s", second, NOW + 20, NOW + 10) == second
    assert place.secret("s", first, NOW + 20, NOW + 19) == second


class Model(RuleBasedStateMachine):
    """A place beside its pure model. Times are quarters of a second, so that sums are exact."""

    ASKED = st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True)
    NAMES = st.sampled_from(["set", "other"])
    ITEMS = st.sampled_from([b"", b"a", b"\xff", b"long" * 20])

    def __init__(self, place):
        super().__init__()
        self.place, self.now, self.run = place, NOW, next(RUNS)
        self.tats, self.sets, self.secrets, self.taken = {}, {}, {}, []
        rates = [(1.0, 2), (2.5, 3), (0.25, 5), (8.0, 1)]
        self.spends = [spend(f"{self.run} {n}", f"l{n}", *rate) for n, rate in enumerate(rates)]
        self.spends[3] = spend(f"{self.run} 3", "l3", 8.0, math.inf, cap=16.0)

    @rule(quarters=st.integers(0, 40))
    def time_passes(self, quarters):
        self.now += quarters / 4

    @rule(chosen=ASKED)
    def reserve(self, chosen):
        spends = [self.spends[n] for n in chosen]
        found, waits = self.place.reserve(spends, self.now), self._waits(spends)
        if waits:
            assert found == waits[0]
        else:
            assert found.spends == tuple(spends)
            self.taken.append(found)
            for one in spends:
                self.tats[one.key], _ = gcra.take(self.tats.get(one.key), one, self.now)

    @rule(chosen=ASKED)
    def look(self, chosen):
        spends = [self.spends[n] for n in chosen]
        waits = self._waits(spends)
        assert self.place.look(spends, self.now) == (waits[0] if waits else None)

    @rule()
    def refund(self):
        if self.taken:
            taken = self.taken.pop()
            self.place.refund(taken)
            for one in taken.spends:
                self.tats[one.key] -= one.interval

    @rule(name=NAMES, item=ITEMS, cap=st.integers(1, 3), quarters=st.integers(1, 40))
    def mark(self, name, item, cap, quarters):
        held = {k: v for k, v in self.sets.get(name, {}).items() if v > self.now}
        self.sets[name], until = held, self.now + quarters / 4
        if item in held:
            held[item], expected = max(held[item], until), Marked(len(held), new=False)
        elif len(held) >= cap:
            expected = Marked(cap, new=True)
        else:
            held[item], expected = until, Marked(len(held) + 1, new=True)
        found = self.place.mark(f"{self.run} {name}", item, cap, until, self.now)
        assert found == expected

    @rule(name=NAMES)
    def forget(self, name):
        self.place.forget(f"{self.run} {name}")
        self.sets.pop(name, None)

    @rule(made=ITEMS, quarters=st.integers(1, 40))
    def secret(self, made, quarters):
        until = self.now + quarters / 4
        if self.secrets.get("end", 0.0) <= self.now:
            self.secrets = {"value": made, "end": until}
        found = self.place.secret(f"{self.run}", made, until, self.now)
        assert found == self.secrets["value"]

    def _waits(self, spends):
        found = ((one, gcra.take(self.tats.get(one.key), one, self.now)[1]) for one in spends)
        return [Exceeded(limit=one.limit, retry_after=wait) for one, wait in found if wait]


def test_whatever_is_done_it_is_its_pure_model(place):
    run_state_machine_as_test(
        lambda: Model(place), settings=settings(on_one_place, stateful_step_count=30)
    )


def at_once(ask, many=MANY):
    """Let `many` threads call `ask(number)` at the same moment; return what each was told."""
    started = Barrier(many)

    def one(number):
        started.wait(30)
        return ask(number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


@pytest.mark.clause("CC-17010.j.g")
def test_of_60_parallel_attempts_a_window_of_10_lets_10_through(place):
    found = at_once(lambda _: place.reserve([spend()]))
    assert sum(isinstance(one, Taken) for one in found) == 10


def test_windows_asked_for_in_opposite_orders_do_not_deadlock(place):
    spends = [spend(key, interval=1.0, many=25) for key in "abcdef"]
    found = at_once(lambda number: place.refused(spends[:: 1 if number % 2 else -1]))
    assert found.count(None) == 25


def test_of_many_who_name_an_item_at_once_one_is_told_that_it_is_new(place):
    assert sum(at_once(lambda _: place.mark("spent", b"", 1, NOW + 60).new)) == 1
    found = at_once(lambda number: place.mark("seen", b"%d" % (number % 7), 99, NOW + 60).new)
    assert sum(found) == 7


def test_an_item_that_is_over_is_new_to_one_of_many(place):
    place.mark("spent", b"", 1, NOW + 60)
    at = NOW + 60
    assert sum(at_once(lambda _: place.mark("spent", b"", 1, at + 60, at).new)) == 1


def test_many_who_make_a_secret_at_once_all_have_one(place):
    made = at_once(lambda number: place.secret("s", b"%d" % number, NOW + 60))
    assert len(set(made)) == 1
    again = at_once(lambda number: place.secret("s", b"new %d" % number, NOW + 90, NOW + 60))
    assert len(set(again)) == 1
    assert again[0].startswith(b"new")


def test_what_is_given_back_by_many_at_once_is_there_again(place):
    taken = [place.reserve([spend()]) for _ in range(10)]
    at_once(lambda number: place.refund(taken[number]), many=10)
    assert [place.refused([spend()]) for _ in range(10)] == [None] * 10
    assert place.refused([spend()]) is not None


@pytest.mark.clause("CC-17010.j.g")
def test_two_processes_share_a_window(common_url, together):
    assert sum(map(int, together("reserve", common_url, 2))) == 10


def test_of_two_processes_one_is_told_that_an_item_is_new(common_url, together):
    assert sum(map(int, together("first", common_url, 2))) == 10


def test_two_processes_have_one_secret(common_url, together):
    one, other = together("secret", common_url, 2)
    assert one == other
    assert one.count(",") == 0


def test_what_one_process_counted_another_finds(common_url):
    with place_at(common_url) as first:
        taken = first.reserve([spend(many=1)])
    with place_at(common_url) as second:
        assert second.refused([spend(many=1)]) is not None
        second.refund(taken)
        assert second.refused([spend(many=1)]) is None
