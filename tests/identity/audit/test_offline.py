"""An export is examined without a store and without a secret, and what was changed is found."""

from __future__ import annotations

import io
from hashlib import sha256

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.audit.builder import sequence_once
from identity.audit.checkpoint import reader_of, verifier_keys
from identity.audit.export import export
from identity.audit.merkle import leaf_hash
from identity.audit.offline import examine
from identity.audit.record import Journal
from identity.keys.ring import KeyRing, Purpose, generate, generate_ring
from identity.storage.sql import schema
from tests.identity.audit.writing import beat, write
from tests.identity.keys.sources import NOW, stream

EVENTS = schema.events.c


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


def exported(store, ring) -> list[bytes]:
    to = io.BytesIO()
    export(store, ring, to, NOW)
    return to.getvalue().splitlines(keepends=True)


def found(lines, ring) -> set[tuple[str, str]]:
    """Examine as somebody with the ring's public keys, and nothing else."""
    report = examine(lines, NOW, reader_of(verifier_keys(ring)))
    return {(finding.code, finding.where) for finding in report.findings}


def found_with_ring(lines, ring) -> set[tuple[str, str]]:
    report = examine(lines, NOW, ring=ring)
    return {(finding.code, finding.where) for finding in report.findings}


def changed(lines, at, **members):
    """Return the lines with members of one replaced, as its writer could have written it."""
    line = msgspec.json.decode(lines[at]) | members
    return [*lines[:at], msgspec.json.encode(line) + b"\n", *lines[at + 1 :]]


def at(lines, kind, number=0) -> int:
    """Return where the line of this kind with this number stands."""
    kinds = [index for index, line in enumerate(lines) if f'"type":"{kind}"'.encode() in line]
    return kinds[number]


def ended(lines, ring):
    """Write the last line anew over what is left, as somebody without any key can."""
    kinds = [msgspec.json.decode(line)["type"] for line in lines[:-1]]
    count = {
        name: kinds.count(kind)
        for name, kind in (
            ("leaves", "leaf"),
            ("events", "event"),
            ("checkpoints", "checkpoint"),
            ("writers", "writer"),
        )
    }
    last = {"type": "end", **count, "sha256": sha256(b"".join(lines[:-1])).digest()}
    return [*lines[:-1], msgspec.json.encode(last) + b"\n"]


def without(lines, ring, *places):
    """Take lines out and hide it as well as anybody without a key can."""
    return ended([line for place, line in enumerate(lines) if place not in places], ring)


@pytest.mark.clause("CC-18000.4.d")
def test_an_untouched_export_is_whole_by_public_keys_alone(log, ring) -> None:
    report = examine(exported(log, ring), NOW, reader_of(verifier_keys(ring)))
    assert report.findings == ()
    assert (report.events, report.waiting, report.leaves, report.checkpoints) == (6, 1, 5, 2)
    assert (report.writers, report.size, report.lab_events) == (1, 5, 0)
    assert {remark.code for remark in report.remarks} == {"export_tail"}


def test_with_the_ring_macs_are_examined_and_nothing_is_left_open(log, ring) -> None:
    report = examine(exported(log, ring), NOW, ring=ring)
    assert (report.findings, report.remarks) == ((), ())


def test_without_any_key_its_own_are_taken_and_that_is_said(log, ring) -> None:
    report = examine(exported(log, ring), NOW)
    assert report.ok
    assert {remark.code for remark in report.remarks} == {"export_keys", "export_tail"}


def test_no_secret_is_written(log, ring) -> None:
    written = b"".join(exported(log, ring))
    for purpose in Purpose:
        for key in ring.all(purpose):
            for form in (key.secret, msgspec.json.encode(key.secret)[1:-1]):
                assert form not in written


def test_another_services_export_is_signed_by_nobody_we_know(log, ring) -> None:
    other = generate_ring(NOW, stream("other"))
    lines = exported(log, ring)
    assert found(lines, other) == {
        ("checkpoint_signature", "checkpoint 3"),
        ("checkpoint_signature", "checkpoint 5"),
    }
    assert found_with_ring(lines, other) >= {("event_mac", "event w1/6")}


def test_after_a_rotation_old_and_new_checkpoints_are_read(store, ring) -> None:
    keys = [key for purpose in Purpose for key in ring.all(purpose)]
    fresh = [generate(purpose, NOW + 1, stream(purpose)) for purpose in Purpose]
    rotated = KeyRing([*keys, *fresh])
    write(store, Journal(ring, lab=False), 2)
    sequence_once(store, ring, NOW)
    write(store, Journal(rotated, lab=False), 2)
    sequence_once(store, rotated, NOW + 2)
    beat(store, Journal(rotated, lab=False))
    assert found(exported(store, rotated), rotated) == set()
    assert found_with_ring(exported(store, rotated), rotated) == set()
    assert found(exported(store, rotated), ring) == {("checkpoint_signature", "checkpoint 4")}


repeated = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@repeated
@given(data=st.data())
def test_any_bit_of_the_file(log, ring, data) -> None:
    lines = exported(log, ring)
    place = data.draw(st.integers(0, len(lines) - 1))
    line = bytearray(lines[place])
    bit = data.draw(st.integers(0, len(line) * 8 - 1))
    line[bit // 8] ^= 1 << bit % 8
    content = b"".join([*lines[:place], bytes(line), *lines[place + 1 :]])
    assert found(content.splitlines(keepends=True), ring)


@repeated
@given(junk=st.lists(st.binary(max_size=30)))
def test_what_is_no_export_is_no_whole_log(junk) -> None:
    assert not examine(junk, NOW).ok


@pytest.mark.parametrize("number", range(5))
def test_an_event_rewritten_in_the_file(log, ring, number) -> None:
    lines = exported(log, ring)
    place = at(lines, "leaf", number)
    event = msgspec.json.decode(lines[place])["event"].replace("activated", "suspended")
    found_in = found(ended(changed(lines, place, event=event), ring), ring)
    assert found_in == {("leaf_hash", f"leaf {number}")}


def test_an_event_and_its_leaf_rewritten_in_the_file(log, ring) -> None:
    lines = exported(log, ring)
    place = at(lines, "leaf")
    event = msgspec.json.decode(lines[place])["event"].replace("activated", "suspended")
    lines = ended(changed(lines, place, event=event, hash=leaf_hash(event.encode())), ring)
    assert found(lines, ring) == {("checkpoint_root", "checkpoint 3")}
    assert ("event_mac", "event w1/1") in found_with_ring(lines, ring)


def test_the_first_row_deleted_before_the_export(log, ring) -> None:
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 1))
    assert found(exported(log, ring), ring) == {("event_missing", "event w1/1")}


def test_the_first_row_deleted_from_the_file(log, ring) -> None:
    lines = exported(log, ring)
    found_in = found(without(lines, ring, at(lines, "leaf")), ring)
    assert found_in == {
        ("event_missing", "event w1/1"),
        ("leaf_gap", "leaf 0"),
        ("checkpoint_root", "checkpoint 3"),
        ("log_cut", "leaf 4"),
    }


def test_the_last_row_of_the_log_deleted_shows_by_the_checkpoint(log, ring) -> None:
    lines = exported(log, ring)
    assert ("log_cut", "leaf 4") in found(without(lines, ring, at(lines, "leaf", 4)), ring)


def test_the_last_row_deleted_with_its_checkpoint_shows_by_what_its_writer_said(log, ring) -> None:
    lines = exported(log, ring)
    places = [at(lines, "leaf", 3), at(lines, "leaf", 4), at(lines, "checkpoint", 1)]
    cut = without(lines, ring, *places, at(lines, "event"))
    assert found(cut, ring) == {("tail_cut", "writer w1")}
    lied = ended(changed(cut, at(cut, "writer"), seq=3), ring)
    assert found(lied, ring) == set()  # whoever edits both is found with the ring only
    assert found_with_ring(lied, ring) == {("writer_mac", "writer w1")}


def test_a_row_removed_before_it_was_in_the_log_shows_by_the_next_one(log, journal, ring) -> None:
    write(log, journal, 2)
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 7))
    assert found(exported(log, ring), ring) == {("event_missing", "event w1/7")}


def test_the_last_row_removed_before_it_was_in_the_log_shows_by_the_beat(log, ring) -> None:
    execute(log, sa.delete(schema.events).where(EVENTS.seq == 6))
    assert found(exported(log, ring), ring) == {("tail_cut", "writer w1")}


def test_a_row_that_waits_and_was_changed_shows_with_the_ring_only(log, ring) -> None:
    lines = exported(log, ring)
    place = at(lines, "event")
    event = msgspec.json.decode(lines[place])["event"].replace("activated", "suspended")
    lines = ended(changed(lines, place, event=event), ring)
    assert found(lines, ring) == set()
    assert found_with_ring(lines, ring) == {("event_mac", "event w1/6")}


def test_an_event_that_the_log_left_out(log, ring) -> None:
    """The sequencer takes no event over a gap; a leaf moved to another number leaves one out."""
    execute(log, sa.update(schema.leaves).where(schema.leaves.c.seq == 3).values(seq=7))
    assert ("event_missing", "event w1/7") in found(exported(log, ring), ring)
    execute(
        log,
        sa.delete(schema.leaves).where(schema.leaves.c.index >= 3),
        sa.update(schema.leaves).where(schema.leaves.c.seq == 7).values(seq=5),
    )
    assert {("leaf_missing", "event w1/3"), ("leaf_missing", "event w1/4")} <= found(
        exported(log, ring), ring
    )


def test_a_body_that_is_no_text_any_more_is_written_out_all_the_same(log, ring) -> None:
    execute(log, sa.update(schema.events).where(EVENTS.seq == 2).values(body=b"\xff\xfe"))
    assert found(exported(log, ring), ring) == {
        ("leaf_hash", "leaf 1"),
        ("event_row", "event w1/2"),
    }


@pytest.mark.parametrize("kind", ["export", "leaf", "checkpoint", "writer", "event", "end"])
def test_a_line_taken_out_or_put_in_twice(log, ring, kind) -> None:
    lines = exported(log, ring)
    place = at(lines, kind)
    assert found([*lines[:place], *lines[place + 1 :]], ring)
    assert found([*lines[: place + 1], *lines[place:]], ring)


def test_a_gap_as_wide_as_numbers_go_is_counted_and_not_told_one_by_one(log, ring) -> None:
    lines = exported(log, ring)
    lines = ended(changed(lines, at(lines, "event"), seq=2**63 - 1), ring)
    report = examine(lines, NOW, reader_of(verifier_keys(ring)))
    assert len(report.findings) <= 1001
    assert report.omitted > 2**62


def test_several_writers_and_pages(node, journal, ring, monkeypatch) -> None:
    monkeypatch.setattr("identity.audit.verify.PAGE", 2)
    monkeypatch.setattr("identity.audit.rows.PAGE", 3)
    stores = [node() for _ in range(3)]
    for many in (1, 5, 2, 7):
        for store in stores:
            write(store, journal, many)
        sequence_once(stores[0], ring, NOW)
    for store in stores:
        write(store, journal)
        beat(store, journal)
    report = examine(exported(stores[0], ring), NOW, ring=ring)
    assert (report.findings, report.events, report.leaves) == ((), 48, 45)
    assert (report.checkpoints, report.writers, report.waiting) == (4, 3, 3)
