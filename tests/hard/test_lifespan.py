"""Starting and ending are whole: what fails in the middle leaves no thread and no connection."""

import threading
from contextlib import closing

import anyio
import msgspec
import psycopg
import pytest
import sqlalchemy as sa

from identity import settings
from identity.app import build, open_store
from identity.errors import SettingsError, StoreUnavailable
from tests.hard.servers import until
from tests.identity.kit import CHEAP

SOON = 10
THREADS = ("sequencer", "courier", "housekeeper", "keys", "hash", "light")
STARTED, STOPPED = "service:lifecycle:started", "service:lifecycle:stopped"


def configured(root, url):
    return settings.embedded(
        root,
        database=settings.Database(url=url, synchronous="NORMAL"),
        password=settings.Password(argon2=CHEAP),
        pools=settings.Pools(hash=1, light=2),
    )


@pytest.fixture
def identity(store_url, tmp_path):
    """The service over a migrated store, not started yet."""
    return build(configured(tmp_path, store_url))


def ours():
    """Return the names of the threads that are the service's."""
    names = [thread.name for thread in threading.enumerate()]
    return sorted(name for name in names if name.startswith(THREADS))


def connections(url):
    """Count the connections to a PostgreSQL database but the one that asks."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return connection.execute(asked).fetchone()[0] - 1


def enter(identity, inside=lambda: None):
    """Run the service while `inside` does something."""

    async def run():
        async with identity.lifespan():
            await anyio.to_thread.run_sync(inside)

    anyio.run(run)


def lose_the_log(url):
    """Take away the table of events: nothing can be written any more."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE events"))
    engine.dispose()


def lifecycle(url, root):
    with closing(open_store(configured(root, url))) as store, store.read() as work:
        rows = [row for name in work.events.names() for row in work.events.after(name, 0, 1000)]
    return sorted(row.kind for row in rows if row.kind in {STARTED, STOPPED})


def test_threads_run_inside_and_none_outside(identity, store_url, tmp_path):
    enter(identity, lambda: until(lambda: len(ours()) >= 4, SOON))
    assert ours() == []
    assert lifecycle(store_url, tmp_path) == [STARTED, STOPPED]


@pytest.mark.postgres
def test_a_start_without_its_key_ring_keeps_no_connection(postgres_url, tmp_path):
    identity = build(configured(tmp_path, postgres_url))
    ring = tmp_path / "keys.json"
    ring.write_text("{}", encoding="ascii")
    ring.chmod(0o644)
    with pytest.raises(SettingsError, match="key ring"):
        enter(identity)
    assert ours() == []
    until(lambda: connections(postgres_url) == 0, SOON)


@pytest.mark.postgres
def test_a_start_on_a_database_without_schema_keeps_no_connection(postgres_url, tmp_path):
    chosen = msgspec.structs.replace(configured(tmp_path, postgres_url), mode="production")
    with pytest.raises(StoreUnavailable, match="schema"):
        enter(build(chosen))
    assert ours() == []
    until(lambda: connections(postgres_url) == 0, SOON)


def test_a_thread_that_does_not_start_stops_those_before_it(identity, store_url, tmp_path):
    store, running = identity._start()
    with closing(store):
        running.stop()
        # A thread is started once: asked again, the first of them says no.
        with pytest.raises(RuntimeError, match="started before"):
            running.start()
    assert ours() == []
    assert lifecycle(store_url, tmp_path) == [STARTED, STARTED, STOPPED, STOPPED]


@pytest.mark.clause("CC-18000.4.d")
def test_an_end_that_cannot_be_logged_is_an_error_and_ends_all_the_same(identity, store_url):
    with pytest.raises(StoreUnavailable):
        enter(identity, lambda: lose_the_log(store_url))
    assert ours() == []
    if store_url.startswith("postgresql"):
        until(lambda: connections(store_url) == 0, SOON)


def test_a_server_is_told_of_an_end_that_failed_as_an_end(identity, store_url):
    told = []

    async def receive():
        if told:
            lose_the_log(store_url)
        return {"type": "lifespan.shutdown" if told else "lifespan.startup"}

    async def send(message):
        told.append(message["type"])

    with pytest.raises(StoreUnavailable):
        anyio.run(identity, {"type": "lifespan"}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.failed"]


def test_a_server_is_told_why_a_start_failed(identity, tmp_path):
    told = []
    ring = tmp_path / "keys.json"
    ring.write_text("{}", encoding="ascii")
    ring.chmod(0o644)

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        told.append((message["type"], message["message"]))

    with pytest.raises(SettingsError):
        anyio.run(identity, {"type": "lifespan"}, receive, send)
    ((kind, sentence),) = told
    assert kind == "lifespan.startup.failed"
    assert str(ring) in sentence
