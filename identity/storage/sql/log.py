"""The Merkle log's leaves, the subtrees above them, and signed heads."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import Checkpoint, Leaf, Node
from identity.storage.sql.dialect import TRY_LOCK, Insert, Statement, variants
from identity.storage.sql.port import Port, equal, fields
from identity.storage.sql.schema import checkpoints, leaves, nodes, taken

SEQUENCER = 0x5345_5155_454E_4345
"""The sequencer's lock by number: the letters `SEQUENCE`. Locks are per database."""


def _taken(insert: Insert) -> Statement:
    return insert.on_conflict_do_update(
        index_elements=["writer"], set_={"seq": insert.excluded.seq}
    )


_SIZE = sa.select(sa.func.coalesce(sa.func.max(leaves.c.index) + 1, 0))
_TAKEN = sa.select(taken.c.writer, taken.c.seq)
_ADD_TAKEN = variants(taken, _taken)
_ADD_LEAF = sa.insert(leaves)
_LEAVES = (
    sa.select(leaves)
    .where(leaves.c.index >= sa.bindparam("start"))
    .order_by(leaves.c.index)
    .limit(sa.bindparam("limit"))
)
_ADD_NODE = sa.insert(nodes)
_NODES = (
    sa.select(nodes)
    .where(equal(nodes, "level"), nodes.c.index >= sa.bindparam("start"))
    .order_by(nodes.c.index)
    .limit(sa.bindparam("limit"))
)
_INDEX_OF = sa.select(leaves.c.index).where(equal(leaves, "writer", "seq"))
_ADD_CHECKPOINT = sa.insert(checkpoints)
_CHECKPOINT = sa.select(checkpoints).where(equal(checkpoints, "size"))
_LAST = sa.select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
_CHECKPOINTS = (
    sa.select(checkpoints)
    .where(checkpoints.c.size > sa.bindparam("after"))
    .order_by(checkpoints.c.size)
    .limit(sa.bindparam("limit"))
)


class Log(Port):
    """The port `Log` over SQL."""

    __slots__ = ()

    def lock(self) -> bool:
        """Become the only sequencer for this unit of work; False where another one is at it."""
        return bool(self._connection.scalar(self._variant(TRY_LOCK), {"key": SEQUENCER}))

    def size(self) -> int:
        """Return the number of leaves: one more than the last index."""
        return int(self._connection.execute(_SIZE).scalar_one())

    def taken(self) -> dict[str, int]:
        """Return, for every writer, the highest number taken into the log."""
        return {row.writer: row.seq for row in self._connection.execute(_TAKEN)}

    def append(self, leaves: Sequence[Leaf]) -> None:
        """Store leaves; indices must continue where the log ends, else `ValueError`."""
        size = self.size()
        if [leaf.index for leaf in leaves] != list(range(size, size + len(leaves))):
            raise ValueError(f"the log has {size} leaves, these do not continue it")
        if leaves:
            self._connection.execute(_ADD_LEAF, [fields(leaf) for leaf in leaves])
            last = {leaf.writer: leaf.seq for leaf in sorted(leaves, key=lambda leaf: leaf.seq)}
            rows = [{"writer": writer, "seq": seq} for writer, seq in sorted(last.items())]
            self._connection.execute(self._variant(_ADD_TAKEN), rows)

    def leaves(self, start: int, limit: int) -> Sequence[Leaf]:
        """Return leaves from index `start` on, in order."""
        return self._all(Leaf, _LEAVES, {"start": start, "limit": limit})

    def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Store the subtrees that new leaves completed, those above the leaves alone."""
        if nodes:
            self._connection.execute(_ADD_NODE, [fields(node) for node in nodes])

    def nodes(self, level: int, start: int, limit: int) -> Sequence[Node]:
        """Return a level's full subtrees from index `start` on, in order. Level 0: the leaves."""
        if level == 0:
            found = self.leaves(start, limit)
            return [Node(level=0, index=leaf.index, hash=leaf.hash) for leaf in found]
        return self._all(Node, _NODES, {"at_level": level, "start": start, "limit": limit})

    def index_of(self, writer: str, seq: int) -> int | None:
        """Return the index of an event, or None where it is not sequenced."""
        found: int | None = self._connection.scalar(_INDEX_OF, {"at_writer": writer, "at_seq": seq})
        return found

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Store a signed head. There is one for each size: a second one would be a fork."""
        self._connection.execute(_ADD_CHECKPOINT, fields(checkpoint))

    def checkpoint(self, size: int) -> Checkpoint | None:
        """Return the head with this size, or None."""
        return self._one(Checkpoint, _CHECKPOINT, {"at_size": size})

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the head with the largest size, or None."""
        return self._one(Checkpoint, _LAST, {})

    def checkpoints(self, after: int = 0, limit: int = 1000) -> Sequence[Checkpoint]:
        """Return heads with a size over `after`, in order of size."""
        return self._all(Checkpoint, _CHECKPOINTS, {"after": after, "limit": limit})
