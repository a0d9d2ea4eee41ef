"""Stores to test on: every suite that needs one runs on SQLite and on PostgreSQL.

`store` is a `SqlStore` on an empty, migrated database of its own; `store_url` is that database.
`sqlite_store` is the one on SQLite alone. `postgres_url` is a database with nothing in it.
"""

import os
import shutil
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg import sql

from identity import entropy
from identity.storage.sql.store import SqlStore, migrate
from tests import needs


def new_writer() -> str:
    return entropy.token(entropy.system)


@contextmanager
def database(template="template0"):
    """Make a database from a template, give its URL, and drop it whoever is still on it."""
    name = f"trifactor_{os.urandom(8).hex()}"
    server, _, _ = needs.POSTGRES.rpartition("/")
    with psycopg.connect(needs.POSTGRES, autocommit=True) as admin:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        admin.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield f"{server.replace('postgresql:', 'postgresql+psycopg:')}/{name}"
        finally:
            dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(dropped.format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory):
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres():
    with database() as url:
        migrate(url)
        yield url.rpartition("/")[2]


@pytest.fixture
def sqlite_url(migrated_sqlite, tmp_path):
    path = tmp_path / "store.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url():
    with database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request):
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        with database(request.getfixturevalue("migrated_postgres")) as url:
            yield url


@pytest.fixture
def store(store_url):
    with closing(SqlStore(store_url, writer_id=new_writer, synchronous="NORMAL")) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url):
    with closing(SqlStore(sqlite_url, writer_id=new_writer, synchronous="NORMAL")) as opened:
        yield opened
