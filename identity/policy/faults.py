"""What is wrong with a policy, all of it at once: the shape of its members, and their sense.

A policy that says nothing by mistake would be a door, so an unknown word, a member without effect
and an operation that nothing could satisfy are faults like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from factors.contract import FactorClass
from identity.model import Shown
from identity.policy.decide import decide
from identity.policy.lines import Path
from identity.policy.reading import Document, Fault
from identity.policy.rules import ENTRANCES, STEP_UPS, MethodRule, Operation, Table
from identity.policy.specimens import specimens

ROWS: Mapping[str, type[msgspec.Struct]] = {"methods": MethodRule, "operations": Operation}
"""The members of a table that are tables of rows by name."""

CLASSES = len(FactorClass)


class Known(NamedTuple):
    """What there is beyond the file: the registered methods, and those that may be first.

    `firsts` None means that nobody said.
    """

    methods: frozenset[str]
    firsts: frozenset[str] | None = None


def checked(document: Document, known: Known) -> Table:
    """Return the table a document states, or raise with every fault of it."""
    said = document.merged
    table = _sound(said)
    faults = [*_shape(said), *_of_methods(said, known)]
    faults += [*_of_operations(table, known), *_of_firm(table)]
    faults = faults or [*_out_of_reach(table)]
    if faults:
        raise document.refused(faults)
    return msgspec.convert(said, Table)


def _sound(said: Mapping[str, Any]) -> Table:
    """Return what can be understood of a table, to look for what else is wrong with it."""
    rows = {
        member: {name: row for name, row in _rows(said, member) if not [*_members(kind, row, ())]}
        for member, kind in ROWS.items()
    }
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(Table)}
    others = {
        name: value
        for name, value in said.items()
        if name in fields and name not in ROWS and not [*_typed((), fields[name], value)]
    }
    return msgspec.convert({"name": ""} | others | rows, Table)


def _shape(said: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is unknown, missing or of the wrong type."""
    yield from _members(Table, said, ())
    for member, kind in ROWS.items():
        rows = said.get(member, {})
        if not isinstance(rows, dict):
            yield Fault((member,), "must be a table")
            continue
        for name, row in rows.items():
            yield from _members(kind, row, (member, name))
    for name in sorted(ENTRANCES | STEP_UPS):
        if name not in _keys(said, "operations"):
            yield Fault(("operations", name), "missing")


def _members(kind: type[msgspec.Struct], said: Any, at: Path) -> Iterator[Fault]:
    if not isinstance(said, dict):
        yield Fault(at, "must be a table")
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in said.keys() - fields:
        yield Fault((*at, name), f"unknown member{_hint(name, fields.keys() - said)}")
    for name, field in fields.items():
        if name not in said:
            if field.required:
                yield Fault(at, f"{name} is missing")
        elif kind is not Table or name not in ROWS:  # whose rows are looked at one by one
            yield from _typed((*at, name), field.type, said[name])


def _typed(at: Path, kind: Any, value: Any) -> Iterator[Fault]:
    """Yield why `value` is none of its type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _members(kind, value, at)
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Fault(at, str(error).partition(" - at ")[0])


def _of_methods(said: Mapping[str, Any], known: Known) -> Iterator[Fault]:
    for name in _keys(said, "methods") - known.methods:
        yield Fault(("methods", name), f"no such factor{_hint(name, known.methods)}")
    operations = _keys(said, "operations")
    for name, row in _rows(said, "methods"):
        for at, operation in _listed(row, "operations"):
            if operation not in operations:
                where = ("methods", name, "operations", at)
                yield Fault(where, f"{operation!r} is not under [operations]")
    for name, row in _rows(said, "operations"):
        for member, at, method in _named(row):
            if method not in _keys(said, "methods"):
                near = _hint(method, _keys(said, "methods") & known.methods)
                where = ("operations", name, member, at)
                yield Fault(where, f"{method!r} is not under [methods]{near}")


def _named(operation: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield each method that an operation names: in which list, at which place."""
    for member in ("first", "methods", "required", "fresh_allowed"):
        for at, method in _listed(operation, member):
            yield member, at, method


