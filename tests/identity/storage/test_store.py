"""Promises of a unit of work, whatever breaks under it: on every store."""

import signal
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from identity.errors import SettingsError, StoreUnavailable
from identity.storage.sql.engine import Waits
from identity.storage.sql.store import SqlStore, migrate
from tests.conftest import new_writer
from tests.identity.storage.records import account, add_account, append_event, credential

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
HASTY = Waits(pool=0.2, lock=0.2)


def test_a_block_that_raises_leaves_nothing_and_its_exception_as_it_was(store):
    error = ZeroDivisionError("ours")

    def fail(work):
        work.accounts.add(account())
        append_event(work)
        raise error

    with pytest.raises(ZeroDivisionError) as caught, store.write() as work:
        fail(work)
    assert caught.value is error
    with store.read() as work:
        assert work.accounts.by_id("a1") is None
        assert work.events.of_account("a1") == []


def test_a_unit_of_work_that_reads_cannot_write(store):
    with pytest.raises(StoreUnavailable), store.read() as work:
        work.failures.reserve("a", "k", "b", 10, 1.0)
    with store.read() as work:
        assert work.failures.counts("a") == {}


def test_after_a_failed_statement_nothing_commits_even_if_it_was_caught(store):

    def fail_and_go_on(work):
        work.accounts.add(account())
        with pytest.raises(sa.exc.IntegrityError):
            work.credentials.add(credential(account_id="nobody's"))

    with pytest.raises(StoreUnavailable), store.write() as work:
        fail_and_go_on(work)
    with store.read() as work:
        assert work.accounts.by_id("a1") is None


def test_a_savepoint_takes_back_a_broken_constraint_and_nothing_worse(store):

    def fail_inside(work, statement):
        work.accounts.add(account())
        connection = work.accounts._connection
        with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
            connection.execute(sa.text(statement))

    with pytest.raises(StoreUnavailable), store.write() as work:
        fail_inside(work, "DELETE FROM nowhere")
    with store.read() as work:
        assert work.accounts.by_id("a1") is None
    with store.write() as work:
        fail_inside(work, "UPDATE accounts SET name = NULL")
    with store.read() as work:
        assert work.accounts.by_id("a1") == account()


def test_an_error_names_no_stored_value(store):
    with pytest.raises(StoreUnavailable) as caught, store.write() as work:
        work.credentials.add(credential(account_id="nobody's", label="personal"))
    assert "personal" not in f"{caught.value}{caught.value.__cause__}"


def test_a_process_killed_in_the_middle_leaves_nothing_half_written(store, store_url, processes):
    with processes("die", store_url) as [process]:
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        with store.write() as work:
            assert work.accounts.by_id("half") is None
            assert work.events.of_account("half") == []
            assert work.accounts.add(account("half"))


def test_a_lock_held_elsewhere_is_waited_for_and_then_told(store, store_url):
    with closing(SqlStore(store_url, writer_id=new_writer, waits=HASTY)) as other:
        with store.write() as work:
            work.failures.reserve("a", "k", "b", 10, 1.0)
            with pytest.raises(StoreUnavailable), other.write() as waiting:
                waiting.failures.reserve("a", "k", "b", 10, 1.0)
        with other.write() as later:
            assert later.failures.reserve("a", "k", "b", 10, 1.0)
    with store.read() as work:
        assert work.failures.counts("a") == {("k", "b"): 2}


def test_who_waits_too_long_for_a_connection_is_told(store_url):
    hasty = SqlStore(store_url, writer_id=new_writer, pool_size=1, waits=HASTY)
    with closing(hasty) as store, store.write(), pytest.raises(StoreUnavailable), store.write():
        pytest.fail("there is one connection, and it is taken")


