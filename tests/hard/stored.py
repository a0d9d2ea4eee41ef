"""What a deployment has stored, read beside its servers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from identity.audit.findings import Report
from identity.audit.record import decode
from identity.audit.verify import verify
from identity.keys.file import load
from identity.storage.ports import Store
from tests.hard.servers import Deployment

MANY = 100_000


class Stored:
    """One deployment's store."""

    def __init__(self, deployment: Deployment, store: Store) -> None:
        self._deployment = deployment
        self.store = store

    def counts(self, account: str) -> dict[tuple[str, str], int]:
        """Return an account's failures, by kind and bucket."""
        with self.store.read() as work:
            found = work.accounts.by_name(account)
            assert found is not None
            return work.failures.counts(found.id)

    def events(self, account: str) -> list[Any]:
        """Return an account's events, oldest first."""
        with self.store.read() as work:
            found = work.accounts.by_name(account)
            assert found is not None
            rows = work.events.of_account(found.id, MANY)
        return [decode(row.body).event for row in reversed(rows)]

    def sequenced(self) -> list[str]:
        """Return the kinds of all events, in the order of the log."""
        with self.store.read() as work:
            leaves = work.log.leaves(0, MANY)
            rows = [work.events.get(leaf.writer, leaf.seq) for leaf in leaves]
        return [row.kind for row in rows if row is not None]

    def lifecycle(self) -> Counter[str]:
        """Count how often the service started and stopped, by the log."""
        told = [kind for kind in self.sequenced() if kind.startswith("service:lifecycle:")]
        return Counter(kind.rpartition(":")[2] for kind in told)

    def writers_of(self, kind: str) -> set[str]:
        """Return the writers that wrote events of a kind."""
        with self.store.read() as work:
            pages = {name: work.events.after(name, 0, MANY) for name in work.events.names()}
        return {name for name, rows in pages.items() if any(row.kind == kind for row in rows)}

    def examined(self) -> Report:
        """Examine the audit log."""
        ring = load(self._deployment.root / "keys.json")
        return verify(self.store, ring, self._deployment.clock())
