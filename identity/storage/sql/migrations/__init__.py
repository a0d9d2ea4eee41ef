"""Alembic migrations, run from the program: there is no `alembic.ini`. They only go forward.

Recipe for a change: write it in `schema.py`, add a file to `versions/` whose `down_revision` is
the newest one's `revision`, and run the tests: one compares the migrated schema with `schema.py`
on every store and prints what is missing.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from identity.errors import StoreUnavailable
from identity.storage.sql.dialect import wait_lock

LOCK = 0x4D49_4752_4154_4553
"""The lock of those who migrate, by number: the letters `MIGRATES`."""

_ONE_THREAD = threading.Lock()  # Alembic keeps what it is at in a module


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema to `head` within the connection's transaction, one process at a time."""
    wait_lock(connection, LOCK)
    config = _config()
    config.attributes["connection"] = connection
    try:
        with _ONE_THREAD:
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable("the schema is not one this program knows") from error


def current(connection: sa.Connection) -> str | None:
    """Return the revision the database is at, None where it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str | None:
    """Return the newest revision this program has."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
