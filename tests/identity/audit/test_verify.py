"""Whatever is changed in what is stored, an examination finds it and names it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.audit.builder import sequence_once
from identity.audit.findings import LARGEST
from identity.audit.record import Journal
from identity.audit.verify import verify
from identity.storage.sql import schema
from tests.identity.audit.writing import beat, write
from tests.identity.keys.sources import NOW

EVENTS = schema.events.c
LEAVES = schema.leaves.c
NODES = schema.nodes.c
HEADS = schema.checkpoints.c
WRITERS = schema.writers.c


@pytest.fixture
def log(store, journal, ring):
    """Six events of one writer: five in the log under two checkpoints, one waiting."""
    write(store, journal, 3)
    sequence_once(store, ring, NOW)
    write(store, journal, 2)
    sequence_once(store, ring, NOW + 1)
    write(store, journal)
    beat(store, journal)
    return store


def execute(store, *statements) -> None:
    with store._writing.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def flip(store, table, column, where, bit) -> None:
    """Turn one bit of a column of bytes."""
    with store._writing.begin() as connection:
        value = bytearray(connection.scalar(sa.select(column).where(where)))
        value[bit // 8 % len(value)] ^= 1 << bit % 8
        connection.execute(sa.update(table).where(where).values({column: bytes(value)}))


def found(store, ring, now=NOW) -> set[tuple[str, str]]:
    return {(finding.code, finding.where) for finding in verify(store, ring, now).findings}


def test_an_untouched_log_has_no_findings_and_is_counted(log, ring) -> None:
    report = verify(log, ring, NOW + 1)
    assert report.ok
    assert report.remarks == ()
    assert (report.events, report.waiting, report.leaves, report.checkpoints) == (6, 1, 5, 2)
    assert (report.writers, report.size, report.lab_events) == (1, 5, 0)
    with log.read() as work:
        assert report.root == work.log.last_checkpoint().root


def test_an_empty_log_is_whole(store, ring) -> None:
    assert verify(store, ring, NOW).ok


def test_events_of_lab_mode_are_counted(store, ring) -> None:
    write(store, Journal(ring, lab=True), 2)
    assert verify(store, ring, NOW).lab_events == 2


bits = st.integers(0, 20_000)
repeated = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@repeated
@given(bit=bits, seq=st.integers(1, 5))
def test_any_bit_of_a_body_in_the_log(log, ring, bit, seq) -> None:
    flip(log, schema.events, EVENTS.body, EVENTS.seq == seq, bit)
    assert {("event_mac", f"event w1/{seq}"), ("leaf_hash", f"leaf {seq - 1}")} <= found(log, ring)
    flip(log, schema.events, EVENTS.body, EVENTS.seq == seq, bit)
    assert not found(log, ring)


@repeated
@given(bit=bits, seq=st.integers(1, 6), column=st.sampled_from(["mac", "body"]))
def test_any_bit_of_a_mac_or_of_a_body_that_waits(log, ring, bit, seq, column) -> None:
    flip(log, schema.events, EVENTS[column], EVENTS.seq == seq, bit)
    assert ("event_mac", f"event w1/{seq}") in found(log, ring)
    flip(log, schema.events, EVENTS[column], EVENTS.seq == seq, bit)
    assert not found(log, ring)


@repeated
@given(bit=bits, index=st.integers(0, 4))
def test_any_bit_of_a_leaf(log, ring, bit, index) -> None:
    flip(log, schema.leaves, LEAVES.hash, LEAVES.index == index, bit)
    head = 3 if index < 3 else 5
    pair = {("subtree", f"subtree {index // 2} of level 1")} if index < 4 else set()
    assert found(log, ring) == {
        ("leaf_hash", f"leaf {index}"),
        ("checkpoint_root", f"checkpoint {head}"),
        *pair,
    }
    flip(log, schema.leaves, LEAVES.hash, LEAVES.index == index, bit)
    assert not found(log, ring)


@repeated
@given(bit=bits, size=st.sampled_from([3, 5]), column=st.sampled_from(["note", "root"]))
def test_any_bit_of_a_checkpoint(log, ring, bit, size, column) -> None:
    code = "checkpoint_signature" if column == "note" else "checkpoint_row"
    flip(log, schema.checkpoints, HEADS[column], HEADS.size == size, bit)
    assert found(log, ring) == {(code, f"checkpoint {size}")}
    flip(log, schema.checkpoints, HEADS[column], HEADS.size == size, bit)
    assert not found(log, ring)


@repeated
@given(bit=bits)
def test_any_bit_of_what_a_writer_said(log, ring, bit) -> None:
    flip(log, schema.writers, WRITERS.mac, WRITERS.id == "w1", bit)
    assert found(log, ring) == {("writer_mac", "writer w1")}
    flip(log, schema.writers, WRITERS.mac, WRITERS.id == "w1", bit)


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "other:kind:here"), ("account_id", "a9"), ("at_us", 5), ("key_id", "AAAAAAAA")],
)
@pytest.mark.parametrize("seq", [2, 6])
def test_a_column_beside_the_body(log, ring, column, value, seq) -> None:
    execute(log, sa.update(schema.events).where(EVENTS.seq == seq).values({column: value}))
    code = "event_mac" if column == "key_id" else "event_row"
    assert found(log, ring) == {(code, f"event w1/{seq}")}


def test_the_time_of_a_checkpoint(log, ring) -> None:
    execute(log, sa.update(schema.checkpoints).where(HEADS.size == 3).values(at_us=5))
    assert found(log, ring) == {("checkpoint_row", "checkpoint 3")}


@pytest.mark.parametrize("values", [{"seq": 3}, {"closed": True}, {"beat_us": 99}])
def test_a_writers_row(log, ring, values) -> None:
    execute(log, sa.update(schema.writers).values(values))
    assert found(log, ring) == {("writer_mac", "writer w1")}


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_an_event_deleted_from_the_log(log, ring, seq) -> None:
    execute(log, sa.delete(schema.events).where(EVENTS.seq == seq))
    assert found(log, ring) == {("event_missing", f"event w1/{seq}")}


def test_the_last_event_deleted_before_it_was_in_the_log(log, ring) -> None:
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 6))
    assert found(log, ring) == {("tail_cut", "writer w1")}


def test_an_event_deleted_among_those_that_wait(log, journal, ring) -> None:
    write(log, journal, 2)
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 7))
    assert found(log, ring) == {("event_missing", "event w1/7")}


def test_every_event_deleted(log, ring) -> None:
    execute(log, sa.delete(schema.events))
    assert found(log, ring) == {
        ("tail_cut", "writer w1"),
        *(("event_missing", f"event w1/{seq}") for seq in range(1, 6)),
    }


def test_an_event_moved_to_another_number(log, ring) -> None:
    execute(
        log,
        sa.update(schema.events).where(EVENTS.seq == 2).values(seq=100),
        sa.update(schema.events).where(EVENTS.seq == 4).values(seq=2),
        sa.update(schema.events).where(EVENTS.seq == 100).values(seq=4),
    )
    assert {("event_row", "event w1/2"), ("event_row", "event w1/4")} <= found(log, ring)


@pytest.mark.parametrize("index", [0, 2, 3])
def test_a_leaf_deleted(log, ring, index) -> None:
    execute(log, sa.delete(schema.leaves).where(LEAVES.index == index))
    assert {("leaf_gap", f"leaf {index}"), ("leaf_missing", f"event w1/{index + 1}")} <= found(
        log, ring
    )


def test_the_last_leaf_deleted(log, ring) -> None:
    execute(log, sa.delete(schema.leaves).where(LEAVES.index == 4))
    assert ("log_cut", "leaf 4") in found(log, ring)


def test_two_leaves_exchanged(log, ring) -> None:
    execute(
        log,
        sa.update(schema.leaves).where(LEAVES.index == 0).values(index=100),
        sa.update(schema.leaves).where(LEAVES.index == 1).values(index=0),
        sa.update(schema.leaves).where(LEAVES.index == 100).values(index=1),
    )
    assert {("leaf_order", "leaf 1"), ("checkpoint_root", "checkpoint 3")} <= found(log, ring)


def test_the_last_checkpoint_deleted(log, ring) -> None:
    execute(log, sa.delete(schema.checkpoints).where(HEADS.size == 5))
    assert found(log, ring) == {("checkpoint_missing", "checkpoint 5")}


def test_the_end_of_the_log_cut_off_with_its_checkpoint(log, ring) -> None:
    """Events, leaves and checkpoint of the last step: what the writer said still tells."""
    execute(
        log,
        sa.delete(schema.checkpoints).where(HEADS.size == 5),
        sa.delete(schema.leaves).where(LEAVES.index >= 3),
        sa.delete(schema.nodes).where(sa.or_(NODES.level == 2, NODES.index == 1)),
        sa.delete(schema.events).where(EVENTS.seq > 3),
        sa.update(schema.taken).values(seq=3),
    )
    assert found(log, ring) == {("tail_cut", "writer w1")}


@repeated
@given(bit=bits, place=st.sampled_from([(1, 0), (1, 1), (2, 0)]))
def test_any_bit_of_a_subtree(log, ring, bit, place) -> None:
    where = sa.and_(NODES.level == place[0], NODES.index == place[1])
    flip(log, schema.nodes, NODES.hash, where, bit)
    assert found(log, ring) == {("subtree", f"subtree {place[1]} of level {place[0]}")}
    flip(log, schema.nodes, NODES.hash, where, bit)
    assert not found(log, ring)


@pytest.mark.parametrize("place", [(1, 0), (1, 1), (2, 0)])
def test_a_subtree_deleted(log, ring, place) -> None:
    execute(log, sa.delete(schema.nodes).where(NODES.level == place[0], NODES.index == place[1]))
    assert found(log, ring) == {("subtree", f"subtree {place[1]} of level {place[0]}")}


@pytest.mark.parametrize("place", [(1, 2), (2, 1), (3, 0)])
def test_a_subtree_over_leaves_that_are_not_there(log, ring, place) -> None:
    execute(log, sa.insert(schema.nodes).values(level=place[0], index=place[1], hash=b"x" * 32))
    assert found(log, ring) == {("subtree", f"subtree {place[1]} of level {place[0]}")}


@pytest.mark.parametrize("seq", [4, 6])
def test_what_the_store_says_was_taken(log, ring, seq) -> None:
    execute(log, sa.update(schema.taken).values(seq=seq))
    assert found(log, ring) == {("taken_row", "writer w1")}


def test_a_writers_row_deleted(log, ring) -> None:
    execute(log, sa.delete(schema.writers))
    assert found(log, ring) == {("writer_missing", "writer w1")}


def test_a_writers_row_deleted_before_anything_of_it_was_in_the_log(store, journal, ring) -> None:
    write(store, journal, 3)
    execute(store, sa.delete(schema.writers))
    report = verify(store, ring, NOW)
    assert [(f.code, f.where) for f in report.findings] == [("writer_missing", "writer w1")]
    assert (report.events, report.waiting, report.writers) == (3, 3, 1)


def test_events_that_nobody_speaks_for_are_examined_too(store, journal, ring) -> None:
    write(store, journal, 3)
    execute(
        store,
        sa.delete(schema.writers),
        sa.update(schema.events).where(EVENTS.seq == 2).values(seq=9),
    )
    assert {
        ("event_row", "event w1/9"),
        ("event_missing", "event w1/2"),
        ("writer_missing", "writer w1"),
    } <= found(store, ring)


def test_writers_that_are_born_while_it_looks_are_no_finding(node, journal, ring) -> None:
    here = node()

    def born() -> None:
        for _ in range(12):
            there = node()
            write(there, journal, 2)
            sequence_once(there, ring, NOW)

    with ThreadPoolExecutor(1) as pool:
        bearing = pool.submit(born)
        while not bearing.done():
            assert found(here, ring) == set()
        bearing.result()
    assert verify(here, ring, NOW).writers == 12


def test_an_event_put_in_by_somebody_without_the_key(log, ring) -> None:
    execute(
        log,
        sa.insert(schema.events).values(
            writer="w1",
            seq=7,
            at_us=1,
            kind="x",
            account_id="",
            body=b"{}",
            mac=b"\0" * 32,
            key_id="x",
        ),
    )
    assert found(log, ring) == {("event_mac", "event w1/7"), ("event_row", "event w1/7")}


def test_a_writer_that_fell_silent_is_remarked_on_and_no_finding(log, ring) -> None:
    report = verify(log, ring, NOW + 61)
    assert report.ok
    assert {remark.code for remark in report.remarks} == {"writer_silent", "events_waiting"}


def test_a_log_of_several_writers_and_pages(node, journal, ring, monkeypatch) -> None:
    monkeypatch.setattr("identity.audit.verify.PAGE", 2)
    monkeypatch.setattr("identity.audit.rows.PAGE", 3)
    stores = [node() for _ in range(3)]
    for many in (1, 5, 2, 7):
        for store in stores:
            write(store, journal, many)
        sequence_once(stores[0], ring, NOW)
    report = verify(stores[0], ring, NOW)
    assert (report.findings, report.events, report.leaves) == ((), 45, 45)
    assert (report.checkpoints, report.writers) == (4, 3)


def test_findings_without_end_are_counted_and_not_kept(log, journal, ring) -> None:
    write(log, journal, LARGEST)
    execute(log, sa.update(schema.events).values(mac=b"\0" * 32))
    report = verify(log, ring, NOW)
    assert len(report.findings) == LARGEST
    assert report.omitted == 6


def test_every_sentence_ends_as_one_and_every_code_is_told(log, ring) -> None:
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 2), sa.delete(schema.writers))
    for finding in verify(log, ring, NOW).findings:
        assert finding.sentence.endswith(".")
        assert finding.where
