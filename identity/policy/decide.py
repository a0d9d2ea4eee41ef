"""Whether what was shown is enough, requirement by requirement, and who asks for it.

    counted(table, shown)                    -> the classes each piece counts as
    decide(table, operation, shown, now)     -> Decision: met by what, missing what, AAL, SCA

Pure: the same evidence at the same time gives the same decision, with its reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from factors.contract import FactorClass
from identity.model import Shown
from identity.policy.checks import Case, verdicts
from identity.policy.levels import MULTI, levels
from identity.policy.remarks import remarks
from identity.policy.rules import Table
from identity.policy.sifting import sifted, usable
from identity.policy.strictest import strictest
from identity.policy.verdicts import Decision, Met, Missing, Remark
from identity.policy.worth import counted

__all__ = ["MULTI", "Decision", "Met", "Missing", "Remark", "counted", "decide", "helps"]


def decide(  # noqa: PLR0913 - what few say has a default
    table: Table,
    operation: str,
    shown: Sequence[Shown],
    now: float,
    earlier: Sequence[Shown] = (),
    *,
    demands: Collection[str] = (),
) -> Decision:
    """Hold `shown` against what `operation` asks. Clause: CC-17010.c.c, CC-17010.d

    `earlier` is evidence from before this transaction: it counts for everything but recency. What
    approves an order is given for this order, not left over from a login a moment ago. `demands`
    are the account's own, words of `rules.DEMANDS`; the strictest of operation, firm and account
    is what is asked.
    """
    asked = strictest(table, operation, demands)
    evidence = sifted(table, asked, shown, now, earlier)
    case = Case(table, asked.rule, evidence, usable(table, asked))
    found = verdicts(asked, case)
    level = levels(evidence.transactions)
    missing = tuple(verdict for verdict in found if isinstance(verdict, Missing))
    return Decision(
        operation=operation,
        satisfied=not missing,
        met=tuple(verdict for verdict in found if isinstance(verdict, Met)),
        missing=missing,
        clauses=asked.rule.clauses,
        aal=level.aal,
        sca=level.sca,
        remarks=remarks(asked, case),
        usable=case.usable,
    )


def helps(decision: Decision, method: str, *classes: FactorClass | None) -> bool:
    """Whether one more proof by `method`, which may show `classes`, would bring it further."""
    return method in decision.usable and any(
        method in missing.methods if missing.methods else bool({*missing.classes} & {*classes})
        for missing in decision.missing
    )
