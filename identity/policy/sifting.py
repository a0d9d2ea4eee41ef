"""Which evidence may count for an operation at all, and why the rest may not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from identity.model import Shown
from identity.policy.rules import Table
from identity.policy.specimens import SHOWS_ONLY_RESTRICTED
from identity.policy.strictest import Asked
from identity.policy.verdicts import Observation
from identity.policy.worth import Weighed, counted


class Sifted(NamedTuple):
    """Evidence that may count, weighed, and what was left aside, by the remark it is worth.

    `transactions` is the evidence once more, apart by whether it was given in this one.
    """

    evidence: Sequence[Weighed]
    ignored: Sequence[tuple[Observation, Shown]]
    transactions: Sequence[Sequence[Shown]]

    def everything(self) -> Iterable[Shown]:
        """Return all that was shown."""
        yield from (it.piece for it in self.evidence)
        yield from (piece for _, piece in self.ignored)


def sifted(
    table: Table, asked: Asked, shown: Sequence[Shown], now: float, earlier: Sequence[Shown]
) -> Sifted:
    """Weigh what may count. Evidence from before this transaction is never recent."""
    kept: list[Weighed] = []
    ignored: list[tuple[Observation, Shown]] = []
    transactions: list[list[Shown]] = []
    for pieces, in_time in ((earlier, False), (shown, True)):
        allowed: list[Shown] = []
        for piece in pieces:
            why = _why_not(table, asked, piece)
            if why is None:
                allowed.append(piece)
            else:
                ignored.append((why, piece))
        transactions.append(allowed)
        kept += [
            Weighed(piece, classes, in_time and now - piece.at <= asked.rule.max_age)
            for piece, classes in zip(allowed, counted(table, allowed), strict=True)
        ]
    return Sifted(kept, ignored, transactions)


def usable(table: Table, asked: Asked) -> tuple[str, ...]:
    """Return the methods that could count for an operation, in the table's order."""
    refused = SHOWS_ONLY_RESTRICTED if asked.rule.restricted == "refuse" else frozenset()
    return tuple(
        name for name in table.methods if name not in refused and _belongs(table, asked, name)
    )


def _why_not(table: Table, asked: Asked, piece: Shown) -> Observation | None:
    """Return what is to be remarked on a piece that does not count here."""
    method, rule = piece.evidence.method, asked.rule
    if not _belongs(table, asked, method):
        return "not_here" if method in table.methods else "no_class"
    if rule.restricted == "refuse" and piece.evidence.restricted:
        return "restricted_ignored"
    if rule.distrust_fresh and piece.fresh and method not in rule.fresh_allowed:
        return "fresh_ignored"
    return None


def _belongs(table: Table, asked: Asked, method: str) -> bool:
    found = table.methods.get(method)
    if found is None or (asked.rule.methods and method not in asked.rule.methods):
        return False
    return not found.operations or asked.operation in found.operations
