"""Blocked attempts are added up in bounded memory and written as a bounded number of events."""

from collections import Counter
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import StoreUnavailable
from identity.throttling.blocked import BATCH, INTERVAL, MOST, Blocked, BlockedWriter, Key
from identity.throttling.work import About
from tests.identity.kit import NOW, World, lab_limits, problem

KIND = "throttling:attempts:blocked"
REASONS = ("prefix_1", "work:account", "share")


def about(prefix, purpose="login"):
    return About(purpose=purpose, account="somebody", prefix=prefix)


def counted(blocked):
    """Return how many each reason stands for, in what waits to be written."""
    sums = blocked.taken(len(blocked))
    blocked.give_back(sums)
    totals = Counter()
    for key, total in sums.items():
        totals[key.reason] += total.count
    return totals


class Breaking:
    """A real store that writes nothing while it is `broken`."""

    def __init__(self, store):
        self.store = store
        self.broken = True

    @contextmanager
    def write(self):
        with self.store.write() as work:
            yield work
            if self.broken:
                raise StoreUnavailable("full")


def events(world):
    return world.events(kind=KIND)


@pytest.mark.clause("CC-17010.j.g")
def test_a_flood_from_a_hundred_thousand_networks_is_few_sums_and_none_is_lost():
    blocked = Blocked()
    for number in range(100_000):
        blocked.count(REASONS[number % 3], about(f"net-{number}"), NOW + number)
    assert len(blocked) <= MOST + len(REASONS)
    assert sum(counted(blocked).values()) == 100_000
    rest = blocked.taken(MOST + 3)[Key("share", "", "")]
    assert rest.last_at == NOW + 99_998


@given(st.lists(st.tuples(st.sampled_from(REASONS), st.sampled_from("abc"), st.integers(0, 99))))
def test_every_attempt_is_in_exactly_one_sum_whatever_is_taken_and_given_back(attempts):
    blocked, expected = Blocked(), Counter()
    for reason, prefix, at in attempts:
        blocked.count(reason, about(prefix), NOW + at)
        expected[reason] += 1
        blocked.give_back(blocked.taken(1))
    assert counted(blocked) == expected
    for total in blocked.taken(len(blocked)).values():
        assert total.first_at <= total.last_at


@pytest.mark.clause("CC-17010.j.g")
def test_one_event_stands_for_many_and_says_when_the_first_and_the_last_were(world):
    sums = world.running.services.logins._ground.tolls.sums
    for second in range(1000):
        sums.count("prefix_1", about("192.0.2.1/32"), NOW + second)
    (event,) = world.blocked()
    assert (event.reason, event.purpose, event.prefix) == ("prefix_1", "login", "192.0.2.1/32")
    assert event.count == 1000
    assert (event.first_at_us, event.last_at_us) == (NOW * 1e6, (NOW + 999) * 1e6)


def test_a_run_writes_a_few_and_what_waits_keeps_adding_up(world):
    blocked = Blocked()
    writer = BlockedWriter(blocked, world.store, world.running.journal, world.clock)
    for _ in range(3):
        for number in range(4 * BATCH):
            blocked.count("prefix_1", about(f"net-{number}"), NOW)
        assert writer.run_once()
    written = events(world)
    assert len(written) == 3 * BATCH
    assert sum(event.count for event in written) + sum(counted(blocked).values()) == 12 * BATCH
    assert 60 / INTERVAL * BATCH == 60  # events a minute, as the module and the document say


def test_what_could_not_be_written_is_kept_and_said_and_written_later(world):
    blocked, store = Blocked(), Breaking(world.store)
    writer = BlockedWriter(blocked, store, world.running.journal, world.clock)
    blocked.count("prefix_1", about("net"), NOW)
    assert not writer.run_once()
    assert (writer.failures, writer.last_error) == (1, "StoreUnavailable")
    blocked.count("prefix_1", about("net"), NOW + 1)
    assert events(world) == []
    store.broken = False
    assert writer.run_once()
    (event,) = events(world)
    assert event.count == 2


def test_nothing_blocked_writes_nothing(world):
    assert world.running.blocked.run_once()
    assert events(world) == []


def test_what_is_left_is_written_at_the_stop(tmp_path):
    with World(tmp_path) as world:
        sums = world.running.services.logins._ground.tolls.sums
        for number in range(10 * BATCH):
            sums.count("prefix_1", about(f"net-{number}"), NOW)
    with World(tmp_path) as again, again.store.read() as work:
        kinds = [
            row.kind for name in work.events.names() for row in work.events.after(name, 0, 999)
        ]
    assert kinds.count(KIND) == 10 * BATCH
    assert kinds.index("service:lifecycle:stopped") > kinds.index(KIND)


@pytest.mark.clause("CC-17010.j.g")
def test_blocked_answers_are_told_by_reason_in_the_log_and_in_the_metrics(tmp_path):
    rows = {"account_prefix": {"burst": 2}, "account": {"burst": 100_000}}
    with World(tmp_path, **lab_limits(tmp_path, rows)) as world:
        transaction = world.customer("nobody").opens()
        for number in range(2):
            problem(transaction.answer("pattern", pattern=[number]), 401, "refused")
        for _ in range(5):
            problem(transaction.password("x"), 429, "too_many")
        (event,) = world.blocked()
        assert (event.reason, event.count) == ("account_prefix", 5)
        told = world.inside.get("/metrics").text
        assert 'trifactor_blocked_total{reason="account_prefix"} 5.0' in told
