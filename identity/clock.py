"""The only place that reads time. Everything else is given `now`, or a `Clock` at composition.

A `Clock` returns Unix time in seconds. Lab mode reads it from a file, so that a tester can walk
through a simulated year; the real service cannot be built with that one (see `settings`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from identity.errors import ClockError

Clock: TypeAlias = Callable[[], float]

DAY = 24 * 3600.0
"""Seconds of a day."""


def system() -> float:
    """Unix time in seconds, by the machine's clock."""
    return time.time()


def monotonic() -> float:
    """Seconds on a clock that never goes back: for durations and cache ages, never for dates."""
    return time.monotonic()


def from_file(path: Path) -> Clock:
    """A clock that says what `path` contains (Unix time in seconds). Lab mode only."""

    def read() -> float:
        try:
            return float(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise ClockError(f"lab clock {path}: must hold Unix time in seconds") from error

    return read
