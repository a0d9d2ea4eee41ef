"""The lab's time: a file that holds Unix time in seconds, which the service reads as its clock.

It stands still until a run needs it to go on, so that nothing expires by itself on a slow machine.
"""

from __future__ import annotations

from pathlib import Path

from demo_client.lab.errors import LabError

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class LabClock:
    """A clock in a file, moved by its one owner."""

    def __init__(self, file: Path, now: float) -> None:
        self._file = file
        self._now = now
        self.forward(0)

    @classmethod
    def taken_over(cls, file: Path) -> LabClock:
        """Take up a clock that somebody else set; `LabError` where the file holds no time."""
        try:
            return cls(file, float(file.read_text(encoding="ascii")))
        except (OSError, ValueError) as error:
            raise LabError(f"the clock {file}: {error}") from error

    def __call__(self) -> float:
        """Return the service's time."""
        return self._now

    def forward(self, seconds: float) -> None:
        """Move on; the service never sees half a number."""
        self._now += seconds
        draft = self._file.with_suffix(".draft")
        draft.write_text(repr(self._now), encoding="ascii")
        draft.replace(self._file)
