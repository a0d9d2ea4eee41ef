"""Write some events, as the services would."""

from __future__ import annotations

from identity.audit.events import AccountActivated
from identity.audit.record import Journal
from identity.storage.sql.store import SqlStore
from tests.identity.keys.sources import NOW


def write(store: SqlStore, journal: Journal, many: int = 1, now: float = NOW) -> None:
    """Write `many` events, each in a unit of work of its own and a millisecond after the last."""
    for number in range(many):
        with store.write() as work:
            event = AccountActivated(account_id=f"a{number}")
            journal.write(work, event, now + number / 1000)


def beat(store: SqlStore, journal: Journal, now: float = NOW, *, closed: bool = False) -> None:
    """Let the store's writers say how far they are."""
    said = journal.beats(store.writers(), now, closed=closed)
    with store.write() as work:
        work.events.beat(said)
