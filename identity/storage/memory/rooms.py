"""A bounded memory of things that end: what is over goes first, and what has not ended never does.

A flood must not push out what it would like to be forgotten, so a room that is full takes nothing
new until something in it has ended.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Generic, TypeVar

K = TypeVar("K")


class Room(Generic[K]):
    """At most `most` things, each with the time when it ends. Not for two threads at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ends: dict[K, float] = {}
        # When to look at a thing: its end as it was. By then it may end later, or be gone.
        self._looks: list[tuple[float, K]] = []

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def full(self) -> bool:
        """Whether nothing new is taken, unless something is swept out."""
        return len(self._ends) >= self._most

    def get(self, key: K) -> float | None:
        """Return when it ends, None where it is not here."""
        return self._ends.get(key)

    def put(self, key: K, end: float) -> bool:
        """Keep it until `end`; False where there is no room."""
        if key not in self._ends:
            if self.full:
                return False
            heapq.heappush(self._looks, (end, key))
        self._ends[key] = end
        return True

    def drop(self, key: K) -> None:
        """Let go of it."""
        self._ends.pop(key, None)

    def sweep(self, now: float) -> Sequence[K]:
        """Let go of what is over; return it."""
        gone = []
        while self._looks and self._looks[0][0] <= now:
            _, key = heapq.heappop(self._looks)
            end = self._ends.get(key)
            if end is not None and end > now:
                heapq.heappush(self._looks, (end, key))
            elif end is not None:
                del self._ends[key]
                gone.append(key)
        return gone
