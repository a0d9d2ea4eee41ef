"""What an examiner would want to know of the evidence, beyond whether it was enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from identity.model import Shown
from identity.policy.checks import Case, methods, shared
from identity.policy.rules import MethodRule
from identity.policy.strictest import Asked
from identity.policy.verdicts import Observation, Remark, Source
from identity.policy.worth import Weighed, alone


def remarks(asked: Asked, case: Case) -> tuple[Remark, ...]:
    """Return the remarks on one decision, in a fixed order."""
    plain = not case.sifted.ignored and all(map(_is_plain, case.evidence))
    return () if plain else tuple(_remarks(asked, case))


def _is_plain(it: Weighed) -> bool:
    """Whether no remark is about such evidence, as of most: sessions ask at every request."""
    evidence = it.piece.evidence
    return bool(it.classes) and evidence.direct and not (evidence.restricted or evidence.carrier)


def _remarks(asked: Asked, case: Case) -> Iterator[Remark]:
    for carrier, found in sorted(shared(case.evidence).items()):
        yield Remark(code="shared_channel", methods=found, carrier=carrier)
    counting = [it.piece for it in case.evidence if it.classes]
    yield from _remark("restricted", (piece for piece in counting if piece.evidence.restricted))
    yield from _on_worthless(case)
    yield from _on_indirect(case)
    yield from _remark("fresh_ignored", _ignored(case, "fresh_ignored"))
    refused = _ignored(case, "restricted_ignored")
    yield from _remark("restricted_ignored", refused, asked.source("restricted"))
    yield from _remark("not_here", _ignored(case, "not_here"))


def _on_indirect(case: Case) -> Iterator[Remark]:
    """Print the doubt about what somebody else has checked. Clause: CC-17010.d.c"""
    said: dict[Observation, list[Shown]] = {}
    for it in case.evidence:
        evidence = it.piece.evidence
        if not evidence.direct and (evidence.biometric or evidence.user_verified):
            said.setdefault(_doubt(it, case.table.methods[evidence.method]), []).append(it.piece)
    for code in sorted(said):
        yield from _remark(code, said[code])


def _doubt(it: Weighed, rule: MethodRule) -> Observation:
    """Return what was made of a check by somebody else; a PIN passes for one where one may."""
    if it.piece.evidence.biometric and rule.biometric in it.classes:
        return "indirect"
    return "indirect_pin" if rule.uv_counts_as in it.classes else "verification_ignored"


def _on_worthless(case: Case) -> Iterator[Remark]:
    rules = case.table.methods
    worthless = [it.piece for it in case.evidence if not it.classes]
    synced = [piece for piece in worthless if alone(rules[piece.evidence.method], piece)]
    yield from _remark("synced_alone", synced)
    others = [piece for piece in worthless if piece not in synced]
    yield from _remark("no_class", [*others, *_ignored(case, "no_class")])


def _ignored(case: Case, code: Observation) -> list[Shown]:
    return [piece for why, piece in case.sifted.ignored if why == code]


def _remark(
    code: Observation, pieces: Iterable[Shown], source: Source = "operation"
) -> Iterator[Remark]:
    found = methods(pieces)
    if found:
        yield Remark(code=code, methods=found, source=source)
