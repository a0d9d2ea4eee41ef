"""The verdict that follows from a policy's file, by the lab's own plain rules.

This is written from what the policy's words mean, and imports nothing of the service: where the
service decides otherwise, one of the two is wrong, and the lab says so.

    a proof counts       where table, operation and freshness let its method count at all
    it is worth          its class, and what a biometric or a user verification adds
    together             distinct classes; where channels must be independent, one proof of each
    a step-up            recent proofs are those of its own transaction; classes may be older
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Final

import msgspec

from demo_client.lab.combinations import Combination
from demo_client.lab.facts import Kind
from demo_client.lab.tables import Table

STEP_UPS: Final = frozenset({"order", "factor.add", "factor.remove", "password.change"})
"""Operations of the API that build on a session."""

UNTIGHTENED: Final = frozenset({"activation"})
"""What neither firm nor owner can tighten: there is no factor of one's own yet."""


class Proof(msgspec.Struct, frozen=True):
    """A kind that was shown. `holder` tells two of one kind apart; `fresh`: it is distrusted."""

    kind: Kind
    holder: str = ""
    fresh: bool = False

    @property
    def credential(self) -> tuple[str, str]:
        """What it was shown with."""
        return (self.kind.id, self.holder)


class Verdict(msgspec.Struct, frozen=True):
    """Whether an operation is allowed, and which requirements are missing, by their codes."""

    allowed: bool
    missing: tuple[str, ...] = ()


def verdict(
    table: Table, operation: str, proofs: Sequence[Proof], earlier: Sequence[Proof] = ()
) -> Verdict:
    """Say what `operation` answers to `proofs`, shown just now in one transaction.

    `earlier` opened the session that a step-up builds on. Before a first proof only the methods
    of `first` are asked; where none is among the proofs, nothing can be shown at all.
    """
    if operation not in STEP_UPS and not _can_begin(table, operation, proofs):
        proofs = ()
    missing = tuple(sorted(_missing(_Asked(table, operation), proofs, earlier)))
    return Verdict(allowed=not missing, missing=missing)


def worth(table: Table, kind: Kind, *, beside_device: bool = False) -> frozenset[str]:
    """Return the classes a kind counts as under a table. Clauses CC-17010.d.a to .c ask which."""
    row = table.methods.get(kind.method, {})
    own = row.get("class")
    if own is None or own != kind.class_:
        return frozenset()
    left_alone = kind.synced and row.get("synced") == "beside_device" and not beside_device
    added = [
        own if not left_alone else None,
        row.get("biometric") if kind.biometric else None,
        row.get("uv_counts_as") if kind.user_verified else None,
    ]
    return frozenset(cls for cls in added if cls)


def first_to_show(table: Table, operation: str, pick: Combination) -> bool:
    """Whether a transaction for `operation` can begin with one of `pick`."""
    return operation in STEP_UPS or _can_begin(table, operation, [Proof(kind) for kind in pick])


def _can_begin(table: Table, operation: str, proofs: Iterable[Proof]) -> bool:
    return any(proof.kind.method in table.first(operation) for proof in proofs)


class _Asked:
    """What an operation asks in the end: its own row, tightened by the firm's."""

    def __init__(self, table: Table, operation: str) -> None:
        row = table.operations[operation]
        firm = {} if operation in UNTIGHTENED else table.firm
        self.table = table
        self.operation = operation
        self.row: Any = row
        self.classes: int = max(row["classes"], firm.get("classes", 0))
        self.recent = frozenset(row.get("recent", ()))
        self.phishing_resistant = _either(row, firm, "phishing_resistant")
        self.device_bound = _either(row, firm, "device_bound")
        refuse = row.get("restricted", "count") == "refuse"
        self.unrestricted = refuse or bool(firm.get("unrestricted"))

    def counts(self, proof: Proof) -> bool:
        """Whether a proof may count for this operation at all."""
        method, row = proof.kind.method, self.row
        known = self.table.methods.get(method)
        if known is None or not _named(row.get("methods"), method):
            return False
        if not _named(known.get("operations"), self.operation):
            return False
        if self.unrestricted and proof.kind.restricted:
            return False
        distrusted = row.get("distrust_fresh", False) and proof.fresh
        return not distrusted or method in row.get("fresh_allowed", ())

    def classes_of(self, proofs: Sequence[Proof]) -> dict[Proof, frozenset[str]]:
        """Return what each proof of one transaction is worth."""
        beside = any(proof.kind.method == "device" for proof in proofs)
        return {p: worth(self.table, p.kind, beside_device=beside) for p in proofs}


def _either(row: Any, firm: Any, flag: str) -> bool:
    return bool(row.get(flag) or firm.get(flag))


def _named(names: Sequence[str] | None, name: str) -> bool:
    """Whether a list names `name`; one that is empty or absent names everything."""
    return not names or name in names


def _missing(asked: _Asked, proofs: Sequence[Proof], earlier: Sequence[Proof]) -> Iterable[str]:
    now = asked.classes_of([proof for proof in proofs if asked.counts(proof)])
    before = asked.classes_of([proof for proof in earlier if asked.counts(proof)])
    row, table = asked.row, asked.table
    every = {**before, **now}
    if len(_together(table, every)) < asked.classes:
        yield "classes"
    if asked.recent:
        told = {proof: classes & asked.recent for proof, classes in now.items()}
        if len(_together(table, told)) < row.get("recent_classes", 1):
            yield "recent"
    # What is asked for by name must be as recent as the operation asks anything to be.
    timely = now if asked.recent else every
    if set(row.get("required", ())) - {proof.kind.method for proof in timely}:
        yield "required"
    opened = earlier if asked.operation in STEP_UPS else proofs
    if row.get("different_from_login") and not _different(table, every, opened):
        yield "different_from_login"
    for fact in ("device_bound", "phishing_resistant"):
        if getattr(asked, fact) and not any(getattr(proof.kind, fact) for proof in timely):
            yield fact


def _different(table: Table, worths: dict[Proof, frozenset[str]], opened: Sequence[Proof]) -> bool:
    """Whether a trusted factor was shown that did not open the session, nor shares its channel."""
    used = {proof.credential for proof in opened}
    heard = {proof.kind.carrier for proof in opened} - {""} if table.independent else set()
    return any(
        classes
        and not proof.fresh
        and proof.credential not in used
        and proof.kind.carrier not in heard
        for proof, classes in worths.items()
    )


def _together(table: Table, worths: dict[Proof, frozenset[str]]) -> frozenset[str]:
    """Return the classes of proofs together: the most that any set of independent ones shows."""
    proofs = list(worths)
    if not table.independent:
        return frozenset[str]().union(*worths.values())
    sets = (
        frozenset[str]().union(*(worths[proof] for proof in some))
        for size in range(len(proofs) + 1)
        for some in combinations(proofs, size)
        if _independent(some)
    )
    return max(sets, key=len)


def _independent(proofs: Iterable[Proof]) -> bool:
    carriers = [proof.kind.carrier for proof in proofs if proof.kind.carrier]
    return len(carriers) == len(set(carriers))
