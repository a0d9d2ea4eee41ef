"""Login transactions, replaced by compare-and-swap."""

from __future__ import annotations

import sqlalchemy as sa

from identity.model import LoginTransaction
from identity.storage.ports import PRUNED
from identity.storage.sql.port import Port, equal, fields, prune, swap, swapped
from identity.storage.sql.schema import logins

_ADD = sa.insert(logins)
_GET = sa.select(logins).where(equal(logins, "id"))
_SWAP = swap(logins)
_PRUNE = prune(logins, logins.c.expires_at < sa.bindparam("before"))


class Logins(Port):
    """The port `Logins` over SQL."""

    __slots__ = ()

    def add(self, transaction: LoginTransaction) -> None:
        """Store a new one."""
        self._connection.execute(_ADD, fields(transaction))

    def get(self, transaction_id: str) -> LoginTransaction | None:
        """Return it, or None."""
        return self._one(LoginTransaction, _GET, {"at_id": transaction_id})

    def replace(self, transaction: LoginTransaction) -> bool:
        """Swap the row whose version is `transaction.version`; False where it moved on."""
        return self._changed(_SWAP, swapped(transaction)) == 1

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget transactions that expired before `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})
