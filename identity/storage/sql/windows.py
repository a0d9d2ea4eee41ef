"""GCRA windows (`identity.storage.windows`), taken by one upsert however many there are.

The upsert's rows are in order of key, so that no two callers deadlock. A row that was refused is
locked all the same, so that what is read of it afterwards is what refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import sqlalchemy as sa

from identity.model import Exceeded, Spend
from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Parameters, Statement
from identity.storage.sql.port import Port, equal, prune
from identity.storage.sql.schema import windows
from identity.storage.windows import Ask, Window, asks, judged

_NOW = sa.bindparam("now", type_=sa.Double)
_WHICH = ("key", "limit_name")
_COLUMNS = (*_WHICH, "tat", "interval", "burst", "cap")
_UPSERT = """
INSERT INTO windows (key, limit_name, tat, interval, burst, cap) VALUES <rows>
ON CONFLICT (key, limit_name) DO UPDATE SET
    tat = CASE
        WHEN windows.tat > :now + excluded.cap THEN windows.tat
        WHEN CASE WHEN windows.tat > :now THEN windows.tat ELSE :now END + excluded.interval
            > :now + excluded.cap THEN :now + excluded.cap
        ELSE CASE WHEN windows.tat > :now THEN windows.tat ELSE :now END + excluded.interval
    END,
    interval = excluded.interval,
    burst = excluded.burst,
    cap = excluded.cap
WHERE CASE WHEN windows.tat > :now THEN windows.tat ELSE :now END
    + excluded.interval - excluded.burst - :now <= 0
RETURNING key, limit_name
"""
_TATS = "SELECT key, limit_name, tat FROM windows WHERE <rows>"


@lru_cache(maxsize=64)
def _reserve(count: int) -> Statement:
    """Build the upsert of `count` rows, as text: SQLAlchemy compiles a many-row one every time."""
    rows = (
        "(" + ", ".join(f":{name}_{number}" for name in _COLUMNS) + ")" for number in range(count)
    )
    return sa.text(_UPSERT.replace("<rows>", ", ".join(rows)))


@lru_cache(maxsize=64)
def _tats(count: int) -> Statement:
    """Build the query of `count` windows: one by one, because SQLite scans for a list of pairs."""
    rows = (f"key = :key_{number} AND limit_name = :limit_name_{number}" for number in range(count))
    return sa.text(_TATS.replace("<rows>", " OR ".join(rows)))


_REFUND = (
    sa.update(windows)
    .where(equal(windows, *_WHICH))
    .values(tat=windows.c.tat - sa.bindparam("spent", type_=sa.Double))
)
_PRUNE = prune(windows, windows.c.tat <= _NOW)


class Windows(Port):
    """The port `Windows` over SQL."""

    __slots__ = ()

    def reserve(self, spends: Iterable[Spend], now: float) -> Exceeded | None:
        """Take one request from every window, or from none: the first that is full is returned.

        First in the order given. A window named twice must have room for both.
        """
        asked = list(spends)
        wanted = asks(asked)
        # The upsert's first row of a window does not ask whether even an empty one has room.
        taken = self._take([ask for ask in wanted if ask.over(None, now) <= 0], now)
        if len(taken) == len(wanted):
            return None
        refused = [spend for spend in asked if (spend.key, spend.limit) not in taken]
        exceeded = self.look(refused, now)
        self._give_back([ask for ask in wanted if ask.window in taken])
        return exceeded

    def look(self, spends: Iterable[Spend], now: float) -> Exceeded | None:
        """Return what `reserve` would, and take nothing."""
        asked = list(spends)
        wanted = asks(asked)
        if not wanted:
            return None
        named = _parameters(_WHICH, [ask.window for ask in wanted])
        rows = self._connection.execute(_tats(len(wanted)), named)
        return judged(asked, {(key, limit): tat for key, limit, tat in rows}, now)

    def refund(self, spends: Iterable[Spend]) -> None:
        """Give back what `reserve` took."""
        self._give_back(asks(spends))

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget windows that are empty again; return how many."""
        return self._changed(_PRUNE, {"now": now, "limit": limit})

    def _take(self, wanted: Sequence[Ask], now: float) -> set[Window]:
        """Take from each window that has room; return which. The others stay as they were."""
        if not wanted:
            return set()
        rows = [
            (ask.key, ask.limit, ask.moved(None, now), ask.interval, ask.burst, ask.cap)
            for ask in wanted
        ]
        parameters = {"now": float(now)} | _parameters(_COLUMNS, rows)
        passed = self._connection.execute(_reserve(len(wanted)), parameters)
        return {(key, limit) for key, limit in passed}

    def _give_back(self, taken: Sequence[Ask]) -> None:
        if taken:
            rows = [
                {"at_key": ask.key, "at_limit_name": ask.limit, "spent": ask.interval}
                for ask in taken
            ]
            self._connection.execute(_REFUND, rows)


def _parameters(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Parameters:
    return {
        f"{name}_{number}": value
        for number, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }
