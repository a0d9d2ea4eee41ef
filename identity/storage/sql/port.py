"""What every port over SQL has in common: a connection, and rows that become structs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from identity.storage.sql.connection import Connection
from identity.storage.sql.dialect import Parameters, Statement, Variants

S = TypeVar("S", bound=msgspec.Struct)


class Port:
    """A port's share of one unit of work. The connection is not shared with another thread."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _one(self, struct: type[S], statement: Statement, parameters: Parameters) -> S | None:
        return self._connection.execute(statement, parameters).struct_or_none(struct)

    def _all(self, struct: type[S], statement: Statement, parameters: Parameters) -> Sequence[S]:
        return self._connection.execute(statement, parameters).structs(struct)

    def _changed(self, statement: Statement, parameters: Parameters) -> int:
        """Return how many rows a writing statement touched."""
        return self._connection.execute(statement, parameters).rowcount

    def _variant(self, variants: Variants) -> Statement:
        """Return the statement for this connection's database."""
        return variants[self._connection.dialect.name]


def fields(struct: msgspec.Struct) -> Parameters:
    """Return a record's fields as parameters, nested values as they are."""
    return msgspec.structs.asdict(struct)


def swapped(struct: msgspec.Struct) -> Parameters:
    """Return the parameters of the statement that `swap` builds."""
    values = fields(struct)
    values["at"], values["was"] = values.pop("id"), values.pop("version")
    return values


def swap(table: sa.Table) -> Statement:
    """Build the compare-and-swap of a whole record: `rowcount` says whether it won."""
    here = (table.c.id == sa.bindparam("at")) & (table.c.version == sa.bindparam("was"))
    return sa.update(table).where(here).values(version=table.c.version + 1)


def prune(table: sa.Table, over: sa.ColumnElement[bool]) -> Statement:
    """Build the deletion of at most `limit` rows that are `over`, but those another one has locked.

    It waits for nobody, so that it deadlocks with nobody.
    """
    key = list(table.primary_key)
    found = (
        sa.select(*key).where(over).limit(sa.bindparam("limit")).with_for_update(skip_locked=True)
    )
    return sa.delete(table).where(sa.tuple_(*key).in_(found))


def equal(table: sa.Table, *columns: str) -> sa.ColumnElement[bool]:
    """Build the condition that each column equals the parameter of its name with `at_` before."""
    return sa.and_(*(table.c[name] == sa.bindparam(f"at_{name}") for name in columns))
