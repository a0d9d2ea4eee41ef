"""What was asked for work a moment ago, and is asked again without a question to the store.

A flood is mostly the same few keys. For a moment the answer to an attempt without work is repeated
from this process's memory, which is the safe side: nobody passes by it, and whoever brings work is
never looked up here. It holds so many keys and no more, the oldest go first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from identity.throttling.limits import Use

MOMENT = 1.0
"""Seconds a refusal is repeated: as much longer than it had to, somebody may be asked for work."""

MOST = 10_000
"""Keys that are remembered: some two megabytes."""


class Hot(NamedTuple):
    """A limit that asked for work, how hot it was, and until when that is believed."""

    limit: str
    heat: float
    until: float


class Refusals:
    """Remembers which keys ask for work. Safe to share between threads."""

    def __init__(self) -> None:
        self._hot: OrderedDict[Use, Hot] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, use: Use, heat: float, now: float) -> None:
        """Remember that this key asks for work."""
        with self._lock:
            self._hot[use] = Hot(use.limit, heat, now + MOMENT)
            self._hot.move_to_end(use)
            if len(self._hot) > MOST:
                self._hot.popitem(last=False)

    def found(self, uses: Iterable[Use], now: float) -> Hot | None:
        """Return the first of these keys that asked for work a moment ago."""
        with self._lock:
            hot = (self._hot.get(use) for use in uses)
            # A clock that was set back must not make a moment long.
            return next((each for each in hot if each and 0 < each.until - now <= MOMENT), None)

    def forget(self, uses: Iterable[Use]) -> None:
        """Ask the store again: something was given back."""
        with self._lock:
            for use in uses:
                self._hot.pop(use, None)
