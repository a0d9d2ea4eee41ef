"""Never open, never closed: what is counted where, while the common place is away and after."""

import itertools
from contextlib import closing

import pytest

from identity import entropy
from identity.audit.record import Journal, decode
from identity.errors import CountersUnavailable, StoreUnavailable
from identity.keys.file import load_or_create
from identity.model import Exceeded, Spend
from identity.storage.counters import News, Taken
from identity.storage.memory.counters import MemoryCounters
from identity.throttling.failover import Failover
from identity.throttling.limits import TABLE, longest
from identity.throttling.watch import CountersWatch
from tests.identity.kit import FakeClock

NOW = 1_800_000_000.0
HOUR = 3600.0


def spend(key="k", many=10):
    return Spend(key=key, limit="l", interval=6.0, burst=many * 6.0)


class Breakable:
    """Counters that are out of reach while they are `down`; they say how often they were tried."""

    def __init__(self, began=NOW - HOUR):
        self.down = False
        self.tries = 0
        self._serial = itertools.count()
        self.began_anew(began)

    def began_anew(self, now):
        """Lose everything, as a server without a disk does."""
        self._where = f"life {next(self._serial)}"
        self._inside = MemoryCounters(now, remembers=HOUR)

    def reserve(self, work, spends, now):
        found = self._reached().reserve(work, spends, now)
        return found._replace(where=self._where) if isinstance(found, Taken) else found

    def refund(self, work, taken):
        inside = self._reached()
        if taken.where == self._where:
            inside.refund(work, taken)

    def sure(self, now):
        return self._inside.sure(now)

    def tend(self, now):
        return self._reached().tend(now)

    def close(self):
        self._inside.close()

    def __getattr__(self, name):
        return getattr(self._reached(), name)

    def _reached(self):
        self.tries += 1
        if self.down:
            raise CountersUnavailable("TimeoutError")
        return self._inside


@pytest.fixture
def common():
    return Breakable()


@pytest.fixture
def counters(common):
    with closing(Failover(common, MemoryCounters(NOW, remembers=HOUR))) as opened:
        yield opened


def refused(counters, *spends, now=NOW):
    found = counters.reserve(None, spends, now)
    return found if isinstance(found, Exceeded) else None


def test_while_the_common_place_is_there_everything_is_counted_there(counters, common):
    assert counters.sure(NOW)
    assert [refused(counters, spend(many=1)) is None for _ in range(2)] == [True, False]
    assert common.look(None, [spend(many=1)], NOW) is not None
    assert counters.mark(None, "m", b"a", 1, NOW + 9, NOW).new
    assert not common.mark(None, "m", b"a", 1, NOW + 9, NOW).new
    assert counters.secret(None, "s", b"1", NOW + 9, NOW) == b"1"
    assert common.secret(None, "s", b"2", NOW + 9, NOW) == b"1"
    counters.forget(None, "m")
    assert common.mark(None, "m", b"a", 1, NOW + 9, NOW).new


@pytest.mark.clause("CC-17010.j.g")
def test_once_it_is_lost_limits_hold_in_this_process_and_nothing_is_sure(counters, common):
    common.down = True
    found = [refused(counters, spend()) for _ in range(12)]
    assert found == [None] * 10 + [Exceeded(limit="l", retry_after=6.0)] * 2
    assert counters.look(None, [spend()], NOW) == Exceeded(limit="l", retry_after=6.0)
    assert not counters.sure(NOW + 10 * HOUR)
    assert [counters.mark(None, "m", b"", 1, NOW + 9, NOW).new for _ in range(2)] == [True, False]
    assert counters.secret(None, "s", b"1", NOW + 9, NOW) == b"1"
    assert counters.secret(None, "s", b"2", NOW + 9, NOW) == b"1"
    counters.forget(None, "m")
    assert counters.mark(None, "m", b"", 1, NOW + 9, NOW).new


def test_a_dead_place_is_tried_once_and_then_by_nobody_but_the_thread(counters, common):
    common.down = True
    for _ in range(50):
        refused(counters, spend())
        counters.mark(None, "m", b"", 1, NOW + 9, NOW)
    assert common.tries == 1
    for _ in range(3):
        counters.tend(NOW)
    assert common.tries == 4


def test_it_is_told_once_that_it_is_lost_and_once_that_it_is_back(counters, common):
    assert counters.tend(NOW) == []
    common.down = True
    refused(counters, spend())
    refused(counters, spend())
    assert counters.tend(NOW) == [News("lost", reason="TimeoutError")]
    assert counters.tend(NOW + 1) == []
    common.down = False
    assert counters.tend(NOW + 2) == [News("returned")]
    assert counters.tend(NOW + 3) == []


