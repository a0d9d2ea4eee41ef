"""Enrolments begun and not confirmed."""

from __future__ import annotations

import sqlalchemy as sa

from identity.model import Enrolment
from identity.storage.ports import PRUNED
from identity.storage.sql.port import Port, equal, fields, prune
from identity.storage.sql.schema import enrolments

_ADD = sa.insert(enrolments)
_GET = sa.select(enrolments).where(equal(enrolments, "id"))
_TAKE = sa.delete(enrolments).where(equal(enrolments, "id"))
_PRUNE = prune(enrolments, enrolments.c.expires_at < sa.bindparam("before"))


class Enrolments(Port):
    """The port `Enrolments` over SQL."""

    __slots__ = ()

    def add(self, enrolment: Enrolment) -> None:
        """Store it."""
        self._connection.execute(_ADD, fields(enrolment))

    def get(self, enrolment_id: str) -> Enrolment | None:
        """Return it, or None."""
        return self._one(Enrolment, _GET, {"at_id": enrolment_id})

    def take(self, enrolment_id: str) -> bool:
        """Delete it; exactly one of many concurrent callers gets True."""
        return self._changed(_TAKE, {"at_id": enrolment_id}) == 1

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget enrolments that expired before `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})
