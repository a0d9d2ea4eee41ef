"""Statements compiled once, and what they answer.

Statements stay expressions of SQLAlchemy, which knows the types and both databases' ways to say
them. What it does anew for each execution is done here once for all of them: finding the compiled
text, the order of parameters, and what is to be done to a value on its way in and out.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from factors.contract import Json
from identity.storage.sql.dialect import Parameters, Statement

S = TypeVar("S", bound=msgspec.Struct)
Process = Callable[[Any], Any]

PREPARED = 1024
"""Statements kept: those of all ports on both engines, several times over. The rest is a bound."""


class Shape:
    """The columns of what a statement returns, as its first answer describes them."""

    def __init__(
        self, cursor: DBAPICursor, types: Sequence[TypeEngine[Any]], dialect: sa.Dialect
    ) -> None:
        described = cursor.description or ()
        self.names = tuple(column[0] for column in described)
        codes = (column[1] for column in described)  # PostgreSQL's; a type may ask
        found = (
            type_.dialect_impl(dialect).result_processor(dialect, code)
            for type_, code in zip(types, codes, strict=False)  # a text names no types
        )
        self._processes = [(at, process) for at, process in enumerate(found) if process]

    def values(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return a driver's row as the columns' types have it."""
        if not self._processes:
            return row
        values = list(row)
        for at, process in self._processes:
            values[at] = process(values[at])
        return values

    def struct(self, struct: type[S], row: Sequence[Any]) -> S:
        """Return a driver's row as a struct whose fields are the columns."""
        return struct(**dict(zip(self.names, self.values(row), strict=True)))

    def named(self, row: Sequence[Any]) -> Any:
        """Return a driver's row as a named tuple."""
        return self._row(self.values(row))

    @cached_property
    def _row(self) -> Callable[[Sequence[Any]], Any]:
        row = namedtuple(  # type: ignore[misc] # noqa: PYI024 - its fields are known here alone
            "Row", self.names, rename=True
        )
        return row._make


class Result:
    """What a statement answered. Its rows are here: the cursor is free for the next one."""

    __slots__ = ("_rows", "_shape", "rowcount")

    def __init__(self, rows: Sequence[Sequence[Any]], shape: Shape | None, rowcount: int) -> None:
        self._rows = rows
        self._shape = shape
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(()) if self._shape is None else map(self._shape.named, self._rows)

    def structs(self, struct: type[S]) -> list[S]:
        """Return every row as a struct."""
        shape = self._shape
        return [] if shape is None else [shape.struct(struct, row) for row in self._rows]

    def struct_or_none(self, struct: type[S]) -> S | None:
        """Return the only row as a struct, None without one."""
        self._refuse_many()
        return next(iter(self.structs(struct)), None)

    def one_or_none(self) -> Any:
        """Return the only row, None without one."""
        self._refuse_many()
        return next(iter(self), None)

    def scalars(self) -> list[Any]:
        """Return every row's first column."""
        shape = self._shape
        return [] if shape is None else [shape.values(row)[0] for row in self._rows]

    def scalar(self) -> Any:
        """Return the first row's first column, None without one."""
        return next(iter(self.scalars()), None)

    scalar_one = scalar

    def scalar_one_or_none(self) -> Any:
        """Return the only row's first column, None without one."""
        self._refuse_many()
        return self.scalar()

    def _refuse_many(self) -> None:
        if len(self._rows) > 1:
            raise MultipleResultsFound("one row was asked for, there are more")


class Prepared:
    """A statement as one driver takes it, for parameters of certain names."""

    __slots__ = ("_constants", "_dialect", "_order", "_processes", "_shape", "_types", "text")

    def __init__(self, statement: Statement, names: Sequence[str], dialect: sa.Dialect) -> None:
        clause = cast("sa.ClauseElement", statement)
        compiled = cast("SQLCompiler", clause.compile(dialect=dialect, column_keys=list(names)))
        if compiled.post_compile_params:
            raise NotImplementedError("a list of any length (IN) has no text of its own")
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None
        self._constants = _constants(compiled)
        self._processes = _processes(compiled, dialect)
        self._types = [column.type for column in getattr(statement, "exported_columns", ())]
        self._dialect = dialect
        self._shape: Shape | None = None

    def bound(self, parameters: Parameters) -> Sequence[Any] | Mapping[str, Any]:
        """Return the parameters as the driver takes them; `KeyError` where one is missing."""
        values = self._constants | parameters
        for name, process in self._processes:
            values[name] = process(values[name])
        return values if self._order is None else [values[name] for name in self._order]

    def result(self, cursor: DBAPICursor) -> Result:
        """Take what the cursor has after the execution."""
        shape = self._shape
        if shape is None:
            shape = self._shape = Shape(cursor, self._types, self._dialect)
        rows = cursor.fetchall() if shape.names else ()
        return Result(rows, shape, cursor.rowcount)


@lru_cache(maxsize=PREPARED)
def prepared(statement: Statement, names: tuple[str, ...], dialect: sa.Dialect) -> Prepared:
    """Compile a statement, once: it is known by being the same object, not by what it says."""
    return Prepared(statement, names, dialect)


def _constants(compiled: SQLCompiler) -> dict[str, Json]:
    named = compiled.bind_names.items()
    return {name: bind.effective_value for bind, name in named if not bind.required}


def _processes(compiled: SQLCompiler, dialect: sa.Dialect) -> list[tuple[str, Process]]:
    found = (
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
        for bind, name in compiled.bind_names.items()
    )
    return [(name, process) for name, process in found if process]
