"""Attempts that were not looked at, counted: the count is the event.

A flood of them must not fill the disk, so none is written by itself. They are added up by limit
and network, and every few seconds each sum becomes one event. Beyond `MOST` networks at a time the
rest is summed under none. What is summed and not yet written is lost with the process; what was
verified never is.
"""

from __future__ import annotations

import threading

import msgspec

from identity.throttling.work import About


class Sum(msgspec.Struct, kw_only=True):
    """How many were blocked, when the first and the last. Unix seconds."""

    count: int
    first_at: float
    last_at: float


class Blocked:
    """Adds up, for whoever writes it down."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, str], Sum] = {}
        self._lock = threading.Lock()

    def count(self, reason: str, about: About, now: float) -> None:
        """Add one. `reason` is a limit's name, or ``work:`` and why work was asked."""
        key = (reason, about.purpose, about.prefix)
        with self._lock:
            found = self._sums.setdefault(key, Sum(count=0, first_at=now, last_at=now))
            found.count += 1
            found.last_at = now
