"""The log's full subtrees as the store has them: what proofs and a cold start are made from."""

from __future__ import annotations

from collections import deque

from identity.audit.findings import Notes
from identity.audit.merkle import Full
from identity.errors import AuditUnavailable
from identity.model import Node
from identity.storage.ports import Log

PAGE = 1000
"""Rows of one level read at a time."""


class LogBroken(AuditUnavailable):
    """The log is not what its last checkpoint says: nothing more is signed or proved over it."""


def stored(log: Log) -> Full:
    """Return the reader of the log's subtrees, which raises `LogBroken` where one is gone."""

    def full(level: int, index: int) -> bytes:
        found = log.nodes(level, index, 1)
        if not found or found[0].index != index:
            raise LogBroken(f"the log has no subtree {index} of level {level}")
        return found[0].hash

    return full


class SubtreeReader:
    """Compares what the store has with what the leaves give, up to the first that differs."""

    def __init__(self, log: Log, notes: Notes) -> None:
        self._log = log
        self._notes = notes
        self._pages: dict[int, deque[Node]] = {}
        self._holds = True

    def compare(self, completed: list[Node]) -> None:
        """Compare the subtrees that one leaf completed."""
        for node in completed:
            if self._holds and self._take(node.level, node.index) != node:
                self._differs(
                    node.level, node.index, "The log's leaves give another hash than this."
                )

    def beyond(self, size: int) -> Node | None:
        """Return a subtree that `size` leaves do not have, or None."""
        for level in range(1, size.bit_length() + 2):
            found = self._log.nodes(level, size >> level, 1)
            if found:
                return found[0]
        return None

    def superfluous(self, node: Node) -> None:
        """Note what `beyond` found."""
        self._differs(node.level, node.index, "The log has no such leaves.")

    def _take(self, level: int, index: int) -> Node | None:
        page = self._pages.setdefault(level, deque())
        if not page:
            page.extend(self._log.nodes(level, index, PAGE))
        return page.popleft() if page else None

    def _differs(self, level: int, index: int, sentence: str) -> None:
        if self._holds:
            where = f"subtree {index} of level {level}"
            self._notes.find("subtree", where, f"{sentence} Others are not compared.")
        self._holds = False
