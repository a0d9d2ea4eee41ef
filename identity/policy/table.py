"""The policy table as typed values, read from TOML.

A file with an unknown member, an unknown method or an operation that nothing could satisfy is
refused at start, every fault with its file, line and reason: a policy that says nothing by mistake
would be a door. What may be written is in `rules`, how files extend each other in `reading`.
"""

from __future__ import annotations

from identity.policy.faults import Known, checked
from identity.policy.reading import read, shipped
from identity.policy.rules import (
    DEMANDS,
    ENTRANCES,
    STEP_UPS,
    Demand,
    MethodRule,
    Operation,
    SessionBounds,
    Table,
)

__all__ = [
    "DEMANDS",
    "ENTRANCES",
    "STEP_UPS",
    "Demand",
    "MethodRule",
    "Operation",
    "SessionBounds",
    "Table",
    "load",
    "shipped",
]


def load(profile: str, known: frozenset[str], firsts: frozenset[str] | None = None) -> Table:
    """Read a shipped profile by name or a file by path.

    `known` are the registered methods, `firsts` those that may be asked before anything was
    proven; without, nobody checks that.
    """
    return checked(read(profile), Known(known, firsts))
