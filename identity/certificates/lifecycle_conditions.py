"""What must hold for an event to happen, beside state and proofs, and the word it refuses by.

A condition is a line that says itself to people (`says`) and is asked by the machine (`check`); its
answer is the reason of the refusal, "" where it holds. Clause: CC-17010.e.d, ECD.5
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from identity.certificates import reasons
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor, Reason
from identity.certificates.trading_certificate import (
    LIVE,
    PENDING,
    Holding,
    State,
    TradingCertificate,
    expired,
    in_window,
    lapsed,
    not_yet_valid,
)

RANK: Final = (Actor.CUSTOMER, Actor.OPERATOR, Actor.AUTHORITY)
"""Who may lift whose hold: one's own, and that of anybody before. The service sets none."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something, when (Unix seconds), on which proofs.

    The caller has checked every proof it lists; nothing here can check them again. `reason` is for
    `revoke`. Who exactly it was, and what a person wrote, belongs to the event in the log.
    """

    by: Actor
    at: float
    proofs: frozenset[Proof] = frozenset()
    reason: Reason | None = None


class Case(NamedTuple):
    """What a condition looks at. Where an event begins a certificate, it is the one to be."""

    holding: Holding
    certificate: TradingCertificate
    deed: Deed
    rules: Rules


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`says` is for people, in words that follow "when"; `check` returns a reason or ""."""

    says: str
    check: Callable[[Case], str]


def live(holding: Holding) -> TradingCertificate | None:
    """Return the certificate that is active or suspended by what is stored, expired or not."""
    return next((one for one in holding if one.state in LIVE), None)


def pending(holding: Holding) -> TradingCertificate | None:
    """Return the certificate that is on its way."""
    return next((one for one in holding if one.state in PENDING), None)


def given_reason(deed: Deed) -> Reason | None:
    """Return why something is revoked: whoever shows the key itself can only mean one thing."""
    return Reason.KEY_COMPROMISE if Proof.KEY_SHOWN in deed.proofs else deed.reason


def _no_live(case: Case) -> str:
    one = live(case.holding)
    return "live_exists" if one and not expired(one, case.deed.at) else ""


def _none_pending(case: Case) -> str:
    return "pending_exists" if pending(case.holding) else ""


def _renewable(case: Case) -> str:
    one = live(case.holding)
    if one is None:
        return "no_live"
    if one.state is State.SUSPENDED:
        return "on_hold"
    if in_window(one, case.deed.at, case.rules):
        return ""
    early = one.not_after is not None and case.deed.at < one.not_after
    return "renewal_early" if early else "renewal_late"


def _key_new(case: Case) -> str:
    return "key_seen" if any(one.key == case.certificate.key for one in case.holding) else ""


def _key_same(case: Case) -> str:
    one = live(case.holding)
    return "" if one and one.key == case.certificate.key else "key_differs"


def _in_time(case: Case) -> str:
    return "lapsed" if lapsed(case.certificate, case.deed.at, case.rules) else ""


def _out_of_time(case: Case) -> str:
    return "" if lapsed(case.certificate, case.deed.at, case.rules) else "not_lapsed"


def _not_expired(case: Case) -> str:
    return "expired" if expired(case.certificate, case.deed.at) else ""


def _dated(case: Case) -> str:
    early = not_yet_valid(case.certificate, case.deed.at)
    return "not_yet_valid" if early else _not_expired(case)


def _renewed_active(case: Case) -> str:
    """A hold must not be got round by a renewal that was asked for before it."""
    renewed = [one for one in case.holding if one.id == case.certificate.replaces]
    return "" if all(one.state is State.ACTIVE for one in renewed) else "renewed_not_active"


def _not_by_rule_alone(case: Case) -> str:
    """What a person took away, no rule gives back: an operator looks at the next application."""
    by_rule = case.deed.by is Actor.SERVICE
    return "operator_needed" if by_rule and _taken_away(case.holding) else ""


def _taken_away(holding: Holding) -> bool:
    """Whether operator or authority took something away, and no operator approved since."""
    for one in reversed(holding):
        ended_by = one.ended.by if one.ended else None
        if {ended_by, one.held_by} & {Actor.OPERATOR, Actor.AUTHORITY}:
            return True
        if one.approved_by is Actor.OPERATOR:
            return False
    return False


def _hold_raised(case: Case) -> str:
    held = case.certificate.held_by
    higher = held is None or RANK.index(case.deed.by) > RANK.index(held)
    return "" if higher else "is_suspended"


def _hold_theirs(case: Case) -> str:
    held = case.certificate.held_by
    theirs = held is not None and RANK.index(case.deed.by) >= RANK.index(held)
    return "" if theirs else "held_by_another"


def _reason_theirs(case: Case) -> str:
    return reasons.fault(given_reason(case.deed), case.deed.by)


def _raises(case: Case) -> str:
    """A claim may be followed by the proof, and by nothing else."""
    before = case.certificate.ended
    if before is not None and reasons.raises(before.reason, Reason.KEY_COMPROMISE):
        return ""
    proof = Proof.KEY_SHOWN in case.deed.proofs and before is not None and not before.proven
    return "" if proof else "already_revoked"


NO_LIVE: Final = Condition(says="no other one is live, expired ones aside", check=_no_live)
NONE_PENDING: Final = Condition(says="no other one is pending", check=_none_pending)
RENEWABLE: Final = Condition(says="the live one is active and in its window", check=_renewable)
KEY_NEW: Final = Condition(says="the key is none of the person's before", check=_key_new)
KEY_SAME: Final = Condition(says="the key is the live one's", check=_key_same)
IN_TIME: Final = Condition(says="it has not lapsed", check=_in_time)
OUT_OF_TIME: Final = Condition(says="it has lapsed", check=_out_of_time)
NOT_EXPIRED: Final = Condition(says="it has not expired", check=_not_expired)
DATED: Final = Condition(says="its dates hold", check=_dated)
RENEWED_ACTIVE: Final = Condition(
    says="the one it renews, if any, is not suspended", check=_renewed_active
)
NOT_BY_RULE_ALONE: Final = Condition(
    says="an operator approves after anything that a person took away", check=_not_by_rule_alone
)
HOLD_RAISED: Final = Condition(says="nobody of that rank holds it already", check=_hold_raised)
HOLD_THEIRS: Final = Condition(says="the hold is theirs or of a lower rank", check=_hold_theirs)
REASON_THEIRS: Final = Condition(says="the reason is theirs to give", check=_reason_theirs)
RAISES: Final = Condition(
    says="it says that the key is compromised, or proves what was said", check=_raises
)
