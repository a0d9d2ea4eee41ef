"""What is asked of windows, and the arithmetic that every store of them must do.

A window is its theoretical arrival time (`tat`, ITU-T I.371 annex A). A request passes where
`max(tat, now) + interval - burst - now <= 0`, and then `tat = max(tat, now) + interval`, but no
more than `now + cap` and never back. The order of these operations on doubles is the same here, in
SQL's statement, in Redis' script and in `throttling.gcra`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from identity.model import Exceeded, Spend

Window = tuple[str, str]
"""Which one: its key and its limit's name."""


class Ask(NamedTuple):
    """What is asked of one window, by everything in one reservation that names it."""

    key: str
    limit: str
    interval: float
    burst: float
    cap: float

    @property
    def window(self) -> Window:
        """Which window it is."""
        return self.key, self.limit

    def over(self, tat: float | None, now: float) -> float:
        """Return how many seconds too many would be owed; it passes where that is not above 0."""
        start = now if tat is None else max(tat, now)
        return start + self.interval - self.burst - now

    def moved(self, tat: float | None, now: float) -> float:
        """Return the window's `tat` once this was granted."""
        start = now if tat is None else max(tat, now)
        return max(start, min(start + self.interval, now + self.cap))


def asks(spends: Iterable[Spend]) -> list[Ask]:
    """Add up what is spent of each window, in order of key: so that no two callers deadlock."""
    key = attrgetter("key", "limit")
    grouped = ((named, list(group)) for named, group in groupby(sorted(spends, key=key), key))
    return [
        Ask(
            *named,
            float(sum(spend.interval for spend in group)),
            float(group[0].burst),
            float(group[0].cap),
        )
        for named, group in grouped
    ]


def first(spends: Iterable[Spend], full: Collection[Window]) -> Window | None:
    """Return the first window, in the order of `spends`, that is among the `full` ones."""
    return next((at for s in spends if (at := (s.key, s.limit)) in full), None)


def judged(spends: Sequence[Spend], tats: Mapping[Window, float], now: float) -> Exceeded | None:
    """Return what reserving `spends` would answer, where windows stand at `tats`."""
    over = {ask.window: ask.over(tats.get(ask.window), now) for ask in asks(spends)}
    full = first(spends, {window for window, wait in over.items() if wait > 0})
    return None if full is None else Exceeded(limit=full[1], retry_after=over[full])
