"""Counts by name that many threads add to, for `/metrics`."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping


class Tally:
    """Adds up. Names are those of our own tables, so that there are never many."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Add to one name."""
        with self._lock:
            self._counts[name] += count

    def told(self) -> Mapping[str, int]:
        """Return every count since the start."""
        with self._lock:
            return dict(self._counts)
