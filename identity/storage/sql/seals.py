"""Everything that is sealed, by the key that sealed it.

A seal begins with nine bytes of format and key id (see `identity.keys.seal`), which both databases
can compare. Challenges of logins are packed, several in a row, and are looked into here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from identity.model import Sealed, SealedPlace
from identity.storage.sql.port import Port, equal
from identity.storage.sql.schema import (
    STAND_IN,
    accounts,
    credential_versions,
    credentials,
    enrolments,
    logins,
    outbox,
)

_HEADER = 9  # bytes


def _begins_otherwise(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    header = sa.bindparam("header", type_=sa.LargeBinary)
    return sa.func.substr(column, 1, _HEADER, type_=sa.LargeBinary) != header


def _stale(
    table: sa.Table, sealed: sa.Column[Any], account: sa.Column[Any], *more: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    columns = (table.c.id, account.label("account_id"), sealed.label("sealed"), *more)
    return sa.select(*columns).where(_begins_otherwise(sealed))


_SOURCES = {
    SealedPlace.CREDENTIAL: _stale(
        credentials,
        credentials.c.sealed,
        credentials.c.account_id,
        credentials.c.kind,
        credential_versions.c.version,
    )
    .join(credential_versions, credential_versions.c.id == credentials.c.id)
    .where(credentials.c.id != STAND_IN),
    SealedPlace.PROFILE: _stale(accounts, accounts.c.profile, accounts.c.id).where(
        accounts.c.id != STAND_IN
    ),
    SealedPlace.ENROLMENT: _stale(
        enrolments, enrolments.c.sealed, enrolments.c.account_id, enrolments.c.kind
    ),
    SealedPlace.MESSAGE: _stale(outbox, outbox.c.sealed, outbox.c.account_id),
    SealedPlace.CHALLENGE: sa.select(
        logins.c.id, logins.c.account_id, logins.c.challenges, logins.c.version
    ).where(logins.c.challenges != {}),
}
_TABLES = {
    SealedPlace.CREDENTIAL: credentials,
    SealedPlace.PROFILE: accounts,
    SealedPlace.ENROLMENT: enrolments,
    SealedPlace.MESSAGE: outbox,
    SealedPlace.CHALLENGE: logins,
}
# NO KEY UPDATE: who only refers to such a row, as a new session does to its account, goes on.
_STALE = {
    place: source.where(_TABLES[place].c.id > sa.bindparam("after"))
    .order_by(_TABLES[place].c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
    for place, source in _SOURCES.items()
}
_COUNT = {
    place: sa.select(sa.func.count()).select_from(source.subquery())
    for place, source in _SOURCES.items()
}


def _put(table: sa.Table, column: str) -> sa.Update:
    unchanged = table.c[column] == sa.bindparam("was", type_=sa.LargeBinary)
    new = {column: sa.bindparam("new", type_=sa.LargeBinary)}
    return sa.update(table).where(equal(table, "id"), unchanged).values(new)


_PUT = {
    SealedPlace.CREDENTIAL: _put(credentials, "sealed"),
    SealedPlace.PROFILE: _put(accounts, "profile"),
    SealedPlace.ENROLMENT: _put(enrolments, "sealed"),
    SealedPlace.MESSAGE: _put(outbox, "sealed"),
}
_RAISE = (
    sa.update(credential_versions)
    .where(equal(credential_versions, "id", "version"))
    .values(version=credential_versions.c.version + 1)
)
_LOWER = (
    sa.update(credential_versions)
    .where(equal(credential_versions, "id"))
    .values(version=credential_versions.c.version - 1)
)
_CHALLENGES = sa.select(logins.c.challenges).where(equal(logins, "id", "version"))
_PUT_CHALLENGES = sa.update(logins).where(equal(logins, "id", "version"))


class Seals(Port):
    """The port `Seals` over SQL."""

    __slots__ = ()

    def stale(
        self, place: SealedPlace, header: bytes, after: str = "", limit: int = 100
    ) -> Sequence[Sealed]:
        """Take values of one place that begin otherwise, in order of id, those after `after`."""
        parameters = {"after": after, "limit": limit}
        if place is not SealedPlace.CHALLENGE:
            parameters["header"] = header
        rows = self._connection.execute(_STALE[place], parameters)
        if place is SealedPlace.CHALLENGE:
            return [value for row in rows for value in _challenges(row)]
        return [Sealed(place=place, **row._asdict()) for row in rows]

    def put(self, value: Sealed, sealed: bytes) -> bool:
        """Put `sealed` in the value's place; False where that has changed since."""
        if value.place is SealedPlace.CHALLENGE:
            return self._put_challenge(value, sealed)
        if value.place is SealedPlace.CREDENTIAL:
            return self._put_credential(value, sealed)
        return self._replaced(value, sealed)

    def count(self, place: SealedPlace, header: bytes) -> int:
        """Return how many records of one place begin otherwise; of logins, how many may."""
        parameters = {} if place is SealedPlace.CHALLENGE else {"header": header}
        return int(self._connection.execute(_COUNT[place], parameters).scalar_one())

    def _replaced(self, value: Sealed, sealed: bytes) -> bool:
        values = {"at_id": value.id, "was": value.sealed, "new": sealed}
        return self._changed(_PUT[value.place], values) == 1

    def _put_credential(self, value: Sealed, sealed: bytes) -> bool:
        """Lock the version's row first, as `Credentials.swap` does: so nobody deadlocks."""
        if not self._changed(_RAISE, {"at_id": value.id, "at_version": value.version}):
            return False
        done = self._replaced(value, sealed)
        if not done:
            self._connection.execute(_LOWER, {"at_id": value.id})
        return done

    def _put_challenge(self, value: Sealed, sealed: bytes) -> bool:
        here = {"at_id": value.id, "at_version": value.version}
        challenges = self._connection.execute(_CHALLENGES, here).scalar_one_or_none()
        if challenges is None or challenges.get(value.kind) != value.sealed:
            return False
        given = here | {"challenges": challenges | {value.kind: sealed}}
        return self._changed(_PUT_CHALLENGES, given) == 1


def _challenges(row: Any) -> list[Sealed]:
    whose = Sealed(
        place=SealedPlace.CHALLENGE,
        id=row.id,
        account_id=row.account_id,
        version=row.version,
        sealed=b"",
    )
    return [replace(whose, kind=kind, sealed=sealed) for kind, sealed in row.challenges.items()]
