"""What is over goes in its time, and nothing else does."""

import threading
import time

import pytest

from identity.housekeeping import DECOYS, JOURNEYS, SESSIONS, Housekeeper
from identity.model import Spend
from identity.storage.ports import PRUNED
from tests.identity.kit import World
from tests.identity.storage.records import add_account, enrolment, login, session

NOW = 1_800_000_000.0
WINDOW = Spend(key="k", limit="l", interval=60.0, burst=60.0)


class Hand:
    """A clock that stands where it is set."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hand()


@pytest.fixture
def housekeeper(store, clock):
    return Housekeeper(store, clock)


@pytest.fixture
def kept(store):
    """One of everything, over at `NOW`; say which of it is there."""
    add_account(store)
    with store.write() as work:
        work.logins.add(login(expires_at=NOW))
        work.enrolments.add(enrolment(expires_at=NOW))
        work.sessions.add(session("expired", expires_at=NOW))
        work.sessions.add(session("ended", expires_at=NOW + DECOYS, ended_at=NOW))
        for id_ in ("a1", "decoy"):
            assert work.failures.reserve(id_, "totp", "x", 9, NOW)
        assert work.windows.reserve([WINDOW], NOW - 60.0) is None

    def there():
        with store.write() as work:
            full = work.windows.reserve([WINDOW], NOW - 59.0)
            found = {
                "login": work.logins.get("l1"),
                "enrolment": work.enrolments.get("e1"),
                "expired session": work.sessions.get("expired"),
                "ended session": work.sessions.get("ended"),
                "account's failures": work.failures.counts("a1"),
                "decoy's failures": work.failures.counts("decoy"),
                "window": full,
            }
            if full is None:
                work.windows.refund([WINDOW])
        return {name for name, value in found.items() if value}

    return there


BOTH = {"expired session", "ended session"}
ALL = {"login", "enrolment", "account's failures", "decoy's failures", "window", *BOTH}


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        (-1.0, set()),
        (0.0, {"window"}),
        (JOURNEYS, {"window"}),
        (JOURNEYS + 1, {"window", "login", "enrolment"}),
        (SESSIONS, {"window", "login", "enrolment"}),
        (SESSIONS + 1, {"window", "login", "enrolment", *BOTH}),
        (DECOYS, {"window", "login", "enrolment", *BOTH}),
        (DECOYS + 1, ALL - {"account's failures"}),
        (DECOYS * 9, ALL - {"account's failures"}),
    ],
)
def test_each_thing_goes_in_its_time(housekeeper, clock, kept, after, gone):
    clock.now = NOW + after
    assert housekeeper.run_once()
    assert ALL - kept() == gone


def test_a_round_takes_all_in_bounded_bites_and_ends_when_told(store, clock):
    with store.write() as work:
        for number in range(PRUNED + 1):
            work.logins.add(login(f"l{number}", expires_at=NOW - JOURNEYS - 1))
    told = Housekeeper(store, clock)
    told.stop()
    assert told.run_once()
    assert logins(store) == 1
    assert Housekeeper(store, clock).run_once()
    assert logins(store) == 0


def logins(store):
    with store.read() as work:
        return sum(work.logins.get(f"l{number}") is not None for number in range(PRUNED + 1))


def test_housekeepers_of_several_nodes_do_not_get_in_each_others_way(store, clock):
    with store.write() as work:
        for number in range(PRUNED + 1):
            work.logins.add(login(f"l{number}", expires_at=NOW - JOURNEYS - 1))
    nodes = [Housekeeper(store, clock) for _ in range(3)]
    threads = [threading.Thread(target=node.run_once) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [node.failures for node in nodes] == [0, 0, 0]
    assert nodes[0].run_once()
    assert logins(store) == 0


def test_a_service_keeps_house_from_its_start_to_its_end(tmp_path):
    with World(tmp_path) as world:
        housekeeper = world.running.housekeeper
        end = time.monotonic() + 10
        while housekeeper.last_success is None and time.monotonic() < end:
            time.sleep(0.005)
        assert housekeeper.last_success == world.clock()
        assert housekeeper._thread.is_alive()
    assert not housekeeper._thread.is_alive()
