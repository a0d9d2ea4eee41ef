"""A decision in sentences, for whoever is asked to prove more and for whoever examines why.

Pure: the words come from outside, by id, in the language that `say` speaks. A method or operation
that has no name there (a firm's own) is called by its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from factors.contract import FactorClass
from identity.policy.verdicts import Decision, Met, Missing, Remark, Source


class Say(Protocol):
    """Returns the text with this id, its `{values}` filled in; `KeyError` where there is none."""

    def __call__(self, text_id: str, /, **values: str) -> str:
        """Say it."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in sentences: what it is, what is met and missing, what to know of it."""

    verdict: str
    met: tuple[str, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    levels: str


def explained(decision: Decision, say: Say) -> Explanation:
    """Return the whole decision in sentences."""
    verdict = "verdict.enough" if decision.satisfied else "verdict.not_enough"
    return Explanation(
        verdict=say(verdict, operation=named("operation", decision.operation, say)),
        met=tuple(met(item, say) for item in decision.met),
        missing=tuple(missing(item, say) for item in decision.missing),
        remarks=tuple(remark(item, say) for item in decision.remarks),
        levels=say("levels.sca" if decision.sca else "levels.no_sca", aal=str(decision.aal)),
    )


def met(item: Met, say: Say) -> str:
    """Tell what is satisfied, by what."""
    said = say(
        f"met.{item.code}",
        classes=_classes("and", item.classes, say),
        methods=_methods("and", item.methods, say),
    )
    return _with_source(said, item.source, say)


def missing(item: Missing, say: Say) -> str:
    """Tell what is still asked, and who asks it where that is not the operation's own rule."""
    classes = _classes("or", item.classes, say)
    methods = _methods("or", item.methods, say) or classes
    said = say(f"missing.{item.code}", classes=classes, methods=methods)
    return _with_source(said, item.source, say)


def remark(item: Remark, say: Say) -> str:
    """Tell what is to be known of the evidence."""
    said = say(
        f"remark.{item.code}",
        methods=_methods("and", item.methods, say),
        carrier=named("carrier", item.carrier, say) if item.carrier else "",
    )
    return _with_source(said, item.source, say)


def named(kind: str, name: str, say: Say) -> str:
    """Return what people call a thing of this kind: ``named("method", "totp", say)``."""
    try:
        return say(f"{kind}.{name}")
    except KeyError:
        return name


def _classes(how: str, classes: Iterable[FactorClass], say: Say) -> str:
    return _joined(how, (say(f"class.{cls}") for cls in classes), say)


def _methods(how: str, methods: Iterable[str], say: Say) -> str:
    return _joined(how, (named("method", method, say) for method in methods), say)


def _joined(how: str, names: Iterable[str], say: Say) -> str:
    return say(how).join(names)


def _with_source(said: str, source: Source, say: Say) -> str:
    return said if source == "operation" else said + say(f"source.{source}")
