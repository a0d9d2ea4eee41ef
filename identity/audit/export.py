"""Writes the log out, as `archive` describes it: what is stored as it is stored, unexamined.

It streams: memory does not grow with the log. It works on a live store and tells what was there
when it began, in the order in which `verify` reads it and for the same reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from msgspec.structs import asdict

from identity.audit.archive import Ending, InLog, Line, Opening, Outside, Said, Signed, encode, told
from identity.audit.checkpoint import origin_of, verifier_keys
from identity.audit.record import microseconds
from identity.audit.rows import Rows
from identity.audit.verify import checkpoints, leaves
from identity.keys.ring import KeyRing
from identity.model import Checkpoint, Leaf
from identity.storage.ports import Store, Work


def export(store: Store, ring: KeyRing, to: BinaryIO, now: float) -> Ending:
    """Write the whole log to a file that is open for bytes; return its last line.

    Of the ring only public keys are written.
    """
    seen = {InLog: 0, Outside: 0, Signed: 0, Said: 0}
    digest = hashlib.sha256()
    with store.read() as work:
        for line in _lines(work, ring, now):
            encoded = encode(line)
            digest.update(encoded)
            to.write(encoded)
            if type(line) in seen:
                seen[type(line)] += 1
    ending = Ending(
        leaves=seen[InLog],
        events=seen[Outside],
        checkpoints=seen[Signed],
        writers=seen[Said],
        sha256=digest.digest(),
    )
    to.write(encode(ending))
    return ending


def _lines(work: Work, ring: KeyRing, now: float) -> Iterator[Line]:
    yield Opening(at_us=microseconds(now), origin=origin_of(ring), keys=verifier_keys(ring))
    size = work.log.size()
    last = work.log.last_checkpoint()
    names = work.events.names()
    beats = work.events.writers()
    walk = _Walk(work)
    yield from walk.log(max(size, last.size if last else 0))
    for writer in sorted({*names, *(beat.id for beat in beats)}):
        yield from walk.rest(writer)
    for beat in beats:
        yield Said(**asdict(beat))


class _Walk:
    """One walk along the log, with one reader for each writer beside it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows: dict[str, Rows] = {}

    def log(self, end: int) -> Iterator[Line]:
        """Yield leaves and checkpoints up to size `end`, and events that the log passed over."""
        heads = checkpoints(self._work.log, end)
        head = next(heads, None)
        for leaf in leaves(self._work.log, end):
            yield from self._leaf(leaf)
            while head is not None and head.size <= leaf.index + 1:
                yield _signed(head)
                head = next(heads, None)
        while head is not None:
            yield _signed(head)
            head = next(heads, None)

    def rest(self, writer: str) -> Iterator[Line]:
        """Yield what a writer wrote after its last leaf."""
        rows = self._of(writer)
        while rows.ahead() is not None:
            yield Outside(**told(rows.take()))

    def _leaf(self, leaf: Leaf) -> Iterator[Line]:
        rows = self._of(leaf.writer)
        while (row := rows.ahead()) is not None and row.seq < leaf.seq:
            yield Outside(**told(rows.take()))
        if row is None or row.seq > leaf.seq:
            yield InLog(index=leaf.index, hash=leaf.hash, writer=leaf.writer, seq=leaf.seq)
        else:
            yield InLog(index=leaf.index, hash=leaf.hash, **told(rows.take()))

    def _of(self, writer: str) -> Rows:
        if writer not in self._rows:
            self._rows[writer] = Rows(writer, self._work.events)
        return self._rows[writer]


def _signed(head: Checkpoint) -> Signed:
    return Signed(size=head.size, note=head.note.decode("utf-8", "replace"))
