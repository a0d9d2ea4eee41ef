"""What happens when the place where attempts are counted goes away: never open, never closed.

                 unreachable
    +--------+ -------------------> +------+   every caller is counted in this process, and work
    | COMMON |                      | LOST |   is asked of all but known devices (`sure` is False)
    +--------+ <------------------- +------+
                 `tend` reaches it

A dead server costs one wait for those who ask at that moment, and from then on one each second:
`tend`, on its own thread, is the only one that still tries. When it is back, and was emptied
meanwhile, it says so itself and stays unsure for as long as the longest window lasts; where it
was not, what was counted here during the loss is not carried over: it was paid for with work.

A reservation is given back where it was taken, or nowhere. Clause: CC-17010.j.g
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from identity.errors import CountersUnavailable
from identity.model import Exceeded, Spend
from identity.storage.counters import Counters, Marked, News, Taken
from identity.storage.ports import Work

T = TypeVar("T")

UNTOLD = 100
"""How much news is kept until somebody asks for it."""

_HERE = "here:"

_log = structlog.get_logger(__name__)


class Failover:
    """Counts in `common` while that can be reached, and in `local` while it cannot."""

    def __init__(self, common: Counters, local: Counters) -> None:
        self._common = common
        self._local = local
        self._lost = False
        self._news: deque[News] = deque(maxlen=UNTOLD)
        self._lock = threading.Lock()

    def reserve(self, work: Work, spends: Sequence[Spend], now: float) -> Taken | Exceeded:
        """Take one request from every window, or from none."""
        return self._either(
            lambda: self._common.reserve(work, spends, now),
            lambda: _here(self._local.reserve(work, spends, now)),
        )

    def refund(self, work: Work, taken: Taken) -> None:
        """Give back what `reserve` took, in the same place; lost with it otherwise."""
        if taken.where.startswith(_HERE):
            where = taken.where.removeprefix(_HERE)
            self._local.refund(work, taken._replace(where=where))
        else:
            self._either(lambda: self._common.refund(work, taken), lambda: None)

    def look(self, work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return how `reserve` would refuse, and take nothing."""
        return self._either(
            lambda: self._common.look(work, spends, now),
            lambda: self._local.look(work, spends, now),
        )

    def mark(  # noqa: PLR0913, PLR0917  # the port's
        self, work: Work, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`."""
        return self._either(
            lambda: self._common.mark(work, key, item, cap, until, now),
            lambda: self._local.mark(work, key, item, cap, until, now),
        )

    def forget(self, work: Work, key: str) -> None:
        """Drop the set named `key`; where the common place is lost it ends there by itself."""
        self._local.forget(work, key)
        self._either(lambda: self._common.forget(work, key), lambda: None)

    def secret(  # the port's
        self, work: Work, name: str, made: bytes, until: float, now: float
    ) -> bytes:
        """Return the secret of that name; this process's own while the common one is lost."""
        return self._either(
            lambda: self._common.secret(work, name, made, until, now),
            lambda: self._local.secret(work, name, made, until, now),
        )

    def sure(self, now: float) -> bool:
        """Whether the common place is there, and sure."""
        return not self._lost and self._common.sure(now)

    def tend(self, now: float) -> Sequence[News]:
        """Try the common place, whether it is lost or not; tell what happened since."""
        self._local.tend(now)
        try:
            news = self._common.tend(now)
        except CountersUnavailable as error:
            self._lose(error)
        else:
            self._find(news)
        with self._lock:
            told = list(self._news)
            self._news.clear()
        return told

    def close(self) -> None:
        """Let go of both."""
        self._common.close()
        self._local.close()

    def _either(self, common: Callable[[], T], local: Callable[[], T]) -> T:
        if not self._lost:
            try:
                return common()
            except CountersUnavailable as error:
                self._lose(error)
        return local()

    def _lose(self, error: CountersUnavailable) -> None:
        with self._lock:
            if self._lost:
                return
            self._lost = True
            self._news.append(News("lost", reason=str(error)))
        _log.error("counters_lost", reason=str(error))

    def _find(self, news: Sequence[News]) -> None:
        with self._lock:
            found = [News("returned")] if self._lost else []
            self._lost = False
            self._news.extend([*found, *news])
        if found:
            _log.warning("counters_returned")


def _here(taken: Taken | Exceeded) -> Taken | Exceeded:
    if isinstance(taken, Exceeded):
        return taken
    return taken._replace(where=f"{_HERE}{taken.where}")
