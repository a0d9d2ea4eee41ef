"""The register of clauses: every one is listed, also those nobody keeps yet.

A missing row would be a lie; a row that says `planned` is a fact an examiner can work with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta


class Cycle(StrEnum):
    """How often a clause is inspected, by the heading it stands under."""

    MONTHLY = "monthly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"
    UNSTATED = "unstated"


class Kind(StrEnum):
    """Who keeps a clause, and so what can be shown for it."""

    ENFORCED = "enforced"
    MEASURED = "measured"
    ATTESTED = "attested"


class Status(StrEnum):
    """What this release claims of a clause."""

    PLANNED = "planned"
    KEPT = "kept"


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One clause. `text` says in our words what it asks, in a sentence."""

    id: Annotated[str, Meta(pattern=r"^(CC-\d{5}|ECD)(\.[a-z0-9]+)+$")]
    cycle: Cycle
    kind: Annotated[tuple[Kind, ...], Meta(min_length=1)]
    text: Annotated[str, Meta(min_length=20, max_length=200)]
    status: Status


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clause: tuple[Clause, ...]


def read(text: str) -> Mapping[str, Clause]:
    """Return the clauses of a register by id, in its own order.

    Raises `ValueError` where `text` is not TOML, a clause is not of this shape, or an id or a
    kind comes twice.
    """
    listed = msgspec.convert(tomllib.loads(text), _File).clause
    clauses = {clause.id: clause for clause in listed}
    if len(clauses) != len(listed):
        raise ValueError("a clause is listed twice")
    if any(len(set(clause.kind)) != len(clause.kind) for clause in listed):
        raise ValueError("a clause names a kind twice")
    return MappingProxyType(clauses)


def load() -> Mapping[str, Clause]:
    """Return the register this release ships."""
    return read(resources.files(__package__).joinpath("clauses.toml").read_text(encoding="utf-8"))
