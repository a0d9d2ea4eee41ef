"""The port behind which attempts are counted: windows, and marks that are forgotten with time.

Apart from `Store`, so that it can be another server: many nodes count in one place without writing
to the database for each try. Failure counts per authenticator do not belong here: they must never
be lost, and are always in the store (`Failures`). Whoever counts has a unit of work of the store
open and passes it, so that a counter store in the same database counts in it; the others take no
notice of it, and what they took stays taken where it is rolled back, which is the safe side.

In one unit of work reserve once, and mark in an order that is the same for all: in the same
database rows are locked until it ends, and two who lock them crosswise wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from identity.model import Exceeded, Spend
from identity.storage.ports import Work


class Marked(NamedTuple):
    """How many different items a mark has now (at most its cap), and whether this one was new."""

    size: int
    new: bool


class Taken(NamedTuple):
    """What `reserve` took. `where` is the counter store's own word for the place it took it from.

    A place that lost its memory is another place afterwards: nothing is given back there.
    """

    spends: tuple[Spend, ...]
    where: str = ""


class News(NamedTuple):
    """What became of a counter store. `until` (Unix seconds) says how long it is not sure.

    `reason` is the name of what went wrong, "" where nothing did.
    """

    what: Literal["lost", "emptied", "returned"]
    reason: str = ""
    until: float = 0.0


class Counters(Protocol):
    """Windows and marks. Every method raises `CountersUnavailable` where it cannot be reached."""

    def reserve(self, work: Work, spends: Sequence[Spend], now: float) -> Taken | Exceeded:
        """Take one request from every window, or from none: the first that is full is returned.

        First in the order given. Of parallel callers exactly as many pass as there is room for.
        """

    def refund(self, work: Work, taken: Taken) -> None:
        """Give back what `reserve` took."""

    def look(self, work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return how `reserve` would refuse, None where it would not, and take nothing."""

    def mark(  # noqa: PLR0913, PLR0917  # each says what the mark is, and none has a default
        self, work: Work, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`, which keeps `cap` items at most.

        An item is kept until its `until`, which naming it again moves forward, never back. A full
        set takes no more and answers that this one was new: whoever counts distinct things learns
        "many", and whoever forgives what was seen before forgives nothing it cannot know. Of
        parallel callers with one item exactly one is told that it is new; parallel callers with
        many items may overfill a set by as many as they are.
        """

    def forget(self, work: Work, key: str) -> None:
        """Drop the set named `key`."""

    def secret(self, work: Work, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name, the same for all nodes, kept here and nowhere else.

        Where there is none, or its time is over, it is `made` from now on, until `until`.
        """

    def sure(self, now: float) -> bool:
        """Whether what it counted before is still there; where not, more must be asked of all.

        Answers from memory, and asks nobody.
        """

    def tend(self, now: float) -> Sequence[News]:
        """See whether all is well, forget what is over, and tell what happened since the last time.

        Called every second by a thread of its own (`identity.throttling.watch`).
        """

    def close(self) -> None:
        """Let go of every connection."""
