"""Proofs about one event and about the log's growth, as files that check without the service.

A proof is one JSON object. Hashes are base64, `checkpoint` is a signed note as it was stored:

    {"v":1,"type":"inclusion","writer":…,"seq":…,"index":…,"event":"{…}",
     "size":…,"hashes":[…],"checkpoint":"…"}
    {"v":1,"type":"consistency","old_size":…,"old_root":…,"old_checkpoint":"…",
     "size":…,"hashes":[…],"checkpoint":"…"}

`event` is the body of the event as text: SHA-256 over a zero byte and it is the leaf's hash. The
mathematics is that of RFC 9162 sections 2.1.3 and 2.1.4; at a million events a proof holds some
twenty hashes, and making it takes about twice as many reads.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from identity.audit.checkpoint import Head, Reader
from identity.audit.merkle import (
    consistency_holds,
    consistency_proof,
    frontier_at,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
)
from identity.audit.reading import decoded
from identity.audit.subtrees import LogBroken, stored
from identity.errors import Unknown
from identity.model import Checkpoint
from identity.storage.ports import Log, Work


class Inclusion(msgspec.Struct, frozen=True, kw_only=True, tag="inclusion"):
    """This event stands in the log at `index`, and `checkpoint` signs the log that has it."""

    v: Literal[1] = 1
    writer: str
    seq: int
    index: int
    event: str
    size: int
    hashes: tuple[bytes, ...]
    checkpoint: str


class Consistency(msgspec.Struct, frozen=True, kw_only=True, tag="consistency"):
    """The log that `checkpoint` signs begins with the whole log that had `old_root`.

    `old_checkpoint` is the note of that size where the store has one, else "".
    """

    v: Literal[1] = 1
    old_size: int
    old_root: bytes
    old_checkpoint: str
    size: int
    hashes: tuple[bytes, ...]
    checkpoint: str


Proof: TypeAlias = Inclusion | Consistency

_decoder = msgspec.json.Decoder(Proof)


def prove(work: Work, writer: str, seq: int, size: int = 0) -> Inclusion:
    """Prove that an event is in the log, under the head of `size` leaves or the last one (0).

    Raises `Unknown` where there is no such event in the log or no such head, and `LogBroken` where
    no proof can hold, because the event or the log was changed.
    """
    row, index = work.events.get(writer, seq), work.log.index_of(writer, seq)
    if row is None or index is None:
        raise Unknown(f"there is no event {writer}/{seq} in the log")
    head = _head(work.log, size)
    if index >= head.size:
        raise Unknown(f"event {writer}/{seq} came after the head of {head.size} leaves")
    hashes = inclusion_proof(stored(work.log), head.size, index)
    if not inclusion_holds(leaf_hash(row.body), index, head.size, hashes, head.root):
        raise LogBroken(f"event {writer}/{seq} is not the one that was taken into the log")
    return Inclusion(
        writer=writer,
        seq=seq,
        index=index,
        event=row.body.decode(),
        size=head.size,
        hashes=tuple(hashes),
        checkpoint=head.note.decode(),
    )


def prove_growth(log: Log, old_size: int, size: int = 0) -> Consistency:
    """Prove that the log of `size` leaves (0: the last head's) grew from its first `old_size`.

    Raises as `prove` does.
    """
    head = _head(log, size)
    if not 0 < old_size <= head.size:
        raise Unknown(f"the log of {head.size} leaves was never one of {old_size}")
    full, old = stored(log), log.checkpoint(old_size)
    hashes = consistency_proof(full, head.size, old_size)
    old_root = frontier_at(full, old_size).root()
    if not consistency_holds(old_size, head.size, hashes, old_root, head.root):
        raise LogBroken(f"the log of {head.size} leaves is not the one that was signed")
    return Consistency(
        old_size=old_size,
        old_root=old_root,
        old_checkpoint="" if old is None else old.note.decode(),
        size=head.size,
        hashes=tuple(hashes),
        checkpoint=head.note.decode(),
    )


def decode(proof: bytes) -> Proof | None:
    """Return the proof in a file, or None where it is none."""
    try:
        found: Proof = _decoder.decode(proof)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found


def check(proof: Proof, reader: Reader, kept: bytes | None = None) -> Head | None:
    """Return the head that the proof holds under, or None where it does not hold.

    `kept` is the note of an older checkpoint that was kept elsewhere: the growth must be from
    exactly that one. Without it, the growth is from whatever had the root that the proof names.
    """
    head = reader(proof.checkpoint.encode())
    if head is None or head.size != proof.size:
        return None
    if isinstance(proof, Inclusion):
        holds = kept is None and _included(proof, head)
    else:
        holds = _grown(proof, head) and (kept is None or _from(proof, reader(kept)))
    return head if holds else None


def _included(proof: Inclusion, head: Head) -> bool:
    said = decoded(proof.event.encode())
    leaf = leaf_hash(proof.event.encode())
    return (
        said is not None
        and (said.writer, said.seq) == (proof.writer, proof.seq)
        and inclusion_holds(leaf, proof.index, head.size, proof.hashes, head.root)
    )


def _grown(proof: Consistency, head: Head) -> bool:
    return consistency_holds(proof.old_size, head.size, proof.hashes, proof.old_root, head.root)


def _from(proof: Consistency, old: Head | None) -> bool:
    return old is not None and (old.size, old.root) == (proof.old_size, proof.old_root)


def _head(log: Log, size: int) -> Checkpoint:
    head = log.checkpoint(size) if size else log.last_checkpoint()
    if head is None:
        raise Unknown("there is no such checkpoint")
    return head
