"""Authenticators. The version has a table of its own: `swap` is decided there."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import StoredCredential
from identity.storage.sql.dialect import variants
from identity.storage.sql.port import Port, equal, fields
from identity.storage.sql.schema import STAND_IN, credential_versions, credentials

_ADD = variants(
    credentials, lambda insert: insert.on_conflict_do_nothing(index_elements=["kind", "handle"])
)
_ADD_VERSION = sa.insert(credential_versions)
_VERSIONED = sa.select(credentials, credential_versions.c.version).join(
    credential_versions, credential_versions.c.id == credentials.c.id
)
_IN_ORDER = (credentials.c.bound_at, credentials.c.id)
_OF = _VERSIONED.where(equal(credentials, "account_id")).order_by(*_IN_ORDER)
_HERE = equal(credentials, "account_id", "kind")
_NONE_HERE = ~sa.exists(sa.select(sa.literal(1)).select_from(credentials).where(_HERE))
_OF_KIND = sa.union_all(
    _VERSIONED.where(_HERE), _VERSIONED.where(credentials.c.id == STAND_IN, _NONE_HERE)
)
_RAISE = (
    sa.update(credential_versions)
    .where(equal(credential_versions, "id", "version"))
    .values(version=credential_versions.c.version + 1)
)
_RESEAL = (
    sa.update(credentials)
    .where(equal(credentials, "id"))
    .values(
        last_used_at=sa.func.coalesce(
            sa.bindparam("used_at", type_=sa.Double), credentials.c.last_used_at
        )
    )
)
_USED = sa.update(credentials).where(equal(credentials, "id"))
_RENAME = sa.update(credentials).where(equal(credentials, "account_id", "id"))
_REMOVE = sa.delete(credentials).where(equal(credentials, "account_id", "id"))


def _age(row: StoredCredential) -> tuple[float, str]:
    return row.bound_at, row.id


class Credentials(Port):
    """The port `Credentials` over SQL."""

    __slots__ = ()

    def add(self, credential: StoredCredential) -> bool:
        """Store a new one at version 1; False where its handle is taken."""
        values = fields(credential)
        del values["version"]
        if self._changed(self._variant(_ADD), values) == 0:
            return False
        self._connection.execute(_ADD_VERSION, {"id": credential.id, "version": 1})
        return True

    def of(self, account_id: str, kind: str | None = None) -> Sequence[StoredCredential]:
        """Return the account's credentials, oldest first, of one kind or of all.

        Of one kind: where there are none the stand-in's row is read, so that it takes as long.
        """
        if kind is None:
            return self._all(StoredCredential, _OF, {"at_account_id": account_id})
        here = {"at_account_id": account_id, "at_kind": kind}
        found = self._all(StoredCredential, _OF_KIND, here)
        return sorted((row for row in found if row.id != STAND_IN), key=_age)

    def swap(self, credential_id: str, version: int, sealed: bytes, used_at: float | None) -> bool:
        """Put `sealed` where the version is still `version`, raising it; False where it is not.

        Of many that race, the first locks the version's row and the others find it raised.
        `used_at` is stored as the last use where it is not None.
        """
        if self._changed(_RAISE, {"at_id": credential_id, "at_version": version}) == 0:
            return False
        values = {"at_id": credential_id, "sealed": sealed, "used_at": used_at}
        return self._changed(_RESEAL, values) == 1

    def used(self, credential_id: str, at: float) -> None:
        """Store the last use of a credential that did not change by it."""
        self._connection.execute(_USED, {"at_id": credential_id, "last_used_at": at})

    def rename(self, account_id: str, credential_id: str, label: str) -> bool:
        """Give it another label; False where the account has no such credential."""
        here = {"at_account_id": account_id, "at_id": credential_id}
        return self._changed(_RENAME, here | {"label": label}) == 1

    def remove(self, account_id: str, credential_id: str) -> bool:
        """Delete it, and by cascade its version; False where the account has no such credential."""
        here = {"at_account_id": account_id, "at_id": credential_id}
        return self._changed(_REMOVE, here) == 1
