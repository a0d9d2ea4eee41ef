"""The port `Counters` in the store's own database: it counts in the caller's unit of work."""

from __future__ import annotations

from collections.abc import Sequence

from identity.model import Exceeded, Spend
from identity.storage.counters import Marked, News, Taken
from identity.storage.ports import Work


class SqlCounters:
    """Counts where everything else is kept, and is there whenever that is."""

    def reserve(self, work: Work, spends: Sequence[Spend], now: float) -> Taken | Exceeded:
        """Take one request from every window, or from none."""
        return work.windows.reserve(spends, now) or Taken(tuple(spends))

    def refund(self, work: Work, taken: Taken) -> None:
        """Give back what `reserve` took."""
        work.windows.refund(taken.spends)

    def look(self, work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return how `reserve` would refuse, and take nothing."""
        return work.windows.look(spends, now)

    def mark(  # noqa: PLR0913, PLR0917  # the port's
        self, work: Work, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`."""
        return Marked(*work.marks.add(key, item, cap, until, now))

    def forget(self, work: Work, key: str) -> None:
        """Drop the set named `key`."""
        work.marks.forget(key)

    def secret(  # the port's
        self, work: Work, name: str, made: bytes, until: float, now: float
    ) -> bytes:
        """Return the secret of that name."""
        return work.marks.secret(name, made, until, now)

    def sure(self, _now: float) -> bool:
        """Say yes: where this is lost, nobody can sign in anyway."""
        return True

    def tend(self, _now: float) -> Sequence[News]:
        """Do nothing: what is over is pruned with the rest of the store."""
        return ()

    def close(self) -> None:
        """Do nothing: the store is its owner's."""
