"""The letters a customer of the lab gets: from the service's outbox folder, or an `inbox.json`.

A letter has `id`, `channel`, `to`, `subject` and `body`, as the service's folder carrier writes
it and the demo site shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from demo_client.lab.errors import LabError
from demo_client.lab.wire import Wire, stopwatch

Letter: TypeAlias = dict[str, Any]

PATIENCE = 20.0
"""Seconds until a letter counts as lost."""

PAUSE = 0.05


class Inbox(Protocol):
    """Somewhere letters arrive."""

    def new(self) -> Iterator[Letter]:
        """Yield the letters that were not yielded before."""


class Folder:
    """The folder that the service's demo carrier writes to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[Path] = set()

    def new(self) -> Iterator[Letter]:
        """Yield the letters that were not yielded before."""
        files = set(self._path.glob("*.json")) if self._path.is_dir() else set()
        for file in sorted(files - self._seen):
            self._seen.add(file)
            yield json.loads(file.read_text(encoding="utf-8"))


class Page:
    """An address that answers with a JSON list of letters, like the demo site's `/inbox.json`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._seen: set[str] = set()

    def new(self) -> Iterator[Letter]:
        """Yield the letters that were not yielded before, oldest first."""
        reply, _ = self._wire.call("GET", "", None, {})
        self._wire.close()
        if not isinstance(reply.body, list):
            raise LabError(f"the inbox answers {reply.status} and no list of letters")
        for letter in reversed(reply.body):
            if letter["id"] not in self._seen:
                self._seen.add(letter["id"])
                yield letter


class Postbox:
    """Hands each customer the letters that are for them, by address."""

    def __init__(self, inbox: Inbox, sleep: Callable[[float], None]) -> None:
        self._inbox = inbox
        self._sleep = sleep
        self._kept: dict[str, list[Letter]] = {}

    def empty(self, address: str) -> None:
        """Throw away what lies there for `address`: the next letter is a new one."""
        self._collect()
        self._kept.pop(address, None)

    def wait(self, address: str, find: Callable[[str], str | None]) -> str:
        """Wait for a letter in whose text `find` finds something, and return that.

        Raises `LabError` where none comes in time.
        """
        end = stopwatch() + PATIENCE
        while stopwatch() < end:
            self._collect()
            for letter in reversed(self._kept.pop(address, [])):
                if found := find(str(letter["body"])):
                    return found
            self._sleep(PAUSE)
        raise LabError(f"no letter came for {address} in {PATIENCE:.0f} s")

    def _collect(self) -> None:
        for letter in self._inbox.new():
            self._kept.setdefault(str(letter["to"]), []).append(letter)
