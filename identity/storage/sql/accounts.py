"""Customers and operators, by id and by normalised login name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from identity.model import Account, AccountKind, AccountState
from identity.storage.sql.dialect import taken, variants
from identity.storage.sql.port import Port, equal, fields, swap, swapped
from identity.storage.sql.schema import STAND_IN, accounts

_ADD = variants(accounts, lambda insert: insert.on_conflict_do_nothing(index_elements=["name"]))
_BY_ID = sa.select(accounts).where(equal(accounts, "id"))
_NAMED = sa.select(accounts.c.id).where(equal(accounts, "name")).scalar_subquery()
_BY_NAME = sa.select(accounts).where(accounts.c.id == sa.func.coalesce(_NAMED, STAND_IN))
_SWAP = swap(accounts)
_PAGE = (
    sa.select(accounts)
    .where(accounts.c.name > sa.bindparam("after"), accounts.c.id != STAND_IN)
    .order_by(accounts.c.name)
    .limit(sa.bindparam("limit"))
)
_LISTED: dict[tuple[str, ...], sa.Select[Any]] = {
    named: _PAGE.where(equal(accounts, *named)) if named else _PAGE
    for named in ((), ("kind",), ("state",), ("kind", "state"))
}


class Accounts(Port):
    """The port `Accounts` over SQL."""

    __slots__ = ()

    def add(self, account: Account) -> bool:
        """Store a new account; False where the name is taken."""
        return self._changed(self._variant(_ADD), fields(account)) == 1

    def by_id(self, account_id: str) -> Account | None:
        """Return the account, or None."""
        return self._one(Account, _BY_ID, {"at_id": account_id})

    def by_name(self, name: str) -> Account | None:
        """Return the account with this normalised login name, or None.

        A name that nobody has reads the stand-in's row, so that it takes as long as one that
        somebody has.
        """
        found = self._one(Account, _BY_NAME, {"at_name": name})
        return None if found is None or found.id == STAND_IN else found

    def replace(self, account: Account) -> bool:
        """Swap the row whose version is `account.version`.

        False where somebody was faster, or where another account has the name. The savepoint takes
        back what the taken name broke: on PostgreSQL only the index itself is sure of two at once.
        """
        try:
            with self._connection.begin_nested():
                return self._changed(_SWAP, swapped(account)) == 1
        except IntegrityError as error:
            if not taken(error):
                raise
            return False

    def listed(
        self,
        after: str = "",
        limit: int = 100,
        *,
        kind: AccountKind | None = None,
        state: AccountState | None = None,
    ) -> Sequence[Account]:
        """Return accounts in order of name (by code point), those after `after`."""
        chosen = {"kind": kind, "state": state}
        asked = {name: word for name, word in chosen.items() if word is not None}
        here = {f"at_{name}": word for name, word in asked.items()}
        return self._all(Account, _LISTED[tuple(asked)], here | {"after": after, "limit": limit})
