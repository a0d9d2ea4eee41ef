"""Small sets that are forgotten with time: an item is a row, so that one of many is first."""

from __future__ import annotations

import sqlalchemy as sa

from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Insert, Statement, variants
from identity.storage.sql.port import Port, equal, prune
from identity.storage.sql.schema import marks

_NOW = sa.bindparam("now", type_=sa.Double)


def _add(insert: Insert) -> Statement:
    """Build the upsert of one item: a row comes back where it is new, or was over."""
    return insert.on_conflict_do_update(
        index_elements=("name", "item"),
        set_={"expires_at": insert.excluded.expires_at},
        where=marks.c.expires_at <= _NOW,
    ).returning(marks.c.name)


_ADD = variants(marks, _add)
_COUNT = (
    sa.select(sa.func.count())
    .select_from(marks)
    .where(equal(marks, "name"), marks.c.expires_at > _NOW)
)
_HAS = _COUNT.where(equal(marks, "item"))
_SECRET = sa.select(marks.c.item).where(equal(marks, "name"), marks.c.expires_at > _NOW)
_FORGET = sa.delete(marks).where(equal(marks, "name"))
_PRUNE = prune(marks, marks.c.expires_at <= _NOW)


class Marks(Port):
    """The port `Marks` over SQL."""

    __slots__ = ()

    def add(  # noqa: PLR0913, PLR0917  # the port's
        self, name: str, item: bytes, cap: int, until: float, now: float
    ) -> tuple[int, bool]:
        """Add `item` to the set, which keeps `cap` at most; return its size, and whether new."""
        here = {"at_name": name, "now": now}
        count = self._connection.scalar(_COUNT, here)
        if count >= cap:
            held = self._connection.scalar(_HAS, here | {"at_item": item})
            return count, not held
        row = {"name": name, "item": item, "expires_at": until}
        added = self._connection.execute(self._variant(_ADD), row | {"now": now})
        new = added.one_or_none() is not None
        return count + new, new

    def forget(self, name: str) -> None:
        """Drop the set."""
        self._connection.execute(_FORGET, {"at_name": name})

    def secret(self, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name; where there is none, or it is over, it is `made`."""
        held = self._connection.scalar(_SECRET, {"at_name": name, "now": now})
        if held is not None:
            return bytes(held)
        self.forget(name)
        self.add(name, made, 1, until, now)
        return made

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget items whose time is over; return how many."""
        return self._changed(_PRUNE, {"now": now, "limit": limit})
