"""Sessions of customers, found by id or by the hash of their secret."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import Session
from identity.storage.ports import PRUNED
from identity.storage.sql.port import Port, equal, fields, prune, swap, swapped
from identity.storage.sql.schema import sessions

_LIVE = equal(sessions, "account_id") & sessions.c.ended_at.is_(None)

_ADD = sa.insert(sessions)
_GET = sa.select(sessions).where(equal(sessions, "id"))
_BY_SECRET = sa.select(sessions).where(equal(sessions, "secret_hash"))
_SWAP = swap(sessions)
_OF = sa.select(sessions).where(_LIVE).order_by(sessions.c.created_at, sessions.c.id)
# the version rises too: whoever read a session before it was ended cannot write it back alive
_END_ALL = (
    sa.update(sessions)
    .where(_LIVE, sessions.c.id != sa.bindparam("but"))
    .values(version=sessions.c.version + 1)
)
_BEFORE = sa.bindparam("before", type_=sa.Double)
_PRUNE = prune(sessions, (sessions.c.expires_at < _BEFORE) | (sessions.c.ended_at < _BEFORE))


class Sessions(Port):
    """The port `Sessions` over SQL."""

    __slots__ = ()

    def add(self, session: Session) -> None:
        """Store a new one."""
        self._connection.execute(_ADD, fields(session))

    def get(self, session_id: str) -> Session | None:
        """Return it, ended or not, or None."""
        return self._one(Session, _GET, {"at_id": session_id})

    def by_secret(self, secret_hash: bytes) -> Session | None:
        """Return the session with this secret, ended or not, or None."""
        return self._one(Session, _BY_SECRET, {"at_secret_hash": secret_hash})

    def replace(self, session: Session) -> bool:
        """Swap the row whose version is `session.version`; False where it moved on."""
        return self._changed(_SWAP, swapped(session)) == 1

    def of(self, account_id: str) -> Sequence[Session]:
        """Return the account's sessions that have not ended, oldest first."""
        return self._all(Session, _OF, {"at_account_id": account_id})

    def end_all(self, account_id: str, at: float, but: str = "") -> int:
        """End the account's sessions but the one named; return how many."""
        here = {"at_account_id": account_id, "but": but}
        return self._changed(_END_ALL, here | {"ended_at": at})

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget sessions that ended or expired before `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})
