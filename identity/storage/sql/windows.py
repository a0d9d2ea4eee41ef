"""GCRA windows, taken by one upsert however many there are.

A window is its theoretical arrival time (`tat`, ITU-T I.371 annex A). A request passes where
`max(tat, now) + interval - burst - now <= 0`, and then `tat = max(tat, now) + interval`, but no
more than `now + cap` and never back. The order of these operations on doubles is the same here, in
the statement and in `throttling.gcra`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import sqlalchemy as sa

from identity.model import Exceeded, Spend
from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Parameters, Statement
from identity.storage.sql.port import Port, equal, prune
from identity.storage.sql.schema import windows

_NOW = sa.bindparam("now", type_=sa.Double)
_COLUMNS = ("key", "limit_name", "tat", "interval", "burst", "cap")
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


class _Ask(NamedTuple):
    """What is asked of one window; its statement would refuse to meet the same one twice."""

    key: str
    limit: str
    interval: float
    burst: float
    cap: float

    def row(self, number: int, now: float) -> Parameters:
        tat = min(now + self.interval, now + self.cap)
        values = (self.key, self.limit, tat, self.interval, self.burst, self.cap)
        return {f"{name}_{number}": value for name, value in zip(_COLUMNS, values, strict=True)}

    def fits(self, now: float) -> bool:
        """Whether an empty window has room: the upsert's first row does not ask."""
        return now + self.interval - self.burst - now <= 0


def _asks(spends: Iterable[Spend]) -> list[_Ask]:
    """Add up what is spent of each window, in order of key: so that no two callers deadlock."""
    key = attrgetter("key", "limit")
    grouped = ((named, list(group)) for named, group in groupby(sorted(spends, key=key), key))
    return [
        _Ask(
            *named,
            float(sum(spend.interval for spend in group)),
            float(group[0].burst),
            float(group[0].cap),
        )
        for named, group in grouped
    ]


@lru_cache(maxsize=64)
def _reserve(count: int) -> Statement:
    """Build the upsert of `count` rows, as text: SQLAlchemy compiles a many-row one every time."""
    rows = ", ".join(
        "(" + ", ".join(f":{name}_{number}" for name in _COLUMNS) + ")" for number in range(count)
    )
    return sa.text(_UPSERT.replace("<rows>", rows))


_HERE = equal(windows, "key", "limit_name")
_TAT = sa.select(windows.c.tat).where(_HERE)
_REFUND = (
    sa.update(windows)
    .where(_HERE)
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
        asks = _asks(asked)
        taken = self._take([ask for ask in asks if ask.fits(now)], now)
        if len(taken) == len(asks):
            return None
        full = next((s.key, s.limit) for s in asked if (s.key, s.limit) not in taken)
        exceeded = self._exceeded(next(ask for ask in asks if ask[:2] == full), now)
        self._give_back([ask for ask in asks if ask[:2] in taken])
        return exceeded

    def look(self, spends: Iterable[Spend], now: float) -> Exceeded | None:
        """Return what `reserve` would, and take nothing."""
        found = (self._exceeded(ask, now) for ask in _asks(spends))
        return next((exceeded for exceeded in found if exceeded.retry_after > 0), None)

    def refund(self, spends: Iterable[Spend]) -> None:
        """Give back what `reserve` took."""
        self._give_back(_asks(spends))

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget windows that are empty again; return how many."""
        return self._changed(_PRUNE, {"now": now, "limit": limit})

    def _take(self, asks: Sequence[_Ask], now: float) -> set[tuple[str, str]]:
        """Take from each window that has room; return which. The others stay as they were."""
        if not asks:
            return set()
        parameters: Parameters = {"now": float(now)}
        for number, ask in enumerate(asks):
            parameters |= ask.row(number, now)
        passed = self._connection.execute(_reserve(len(asks)), parameters)
        return {(row[0], row[1]) for row in passed}

    def _exceeded(self, ask: _Ask, now: float) -> Exceeded:
        """Say when `ask` would pass. Its row is still locked, so that the time is true."""
        tat = self._connection.scalar(_TAT, {"at_key": ask.key, "at_limit_name": ask.limit})
        start = now if tat is None else max(tat, now)
        return Exceeded(limit=ask.limit, retry_after=start + ask.interval - ask.burst - now)

    def _give_back(self, asks: Sequence[_Ask]) -> None:
        if asks:
            rows = [
                {"at_key": ask.key, "at_limit_name": ask.limit, "spent": ask.interval}
                for ask in asks
            ]
            self._connection.execute(_REFUND, rows)
