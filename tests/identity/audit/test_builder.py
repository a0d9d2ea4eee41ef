"""Every event goes into the log once, in its writer's order, under a checkpoint that signs it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from identity.audit.builder import LogBroken, LogBuilder, sequence_once
from identity.audit.checkpoint import read
from identity.audit.merkle import leaf_hash, root_of
from identity.errors import StoreUnavailable
from identity.storage.sql import schema
from tests.identity.audit.writing import beat, write
from tests.identity.keys.sources import NOW


def leaves(store):
    with store.read() as work:
        return work.log.leaves(0, 999)


def checkpoints(store):
    with store.read() as work:
        return work.log.checkpoints()


def execute(store, statement) -> None:
    with store._writing.begin() as connection:
        connection.execute(statement)


def test_new_events_become_leaves_and_one_signed_head(store, journal, ring) -> None:
    write(store, journal, 3)
    assert sequence_once(store, ring, NOW) == 3
    with store.read() as work:
        events = work.events.after("w1", 0, 9)
    assert [(leaf.index, leaf.writer, leaf.seq) for leaf in leaves(store)] == [
        (0, "w1", 1),
        (1, "w1", 2),
        (2, "w1", 3),
    ]
    assert [leaf.hash for leaf in leaves(store)] == [leaf_hash(event.body) for event in events]
    [checkpoint] = checkpoints(store)
    head = read(checkpoint.note, ring)
    assert head.root == checkpoint.root == root_of(leaf.hash for leaf in leaves(store))
    assert (head.size, head.at_us) == (3, 1_767_225_600_000_000)


def test_without_new_events_nothing_is_signed(store, journal, ring) -> None:
    builder = LogBuilder(store, ring)
    assert builder.step(NOW) == 0
    write(store, journal)
    assert [builder.step(NOW), builder.step(NOW)] == [1, 0]
    assert len(checkpoints(store)) == 1


def test_events_of_several_writers_stand_in_order_of_time_and_of_writer(
    node, journal, ring
) -> None:
    one, two = node(), node()
    write(two, journal, 2, NOW + 5)
    write(one, journal, 2, NOW)
    write(two, journal, 1, NOW - 5)  # its clock was set back: its own order counts more
    sequence_once(one, ring, NOW)
    assert [(leaf.writer, leaf.seq) for leaf in leaves(one)] == [
        ("w2", 1),
        ("w2", 2),
        ("w1", 1),
        ("w1", 2),
        ("w1", 3),
    ]


def test_nodes_that_take_turns_build_one_log(node, journal, ring) -> None:
    one, two = node(), node()
    builders = [LogBuilder(one, ring), LogBuilder(two, ring)]
    for turn in range(6):
        write(one, journal)
        write(two, journal)
        assert builders[turn % 2].step(NOW) == 2
    sizes = [checkpoint.size for checkpoint in checkpoints(one)]
    hashes = [leaf.hash for leaf in leaves(one)]
    assert sizes == [2, 4, 6, 8, 10, 12]
    assert [c.root for c in checkpoints(one)] == [root_of(hashes[:size]) for size in sizes]


def test_a_step_that_is_rolled_back_is_done_again(store, journal, ring) -> None:
    builder = LogBuilder(store, ring)
    write(store, journal, 2)
    # no checkpoint can be stored for a time beyond all times
    with pytest.raises((OverflowError, StoreUnavailable)):
        builder.step(1e300)
    assert leaves(store) == []
    assert builder.step(NOW) == 2
    assert [checkpoint.size for checkpoint in checkpoints(store)] == [2]


def test_nothing_is_taken_beyond_a_gap(store, journal, ring) -> None:
    write(store, journal, 4)
    execute(store, sa.delete(schema.events).where(schema.events.c.seq == 3))
    assert sequence_once(store, ring, NOW) == 2


def test_a_writer_long_silent_is_still_taken_in_on_a_cold_start(store, journal, ring) -> None:
    builder = LogBuilder(store, ring)
    write(store, journal)
    builder.step(NOW)
    write(store, journal)  # and its process dies before the next beat
    assert builder.step(NOW + 7200) == 0
    assert LogBuilder(store, ring).step(NOW + 7200) == 1


def test_what_was_written_after_the_last_word_is_taken_in(store, journal, ring) -> None:
    builder = LogBuilder(store, ring)
    write(store, journal)
    beat(store, journal, closed=True)
    builder.step(NOW)
    write(store, journal)
    assert builder.step(NOW + 1) == 1


def test_more_than_a_batch_is_taken_in_several_steps(store, journal, ring, monkeypatch) -> None:
    monkeypatch.setattr("identity.audit.builder.BATCH", 4)
    monkeypatch.setattr("identity.audit.builder.PAGE", 3)
    write(store, journal, 10)
    builder = LogBuilder(store, ring)
    assert [builder.step(NOW) for _ in range(4)] == [4, 4, 2, 0]
    assert LogBuilder(store, ring).step(NOW) == 0


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(schema.leaves).where(schema.leaves.c.index == 2).values(hash=b"x" * 32),
        sa.update(schema.nodes).values(hash=b"x" * 32),
        sa.delete(schema.nodes),
        sa.delete(schema.leaves).where(schema.leaves.c.index == 2),
        sa.delete(schema.checkpoints),
        sa.update(schema.checkpoints).values(note=b"nothing"),
    ],
    ids=[
        "leaf changed",
        "subtree changed",
        "subtree gone",
        "last leaf gone",
        "checkpoint gone",
        "note changed",
    ],
)
def test_nothing_more_is_signed_over_a_log_that_was_tampered_with(
    store, journal, ring, damage
) -> None:
    write(store, journal, 3)
    sequence_once(store, ring, NOW)
    execute(store, damage)
    write(store, journal)
    with pytest.raises(LogBroken):
        sequence_once(store, ring, NOW)
