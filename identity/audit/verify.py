"""The whole log examined: every event, leaf, checkpoint and beat, each read once.

Memory does not grow with the log: a page of leaves, a page of each live writer's events, and the
right edge of the tree. A million events take some tens of seconds.

What it shows: no event was changed, moved, put in or taken out since it was written; the log holds
them in the order in which they were taken; every checkpoint signs this very log. A checkpoint row
taken out of the middle is not missed, because its neighbours sign the same leaves. What it cannot
show is in the package's description: keep a checkpoint elsewhere, and compare it with the report.

It works on a live store: it examines what was there when it began.
"""

from __future__ import annotations

from collections.abc import Iterator

from identity.audit.checkpoint import read
from identity.audit.findings import Notes, Report
from identity.audit.merkle import EMPTY_ROOT, leaf_hash
from identity.audit.reading import WriterReader
from identity.audit.record import beat_holds, microseconds
from identity.audit.subtrees import SubtreeReader
from identity.audit.tree import Tree
from identity.keys.ring import KeyRing
from identity.model import Checkpoint, Leaf, Writer
from identity.storage.ports import Log, Store, Work

PAGE = 1000
"""Rows of the log read at a time."""

_SILENT_US = 60 * 1_000_000  # a living writer beats every second
_WAITING_US = 60 * 1_000_000  # and the sequencer takes its events as often


def verify(store: Store, ring: KeyRing, now: float) -> Report:
    """Examine everything; nothing is written. Clause: CC-18000.4.d, CC-18000.5.k"""
    with store.read() as work:
        return _Examination(work, ring, microseconds(now)).report()


