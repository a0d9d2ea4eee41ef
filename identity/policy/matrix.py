"""A table as people look at it: methods against operations, and what each operation asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from factors.contract import FactorClass
from identity.policy.rules import ENTRANCES, MethodRule, Operation, Table
from identity.policy.sifting import usable
from identity.policy.strictest import strictest

Rows: TypeAlias = Sequence[Sequence[str]]
"""Cells, row by row; the first row is the heading."""

LETTERS = {FactorClass.KNOWLEDGE: "K", FactorClass.POSSESSION: "P", FactorClass.INHERENCE: "I"}

_FLAGS = (
    "different_from_login",
    "device_bound",
    "phishing_resistant",
    "distrust_fresh",
)


def worth(table: Table) -> Rows:
    """Return a row for each method: what it counts as in each operation, ``1`` where first.

    An empty cell: it does not count there.
    """
    counting = {name: usable(table, strictest(table, name)) for name in table.operations}
    body = [
        (method, *(_cell(table, name, method, counting[name]) for name in counting))
        for method in table.methods
    ]
    return [("method", *counting), *body]


def asks(table: Table) -> Rows:
    """Return a row for each operation: what it asks in the end, the firm's demands included."""
    body = [_asks(name, strictest(table, name).rule) for name in table.operations]
    return [("operation", "classes", "required", "recent", "also", "asked by"), *body]


def legend(table: Table) -> Sequence[str]:
    """Return what the letters mean, what is special of methods, and what holds for all."""
    letters = ", ".join(f"{letter} {cls}" for cls, letter in LETTERS.items())
    special = [
        f"{method}: {said}" for method, rule in table.methods.items() if (said := _special(rule))
    ]
    return [f"{letters}; 1 may be asked first.", *special, summary(table)]


def summary(table: Table) -> str:
    """Return what a table holds, in a few words."""
    counts = sum(rule.class_ is not None for rule in table.methods.values())
    said = [
        f"{len(table.methods)} methods, {counts} of which count",
        f"{len(ENTRANCES & table.operations.keys())} entrances",
        f"{len(table.operations.keys() - ENTRANCES)} step-ups",
        f"shared channels are {'refused' if table.independence == 'refuse' else 'said'}",
        *_sessions(table),
    ]
    return "; ".join(said) + "."


def _sessions(table: Table) -> Iterator[str]:
    bounds = (("unused", table.sessions.idle), ("at all", table.sessions.absolute))
    yield from (f"sessions live {seconds:g} s {how} at most" for how, seconds in bounds if seconds)


def _cell(table: Table, operation: str, method: str, counting: Sequence[str]) -> str:
    rule = table.methods[method]
    if method not in counting or rule.class_ is None:
        return ""
    first = " 1" if method in table.operations[operation].first else ""
    return LETTERS[rule.class_] + first


def _special(rule: MethodRule) -> str:
    if rule.class_ is None:
        return "counts as nothing."
    also = [
        f"{cls} too, if {why}"
        for why, cls in (
            ("a biometric was attested", rule.biometric),
            ("it verified its user", rule.uv_counts_as),
        )
        if cls
    ]
    beside = ["synced, only beside a device"] if rule.synced == "beside_device" else []
    said = "; ".join((*also, *beside))
    return f"{said}." if said else ""


def _asks(name: str, rule: Operation) -> tuple[str, ...]:
    recent = "/".join(LETTERS[cls] for cls in rule.recent)
    also = [flag.replace("_", " ") for flag in _FLAGS if getattr(rule, flag)]
    also += [f"{', '.join(rule.fresh_allowed)} though fresh"] if rule.fresh_allowed else []
    also += ["nothing restricted"] if rule.restricted == "refuse" else []
    return (
        name,
        str(rule.classes),
        ", ".join(rule.required),
        f"{rule.recent_classes} of {recent} in {rule.max_age:g} s" if recent else "",
        "; ".join(also),
        "\n".join(rule.clauses),
    )
