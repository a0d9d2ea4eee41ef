"""Small sets and secrets in this process, a bounded number of items for each kind of set.

A kind is what a set's name begins with, up to the colon. Where a kind has no room left, a set of
one item answers that it was not new, because such a set says what was used up; a larger one
answers that it is full.
"""

from __future__ import annotations

from collections import defaultdict

from identity.storage.counters import Marked
from identity.storage.memory.rooms import Room

Item = tuple[str, bytes]


class Marks:
    """At most `most` items of each kind. Not for two threads at once."""

    def __init__(self, most: int) -> None:
        self._rooms: defaultdict[str, Room[Item]] = defaultdict(lambda: Room(most))
        self._sets: defaultdict[str, set[bytes]] = defaultdict(set)
        self._secrets: dict[str, tuple[bytes, float]] = {}

    @property
    def full(self) -> bool:
        """Whether some kind has no room for a new item."""
        return any(room.full for room in self._rooms.values())

    def add(
        self, name: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:  # the port's
        """Add `item` to the set, which keeps `cap` at most."""
        self.sweep(now)
        room, size = self._room(name), len(self._sets.get(name, ()))
        held = room.get((name, item))
        if held is not None:
            room.put((name, item), max(held, until))
            return Marked(size, new=False)
        if size >= cap:
            return Marked(cap, new=True)
        if until > now and not room.put((name, item), until):
            return Marked(cap, new=cap > 1)
        if until > now:
            self._sets[name].add(item)
        return Marked(size + 1, new=True)

    def forget(self, name: str) -> None:
        """Drop the set."""
        for item in self._sets.pop(name, ()):
            self._room(name).drop((name, item))

    def secret(self, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name; where there is none, or it is over, it is `made`."""
        held, ends = self._secrets.get(name, (made, now))
        if ends > now:
            return held
        self._secrets[name] = made, until
        return made

    def sweep(self, now: float) -> None:
        """Forget items whose time is over."""
        for room in self._rooms.values():
            for name, item in room.sweep(now):
                self._sets[name].discard(item)
                if not self._sets[name]:
                    del self._sets[name]

    def _room(self, name: str) -> Room[Item]:
        return self._rooms[name.partition(":")[0]]
