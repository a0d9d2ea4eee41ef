"""Engines: one that writes and one that reads, each with its own pool.

SQLite has one writer at a time. Instead of letting threads fight for its lock, the writing pool
holds one connection and threads queue for it; `busy_timeout` is left for other processes. The
driver's own transaction handling is off: a writing transaction begins with `BEGIN IMMEDIATE`,
because a deferred one that reads first and then writes fails at once where another was faster.

On PostgreSQL, READ COMMITTED: the ports decide races by what one statement's WHERE finds.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from identity.errors import SettingsError

Synchronous = Literal["NORMAL", "FULL", "EXTRA"]
"""SQLite's `synchronous`: below FULL a power cut may undo the last commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long to wait before saying that the store is unavailable. Seconds.

    `pool`: for a free connection (on SQLite, for all writers before). `connect`: for a server to
    answer. `lock`: for what another process or node holds. `statement`: for one statement, and
    `idle` for a transaction that nobody goes on with (both PostgreSQL only).
    """

    pool: float = 30.0
    connect: float = 5.0
    lock: float = 5.0
    statement: float = 10.0
    idle: float = 30.0


PATIENT = Waits()
MIGRATING = Waits(lock=120.0, statement=600.0, idle=600.0)

WAL_PAUSE = 0.05  # seconds

TO_WRITE = {"sqlite": "BEGIN IMMEDIATE"}
TO_READ = {"sqlite": "BEGIN"}
"""How a transaction begins, by database. On PostgreSQL psycopg begins those that write."""


def parsed(url: str) -> sa.URL:
    """Parse a store's URL; anything but a SQLite file or PostgreSQL is a `SettingsError`."""
    try:
        found = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SettingsError("the store's URL is not one; write sqlite:////path/to/file") from error
    if found.drivername in {"sqlite", "sqlite+pysqlite"}:
        if found.database in {None, "", ":memory:"}:
            raise SettingsError("SQLite needs a file: write sqlite:////path/to/file")
        return found.set(drivername="sqlite+pysqlite")
    if found.drivername in {"postgresql", "postgresql+psycopg"}:
        return found.set(drivername="postgresql+psycopg")
    raise SettingsError(f"no store for {found.drivername}: write sqlite or postgresql+psycopg")


def writing(url: sa.URL, *, synchronous: Synchronous, pool_size: int, waits: Waits) -> sa.Engine:
    """Make the engine for units of work that write."""
    if url.get_backend_name() == "sqlite":
        engine = _sqlite(url, mode="rw", pool_size=1, waits=waits)
        _on_connect(engine, f"PRAGMA synchronous={synchronous}")
        _on_begin(engine, TO_WRITE["sqlite"])
        return engine
    return _postgresql(url, {}, pool_size=pool_size, waits=waits)


def reading(url: sa.URL, *, pool_size: int, waits: Waits) -> sa.Engine:
    """Make the engine for units of work that only read; the database refuses them a write."""
    if url.get_backend_name() == "sqlite":
        engine = _sqlite(url, mode="rw", pool_size=pool_size, waits=waits)
        _on_connect(engine, "PRAGMA query_only=ON")
        _on_begin(engine, TO_READ["sqlite"])
        return engine
    # READ COMMITTED shows each statement its own snapshot: a BEGIN would only cost a round trip
    options = {"default_transaction_read_only": "on"}
    return _postgresql(
        url,
        options,
        pool_size=pool_size,
        waits=waits,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
    )


def migrating(url: sa.URL) -> sa.Engine:
    """Make the engine for migrations; it makes SQLite's file where there is none."""
    if url.get_backend_name() == "sqlite":
        with suppress(OSError):  # connecting says it better
            Path(str(url.database)).touch(mode=0o600)  # SQLite gives its other files the same
        engine = _sqlite(url, mode="rwc", pool_size=1, waits=MIGRATING)
        _on_begin(engine, TO_WRITE["sqlite"])
        return engine
    return _postgresql(url, {}, pool_size=1, waits=MIGRATING)


def _sqlite(url: sa.URL, *, mode: str, pool_size: int, waits: Waits) -> sa.Engine:
    # with mode=rw a file that is not there is an error, not a new and empty store
    file = url.set(database=f"file:{quote(str(url.database))}", query={"mode": mode, "uri": "true"})
    driver = {"timeout": waits.lock, "isolation_level": None}
    engine = _engine(file, driver, pool_size=pool_size, waits=waits)
    event.listen(engine, "connect", partial(_enter_wal, waits))
    _on_connect(engine, "PRAGMA foreign_keys=ON")
    return engine


def _enter_wal(waits: Waits, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Turn the file to WAL, which lasts. For this lock alone SQLite does not wait by itself."""
    for _turn in range(round(waits.lock / WAL_PAUSE)):
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(WAL_PAUSE)
        else:
            return
    raise sqlite3.OperationalError("database is locked")


def _postgresql(
    url: sa.URL, options: dict[str, str], *, pool_size: int, waits: Waits, **more: Any
) -> sa.Engine:
    options |= {
        "statement_timeout": f"{waits.statement:.3f}s",
        "lock_timeout": f"{waits.lock:.3f}s",
        "idle_in_transaction_session_timeout": f"{waits.idle:.3f}s",
    }
    given = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in options.items())
    driver = {
        "options": f"{ours} {given if isinstance(given, str) else ' '.join(given)}",
        "connect_timeout": max(2, round(waits.connect)),  # libpq counts whole seconds, from two
        "tcp_user_timeout": round(waits.statement * 1000),
    }
    bare = url.difference_update_query(["options"])
    return _engine(bare, driver, pool_size=pool_size, waits=waits, **more)


def _engine(
    url: sa.URL, driver: dict[str, Any], *, pool_size: int, waits: Waits, **more: Any
) -> sa.Engine:
    return sa.create_engine(
        url,
        connect_args=driver,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=waits.pool,
        hide_parameters=True,  # an error's text goes to logs, what is stored does not
        **more,
    )


def _on_connect(engine: sa.Engine, *statements: str) -> None:
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    event.listen(engine, "connect", connected)


def _on_begin(engine: sa.Engine, statement: str) -> None:
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    event.listen(engine, "begin", begun)
