"""What a piece of evidence counts as under a table, and how much several of them are together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from factors.contract import Evidence, FactorClass
from identity.model import Shown
from identity.policy.rules import MethodRule, Table

Classes = frozenset[FactorClass]

DEVICE = "device"
"""The method whose proof a synced credential may count beside."""


class Weighed(NamedTuple):
    """A piece of evidence, the classes it counts as, and whether it was given just now."""

    piece: Shown
    classes: Classes
    recent: bool = True


def counted(table: Table, shown: Iterable[Shown]) -> list[Classes]:
    """Return, for each piece of one transaction's evidence, the classes it counts as.

    A device proven to open the session lends nothing to what is shown later: beside means in the
    same transaction. Clause: CC-17010.d, CC-17010.d.a, CC-17010.d.b, CC-17010.d.c
    """
    pieces = list(shown)
    beside = {piece.at_login for piece in pieces if piece.evidence.method == DEVICE}
    return [
        _classes(table.methods.get(p.evidence.method), p, beside_device=p.at_login in beside)
        for p in pieces
    ]


def _classes(rule: MethodRule | None, piece: Shown, *, beside_device: bool) -> Classes:
    evidence = piece.evidence
    if rule is None or rule.class_ is None or rule.class_ not in evidence.classes:
        return frozenset()
    found = {rule.class_}
    if alone(rule, piece) and not beside_device:
        found.clear()
    return frozenset(found) | beyond(rule, evidence)


def beyond(rule: MethodRule, evidence: Evidence) -> Classes:
    """Return the classes that user verification adds to a method's own."""
    biometric = rule.biometric if evidence.biometric else None
    verified = rule.uv_counts_as if evidence.user_verified else None
    return frozenset(cls for cls in (biometric, verified) if cls)


def alone(rule: MethodRule, piece: Shown) -> bool:
    """Whether this is a credential that counts only beside a bound device."""
    return piece.evidence.synced and rule.synced == "beside_device"


def together(table: Table, evidence: Sequence[Weighed]) -> Classes:
    """Return the classes that several pieces show together.

    Where the table refuses what is not independent, those that may share a channel count as one
    of them, whichever serves best: who has that channel may have them all (RTS Art. 9).
    """
    if table.independence == "say":
        return _union(evidence)
    free = _union(it for it in evidence if not it.piece.evidence.carrier)
    shared = carriers(evidence)
    choices = (free.union(*(it.classes for it in chosen)) for chosen in product(*shared.values()))
    return max(choices, key=lambda classes: (len(classes), sorted(classes)))


def carriers(evidence: Iterable[Weighed]) -> dict[str, list[Weighed]]:
    """Return what each channel brought, by its name."""
    found: dict[str, list[Weighed]] = {}
    for it in evidence:
        if it.piece.evidence.carrier:
            found.setdefault(it.piece.evidence.carrier, []).append(it)
    return found


def _union(evidence: Iterable[Weighed]) -> Classes:
    return frozenset[FactorClass]().union(*(it.classes for it in evidence))
