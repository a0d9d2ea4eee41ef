"""Small sets and secrets that are forgotten with time.

An item is a row, and so is a secret, so that of many who write it one is first: whoever comes
second waits for the first one's unit of work, and is told what is there then.
"""

from __future__ import annotations

import sqlalchemy as sa

from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Insert, Statement, variants
from identity.storage.sql.port import Port, equal, prune
from identity.storage.sql.schema import marks, secrets

_NOW = sa.bindparam("now", type_=sa.Double)


def _add(insert: Insert) -> Statement:
    """Build the upsert of one item: a row comes back where it is new, or was over."""
    return insert.on_conflict_do_update(
        index_elements=("name", "item"),
        set_={"expires_at": insert.excluded.expires_at},
        where=marks.c.expires_at <= _NOW,
    ).returning(marks.c.name)


def _make(insert: Insert) -> Statement:
    """Build the upsert of a secret: it comes back where it is the one in force from now on."""
    return insert.on_conflict_do_update(
        index_elements=("name",),
        set_={"value": insert.excluded.value, "expires_at": insert.excluded.expires_at},
        where=secrets.c.expires_at <= _NOW,
    ).returning(secrets.c.value)


_HERE = equal(marks, "name", "item")
_ADD = variants(marks, _add)
_MAKE = variants(secrets, _make)
_HELD = sa.select(
    sa.func.count().label("size"),
    sa.func.max(sa.case((marks.c.item == sa.bindparam("at_item"), marks.c.expires_at))).label(
        "until"
    ),
).where(equal(marks, "name"), marks.c.expires_at > _NOW)
_EXTEND = (
    sa.update(marks)
    .where(_HERE, marks.c.expires_at < sa.bindparam("until", type_=sa.Double))
    .values(expires_at=sa.bindparam("until", type_=sa.Double))
)
_FORGET = sa.delete(marks).where(equal(marks, "name"))
_SECRET = sa.select(secrets.c.value).where(equal(secrets, "name"), secrets.c.expires_at > _NOW)
_PRUNE = prune(marks, marks.c.expires_at <= _NOW)
_PRUNE_SECRETS = prune(secrets, secrets.c.expires_at <= _NOW)


class Marks(Port):
    """The port `Marks` over SQL."""

    __slots__ = ()

    def add(  # the port's
        self, name: str, item: bytes, cap: int, until: float, now: float
    ) -> tuple[int, bool]:
        """Add `item` to the set, which keeps `cap` at most; return its size, and whether new."""
        here = {"at_name": name, "at_item": item}
        size, held_until = self._connection.execute(_HELD, here | {"now": now}).one_or_none()
        if held_until is not None:
            if held_until < until:
                self._connection.execute(_EXTEND, here | {"until": until})
            return size, False
        if size >= cap:
            return cap, True
        row = {"name": name, "item": item, "expires_at": until}
        added = self._connection.execute(self._variant(_ADD), row | {"now": now})
        return size + 1, added.one_or_none() is not None

    def forget(self, name: str) -> None:
        """Drop the set."""
        self._connection.execute(_FORGET, {"at_name": name})

    def secret(self, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name; where there is none, or it is over, it is `made`."""
        here = {"at_name": name, "now": now}
        held = self._connection.scalar(_SECRET, here)
        if held is None:
            row = {"name": name, "value": made, "expires_at": until, "now": now}
            held = self._connection.scalar(self._variant(_MAKE), row)
        if held is None:  # somebody else's was there first
            held = self._connection.scalar(_SECRET, here)
        return bytes(held)

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget items and secrets whose time is over; return how many."""
        over = {"now": now, "limit": limit}
        return self._changed(_PRUNE, over) + self._changed(_PRUNE_SECRETS, over)
