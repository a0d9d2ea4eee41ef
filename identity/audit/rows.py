"""One writer's events in order, a page at a time, with a look at the next one."""

from __future__ import annotations

from collections import deque

from identity.model import EventRow
from identity.storage.ports import Events

PAGE = 500
"""Rows of one writer held at a time."""


class Rows:
    """Reads what one writer wrote. `highest` is the number of the last event taken, 0 for none."""

    def __init__(self, writer: str, events: Events) -> None:
        self._writer = writer
        self._events = events
        self._page: deque[EventRow] = deque()
        self.highest = 0

    def ahead(self) -> EventRow | None:
        """Return the next event without taking it, or None at the end."""
        if not self._page:
            self._page.extend(self._events.after(self._writer, self.highest, PAGE))
        return self._page[0] if self._page else None

    def take(self) -> EventRow:
        """Take the event that `ahead` showed."""
        row = self._page.popleft()
        self.highest = row.seq
        return row
