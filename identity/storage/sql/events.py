"""Audit events, numbered per writer, and what writers say of themselves.

Clause: CC-18000.4.d
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from identity.errors import AuditUnavailable
from identity.model import EventRow, Writer
from identity.storage.sql.connection import Connection
from identity.storage.sql.dialect import FAILED, Insert, Statement, variants
from identity.storage.sql.live import LiveWriter
from identity.storage.sql.port import Port, equal, fields
from identity.storage.sql.schema import events, writers


def _beat(insert: Insert) -> Statement:
    said = {name: insert.excluded[name] for name in Writer.__struct_fields__ if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=said)


_APPEND = sa.insert(events)
_OF_ACCOUNT = (
    sa.select(events)
    .where(equal(events, "account_id"))
    .order_by(events.c.at_us.desc(), events.c.writer.desc(), events.c.seq.desc())
    .limit(sa.bindparam("limit"))
)
_GET = sa.select(events).where(equal(events, "writer", "seq"))
_AFTER = (
    sa.select(events)
    .where(equal(events, "writer"), events.c.seq > sa.bindparam("after"))
    .order_by(events.c.seq)
    .limit(sa.bindparam("limit"))
)
_BEAT = variants(writers, _beat)
_WRITERS = sa.select(writers).order_by(writers.c.id)


def _names() -> Statement:
    """Build the walk along the primary key from each writer to the next.

    Neither database does it for a DISTINCT: both would read every event.
    """
    first = sa.select(sa.func.min(events.c.writer).label("writer")).cte("names", recursive=True)
    following = sa.select(sa.func.min(events.c.writer)).where(events.c.writer > first.c.writer)
    step = sa.select(following.scalar_subquery()).where(first.c.writer.is_not(None))
    found = first.union_all(step)
    return sa.select(found.c.writer).where(found.c.writer.is_not(None))


_NAMES = _names()


class Events(Port):
    """The port `Events` over SQL. `written` counts what this unit of work has appended."""

    __slots__ = ("_writer", "written")

    def __init__(self, connection: Connection, writer: LiveWriter | None) -> None:
        super().__init__(connection)
        self._writer = writer
        self.written = 0

    def position(self) -> tuple[str, int]:
        """Return this connection's writer id and the number the next event gets (from 1).

        In a unit of work that only reads there is none: `RuntimeError`.
        """
        if self._writer is None:
            raise RuntimeError("a unit of work that only reads has no writer")
        return self._writer.id, self._writer.committed + self.written + 1

    def append(self, event: EventRow) -> None:
        """Store it; `event.seq` must be the number that `position` gave, else `ValueError`.

        Where it cannot be stored, `AuditUnavailable`, and the unit of work will not commit.
        Clause: CC-18000.4.d
        """
        if (event.writer, event.seq) != self.position():
            raise ValueError("an event must have the number that `position` gave")
        try:
            self._connection.execute(_APPEND, fields(event))
        except FAILED as error:
            raise AuditUnavailable(type(error).__name__) from error
        self.written += 1

    def of_account(self, account_id: str, limit: int = 100) -> Sequence[EventRow]:
        """Return the account's events, newest first."""
        return self._all(EventRow, _OF_ACCOUNT, {"at_account_id": account_id, "limit": limit})

    def get(self, writer: str, seq: int) -> EventRow | None:
        """Return one event, or None."""
        return self._one(EventRow, _GET, {"at_writer": writer, "at_seq": seq})

    def after(self, writer: str, seq: int, limit: int) -> Sequence[EventRow]:
        """Return a writer's events with a higher number, in order."""
        here = {"at_writer": writer, "after": seq, "limit": limit}
        return self._all(EventRow, _AFTER, here)

    def beat(self, writers: Iterable[Writer]) -> None:
        """Store what these writers say of themselves, replacing what they said before."""
        rows = [fields(writer) for writer in sorted(writers, key=lambda writer: writer.id)]
        if rows:
            self._connection.execute(self._variant(_BEAT), rows)

    def writers(self) -> Sequence[Writer]:
        """Return what every writer last said."""
        return self._all(Writer, _WRITERS, {})

    def names(self) -> Sequence[str]:
        """Return the id of every writer that has events, whether it said anything or not."""
        return self._connection.execute(_NAMES).scalars()
