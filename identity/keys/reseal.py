"""Everything sealed under the key now in use, while the service serves.

Each value is opened and sealed again in a unit of work of its own batch, by compare-and-swap like
any other change; what a customer is changing at this moment is passed over and done on the next
round. Whoever stops it in the middle starts it again: it finds what is left.

Whose a value is and by what name stands in its seal; the rooms that seal are `identity.gate.vault`
and `identity.outbox.letter`, and what is said here must be what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from identity.errors import SealBroken
from identity.keys.seal import Sealer
from identity.model import Sealed, SealedPlace
from identity.storage.ports import Store, Work

ROUNDS = 8
"""How often one run goes through everything."""

BATCH = 50
"""Values in one unit of work: on SQLite some five milliseconds of its one write lock."""


class _Named(NamedTuple):
    """What a seal is bound to beside its account: its kind, and the version before and after."""

    kind: str
    was: int = 0
    will: int = 0


class Resealer:
    """Seals anew. `broken` are the values that did not open: they stay as they are.

    `done` is called within each unit of work that sealed some of one place, with their number, so
    that it can record that.
    """

    def __init__(
        self, store: Store, sealer: Sealer, done: Callable[[Work, SealedPlace, int], object]
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._done = done
        self.broken: set[tuple[SealedPlace, str, str]] = set()

    def left(self) -> int:
        """Return how many values another key than the one in use has sealed."""
        header = self._sealer.header()
        with self._store.write() as work:
            places = [place for place in SealedPlace if place is not SealedPlace.CHALLENGE]
            return sum(work.seals.count(place, header) for place in places) + _pending(work, header)

    def run(self, told: Callable[[int], object]) -> int:
        """Seal anew until a round finds nothing more to do; return how many were.

        `told` is called with the number sealed in every batch. After `ROUNDS` it ends all the
        same: a busy node that is behind with its ring may make more than one command can take
        back, and `left` says so.
        """
        total = 0
        for _ in range(ROUNDS):
            done = sum(self._place(place, told) for place in SealedPlace)
            total += done
            if not done:
                break
        return total

    def _place(self, place: SealedPlace, told: Callable[[int], object]) -> int:
        """Go once through one place."""
        total, after = 0, ""
        while True:
            with self._store.write() as work:
                header = self._sealer.header()
                values = work.seals.stale(place, header, after, BATCH)
                done = sum(self._reseal(work, value, header) for value in values)
                if done:
                    self._done(work, place, done)
            if not values:
                return total
            told(done)
            total, after = total + done, values[-1].id

    def _reseal(self, work: Work, value: Sealed, header: bytes) -> bool:
        if value.sealed.startswith(header):
            return False
        name = _named(value)
        try:
            plain = self._sealer.open(
                value.sealed,
                account=value.account_id,
                kind=name.kind,
                name=value.id,
                version=name.was,
            )
        except SealBroken:
            self.broken.add((value.place, value.id, value.kind))
            return False
        sealed = self._sealer.seal(
            plain, account=value.account_id, kind=name.kind, name=value.id, version=name.will
        )
        return work.seals.put(value, sealed)


def _named(value: Sealed) -> _Named:
    match value.place:
        case SealedPlace.CREDENTIAL:
            return _Named(value.kind, value.version, value.version + 1)
        case SealedPlace.PROFILE:
            return _Named("profile")
        case SealedPlace.MESSAGE:
            return _Named("message", 1, 1)
        case SealedPlace.ENROLMENT | SealedPlace.CHALLENGE:
            return _Named(f"offer:{value.kind}")


def _pending(work: Work, header: bytes) -> int:
    total, after = 0, ""
    while values := work.seals.stale(SealedPlace.CHALLENGE, header, after):
        total += sum(not value.sealed.startswith(header) for value in values)
        after = values[-1].id
    return total
