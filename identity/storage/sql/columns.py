"""Column types for what a database has no word for: closed vocabularies and nested values."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that sorts by code point on both databases, so that a listing pages alike."""


class Word(sa.types.TypeDecorator[StrEnum]):
    """A member of a `StrEnum`, stored as its value."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, vocabulary: type[StrEnum]) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def process_bind_param(self, value: StrEnum | None, dialect: sa.Dialect) -> str | None:
        """Return the plain string: a driver may treat a subclass of `str` in its own way."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> StrEnum | None:
        """Return the member; an unknown word raises `ValueError`."""
        del dialect
        return None if value is None else self.vocabulary(value)


class Packed(sa.types.TypeDecorator[Any]):
    """A nested value of a type msgspec knows, stored as JSON in UTF-8."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._decoder = msgspec.json.Decoder(shape)

    def process_bind_param(self, value: Any | None, dialect: sa.Dialect) -> bytes | None:
        """Return the value as JSON."""
        del dialect
        return None if value is None else msgspec.json.encode(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Any | None:
        """Return the value as it was; anything but `shape` raises `msgspec.ValidationError`."""
        del dialect
        return None if value is None else self._decoder.decode(value)
