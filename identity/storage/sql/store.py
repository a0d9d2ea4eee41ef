"""`SqlStore`: units of work on a database, and what happens when it fails.

Whatever SQLAlchemy or a driver raises leaves as `StoreUnavailable`; an application's own exception
passes as it is, after the rollback. A unit of work in which a statement failed never commits, even
where somebody caught the error: PostgreSQL would answer COMMIT with a rollback and no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from identity.errors import SettingsError, StoreUnavailable
from identity.storage.ports import Work
from identity.storage.sql import engine
from identity.storage.sql.accounts import Accounts
from identity.storage.sql.clients import Clients
from identity.storage.sql.connection import Connection, lent
from identity.storage.sql.credentials import Credentials
from identity.storage.sql.devices import Devices
from identity.storage.sql.dialect import FAILED
from identity.storage.sql.engine import PATIENT, TO_READ, TO_WRITE, Synchronous, Waits
from identity.storage.sql.enrolments import Enrolments
from identity.storage.sql.events import Events
from identity.storage.sql.failures import Failures
from identity.storage.sql.live import LiveWriter, LiveWriters, writer_of
from identity.storage.sql.log import Log
from identity.storage.sql.logins import Logins
from identity.storage.sql.marks import Marks
from identity.storage.sql.migrations import current, head, upgrade
from identity.storage.sql.outbox import Outbox
from identity.storage.sql.proposals import Proposals
from identity.storage.sql.seals import Seals
from identity.storage.sql.sessions import Sessions
from identity.storage.sql.windows import Windows


class SqlWork:
    """A unit of work: every port on one connection."""

    __slots__ = (
        "accounts",
        "clients",
        "credentials",
        "devices",
        "enrolments",
        "events",
        "failures",
        "log",
        "logins",
        "marks",
        "outbox",
        "proposals",
        "seals",
        "sessions",
        "windows",
    )

    def __init__(self, connection: Connection, writer: LiveWriter | None) -> None:
        self.accounts = Accounts(connection)
        self.credentials = Credentials(connection)
        self.enrolments = Enrolments(connection)
        self.logins = Logins(connection)
        self.seals = Seals(connection)
        self.sessions = Sessions(connection)
        self.devices = Devices(connection)
        self.proposals = Proposals(connection)
        self.windows = Windows(connection)
        self.marks = Marks(connection)
        self.failures = Failures(connection)
        self.clients = Clients(connection)
        self.outbox = Outbox(connection)
        self.events = Events(connection, writer)
        self.log = Log(connection)


class SqlStore:
    """The port `Store` over SQL. One per process, shared by its threads; not across a fork.

    `url` names a SQLite file or a PostgreSQL database that `migrate` has prepared. `pool_size`
    bounds the connections that read, and on PostgreSQL also, apart, those that write.
    `synchronous` is SQLite's. `writer_id` names each connection that writes, unguessably.
    """

    def __init__(
        self,
        url: str,
        *,
        writer_id: Callable[[], str],
        synchronous: Synchronous = "FULL",
        pool_size: int = 8,
        waits: Waits = PATIENT,
    ) -> None:
        if synchronous not in {"NORMAL", "FULL", "EXTRA"}:
            raise SettingsError("synchronous must be NORMAL, FULL or EXTRA")
        where = engine.parsed(url)
        self._reading = engine.reading(where, pool_size=pool_size, waits=waits)
        self._writing = engine.writing(
            where, synchronous=synchronous, pool_size=pool_size, waits=waits
        )
        self._writers = LiveWriters(self._writing, writer_id)

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Open a unit of work that only reads."""
        with _unavailable(), lent(self._reading) as connection:
            connection.begin(TO_READ)
            yield SqlWork(connection, None)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """Open a unit of work that commits when the block ends and rolls back when it raises."""
        with _unavailable(), lent(self._writing) as connection:
            writer = writer_of(connection)
            with _transaction(connection):
                work = SqlWork(connection, writer)
                yield work
            writer.committed += work.events.written

    def check(self) -> None:
        """Raise `StoreUnavailable` where the store cannot be reached or its schema is not ours."""
        with _unavailable(), self._reading.connect() as connection:
            found = current(connection)
        if found != head():
            raise StoreUnavailable(f"the schema is at {found}, this program needs {head()}")

    def writers(self) -> Sequence[tuple[str, int]]:
        """Return this process's live writers and the last number each has committed."""
        return self._writers.listed()

    def close(self) -> None:
        """Let go of every connection; this process's writers end."""
        self._reading.dispose()
        self._writing.dispose()


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; SQLite's file is made if need be.

    Safe to call from many processes at once: they take turns. `StoreUnavailable` where it cannot
    be reached, or has a schema newer than this program.
    """
    migrating = engine.migrating(engine.parsed(url))
    try:
        with _unavailable(), migrating.begin() as connection:
            upgrade(connection)
    finally:
        migrating.dispose()


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except FAILED as error:
        raise StoreUnavailable(type(error).__name__) from error


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    try:
        connection.begin(TO_WRITE)
        yield
        _refuse_failed(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _refuse_failed(connection: Connection) -> None:
    if connection.failed:
        raise StoreUnavailable("a statement of this unit of work failed")
