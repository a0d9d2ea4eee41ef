"""What was last read of sessions and tokens, believed for a short, stated time."""

from __future__ import annotations

from typing import NamedTuple

from identity import clock
from identity.sessions.service import SignedIn

LARGEST = 10_000
"""Sessions remembered at once; when there are more, all are forgotten and read again."""


class Pass(NamedTuple):
    """What a request shows to be let through: a session's secret, or a token for `audience`."""

    secret: str
    audience: str = ""

    def __repr__(self) -> str:
        return f"Pass(audience={self.audience!r})"


class _Read(NamedTuple):
    signed_in: SignedIn
    until: float
    satisfied: set[str]


class Memory:
    """What was read in the last `seconds`, by what was shown for it. Safe between threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._read: dict[Pass, _Read] = {}

    def recall(self, shown: Pass) -> SignedIn | None:
        """Return what was read of it, if that was a moment ago."""
        found = self._found(shown)
        return found.signed_in if found else None

    def satisfies(self, shown: Pass, operation: str) -> bool:
        """Whether what was read of it a moment ago was found enough for an operation."""
        found = self._found(shown)
        return found is not None and operation in found.satisfied

    def satisfied(self, shown: Pass, operation: str) -> None:
        """Remember that it was enough, as long as what was read is remembered."""
        found = self._found(shown)
        if found is not None:
            found.satisfied.add(operation)

    def keep(self, shown: Pass, signed_in: SignedIn, left: float | None = None) -> None:
        """Remember what was just read, no longer than the `left` seconds it is good for."""
        if len(self._read) >= LARGEST:
            self._read.clear()
        seconds = self._seconds if left is None else min(self._seconds, left)
        self._read[shown] = _Read(signed_in, clock.monotonic() + seconds, set())

    def _found(self, shown: Pass) -> _Read | None:
        found = self._read.get(shown)
        return None if found is None or clock.monotonic() > found.until else found
