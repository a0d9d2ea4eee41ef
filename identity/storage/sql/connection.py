"""A connection for one unit of work: lent by SQLAlchemy's pool, used by the driver's own means.

The pool knows which connections are alive and the dialect tells when one is lost; what fails looks
as SQLAlchemy tells it, without the values. SQLAlchemy's own `Connection` is left out: its care for
every execution and transaction costs more than the database itself takes to find a row by its key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import PoolProxiedConnection

from identity.storage.sql.dialect import FAILED, Parameters, Statement
from identity.storage.sql.statement import Result, prepared

_NONE: Parameters = {}


class Connection:
    """What the ports of one unit of work execute on. Not shared with another thread.

    `failed` is set once a statement has failed, and no savepoint took it back.
    """

    __slots__ = ("_cursor", "_driver", "_engine", "_lent", "dialect", "failed")

    def __init__(self, engine: sa.Engine, lent: PoolProxiedConnection) -> None:
        self._engine = engine
        self._lent = lent
        self._driver = cast("Any", lent.driver_connection)
        self._cursor = self._driver.cursor()
        self.dialect = engine.dialect
        self.failed = False

    @property
    def info(self) -> dict[str, Any]:
        """What is remembered of the driver's connection for as long as it lives."""
        return self._lent.info

    def execute(
        self, statement: Statement, parameters: Parameters | list[Parameters] = _NONE
    ) -> Result:
        """Execute for one set of parameters, or for each of a list whose names are the same.

        A driver's error comes as SQLAlchemy's of the same name, its text without the parameters.
        """
        try:
            if isinstance(parameters, list):
                return self._many(statement, parameters)
            ready = prepared(statement, tuple(parameters), self.dialect)
            self._cursor.execute(ready.text, ready.bound(parameters))
            return ready.result(self._cursor)
        except BaseException as error:
            self._fail(error, statement)
            raise

    def scalar(self, statement: Statement, parameters: Parameters = _NONE) -> Any:
        """Execute and return the first row's first column, None without one."""
        return self.execute(statement, parameters).scalar()

    @contextmanager
    def begin_nested(self) -> Iterator[None]:
        """Set a savepoint; whatever leaves the block as an exception takes the block back.

        A broken constraint is then as if it had never been; after worse the unit stays `failed`.
        """
        failed = self.failed
        self._command("SAVEPOINT nested")
        try:
            yield
        except BaseException as error:
            self._take_back()
            if isinstance(error, IntegrityError):
                self.failed = failed
            raise
        self._command("RELEASE SAVEPOINT nested")

    def begin(self, begin: Mapping[str, str]) -> None:
        """Begin a transaction by this database's word; without one the driver begins by itself."""
        if (word := begin.get(self.dialect.name)) is not None:
            self._command(word)

    def commit(self) -> None:
        """Commit. Where it fails nobody knows the outcome, so the driver's connection ends."""
        try:
            self._driver.commit()
        except BaseException as error:
            self._mark(error)
            self._give_up()
            raise

    def rollback(self) -> None:
        """Roll back; where even that fails the connection ends, and the database does it alone."""
        try:
            self._driver.rollback()
        except FAILED:
            self._give_up()

    def _many(self, statement: Statement, rows: list[Parameters]) -> Result:
        ready = prepared(statement, tuple(rows[0]), self.dialect)
        self._cursor.executemany(ready.text, [ready.bound(row) for row in rows])
        return Result((), None, self._cursor.rowcount)

    def _take_back(self) -> None:
        if self._lent.is_valid:  # else the database has taken back everything
            self._command("ROLLBACK TO SAVEPOINT nested")
            self._command("RELEASE SAVEPOINT nested")

    def _command(self, text: str) -> None:
        try:
            self._cursor.execute(text)
        except BaseException as error:
            self._fail(error, text)
            raise

    def _fail(self, error: BaseException, statement: object) -> None:
        self._mark(error)
        raised = self.dialect.loaded_dbapi.Error
        if isinstance(error, raised):
            raise DBAPIError.instance(
                str(statement), None, error, raised, hide_parameters=True, dialect=self.dialect
            ) from error

    def _mark(self, error: BaseException) -> None:
        """Mark the failure, and give the connection up where it is lost or in an unknown state."""
        self.failed = True
        if not isinstance(error, Exception):
            self._give_up()  # interrupted in the middle of anything
        elif self._lost(error):
            # a server that restarted has ended them all; SQLAlchemy's Connection does the same
            self._engine.pool._invalidate(self._lent, error)  # noqa: SLF001 - there is no other way

    def _lost(self, error: Any) -> bool:
        """Whether this error is the first to say that there is no connection any more."""
        return self._lent.is_valid and self.dialect.is_disconnect(error, self._driver, None)

    def _give_up(self) -> None:
        if self._lent.is_valid:
            self._lent.invalidate()


@contextmanager
def lent(engine: sa.Engine) -> Iterator[Connection]:
    """Have a connection of the engine's pool for the block."""
    pooled = engine.raw_connection()
    try:
        yield Connection(engine, pooled)
    finally:
        if pooled.is_valid:
            pooled.close()
