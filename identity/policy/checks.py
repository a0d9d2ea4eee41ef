"""Each requirement an operation may have: whether the evidence meets it, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from factors.contract import FactorClass
from identity.model import Shown
from identity.policy.rules import Operation, Table
from identity.policy.sifting import Sifted
from identity.policy.specimens import ABLE
from identity.policy.strictest import Asked
from identity.policy.verdicts import Met, Missing, Requirement
from identity.policy.worth import Weighed, carriers, together

_EVERY = tuple(FactorClass)


class Case(NamedTuple):
    """One operation, and the evidence held against it."""

    table: Table
    rule: Operation
    sifted: Sifted
    usable: tuple[str, ...]

    @property
    def evidence(self) -> Sequence[Weighed]:
        """What may count."""
        return self.sifted.evidence

    def timely(self) -> list[Weighed]:
        """Return the evidence that is recent enough for what asks to be."""
        return [it for it in self.evidence if it.recent or not self.rule.recent]


Verdict = Met | Missing | None


def verdicts(asked: Asked, case: Case) -> list[Met | Missing]:
    """Return what each requirement of the operation comes to, with who asks for it."""
    found = [verdict for check in _CHECKS if (verdict := check(case)) is not None]
    return [
        msgspec.structs.replace(verdict, source=asked.sources[verdict.code])
        if verdict.code in asked.sources
        else verdict
        for verdict in found
    ]


def methods(pieces: Iterable[Shown]) -> tuple[str, ...]:
    """Return the methods of some evidence, each once."""
    return tuple(dict.fromkeys(piece.evidence.method for piece in pieces))


def _distinct(case: Case) -> Verdict:
    counting = [it for it in case.evidence if it.classes]
    have = together(case.table, counting)
    if len(have) >= case.rule.classes:
        return Met(code="classes", methods=_of(counting), classes=_ordered(have))
    return Missing(code="classes", classes=tuple(c for c in _EVERY if c not in have))


def _recent(case: Case) -> Verdict:
    rule = case.rule
    if not rule.recent:
        return None
    asked = frozenset(rule.recent)
    fitting = [
        it._replace(classes=it.classes & asked)
        for it in case.evidence
        if it.recent and it.classes & asked
    ]
    have = together(case.table, fitting)
    if len(have) >= rule.recent_classes:
        return Met(code="recent", methods=_of(fitting), classes=_ordered(have))
    lacking = tuple(cls for cls in rule.recent if cls not in have)
    return Missing(code="recent", classes=lacking, max_age=rule.max_age)


def _required(case: Case) -> Verdict:
    required = case.rule.required
    given = _of(case.timely())
    absent = tuple(method for method in required if method not in given)
    if absent:
        return Missing(code="required", methods=absent, classes=_EVERY)
    return Met(code="required", methods=required) if required else None


def _different(case: Case) -> Verdict:
    """Ask a factor that did not open the session and is not freshly bound. Clause: ECD.2

    Where the table refuses what is not independent, one by the login's own channel is none either.
    """
    if not case.rule.different_from_login:
        return None
    login = [piece for piece in case.sifted.everything() if piece.at_login]
    opened = {piece.credential_id for piece in login}
    refuses = case.table.independence == "refuse"
    heard = {piece.evidence.carrier for piece in login} - {""} if refuses else set()
    fitting = (
        it
        for it in case.evidence
        if it.classes
        and not it.piece.fresh
        and it.piece.credential_id not in opened
        and it.piece.evidence.carrier not in heard
    )
    found = _of(fitting)
    if found:
        return Met(code="different_from_login", methods=found)
    return Missing(code="different_from_login", classes=_EVERY)


def _device_bound(case: Case) -> Verdict:
    return _fact(case, "device_bound") if case.rule.device_bound else None


def _phishing_resistant(case: Case) -> Verdict:
    return _fact(case, "phishing_resistant") if case.rule.phishing_resistant else None


def _fact(case: Case, fact: Requirement) -> Verdict:
    """Ask one proof of which `fact` holds, as recent as the operation asks any to be."""
    found = _of(it for it in case.timely() if getattr(it.piece.evidence, fact))
    if found:
        return Met(code=fact, methods=found)
    could = tuple(method for method in case.usable if method in ABLE[fact])
    return Missing(code=fact, classes=(FactorClass.POSSESSION,), methods=could)


def _restricted(case: Case) -> Verdict:
    """Tell that nothing restricted counted, where that is asked; what else lacks is told so."""
    found = _of(case.evidence)
    return (
        Met(code="restricted", methods=found) if found and case.rule.restricted != "count" else None
    )


_CHECKS: tuple[Callable[[Case], Verdict], ...] = (
    _distinct,
    _recent,
    _required,
    _different,
    _device_bound,
    _phishing_resistant,
    _restricted,
)


def shared(evidence: Iterable[Weighed]) -> dict[str, tuple[str, ...]]:
    """Return the methods that may share a channel, by channel; one credential shares nothing."""
    return {
        carrier: methods(it.piece for it in found)
        for carrier, found in carriers(evidence).items()
        if len({it.piece.credential_id for it in found}) > 1
    }


def _of(evidence: Iterable[Weighed]) -> tuple[str, ...]:
    return methods(it.piece for it in evidence)


def _ordered(classes: frozenset[FactorClass]) -> tuple[FactorClass, ...]:
    return tuple(cls for cls in FactorClass if cls in classes)
