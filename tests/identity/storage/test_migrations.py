"""Promises of `migrate`, on every store."""

from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.pool import NullPool

from identity import model
from identity.errors import StoreUnavailable
from identity.storage.sql.schema import metadata
from identity.storage.sql.store import SqlStore, migrate
from tests.conftest import new_writer

STRUCTS = {
    "accounts": model.Account,
    "credentials": model.StoredCredential,
    "enrolments": model.Enrolment,
    "logins": model.LoginTransaction,
    "sessions": model.Session,
    "devices": model.Device,
    "proposals": model.Proposal,
    "clients": model.Client,
    "outbox": model.Message,
    "events": model.EventRow,
    "writers": model.Writer,
    "leaves": model.Leaf,
    "nodes": model.Node,
    "checkpoints": model.Checkpoint,
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request, tmp_path):
    """A place for a store, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    return request.getfixturevalue("postgres_url")


def connected(url):
    return sa.create_engine(url, poolclass=NullPool).begin()


def test_the_migrated_schema_is_the_one_in_schema_py(empty_url):
    migrate(empty_url)
    with connected(empty_url) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_a_column_has_the_name_of_the_field_it_keeps():
    """So that a struct's fields are a statement's parameters, and its rows a struct's fields."""
    counted = {"windows", "marks", "secrets", "failures"}
    apart = {"credential_versions", "taken", "assertions", *counted}
    kept = {name: set(table.c.keys()) for name, table in metadata.tables.items()}
    kept["credentials"].add("version")
    assert {name: kept[name] for name in kept.keys() - apart} == {
        name: set(struct.__struct_fields__) for name, struct in STRUCTS.items()
    }


def test_a_store_that_was_not_migrated_says_so(empty_url):
    with connected(empty_url) as connection:
        connection.execute(sa.text("SELECT 1"))
    with closing(SqlStore(empty_url, writer_id=new_writer)) as store:
        with pytest.raises(StoreUnavailable, match="None"):
            store.check()
        migrate(empty_url)
        store.check()


def test_migrating_again_changes_nothing(empty_url):
    migrate(empty_url)
    with closing(SqlStore(empty_url, writer_id=new_writer)) as store:
        with store.write() as work:
            work.failures.reserve("a", "k", "b", 10, 1.0)
        migrate(empty_url)
        with store.read() as work:
            assert work.failures.counts("a") == {("k", "b"): 1}


def test_processes_that_migrate_at_once_take_turns(empty_url, together):
    assert together("migrate", empty_url, 4) == [""] * 4
    with closing(SqlStore(empty_url, writer_id=new_writer)) as store:
        store.check()


def test_a_schema_newer_than_the_program_is_left_alone(empty_url):
    migrate(empty_url)
    with connected(empty_url) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store = SqlStore(empty_url, writer_id=new_writer)
    with closing(store), pytest.raises(StoreUnavailable, match="9999"):
        store.check()
    with pytest.raises(StoreUnavailable, match="not one this program knows"):
        migrate(empty_url)