def _of_operations(table: Table, known: Known) -> Iterator[Fault]:
    for name, rule in table.operations.items():
        at = ("operations", name)
        yield from (Fault((*at, member), reason) for member, reason in _of_operation(name, rule))
        for index, method in enumerate(rule.first):
            if known.firsts is not None and method in known.methods - known.firsts:
                reason = f"{method!r} may not be asked before anything was proven"
                yield Fault((*at, "first", index), reason)
            if not _may_count(table, name, rule, method):
                yield Fault((*at, "first", index), f"{method!r} would count for nothing here")


def _of_operation(name: str, rule: Operation) -> Iterator[tuple[str, str]]:
    """Yield members and reasons, for what is wrong with one operation by itself."""
    if not 1 <= rule.classes <= CLASSES:
        yield "classes", f"must be 1 to {CLASSES}"
    if rule.recent and not 1 <= rule.recent_classes <= len(set(rule.recent)):
        yield "recent_classes", "must be 1 to what `recent` names"
    if rule.recent and rule.max_age <= 0:
        yield "max_age", "`recent` needs an age over 0"
    if not rule.recent and rule.max_age:
        yield "max_age", "has no effect without `recent`"
    if rule.fresh_allowed and not rule.distrust_fresh:
        yield "fresh_allowed", "has no effect without `distrust_fresh`"
    if name in STEP_UPS and not rule.recent:
        yield "recent", "a step-up asks a recent proof of a class"
    if name in STEP_UPS and rule.first:
        yield "first", "has no effect: a step-up begins with a session"
    if name not in STEP_UPS and not rule.first:
        yield "first", "nobody could begin; name a method"


def _may_count(table: Table, operation: str, rule: Operation, method: str) -> bool:
    row = table.methods.get(method, MethodRule())  # one that is not there is told as such
    allowed = not rule.methods or method in rule.methods
    return allowed and (not row.operations or operation in row.operations)


def _of_firm(table: Table) -> Iterator[Fault]:
    if not 0 <= table.firm.classes <= CLASSES:
        yield Fault(("firm", "classes"), f"must be 0 to {CLASSES}")
    for member, seconds in (
        (("firm", "max_age"), table.firm.max_age),
        (("sessions", "idle"), table.sessions.idle),
        (("sessions", "absolute"), table.sessions.absolute),
    ):
        if seconds < 0:
            yield Fault(member, "must not be negative; 0 means no say")


def _out_of_reach(table: Table) -> Iterator[Fault]:
    """Yield the operations that not even every method together could satisfy."""
    everything = [*_everything(table)]
    for name in table.operations:
        missing = decide(table, name, everything, 0.0).missing
        if missing:
            lacks = ", ".join(lack.code for lack in missing)
            yield Fault(("operations", name), f"no proof of any method could satisfy it: {lacks}")


def _everything(table: Table) -> Iterator[Shown]:
    """Yield the best and the worst proof of every method, given now by one that is long bound."""
    for method, rule in table.methods.items():
        for at, evidence in enumerate(specimens(method, rule.class_)):
            yield Shown(evidence=evidence, at=0.0, credential_id=f"{method}{at}", at_login=False)


def _keys(said: Mapping[str, Any], member: str) -> frozenset[str]:
    rows = said.get(member)
    return frozenset(rows) if isinstance(rows, dict) else frozenset()


def _rows(said: Mapping[str, Any], member: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    rows = said.get(member)
    every = rows.items() if isinstance(rows, dict) else ()
    return ((name, row) for name, row in every if isinstance(row, dict))


def _listed(row: Mapping[str, Any], member: str) -> Iterable[tuple[int, str]]:
    listed = row.get(member)
    every = enumerate(listed) if isinstance(listed, list) else ()
    return ((at, item) for at, item in every if isinstance(item, str))


def _hint(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
