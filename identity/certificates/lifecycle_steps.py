"""The steps that an event takes through a holding: what each writes, and which others follow.

`lifecycle` asks whether something may happen; from here on it does. Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from identity.certificates.lifecycle_conditions import Deed, given_reason
from identity.certificates.lifecycle_events import EVENTS, Event
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor, Reason
from identity.certificates.trading_certificate import (
    LIVE,
    PENDING,
    Ending,
    Holding,
    State,
    TradingCertificate,
    lapsed,
)

_Changes: TypeAlias = Mapping[str, Any]
_Effect: TypeAlias = Callable[[TradingCertificate, Deed, Rules], _Changes]

_HELD: Final = frozenset({State.DELIVERED, State.SUSPENDED})


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate's step: an event for the log and a row to write.

    `before` is None where it begins. On `deliver` the certificate is to be signed, from
    `after.not_before` through `after.not_after`, and kept in the same unit of work.
    """

    event: str
    before: State | None
    after: TradingCertificate


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The holding as it is afterwards, what happened in order, and the keys to block for good."""

    holding: Holding
    moves: tuple[Move, ...]
    blocked: frozenset[bytes] = frozenset()


class Steps:
    """Walks through one event. Used once."""

    def __init__(self, holding: Holding, deed: Deed, rules: Rules) -> None:
        self.holding = holding
        self._deed = deed
        self._rules = rules
        self._moves: list[Move] = []

    def outcome(self) -> Outcome:
        """Return all that happened."""
        ended = (move.after for move in self._moves if move.after.ended)
        blocked = frozenset(one.key for one in ended if one.ended and one.ended.proven)
        return Outcome(holding=self.holding, moves=tuple(self._moves), blocked=blocked)

    def begun(self, row: Event, new: TradingCertificate) -> None:
        """Put a new certificate at the end of the holding."""
        self.holding = (*self.holding, new)
        self._moves.append(Move(event=row.name, before=None, after=new))

    def taken(self, row: Event, one: TradingCertificate) -> None:
        """Take a certificate on as the event was asked for, and all that follows from it."""
        self._write(row, one, _EFFECTS[row.name](one, self._deed, self._rules))
        if row.name == "use":
            self._supersede(one.id)
        if row.to is State.REVOKED:
            self._fall(one.id)

    def lapses(self) -> None:
        """Record whatever has lapsed."""
        for one in self.holding:
            if lapsed(one, self._deed.at, self._rules):
                self._write(EVENTS["lapse"], one, _lapsed(one, self._deed, self._rules))

    def _supersede(self, successor: str) -> None:
        """End what was live before: the one that is renewed, or one that had expired."""
        for one in self.holding:
            if one.id != successor and one.state in LIVE:
                ended = _ending(one, Actor.SERVICE, Reason.SUPERSEDED, self._deed.at)
                self._write(EVENTS["supersede"], one, {"ended": ended})

    def _fall(self, revoked: str) -> None:
        """Revoke what stood on a revoked certificate, or has its key, and so on from there."""
        for certificate_id in [one.id for one in self.holding]:
            first, other = self._of(revoked), self._of(certificate_id)
            if ended := _falling(first, other, self._deed.at):
                self._write(EVENTS["fall"], other, {"ended": ended})
                self._fall(other.id)

    def _of(self, certificate_id: str) -> TradingCertificate:
        return next(one for one in self.holding if one.id == certificate_id)

    def _write(self, row: Event, one: TradingCertificate, changes: _Changes) -> None:
        # A hold that is raised goes on, and a clock that was set back turns nothing around.
        since = one.since if row.to is one.state else max(one.since, self._deed.at)
        after = msgspec.structs.replace(one, state=row.to, since=since, **changes)
        self.holding = tuple(after if each.id == one.id else each for each in self.holding)
        self._moves.append(Move(event=row.name, before=one.state, after=after))


def _approved(_one: TradingCertificate, deed: Deed, _rules: Rules) -> _Changes:
    return {"approved_by": deed.by}


def _rejected(_one: TradingCertificate, deed: Deed, _rules: Rules) -> _Changes:
    return {"ended": Ending(by=deed.by, reason=None, void_from=deed.at)}


def _delivered(_one: TradingCertificate, deed: Deed, rules: Rules) -> _Changes:
    first, last = rules.period(deed.at)
    return {"not_before": first, "not_after": last}


def _used(_one: TradingCertificate, _deed: Deed, _rules: Rules) -> _Changes:
    return {}


def _suspended(_one: TradingCertificate, deed: Deed, _rules: Rules) -> _Changes:
    return {"held_by": deed.by}


def _resumed(_one: TradingCertificate, _deed: Deed, _rules: Rules) -> _Changes:
    return {"held_by": None}


def _revoked(one: TradingCertificate, deed: Deed, _rules: Rules) -> _Changes:
    proven = Proof.KEY_SHOWN in deed.proofs
    return {"ended": _ending(one, deed.by, given_reason(deed), deed.at, proven=proven)}


def _reported(one: TradingCertificate, deed: Deed, rules: Rules) -> _Changes:
    return _revoked(one, msgspec.structs.replace(deed, reason=Reason.KEY_COMPROMISE), rules)


def _lapsed(one: TradingCertificate, deed: Deed, _rules: Rules) -> _Changes:
    return {"ended": _ending(one, Actor.SERVICE, Reason.CESSATION_OF_OPERATION, deed.at)}


_EFFECTS: Final[Mapping[str, _Effect]] = MappingProxyType(
    {
        "approve": _approved,
        "reject": _rejected,
        "deliver": _delivered,
        "use": _used,
        "suspend": _suspended,
        "resume": _resumed,
        "revoke": _revoked,
        "report_compromise": _reported,
        "lapse": _lapsed,
    }
)
"""What an event that is asked for writes into the record, beside the state."""


def _falling(first: TradingCertificate, other: TradingCertificate, at: float) -> Ending | None:
    """Return how `other` ends because `first` was revoked, None where it does not."""
    why = first.ended
    if why is None or other.id == first.id or other.state is State.REJECTED:
        return None
    if why.reason is Reason.KEY_COMPROMISE and other.key == first.key:
        known = other.ended
        if known and known.reason is Reason.KEY_COMPROMISE and known.proven >= why.proven:
            return None
        return _ending(other, Actor.SERVICE, Reason.KEY_COMPROMISE, at, proven=why.proven)
    if other.replaces == first.id and other.state in PENDING:
        return _ending(other, Actor.SERVICE, Reason.CESSATION_OF_OPERATION, at)
    return None


def _ending(
    one: TradingCertificate, by: Actor, reason: Reason | None, at: float, *, proven: bool = False
) -> Ending:
    """Return how it ends: by who ended it first, void from when it was first stopped."""
    if one.ended is not None:
        by, void = one.ended.by, one.ended.void_from
    else:
        void = min(one.since, at) if one.state in _HELD else at
    return Ending(by=by, reason=reason, void_from=void, proven=proven)
