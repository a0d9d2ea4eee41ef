"""The ring of a service that runs: it follows its file.

Keys come and go while the service runs, without a restart. A change is noticed by a look at the
file every other second, and at once where something turns up that no key here opens: another node
may have seen the new key first. A file that has become unreadable is an alarm and no outage: the
keys in hand stay in use.
"""

from __future__ import annotations

import threading
from pathlib import Path

from identity.clock import Clock
from identity.keys.file import load
from identity.keys.ring import Key, KeyRing, Purpose, ordered
from identity.periodic import Periodic

INTERVAL = 2.0
"""Seconds between two looks at the file."""


class LiveRing(KeyRing):
    """A ring over the file at `path`, which must be there; else as `file.load` raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen = self._mark()
        super().__init__(load(path).every())

    def get(self, purpose: Purpose, key_id: str) -> Key | None:
        """Return one key, or None where the file does not hold it either."""
        found = super().get(purpose, key_id)
        if found is None:
            self.refresh()  # nothing to take may mean that another thread took it just now
            found = super().get(purpose, key_id)
        return found

    def reload(self) -> bool:
        """Take the keys that are in the file now; True where it was changed."""
        with self._lock:
            mark = self._mark()
            if mark == self._seen:
                return False
            self._keys = ordered(load(self._path).every())
            self._seen = mark
            return True

    def _mark(self) -> tuple[int, int, int, int]:
        """Return what is another for another file, and for this one once it was written to."""
        status = self._path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode


class RingWatch(Periodic):
    """The thread that looks at the file."""

    def __init__(self, ring: KeyRing, clock: Clock, interval: float = INTERVAL) -> None:
        super().__init__("keys", lambda _: ring.reload(), clock, interval)