class _Examination:
    """One walk along the log, with one reader for each writer beside it."""

    def __init__(self, work: Work, ring: KeyRing, now_us: int) -> None:
        # The order matters on a live store: the size before the checkpoint, which then covers it;
        # both and the names before the beats, because no writer has an event before its first
        # beat; and the beats before the events, which then go at least as far.
        self._work = work
        self._ring = ring
        self._now_us = now_us
        self._notes = Notes()
        self._size = work.log.size()
        self._last = work.log.last_checkpoint()
        self._names = work.events.names()
        self._beats = {writer.id: writer for writer in work.events.writers()}
        self._readers: dict[str, WriterReader] = {}
        self._logged: dict[str, int] = {}
        self._tree = Tree(lambda note: read(note, ring), self._notes)
        self._subtrees = SubtreeReader(work.log, self._notes)

    def report(self) -> Report:
        """Walk, and tell."""
        end = self._last.size if self._last else 0
        leaves = self._walk(max(end, self._size))
        self._ends(end, leaves)
        writers = {*self._beats, *self._readers, *self._names}
        waiting = sum(self._writer(writer) for writer in sorted(writers))
        readers = self._readers.values()
        return Report(
            at_us=self._now_us,
            events=sum(reader.events for reader in readers),
            lab_events=sum(reader.lab_events for reader in readers),
            waiting=waiting,
            leaves=leaves,
            checkpoints=self._tree.heads,
            writers=len(self._readers),
            size=end,
            root=self._last.root if self._last else EMPTY_ROOT,
            findings=tuple(self._notes.findings),
            remarks=tuple(self._notes.remarks),
            omitted=self._notes.omitted,
        )

    def _walk(self, end: int) -> int:
        """Examine leaves and checkpoints side by side up to size `end`; return how many leaves."""
        heads = checkpoints(self._work.log, end)
        head = next(heads, None)
        for leaf in leaves(self._work.log, end):
            self._leaf(leaf)
            while head is not None and head.size <= self._tree.due:
                self._checkpoint(head)
                head = next(heads, None)
        while head is not None:
            self._checkpoint(head)
            head = next(heads, None)
        return self._tree.size

    def _leaf(self, leaf: Leaf) -> None:
        self._subtrees.compare(self._tree.leaf(leaf.index, leaf.hash))
        before = self._logged.get(leaf.writer, 0)
        if leaf.seq <= before:
            self._notes.find(
                "leaf_order", f"leaf {leaf.index}", "An event of this writer stands here again."
            )
            return
        self._logged[leaf.writer] = leaf.seq
        row = self._reader(leaf.writer).take(leaf.seq)
        if row is not None and leaf_hash(row.body) != leaf.hash:
            self._notes.find(
                "leaf_hash",
                f"leaf {leaf.index}",
                f"The log was built from another event {leaf.writer}/{leaf.seq} than is stored.",
            )

    def _checkpoint(self, checkpoint: Checkpoint) -> None:
        head = self._tree.head(checkpoint.size, checkpoint.note)
        row = (checkpoint.size, checkpoint.root, checkpoint.at_us)
        if head is not None and (head.size, head.root, head.at_us) != row:
            self._notes.find(
                "checkpoint_row",
                f"checkpoint {checkpoint.size}",
                "The row says something else than its note.",
            )

    def _ends(self, end: int, leaves: int) -> None:
        if leaves < end:
            self._notes.find(
                "log_cut", f"leaf {leaves}", f"A checkpoint signs {end} leaves; there are {leaves}."
            )
        if self._size > end:
            self._notes.find(
                "checkpoint_missing",
                f"checkpoint {self._size}",
                f"There are {self._size} leaves and the last checkpoint signs {end}.",
            )
        self._kept_ready()

    def _kept_ready(self) -> None:
        """Compare what the store keeps ready with the leaves, unless the log moved on since."""
        taken = self._work.log.taken()
        beyond = self._subtrees.beyond(self._tree.size)
        if self._work.log.size() != self._tree.size:
            return
        if beyond is not None:
            self._subtrees.superfluous(beyond)
        for writer in sorted(taken.keys() | self._logged.keys()):
            if taken.get(writer, 0) != self._logged.get(writer, 0):
                self._taken(writer, taken.get(writer, 0))

    def _taken(self, writer: str, seq: int) -> None:
        self._notes.find(
            "taken_row",
            f"writer {writer}",
            f"Events up to {seq} are said to be in the log, and "
            f"{self._logged.get(writer, 0)} is the last that is.",
        )

    def _writer(self, writer: str) -> int:
        """Examine what a writer wrote after its last leaf and said of itself; return the former."""
        reader = self._reader(writer)
        waiting, first_us = reader.rest()
        if waiting and self._now_us - first_us > _WAITING_US:
            self._notes.remark(
                "events_waiting",
                f"writer {writer}",
                f"{waiting} events are not in the log yet, the first for over a minute.",
            )
        beat = self._beats.get(writer)
        if beat is None:
            self._notes.find(
                "writer_missing", f"writer {writer}", "What it said of itself is gone."
            )
        else:
            self._beat(beat, reader.highest)
        return waiting

    def _beat(self, beat: Writer, highest: int) -> None:
        where = f"writer {beat.id}"
        if not beat_holds(self._ring, beat):
            self._notes.find("writer_mac", where, "This is not what it said of itself.")
        elif beat.seq > highest:
            self._notes.find(
                "tail_cut", where, f"It had written {beat.seq} events; the last there is {highest}."
            )
        if not beat.closed and self._now_us - beat.beat_us > _SILENT_US:
            self._notes.remark(
                "writer_silent",
                where,
                "It ended without a word: a crash looks like this, and so does a cut. "
                "Compare its last event with what else is known of that time.",
            )

    def _reader(self, writer: str) -> WriterReader:
        if writer not in self._readers:
            self._readers[writer] = WriterReader(writer, self._work.events, self._ring, self._notes)
        return self._readers[writer]


def leaves(log: Log, end: int) -> Iterator[Leaf]:
    """Yield the leaves up to `end`, in order, whether there are gaps between them or not."""
    start = 0
    while start < end and (page := log.leaves(start, min(PAGE, end - start))):
        yield from (leaf for leaf in page if leaf.index < end)
        start = page[-1].index + 1


def checkpoints(log: Log, end: int) -> Iterator[Checkpoint]:
    """Yield the heads up to size `end`, in order."""
    after = 0
    while page := log.checkpoints(after, PAGE):
        for checkpoint in page:
            if checkpoint.size > end:
                return
            yield checkpoint
        after = page[-1].size
