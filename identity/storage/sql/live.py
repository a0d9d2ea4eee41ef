"""The writers of this process: a connection that writes is one, from its birth to its end.

A writer's number advances when a COMMIT is known to have succeeded, never before. A connection
whose COMMIT has an unknown outcome is given up, and its successor is another writer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from identity.storage.sql.connection import Connection

_INFO = "writer"


@dataclass(slots=True, kw_only=True)
class LiveWriter:
    """A connection as a writer: its `id` and the number of its last committed event (0: none)."""

    id: str
    committed: int = 0


class LiveWriters:
    """Every live writer of one engine. Safe to ask from any thread."""

    def __init__(self, engine: sa.Engine, writer_id: Callable[[], str]) -> None:
        self._writer_id = writer_id
        self._live: dict[str, LiveWriter] = {}
        self._lock = threading.Lock()
        event.listen(engine, "connect", self._born)
        event.listen(engine, "close", self._ended)

    def listed(self) -> list[tuple[str, int]]:
        """Return each live writer's id and the number of its last committed event."""
        with self._lock:
            return [(writer.id, writer.committed) for writer in self._live.values()]

    def _born(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        writer = LiveWriter(id=self._writer_id())
        entry.info[_INFO] = writer
        with self._lock:
            self._live[writer.id] = writer

    def _ended(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        writer = entry.info.pop(_INFO, None)
        if writer is not None:  # None: the connection broke before it was a writer
            with self._lock:
                self._live.pop(writer.id, None)


def writer_of(connection: Connection) -> LiveWriter:
    """Return the writer that `connection` is; `KeyError` where it only reads."""
    writer: LiveWriter = connection.info[_INFO]
    return writer
