"""Windows in this process, a bounded number for each limit.

Where a limit's room is full of windows that are not empty, every key without one shares a window
with all others of that limit: nobody is waved through, and nobody's own window is pushed out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from identity.model import Exceeded, Spend
from identity.storage.memory.rooms import Room
from identity.storage.windows import Window, asks, judged


class Windows:
    """At most `most` windows of each limit, and one more. Not for two threads at once."""

    def __init__(self, most: int) -> None:
        self._rooms: defaultdict[str, Room[str]] = defaultdict(lambda: Room(most))
        self._shared: dict[str, float] = {}

    @property
    def full(self) -> bool:
        """Whether some limit has no room for a new key."""
        return any(room.full for room in self._rooms.values())

    def reserve(self, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Take one request from every window, or from none: the first that is full is returned."""
        exceeded = self.look(spends, now)
        if exceeded is None:
            for ask in asks(spends):
                self._set(ask.window, ask.moved(self._tat(ask.window, now), now))
        return exceeded

    def look(self, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return what `reserve` would, and take nothing."""
        held = {ask.window: self._tat(ask.window, now) for ask in asks(spends)}
        return judged(spends, {at: tat for at, tat in held.items() if tat is not None}, now)

    def refund(self, spends: Sequence[Spend]) -> None:
        """Give back what `reserve` took, where the window is still there."""
        for ask in asks(spends):
            tat = self._rooms[ask.limit].get(ask.key)
            if tat is not None:
                self._set(ask.window, tat - ask.interval)

    def sweep(self, now: float) -> None:
        """Forget windows that are empty again."""
        for room in self._rooms.values():
            room.sweep(now)

    def _tat(self, window: Window, now: float) -> float | None:
        """Return where a window stands; the shared one's where it has no room of its own."""
        key, limit = window
        room = self._rooms[limit]
        found = room.get(key)
        if found is None and room.full:
            room.sweep(now)
            return self._shared.get(limit) if room.full else None
        return found

    def _set(self, window: Window, tat: float) -> None:
        key, limit = window
        if not self._rooms[limit].put(key, tat):
            self._shared[limit] = tat
