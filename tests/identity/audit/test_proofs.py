"""A proof holds for what it says, under its checkpoint, and for nothing else."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from identity.audit.builder import LogBuilder
from identity.audit.checkpoint import reader_of, verifier_keys
from identity.audit.proofs import check, decode, prove, prove_growth
from identity.audit.subtrees import LogBroken
from identity.errors import Unknown
from identity.keys.ring import generate_ring
from identity.storage.sql import schema
from tests.identity.audit.writing import write
from tests.identity.keys.sources import NOW, stream

SIZES = (1, 2, 5, 6, 13)


@pytest.fixture
def log(store, journal, ring):
    """Thirteen events under five checkpoints, and one that waits."""
    builder, before = LogBuilder(store, ring), 0
    for size in SIZES:
        write(store, journal, size - before)
        builder.step(NOW)
        before = size
    write(store, journal)
    return store


@pytest.fixture
def reader(ring):
    return reader_of(verifier_keys(ring))


def through_a_file(proof):
    return decode(msgspec.json.encode(proof))


@pytest.mark.clause("CC-18000.4.d")
def test_every_event_under_every_checkpoint_that_has_it(log, reader) -> None:
    with log.read() as work:
        for size in SIZES:
            for seq in range(1, size + 1):
                proof = through_a_file(prove(work, "w1", seq, size))
                head = check(proof, reader)
                assert (proof.index, proof.size, head.size) == (seq - 1, size, size)
                assert f'"seq":{seq},' in proof.event
        assert prove(work, "w1", 3).size == SIZES[-1]


@pytest.mark.clause("CC-18000.4.d")
def test_every_growth_from_every_size(log, reader) -> None:
    with log.read() as work:
        for size in SIZES:
            for old in range(1, size + 1):
                proof = through_a_file(prove_growth(work.log, old, size))
                assert check(proof, reader).size == size
                assert bool(proof.old_checkpoint) == (old in SIZES)


def test_a_growth_is_from_the_checkpoint_that_was_kept(log, reader) -> None:
    with log.read() as work:
        kept, other = work.log.checkpoint(5).note, work.log.checkpoint(6).note
        proof = prove_growth(work.log, 5)
    assert proof.old_checkpoint.encode() == kept
    assert check(proof, reader, kept)
    assert not check(proof, reader, other)
    assert not check(proof, reader, b"nothing")


repeated = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@repeated
@given(data=st.data())
def test_no_bit_of_a_proof_can_be_changed(log, reader, data) -> None:
    with log.read() as work:
        made = data.draw(st.sampled_from([prove(work, "w1", 7), prove_growth(work.log, 5)]))
    made = replace(made, old_checkpoint="") if hasattr(made, "old_checkpoint") else made
    encoded = bytearray(msgspec.json.encode(made))
    bit = data.draw(st.integers(0, len(encoded) * 8 - 1))
    encoded[bit // 8] ^= 1 << bit % 8
    proof = decode(bytes(encoded))
    assert proof is None or proof == made or check(proof, reader) is None


def test_it_holds_under_our_keys_only(log, ring) -> None:
    other = reader_of(verifier_keys(generate_ring(NOW, stream("other"))))
    with log.read() as work:
        assert check(prove(work, "w1", 1), other) is None
        assert check(prove_growth(work.log, 5), other) is None


@pytest.mark.parametrize(
    ("writer", "seq", "size"), [("w1", 14, 0), ("w1", 6, 5), ("w2", 1, 0), ("w1", 1, 3)]
)
def test_what_is_not_in_the_log_cannot_be_proved(log, writer, seq, size) -> None:
    with log.read() as work, pytest.raises(Unknown):
        prove(work, writer, seq, size)


@pytest.mark.parametrize(("old", "size"), [(0, 0), (14, 0), (-1, 0), (6, 5), (1, 3)])
def test_what_never_was_cannot_be_proved(log, old, size) -> None:
    with log.read() as work, pytest.raises(Unknown):
        prove_growth(work.log, old, size)


def test_an_empty_log_proves_nothing(store) -> None:
    with store.read() as work, pytest.raises(Unknown):
        prove_growth(work.log, 1)


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(schema.events).where(schema.events.c.seq == 3).values(body=b"{}"),
        sa.update(schema.leaves).where(schema.leaves.c.index == 3).values(hash=b"x" * 32),
        sa.update(schema.nodes).where(schema.nodes.c.level == 1).values(hash=b"x" * 32),
        sa.delete(schema.nodes),
    ],
    ids=["event", "leaf beside it", "subtrees", "no subtrees"],
)
def test_over_what_was_tampered_with_no_proof_is_made(log, damage) -> None:
    with log._writing.begin() as connection:
        connection.execute(damage)
    with log.read() as work, pytest.raises(LogBroken):
        prove(work, "w1", 3)


def test_junk_is_no_proof() -> None:
    for junk in (b"", b"\xff", b"{}", b'{"type":"inclusion"}', b"[1]"):
        assert decode(junk) is None