def test_a_commit_that_fails_ends_its_writer(sqlite_store):

    def write_what_commit_refuses(work):
        work.accounts._connection.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
        work.credentials.add(credential(account_id="nobody's"))
        append_event(work)

    with sqlite_store.write() as work:
        ended, _ = work.events.position()
    with pytest.raises(StoreUnavailable), sqlite_store.write() as work:
        write_what_commit_refuses(work)
    assert sqlite_store.writers() == []
    with sqlite_store.write() as work:
        born, seq = work.events.position()
        assert (born != ended, seq) == (True, 1)
        assert work.events.of_account("a1") == []


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_connection_lost_before_its_commit_ends_its_writer(store, behind):

    def lose(work):
        append_event(work)
        behind(CUT)

    with store.write() as work:
        ended, _ = work.events.position()
    with pytest.raises(StoreUnavailable), store.write() as work:
        lose(work)
    assert ended not in dict(store.writers())
    with store.write() as work:
        assert append_event(work).seq == 1


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_after_the_server_came_back_one_request_is_lost_and_no_more(store, behind):
    add_account(store)
    behind(CUT)
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.accounts.by_id("a1")
    with store.write() as work:
        assert work.accounts.by_id("a1") == account()


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_unavailable():
    nowhere = "postgresql+psycopg://postgres@127.0.0.1:1/test"
    with closing(SqlStore(nowhere, writer_id=new_writer)) as store:
        assert_away(store)
    with pytest.raises(StoreUnavailable):
        migrate(nowhere)


def test_a_file_that_is_not_there_is_unavailable_and_is_not_made(tmp_path):
    path = tmp_path / "nothing.db"
    with closing(SqlStore(f"sqlite:///{path}", writer_id=new_writer)) as store:
        assert_away(store)
    assert not path.exists()
    with pytest.raises(StoreUnavailable):
        migrate(f"sqlite:///{tmp_path}/no/folder/store.db")


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    Path(tmp_path / "text.db").write_text("not a database, but long enough to be asked" * 100)
    with closing(SqlStore(f"sqlite:///{tmp_path}/text.db", writer_id=new_writer)) as store:
        assert_away(store)


def assert_away(store):
    with pytest.raises(StoreUnavailable), store.read() as work:
        work.accounts.by_id("a1")
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.accounts.by_id("a1")
    with pytest.raises(StoreUnavailable):
        store.check()
    assert store.writers() == []


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"]
)
def test_a_url_that_is_no_store_says_what_to_write(url):
    with pytest.raises(SettingsError, match="write"):
        SqlStore(url, writer_id=new_writer)


def test_a_lax_way_to_commit_is_refused(sqlite_url):
    with pytest.raises(SettingsError, match="FULL"):
        SqlStore(sqlite_url, writer_id=new_writer, synchronous="OFF")


def test_a_path_may_have_any_characters(tmp_path):
    name = "a b#c%41d?e&f.db"
    url = f"sqlite:///{tmp_path}/{quote(name)}"
    migrate(url)
    with closing(SqlStore(url, writer_id=new_writer)) as store:
        store.check()
        add_account(store)
    assert (tmp_path / name).exists()


def test_what_sqlite_writes_is_for_its_owner_alone(tmp_path):
    migrate(f"sqlite:///{tmp_path}/store.db")
    with closing(SqlStore(f"sqlite:///{tmp_path}/store.db", writer_id=new_writer)) as store:
        add_account(store)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["store.db", "store.db-wal", "store.db-shm"], 0o600)


def test_sqlite_keeps_what_it_committed(sqlite_url):
    with closing(SqlStore(sqlite_url, writer_id=new_writer)) as store, store.write() as work:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        connection = work.accounts._connection
        found = [connection.scalar(sa.text(f"PRAGMA {name}")) for name in asked]
        assert found == ["wal", 2, 1, 5000]


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_nothing_on_postgresql_may_hang(store):
    with store.write() as work:
        asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        connection = work.accounts._connection
        found = [connection.scalar(sa.text(f"SHOW {name}")) for name in asked]
        assert found == ["10s", "5s", "30s"]
