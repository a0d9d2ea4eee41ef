"""API clients, and the assertions they have used."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import Client
from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import variants
from identity.storage.sql.port import Port, equal, fields, prune
from identity.storage.sql.schema import assertions, clients

_ADD = sa.insert(clients)
_GET = sa.select(clients).where(equal(clients, "id"))
_LISTED = sa.select(clients).order_by(clients.c.created_at, clients.c.id)
_REVOKE = sa.update(clients).where(equal(clients, "id"), clients.c.revoked_at.is_(None))
_SPEND = variants(assertions, lambda insert: insert.on_conflict_do_nothing())
_PRUNE = prune(assertions, assertions.c.expires_at < sa.bindparam("before"))


class Clients(Port):
    """The port `Clients` over SQL."""

    __slots__ = ()

    def add(self, client: Client) -> None:
        """Store a new one."""
        self._connection.execute(_ADD, fields(client))

    def get(self, client_id: str) -> Client | None:
        """Return it, expired and revoked or not, or None."""
        return self._one(Client, _GET, {"at_id": client_id})

    def listed(self) -> Sequence[Client]:
        """Return every one, oldest first."""
        return self._all(Client, _LISTED, {})

    def revoke(self, client_id: str, at: float) -> bool:
        """Store its end; False where it has none such, or ended before."""
        return self._changed(_REVOKE, {"at_id": client_id, "revoked_at": at}) == 1

    def spend(self, client_id: str, jti: str, expires_at: float) -> bool:
        """Remember an assertion until it expires; one of many concurrent callers gets True."""
        used = {"client_id": client_id, "jti": jti, "expires_at": expires_at}
        return self._changed(self._variant(_SPEND), used) == 1

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget assertions that expired before `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})
