"""The strictest of operation, firm and account: what is really asked, and who asks for it.

    a number      the larger one of classes, the smaller one of seconds
    a kind of proof   asked where anybody asks it

Nothing here loosens: a demand that asks less than the operation changes nothing.
Clause: CC-17010.c.c
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from identity.policy.rules import DEMANDS, UNTIGHTENED, Demand, Operation, Table
from identity.policy.verdicts import Source

_NOTHING = Demand()


class Asked(NamedTuple):
    """What one operation asks in the end; `sources` are of what somebody else has tightened."""

    operation: str
    rule: Operation
    sources: Mapping[str, Source]

    def source(self, code: str) -> Source:
        """Return who asks for the requirement `code`."""
        return self.sources.get(code, "operation")


def strictest(table: Table, operation: str, demands: Collection[str] = ()) -> Asked:
    """Return what `operation` asks of an account with `demands`, words of `DEMANDS`.

    Raises `KeyError` for an operation the table has not, `ValueError` for a word that is none: a
    demand that is not understood must not be passed over.
    """
    asked = Asked(operation, table.operations[operation], {})
    if operation in UNTIGHTENED:
        return asked
    return _tightened(_tightened(asked, table.firm, "firm"), _demand(demands), "account")


def _demand(words: Collection[str]) -> Demand:
    unknown = set(words) - set(DEMANDS)
    if unknown:
        raise ValueError(f"no such demand: {', '.join(sorted(unknown))}")
    return msgspec.convert(dict.fromkeys(words, True), Demand) if words else _NOTHING


def _tightened(asked: Asked, demand: Demand, source: Source) -> Asked:
    if demand == _NOTHING:
        return asked
    changes = _changes(asked.rule, demand)
    if not changes:
        return asked
    clauses = tuple(dict.fromkeys((*asked.rule.clauses, *demand.clauses)))
    rule = msgspec.structs.replace(asked.rule, **changes, clauses=clauses)
    sources = dict.fromkeys(map(_code, changes), source)
    return asked._replace(rule=rule, sources={**asked.sources, **sources})


def _changes(rule: Operation, demand: Demand) -> dict[str, Any]:
    """Return the members of `rule` that `demand` tightens, with what it makes of them."""
    found: dict[str, Any] = {}
    if demand.classes > rule.classes:
        found["classes"] = demand.classes
    if rule.recent and 0 < demand.max_age < rule.max_age:
        found["max_age"] = demand.max_age
    for flag in ("phishing_resistant", "device_bound"):
        if getattr(demand, flag) and not getattr(rule, flag):
            found[flag] = True
    if demand.unrestricted and rule.restricted == "count":
        found["restricted"] = "refuse"
    return found


def _code(member: str) -> str:
    """Return the requirement that a member belongs to."""
    return "recent" if member == "max_age" else member
