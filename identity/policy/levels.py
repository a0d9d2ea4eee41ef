"""What a decision is worth to those who go by other rules: NIST's AAL, and PSD2's SCA.

Both are told by the shipped tables of those rules, whatever table is in force: a firm's own table
cannot raise what an auditor reads as "AAL2".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

from factors.contract import Evidence
from identity.model import Shown
from identity.policy.reading import read
from identity.policy.rules import Table
from identity.policy.worth import Weighed, counted, together

MULTI: Final = 2
"""Two classes make a multi-factor proof, everywhere this service is examined."""

_NIST: Final = msgspec.convert(read("nist-63b-4").merged, Table)
_PSD2: Final = msgspec.convert(read("psd2-sca").merged, Table)

_Facts: TypeAlias = tuple[tuple[Evidence, bool], ...]


class Levels(NamedTuple):
    """`aal` of SP 800-63B-4, 0 for no proof it knows; `sca` whether PSD2 is content."""

    aal: int
    sca: bool


def levels(transactions: Iterable[Sequence[Shown]]) -> Levels:
    """Return the levels of evidence, apart by the transaction it was given in."""
    return _levels(tuple(_facts(shown) for shown in transactions if shown))


def _facts(shown: Sequence[Shown]) -> _Facts:
    return tuple((piece.evidence, piece.at_login) for piece in shown)


@lru_cache(maxsize=1024)  # sessions ask for theirs at every request, and most are alike
def _levels(transactions: tuple[_Facts, ...]) -> Levels:
    return Levels(_aal(_weighed(_NIST, transactions)), _sca(_weighed(_PSD2, transactions)))


def _aal(weighed: Sequence[Weighed]) -> int:
    """Return 2 for two factors (2.2.1), 3 with a hardware key that no phisher can use (2.3.2)."""
    classes = together(_NIST, weighed)
    facts = [it.piece.evidence for it in weighed if it.classes]
    if len(classes) >= MULTI:
        return 3 if any(f.device_bound and f.phishing_resistant for f in facts) else 2
    return len(classes)


def _sca(weighed: Sequence[Weighed]) -> bool:
    """Whether there are two independent elements (RTS Art. 4 and 9)."""
    return len(together(_PSD2, weighed)) >= MULTI


def _weighed(table: Table, transactions: Iterable[_Facts]) -> list[Weighed]:
    found: list[Weighed] = []
    for facts in transactions:
        shown = [
            Shown(evidence=evidence, at=0.0, credential_id="", at_login=at_login)
            for evidence, at_login in facts
        ]
        found += map(Weighed, shown, counted(table, shown))
    return found
