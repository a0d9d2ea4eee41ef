"""The sequencer keeps the log a second behind the writers, and closes them at the end."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from identity.audit.events import WriterClosed
from identity.audit.record import beat_holds, decode
from identity.audit.sequencer import Sequencer
from identity.audit.verify import verify
from tests.identity.audit.writing import write
from tests.identity.keys.sources import NOW


@pytest.fixture
def sequencer(store, ring, journal) -> Sequencer:
    return Sequencer(store, ring, journal, lambda: NOW, 0.01)


def size(store) -> int:
    with store.read() as work:
        return work.log.size()


def said(store):
    with store.read() as work:
        return {writer.id: writer for writer in work.events.writers()}


def eventually(condition) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_events_written_while_it_runs_come_into_the_log(store, journal, ring, sequencer) -> None:
    sequencer.start()
    threads = [threading.Thread(target=write, args=(store, journal, 20)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: size(store) == 80)
    sequencer.stop()
    assert sequencer.failures == 0
    report = verify(store, ring, NOW + 86_400)
    assert (report.findings, report.remarks, report.waiting) == ((), (), 0)


def test_the_writers_beat_with_what_they_have_written(store, journal, ring, sequencer) -> None:
    write(store, journal, 3)
    sequencer.run_once()
    beat = said(store)["w1"]
    assert (beat.seq, beat.closed) == (3, False)
    assert beat_holds(ring, beat)


def test_at_the_end_every_writer_is_closed_and_everything_is_in_the_log(
    store, journal, ring, sequencer
) -> None:
    write(store, journal, 3)
    sequencer.stop()
    with store.read() as work:
        closing = decode(work.events.get("w1", 4).body).event
    assert closing == WriterClosed(writer="w1", seq=3)
    assert (said(store)["w1"].seq, said(store)["w1"].closed, size(store)) == (4, True, 4)
    report = verify(store, ring, NOW + 86_400)
    assert (report.ok, report.remarks) == (True, ())


def test_a_connection_that_was_lost_is_closed_for_it(store, journal, sequencer) -> None:
    write(store, journal, 2)
    sequencer.run_once()
    with store._writing.connect() as connection:
        connection.invalidate()
    sequencer.run_once()
    assert (said(store)["w1"].seq, said(store)["w1"].closed) == (2, True)


@pytest.mark.clause("CC-18000.4.d")
def test_a_store_that_fails_makes_it_unwell_and_it_recovers(store, journal, sequencer) -> None:
    write(store, journal)
    with store._writing.begin() as connection:
        connection.execute(sa.text("ALTER TABLE leaves RENAME TO away"))
    with capture_logs() as logs:
        assert not sequencer.run_once()
    assert not sequencer.healthy(NOW)
    assert [entry["event"] for entry in logs] == ["run_failed"]
    with store._writing.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO leaves"))
    assert sequencer.run_once()
    assert sequencer.healthy(NOW)
    assert size(store) == 1


def test_stopping_without_a_store_is_logged_and_raises_nothing(store, sequencer) -> None:
    with store._writing.begin() as connection:
        connection.execute(sa.text("ALTER TABLE leaves RENAME TO away"))
    with capture_logs() as logs:
        sequencer.stop()
    assert [entry["error"] for entry in logs] == ["StoreUnavailable"]
