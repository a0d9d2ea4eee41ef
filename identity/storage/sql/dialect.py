"""What SQLite and PostgreSQL say differently: upserts, a value that is taken, a lock by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import TypeAlias

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from factors.contract import Json

Insert: TypeAlias = postgresql.Insert | sqlite.Insert
Statement: TypeAlias = sa.sql.base.Executable
Variants: TypeAlias = Mapping[str, Statement]
Parameters: TypeAlias = dict[str, Json]

FAILED = (SQLAlchemyError, sqlite3.Error, psycopg.Error)
"""Whatever the layers below may raise; a driver's own errors come bare from its connect."""


def variants(table: sa.Table, build: Callable[[Insert], Statement]) -> Variants:
    """Build an upsert once per database, by name; `rowcount` works on the result."""
    found = {
        "sqlite": build(sqlite.insert(table)),
        "postgresql": build(postgresql.insert(table)),
    }
    return {k: v.execution_options(preserve_rowcount=True) for k, v in found.items()}


def taken(error: IntegrityError) -> bool:
    """Whether a statement failed because a value that must be unique is there already."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(error.orig, psycopg.errors.UniqueViolation) or (
        code == sqlite3.SQLITE_CONSTRAINT_UNIQUE
    )


def wait_lock(connection: sa.Connection, key: int) -> None:
    """Wait for the lock named `key` and hold it until the transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(_WAIT_LOCK, {"key": key})


_KEY = sa.bindparam("key", type_=sa.BigInteger)
_WAIT_LOCK = sa.select(sa.func.pg_advisory_xact_lock(_KEY))

TRY_LOCK: Variants = {
    "sqlite": sa.select(sa.true()),  # a writing transaction is alone by itself
    "postgresql": sa.select(sa.func.pg_try_advisory_xact_lock(_KEY)),
}
"""Take the lock named `key` until the transaction ends; false where another one has it."""
