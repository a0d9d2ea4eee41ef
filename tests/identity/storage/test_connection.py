"""Statements go to the driver as SQLAlchemy would send them: on every store."""

from contextlib import closing

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from identity.errors import StoreUnavailable
from identity.model import LoginState
from identity.storage.sql import schema
from identity.storage.sql.connection import lent
from identity.storage.sql.store import SqlStore
from tests.conftest import new_writer
from tests.identity.storage.records import account, add_account, append_event, credential, login

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TIMES = st.floats(0, 1e11)


class Interrupted(sa.types.TypeDecorator):
    """A type whose values are interrupted on their way to the database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        raise KeyboardInterrupt


VALUES = st.fixed_dictionaries(
    {
        "way": TEXT,
        "secret_hash": st.binary(max_size=40),
        "decoy": st.booleans(),
        "state": st.sampled_from(LoginState),
        "challenges": st.dictionaries(TEXT, st.binary(max_size=9), max_size=3),
        "created_at": TIMES,
        "version": st.integers(0, 2**31 - 1),
    }
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=VALUES)
def test_values_of_every_type_are_as_sqlalchemy_writes_and_reads_them(store, values):
    """Its own `Connection` is the oracle, both ways."""
    ours, theirs = login("ours", **values), login("theirs", **values)
    read = sa.select(schema.logins).where(schema.logins.c.id == sa.bindparam("at"))
    with store._writing.begin() as oracle:
        oracle.execute(sa.delete(schema.logins))
        oracle.execute(sa.insert(schema.logins), asdict(theirs))
    with store.write() as work:
        work.logins.add(ours)
        assert work.logins.get("theirs") == theirs
    with store._reading.connect() as oracle:
        assert oracle.execute(read, {"at": "ours"}).one()._asdict() == asdict(ours)


def test_rows_have_names_and_there_may_be_none(store):
    add_account(store)
    names = sa.select(schema.accounts.c.id, schema.accounts.c.name).where(
        schema.accounts.c.id == sa.bindparam("at")
    )
    with lent(store._reading) as connection:
        found = connection.execute(names, {"at": "a1"})
        assert [(row.id, row[1]) for row in found] == [("a1", account().name)]
        missing = connection.execute(names, {"at": "a2"})
        assert (list(missing), missing.scalar(), missing.one_or_none()) == ([], None, None)


def test_a_missing_parameter_reaches_no_database_and_nothing_commits(store):

    def forget_one(work):
        work.accounts.add(account())
        with pytest.raises(KeyError):
            work.accounts._connection.execute(
                sa.select(schema.accounts).where(schema.accounts.c.id == sa.bindparam("at")), {}
            )

    with pytest.raises(StoreUnavailable), store.write() as work:
        forget_one(work)
    with store.read() as work:
        assert work.accounts.by_id("a1") is None


def test_a_list_of_any_length_is_refused(store):
    anyone = sa.select(schema.accounts).where(schema.accounts.c.id.in_(["a1", "a2"]))
    with lent(store._reading) as connection, pytest.raises(NotImplementedError, match="IN"):
        connection.execute(anyone)


def test_a_broken_constraint_that_its_savepoint_never_saw_stays_failed(store):

    def hide(work):
        work.accounts.add(account())
        with work.accounts._connection.begin_nested(), pytest.raises(sa.exc.IntegrityError):
            work.credentials.add(credential(account_id="nobody's"))

    with pytest.raises(StoreUnavailable), store.write() as work:
        hide(work)
    with store.read() as work:
        assert work.accounts.by_id("a1") is None


def test_an_application_s_exception_leaves_a_savepoint_as_it_was(store):

    def give_up(work):
        with work.accounts._connection.begin_nested():
            work.accounts.add(account("inner"))
            raise ZeroDivisionError

    with store.write() as work:
        work.accounts.add(account("outer"))
        with pytest.raises(ZeroDivisionError):
            give_up(work)
    with store.read() as work:
        assert [found.id for found in work.accounts.listed()] == ["outer"]


def test_an_interrupted_statement_ends_its_writer(store):

    def interrupt(work):
        append_event(work)
        asked = sa.select(sa.bindparam("word", type_=Interrupted))
        work.accounts._connection.execute(asked, {"word": "any"})

    with store.write() as work:
        ended, _ = work.events.position()
    with pytest.raises(KeyboardInterrupt), store.write() as work:
        interrupt(work)
    assert ended not in dict(store.writers())
    with store.write() as work:
        assert append_event(work).seq == 1


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_server_that_restarted_costs_one_request_whatever_the_pool_holds(store_url, behind):
    with closing(SqlStore(store_url, writer_id=new_writer)) as store:
        with store.write(), store.write(), store.write():
            assert len(store.writers()) == 3
        behind(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(StoreUnavailable), store.write() as work:
            work.accounts.by_id("a1")
        for _ in range(3):
            with store.write() as work, store.write() as other:
                assert (work.accounts.by_id("a1"), other.accounts.by_id("a1")) == (None, None)
        assert len(store.writers()) <= 3
