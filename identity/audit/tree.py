"""The tree that an examination grows, leaf by leaf, beside the heads that sign it."""

from __future__ import annotations

from identity.audit.checkpoint import Head, Reader
from identity.audit.findings import Notes
from identity.audit.merkle import Frontier
from identity.model import Node


class Tree:
    """Grows, and notes what does not fit. `size` leaves were seen, `heads` checkpoints."""

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self._reader = reader
        self._notes = notes
        self._frontier = Frontier()
        self._due = 0  # the index that comes next
        self._holds = True
        self.heads = 0

    @property
    def size(self) -> int:
        """Return how many leaves there were."""
        return self._frontier.size

    @property
    def due(self) -> int:
        """Return the index after the last leaf's."""
        return self._due

    def leaf(self, index: int, leaf: bytes) -> list[Node]:
        """Add a leaf by its hash; return the subtrees that it completes."""
        if index != self._due:
            self._notes.find("leaf_gap", f"leaf {self._due}", "The log has no such leaf any more.")
        self._due = index + 1
        return self._frontier.append(leaf)

    def head(self, size: int, note: bytes) -> Head | None:
        """Compare a checkpoint with the leaves so far; return what it says where it is signed."""
        self.heads += 1
        where = f"checkpoint {size}"
        head = self._reader(note)
        if head is None:
            self._notes.find("checkpoint_signature", where, "No key of ours signed this.")
        elif self._holds:
            self._compare(head, where)
        return head

    def _compare(self, head: Head, where: str) -> None:
        self._holds = (head.size, head.root) == (self._frontier.size, self._frontier.root())
        if not self._holds:
            self._notes.find(
                "checkpoint_root",
                where,
                "The leaves up to here are not those that were signed; "
                "later checkpoints are not compared.",
            )
