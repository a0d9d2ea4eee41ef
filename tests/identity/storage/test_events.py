"""Promises of the port `Events` and of the store's writers, on every store."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from msgspec.structs import replace

from identity.errors import AuditUnavailable, StoreUnavailable
from tests.identity.storage.records import account, append_event, event, writer


def add_and_append(work):
    work.accounts.add(account())
    append_event(work)


def test_events_come_back_as_they_were(store):
    with store.write() as work:
        first, second = append_event(work), append_event(work)
        append_event(work, account_id="a2")
    with store.read() as work:
        assert work.events.get(first.writer, 1) == first
        assert work.events.get(first.writer, 4) is None
        assert work.events.of_account("a1") == [second, first]
        assert work.events.of_account("a1", limit=1) == [second]
        assert work.events.after(first.writer, 0, 2) == [first, second]
        assert [found.seq for found in work.events.after(first.writer, 1, 9)] == [2, 3]


def test_a_writer_counts_from_1_and_only_what_was_committed(store):
    with store.write() as work:
        name, seq = work.events.position()
        assert seq == 1
        append_event(work)
        append_event(work)
        assert work.events.position() == (name, 3)
        assert store.writers() == [(name, 0)]
    assert store.writers() == [(name, 2)]
    with pytest.raises(ZeroDivisionError), store.write() as work:
        append_event(work).seq / 0
    assert store.writers() == [(name, 2)]
    with store.write() as work:
        assert work.events.position() == (name, 3)


def test_numbers_have_no_gaps_however_many_write(store):
    started = Barrier(4)

    def write(turn):
        started.wait(10)
        for half in range(10):
            try:
                with store.write() as work:
                    append_event(work)
                    assert (turn + half) % 3
            except AssertionError:
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with store.read() as work:
        for name, last in store.writers():
            found = [row.seq for row in work.events.after(name, 0, 100)]
            assert found == list(range(1, last + 1))


def test_an_event_with_another_number_is_refused(store):
    with store.write() as work:
        name, seq = work.events.position()
        for wrong in (event(name, seq + 1), event("another's", seq)):
            with pytest.raises(ValueError, match="position"):
                work.events.append(wrong)


def test_a_unit_of_work_that_reads_has_no_position(store):
    with pytest.raises(RuntimeError), store.read() as work:
        work.events.position()


def test_what_a_writer_says_replaces_what_it_said(store):
    with store.write() as work:
        work.events.beat([writer("w2"), writer("w1")])
        work.events.beat([replace(writer("w2"), seq=9, closed=True, mac=b"m")])
        work.events.beat([])
        assert work.events.writers() == [
            writer("w1"),
            replace(writer("w2"), seq=9, closed=True, mac=b"m"),
        ]


@pytest.mark.clause("CC-18000.4.d")
def test_what_cannot_be_recorded_does_not_happen(store, behind):
    behind("DROP TABLE events")
    with pytest.raises(AuditUnavailable), store.write() as work:
        add_and_append(work)
    with store.read() as work:
        assert work.accounts.by_id("a1") is None


@pytest.mark.clause("CC-18000.4.d")
def test_what_cannot_be_recorded_does_not_happen_even_if_nobody_listens(store, behind):
    behind("DROP TABLE events")
    with pytest.raises(StoreUnavailable), store.write() as work, suppress(AuditUnavailable):
        add_and_append(work)
    with store.read() as work:
        assert work.accounts.by_id("a1") is None
    with store.write() as work:
        assert work.accounts.add(account())


def test_closing_the_store_ends_its_writers(store):
    with store.write() as work:
        append_event(work)
    store.close()
    assert store.writers() == []


def test_every_writer_with_events_is_named_once(store):
    with store.read() as work:
        assert work.events.names() == []
    with store.write() as work:
        append_event(work)
        append_event(work)
        name, _ = work.events.position()
        work.events.beat([writer("said, and wrote nothing")])
    with store.read() as work:
        assert work.events.names() == [name]


def test_all_writers_are_named_whatever_they_are_called(store, behind):
    given = ["-a", "A", "_", "a", "a b", "ab", "b", "é", "王"]
    for name in given:
        for seq in (1, 2, 9):
            behind(
                "INSERT INTO events (writer, seq, at_us, kind, account_id, body, mac, key_id)"
                " VALUES (:writer, :seq, 1, 'k', 'a', :none, :none, 'k')",
                writer=name,
                seq=seq,
                none=b"",
            )
    with store.read() as work:
        assert sorted(work.events.names()) == sorted(given)