def test_the_thread_finds_the_loss_where_nobody_asks_anything(counters, common):
    common.down = True
    assert counters.tend(NOW) == [News("lost", reason="TimeoutError")]
    assert not counters.sure(NOW)


def test_when_it_is_back_with_all_it_knew_it_is_sure_at_once(counters, common):
    for _ in range(10):
        refused(counters, spend())
    common.down = True
    assert refused(counters, spend()) is None
    common.down = False
    counters.tend(NOW)
    assert counters.sure(NOW)
    assert refused(counters, spend()) is not None


def test_when_it_is_back_emptied_it_is_unsure_for_as_long_as_the_longest_window(counters, common):
    common.down = True
    counters.tend(NOW)
    common.down = False
    common.began_anew(NOW + 5)
    assert counters.tend(NOW + 5) == [News("returned"), News("emptied", until=NOW + 5 + HOUR)]
    assert not counters.sure(NOW + 5)
    assert not counters.sure(NOW + 4 + HOUR)
    assert counters.sure(NOW + 5 + HOUR)
    assert refused(counters, spend()) is None
    assert common.look(None, [spend(many=1)], NOW) is not None


def test_the_longest_window_of_the_table_is_the_accounts_hour():
    assert longest(TABLE) == TABLE["account"].burst * TABLE["account"].interval == HOUR


def test_what_was_taken_there_is_given_back_neither_here_nor_later(counters, common):
    """The wrong place would be owed less than was taken from it."""
    taken = counters.reserve(None, [spend(many=2)], NOW)
    common.down = True
    for _ in range(2):
        counters.reserve(None, [spend(many=2)], NOW)
    counters.refund(None, taken)
    assert refused(counters, spend(many=2)) is not None


def test_what_was_taken_here_is_given_back_here_though_the_common_place_is_back(counters, common):
    for _ in range(2):
        common.reserve(None, [spend(many=2)], NOW)
    common.down = True
    taken = [counters.reserve(None, [spend(many=2)], NOW) for _ in range(2)]
    common.down = False
    counters.tend(NOW)
    counters.refund(None, taken[0])
    assert refused(counters, spend(many=2)) is not None
    common.down = True
    assert refused(counters, spend(many=2)) is None
    assert refused(counters, spend(many=2)) is not None


def test_what_was_taken_before_it_was_emptied_is_given_back_to_nobody(counters, common):
    taken = counters.reserve(None, [spend(many=2)], NOW)
    common.began_anew(NOW)
    for _ in range(2):
        counters.reserve(None, [spend(many=2)], NOW)
    counters.refund(None, taken)
    assert refused(counters, spend(many=2)) is not None


def test_a_refund_that_does_not_arrive_is_no_error(counters, common):
    taken = counters.reserve(None, [spend(many=1)], NOW)
    common.down = True
    counters.refund(None, taken)
    common.down = False
    counters.tend(NOW)
    assert refused(counters, spend(many=1)) is not None


class Watched:
    """A watch over counters and a real store."""

    def __init__(self, counters, store, folder):
        self.store, self.clock, self.opens = store, FakeClock(NOW), True
        ring = load_or_create(folder / "keys.json", NOW, entropy.system)
        self.watch = CountersWatch(counters, self, Journal(ring, lab=False), self.clock)

    def write(self):
        if not self.opens:
            raise StoreUnavailable("away")
        return self.store.write()

    def events(self):
        with self.store.read() as work:
            rows = [
                row
                for writer, _ in self.store.writers()
                for row in work.events.after(writer, 0, 100)
            ]
        return [decode(row.body).event for row in rows]


@pytest.fixture
def watched(counters, sqlite_store, tmp_path):
    return Watched(counters, sqlite_store, tmp_path)


@pytest.mark.clause("CC-17010.j.g")
def test_loss_return_and_emptiness_are_events(watched, common):
    assert watched.watch.run_once()
    common.down = True
    assert watched.watch.run_once()
    common.down = False
    common.began_anew(NOW + 60)
    watched.clock.forward(60)
    assert watched.watch.run_once()
    told = [type(event).__struct_config__.tag for event in watched.events()]
    assert told == [f"throttling:counters:{what}" for what in ("lost", "returned", "emptied")]
    lost, _, emptied = watched.events()
    assert lost.reason == "TimeoutError"
    assert emptied.unsure_until_us == round((NOW + 60 + HOUR) * 1_000_000)


def test_an_event_that_could_not_be_written_is_written_later(watched, common):
    watched.opens, common.down = False, True
    assert not watched.watch.run_once()
    common.down = False
    assert not watched.watch.run_once()
    watched.opens = True
    assert watched.watch.run_once()
    assert watched.watch.run_once()
    told = [type(event).__struct_config__.tag for event in watched.events()]
    assert told == ["throttling:counters:lost", "throttling:counters:returned"]
