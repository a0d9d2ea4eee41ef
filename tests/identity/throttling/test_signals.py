"""Signals: a whole table, pure thresholds, capped sets, and fingerprints that outlive no day."""

import os
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clock import DAY
from identity.throttling import limits
from identity.throttling.fingerprints import Fingerprints, canonical
from identity.throttling.lookout import REMEMBERED, Lookout, Place, Wrong
from identity.throttling.signals import TABLE
from identity.throttling.way import Way, prefixes
from tests.identity.kit import NOW

HOME = Way(device_id="", prefixes=prefixes("198.51.100.7"))
KNOWN = Way(device_id="d1", prefixes=HOME.prefixes)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.fixture
def counters(world):
    return world.running.services.logins._ground.tolls.counters


@pytest.fixture
def lookout(world, counters):
    return Lookout(counters, journal=world.running.journal, entropy=os.urandom, systems=None)


def sees(  # noqa: PLR0913  # one wrong answer is all of these
    world, lookout, account, password, way=HOME, *, decoy=False, now=NOW
):
    """Let the lookout see a wrong password."""
    with world.store.write() as work:
        prints = lookout.prints(work, "password", account, {"password": password}, now)
        wrong = Wrong(
            account_id=account,
            decoy=decoy,
            method="password",
            way=way,
            prints=prints,
            spread=True,
            proven=False,
        )
        return lookout.wrong(work, wrong, now)


def sizes(world):
    """Return how many items each kind of set holds, by the beginning of its name."""
    with closing(sqlite3.connect(world.root / "identity.db")) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM marks")]
    return Counter(":".join(name.split(":")[:2]) for name in names)


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_a_row_says_what_it_tells_and_who_raises_it_innocently(row):
    assert row.threshold > 1
    assert row.per >= 0
    assert min(len(row.source), len(row.tells), len(row.false_alarms)) > 10
    assert TABLE[row.name] is row


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_a_signal_warms_a_limit_that_asks_for_work_or_nothing(row):
    """What refused instead would be a lock that strangers can set."""
    assert bool(row.warms) == (row.weight > 0)
    assert not row.warms or limits.TABLE[row.warms].free is not None


def test_what_depends_on_whether_an_account_exists_warms_nothing():
    assert TABLE["unknown_accounts"].warms == ""


@given(st.floats(0, 4e9), st.sampled_from([row for row in TABLE.values() if row.per]))
def test_a_stretch_of_time_holds_its_moment_and_ends_within_its_length(now, row):
    number, end = row.stretch(now)
    assert now < end <= now + row.per * (1 + 1e-9)
    assert row.stretch(end)[0] == number + 1


@given(JSON, JSON)
def test_two_answers_have_one_text_only_where_they_are_one_answer(one, other):
    if one == other:
        assert canonical(one) == canonical(other)


def test_members_order_and_composed_characters_make_no_other_answer():
    assert canonical({"a": 1, "b": "e\u0301"}) == canonical({"b": "\u00e9", "a": 1})


def test_a_fingerprint_is_of_one_day_and_the_same_in_every_process(world, counters):
    def made(day, account="amy", process=None):
        with world.store.write() as work:
            fingerprints = process or Fingerprints(counters, os.urandom)
            return fingerprints.of(work, "password", account, {"password": "x"}, NOW + day * DAY)

    today, same = made(0), made(0)
    assert today == same
    assert made(0, "ben").alone == today.alone
    assert made(0, "ben").own != today.own
    assert set(made(1)).isdisjoint(today)
    one = Fingerprints(counters, os.urandom)
    assert made(1, process=one) != made(2, process=one)


def test_the_key_of_a_day_is_gone_with_the_day(world, counters):
    def keys():
        with closing(sqlite3.connect(world.root / "identity.db")) as opened:
            held = opened.execute("SELECT value FROM secrets")
            return held.fetchall()

    seen = []
    for day in range(3):
        with world.store.write() as work:
            Fingerprints(counters, os.urandom).of(work, "password", "amy", "x", NOW + day * DAY)
        seen += keys()
        assert len(keys()) == 1
    assert len(set(seen)) == 3


@pytest.mark.clause("CC-17010.j.g")
def test_what_is_remembered_of_a_flood_is_bounded(world, lookout):
    for number in range(300):
        sees(world, lookout, f"somebody-{number}", "Spring2027!", decoy=number % 2 == 0)
        sees(world, lookout, "amy", f"guess-{number}")
    held = sizes(world)
    assert held["signal:accounts"] == TABLE["accounts"].threshold
    assert held["signal:unknown_accounts"] == TABLE["unknown_accounts"].threshold
    assert held["wrong:password"] == REMEMBERED + 300  # one for each of the others
    assert held["signal:speed"] == TABLE["speed"].threshold + 300


@pytest.mark.clause("CC-17010.j.g")
def test_what_was_seen_is_thrown_away_when_its_time_is_over(world, lookout):
    for number in range(50):
        sees(world, lookout, f"somebody-{number}", "Spring2027!")
    with world.store.write() as work:
        work.marks.prune(NOW + 2 * DAY, 10_000)
    assert sizes(world) == {}


def test_an_alarm_is_raised_once_an_hour_for_each_key(world, lookout):
    for number in range(60):
        sees(world, lookout, f"somebody-{number}", f"guess-{number}")
        other = Way(device_id="", prefixes=prefixes("203.0.113.9"))
        sees(world, lookout, f"somebody-{number}", f"guess-{number}-{number}", other)
    alarms = world.events(kind="throttling:alarm")
    assert Counter((alarm.signal, alarm.prefix) for alarm in alarms) == {
        ("accounts", "198.51.100.7/32"): 1,
        ("accounts", "203.0.113.9/32"): 1,
    }
    for number in range(60, 90):
        sees(world, lookout, f"somebody-{number}", f"guess-{number}", now=NOW + 3600)
    alarms = world.events(kind="throttling:alarm")
    assert [alarm.prefix for alarm in alarms].count("198.51.100.7/32") == 2
    assert lookout.tally.told() == {"accounts": 3}


def test_no_network_is_suspect_for_what_a_known_device_does(world, lookout):
    for number in range(60):
        noticed = sees(world, lookout, f"somebody-{number}", f"guess-{number}", KNOWN)
        assert noticed.signals == frozenset()
    assert "signal:accounts" not in sizes(world)


@pytest.mark.clause("CC-17010.j.g")
def test_an_account_that_nobody_has_costs_the_same_statements(world, lookout, statements):
    def asked(account, *, decoy):
        statements.clear()
        sees(world, lookout, account, f"guess-{account}", decoy=decoy)
        return list(statements)

    for number in range(30):
        for name in ("known", "unknown"):  # beyond every threshold
            sees(world, lookout, f"{name}-{number}", f"w-{number}", decoy=name == "unknown")
    assert asked("amy", decoy=False) == asked("nobody", decoy=True)


def test_an_alarm_names_what_it_is_about_and_nothing_else():
    place = Place(account_id="amy", prefix="192.0.2.1/32", password="ab", system=64500)
    told = {name: place.alarm(signal, 3) for name, signal in TABLE.items()}
    assert all(alarm.count == 3 for alarm in told.values())
    assert (told["accounts"].account_id, told["accounts"].prefix) == ("", "192.0.2.1/32")
    assert (told["speed"].account_id, told["speed"].prefix) == ("amy", "192.0.2.1/32")
    assert (told["autonomous_system"].system, told["autonomous_system"].prefix) == (64500, "")
    sprayed = told["sprayed_password"]
    assert (sprayed.account_id, sprayed.prefix, sprayed.system) == ("", "", 0)
