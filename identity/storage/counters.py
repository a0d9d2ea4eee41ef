"""The port behind which attempts are counted: windows, and marks that are forgotten with time.

Apart from `Store`, so that it can be another server: many nodes count in one place without writing
to the database for each try. Failure counts per authenticator do not belong here: they must never
be lost, and are always in the store (`Failures`). Whoever counts has a unit of work of the store
open and passes it, so that a counter store in the same database counts in it; the others take no
notice of it, and what they took stays taken where it is rolled back, which is the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from identity.model import Exceeded, Spend
from identity.storage.ports import Work


class Marked(NamedTuple):
    """How many different items a mark has now (at most its cap), and whether this one was new."""

    size: int
    new: bool


class Counters(Protocol):
    """Windows and marks. Every method raises `CountersUnavailable` where it cannot be reached."""

    def reserve(self, work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Take one request from every window, or from none: the first that is full is returned.

        Of parallel callers exactly as many pass as there is room for.
        """

    def refund(self, work: Work, spends: Sequence[Spend]) -> None:
        """Give back what `reserve` took."""

    def look(self, work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return what `reserve` would, and take nothing."""

    def mark(  # noqa: PLR0913, PLR0917  # each says what the mark is, and none has a default
        self, work: Work, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`, which keeps `cap` items at most, until `until`.

        A full set takes no more and answers that this one was new: whoever counts distinct things
        learns "many", and whoever forgives what was seen before forgives nothing it cannot know.
        Of parallel callers with one item exactly one is told that it is new. `until` moves a set's
        end forward, never back.
        """

    def forget(self, work: Work, key: str) -> None:
        """Drop the set named `key`."""

    def secret(self, work: Work, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name, the same for all nodes, kept here and nowhere else.

        Where there is none, or its time is over, it is `made` from now on, until `until`.
        """

    def sure(self, now: float) -> bool:
        """Whether what it counted before is still there; where not, more must be asked of all."""

    def prune(self, work: Work, now: float) -> int:
        """Forget what is empty or over; return how many."""

    def close(self) -> None:
        """Let go of every connection."""
