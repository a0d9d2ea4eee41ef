"""One step of the log: from what the writers wrote to leaves and a signed checkpoint.

Cost: one look at each writer that was heard of in the last hour, and for every new event two
inserts (its leaf, and on average one subtree that is complete with it) and about one hash, however
long the log is. The right edge of the tree is kept between steps; a cold start takes it from the
stored subtrees, one read a level. Where another node was at it, only the leaves it added are read.

That the edge is the true one is shown by the last checkpoint, which signs its root: what is signed
next grows from exactly what was signed before. Whether the leaves further down were changed since
is for `verify` to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import merge

from identity.audit.checkpoint import Head, origin_of, read, sign
from identity.audit.merkle import Frontier, frontier_at, leaf_hash
from identity.audit.record import microseconds
from identity.audit.subtrees import LogBroken, stored
from identity.keys.ring import KeyRing, Purpose
from identity.model import Checkpoint, EventRow, Leaf, Node
from identity.storage.ports import Log, Store, Work

PAGE = 1000
"""Rows read at a time."""

BATCH = 2000
"""Events of one writer taken in one step, so that no step holds the store's lock for long."""

# A writer that says nothing for so long is looked at on a cold start only. One that said it ends is
# no different: its last events may have come between its last word and the end of its connection.
_SILENT_US = 3600 * 1_000_000


class LogBuilder:
    """Builds the log and remembers where it stands. For one thread at a time."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring
        self._frontier = Frontier()
        self._taken: dict[str, int] = {}
        self._taken_size: int | None = None  # the size of the log that `_taken` tells of

    def step(self, now: float) -> int:
        """Take new events into the log and return how many; 0 where another node is at it.

        Raises `LogBroken` where leaves or checkpoints were tampered with, and `StoreUnavailable`.
        """
        with self._store.write() as work:
            if not work.log.lock():
                return 0
            frontier = self._edge(work.log)
            _check_head(work.log, self._ring, frontier)
            taken = self._taken_by(work.log, frontier.size)
            leaves, nodes = self._grown(work, frontier, taken, microseconds(now))
            if leaves:
                work.log.append(leaves)
                work.log.add_nodes(nodes)
                work.log.add_checkpoint(self._checkpoint(frontier, microseconds(now)))
        # Only what is committed is remembered.
        self._frontier, self._taken_size = frontier, frontier.size
        self._taken = taken | {leaf.writer: leaf.seq for leaf in leaves}
        return len(leaves)

    def _edge(self, log: Log) -> Frontier:
        """Return the right edge of the log as it is stored now."""
        if self._taken_size is None:
            return frontier_at(stored(log), log.size())
        return _extended(self._frontier.copy(), log)

    def _taken_by(self, log: Log, size: int) -> dict[str, int]:
        return self._taken if size == self._taken_size else dict(log.taken())

    def _grown(
        self, work: Work, frontier: Frontier, taken: dict[str, int], now_us: int
    ) -> tuple[list[Leaf], list[Node]]:
        """Grow the edge by every new event; return the leaves and the subtrees they complete."""
        runs = [
            _run(work, writer, taken.get(writer, 0))
            for writer in self._writers(work, taken, now_us)
        ]
        leaves, nodes = [], []
        for row in merge(*runs, key=lambda row: row.at_us):  # a writer's own order is kept
            leaf = leaf_hash(row.body)
            leaves.append(Leaf(index=frontier.size, writer=row.writer, seq=row.seq, hash=leaf))
            nodes += frontier.append(leaf)
        return leaves, nodes

    def _writers(self, work: Work, taken: dict[str, int], now_us: int) -> Iterable[str]:
        """Name the writers that may have something new: all of them on a cold start."""
        for writer in work.events.writers():
            awake = now_us - writer.beat_us < _SILENT_US
            if awake or self._taken_size is None or writer.seq > taken.get(writer.id, 0):
                yield writer.id

    def _checkpoint(self, frontier: Frontier, at_us: int) -> Checkpoint:
        head = Head(size=frontier.size, root=frontier.root(), at_us=at_us)
        note = sign(head, self._ring.current(Purpose.CHECKPOINT), origin_of(self._ring))
        return Checkpoint(size=head.size, root=head.root, at_us=at_us, note=note)


def sequence_once(store: Store, ring: KeyRing, now: float) -> int:
    """Take every new event into the log, from a cold start; return how many.

    For a command that runs once; `LogBuilder` is for what runs again and again.
    """
    builder = LogBuilder(store, ring)
    total = 0
    while taken := builder.step(now):
        total += taken
    return total


def _run(work: Work, writer: str, taken: int) -> Sequence[EventRow]:
    """Return the writer's events after `taken`, up to the first gap: `verify` tells of the gap."""
    rows = work.events.after(writer, taken, BATCH)
    whole = next(
        (at for at, row in enumerate(rows) if row.seq != taken + 1 + at),
        len(rows),
    )
    return rows[:whole]


def _extended(frontier: Frontier, log: Log) -> Frontier:
    """Add the leaves the frontier has not seen, checking that they go on where it ends."""
    while leaves := log.leaves(frontier.size, PAGE):
        for leaf in leaves:
            if leaf.index != frontier.size:
                raise LogBroken(f"the log has no leaf {frontier.size}")
            frontier.append(leaf.hash)
    return frontier


def _check_head(log: Log, ring: KeyRing, frontier: Frontier) -> None:
    """Refuse to go on from a log that its own last checkpoint does not bear out."""
    last = log.last_checkpoint()
    if last is None:
        if frontier.size:
            raise LogBroken("the log has leaves and no checkpoint")
        return
    head = read(last.note, ring)
    if head is None or (head.size, head.root) != (frontier.size, frontier.root()):
        raise LogBroken(f"the log of {frontier.size} leaves is not the one its checkpoint signs")
