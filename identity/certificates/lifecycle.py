"""A trading certificate from application to end, decided by one table. Pure.

    apply, renew, rekey
          |
          v    approve              deliver               use              suspend
      REQUESTED -----> APPROVED ------------> DELIVERED -----> ACTIVE <-------------> SUSPENDED
          |               |    signed here,       |              |        resume          |
          | reject        |    and not before:    |              |                        |
          v               |    on hold until      |              | supersede: the         |
      REJECTED            |    its key signs      |              | successor has signed   |
                          v                       v              v                        |
                        LAPSED <------------------'         SUPERSEDED <------------------'
                          one month                                         where expired

    REQUESTED, APPROVED, DELIVERED, ACTIVE, SUSPENDED -- revoke --> REVOKED (why, by whom)
    LAPSED, SUPERSEDED, REVOKED -- report_compromise --> REVOKED (the key is compromised)
    all of one key, and the renewal of what is revoked -- fall --> REVOKED

    begin(holding, "apply", application, deed, rules) -> Outcome
    move(holding, "deliver", id, deed, rules)         -> Outcome

Five words of the rule, five records: application, delivery, use, renewal (the same key again, or a
new one) and verification, which is `verdicts`' and asks `trading_certificate.usable`.

What holds of every holding that came about here, whatever the clock does: at most one certificate
is live and at most one on its way; none is signed before delivery's proof, because the dates to be
signed come out of that move; none is good before its key has signed; what has ended never comes
back, and what has expired can only be revoked or superseded.

A renewal stands on the certificate it renews until it is delivered: it lapses when that one
expires, waits while it is suspended, and falls when it is revoked. After that it is a new
application, with all that it asks. Clause: CC-17010.e.d, ECD.2, ECD.5
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from identity.certificates.lifecycle_conditions import Case, Deed, live
from identity.certificates.lifecycle_events import EVENTS, Event
from identity.certificates.lifecycle_refusals import (
    AgainstCondition,
    LifecycleRefused,
    NotInState,
    NotTheirs,
    ProofMissing,
    UnknownCertificate,
    UnknownEvent,
)
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.lifecycle_steps import Move, Outcome, Steps
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor
from identity.certificates.trading_certificate import Holding, TradingCertificate

__all__ = ["Application", "Deed", "Move", "Outcome", "begin", "check", "move", "needed"]

KEY_SIZE: Final = 32
"""Bytes of a key's SHA-256."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate begins with: a new id, and the SHA-256 of its key (see the record)."""

    id: str
    key: bytes


def begin(
    holding: Holding, event: str, application: Application, deed: Deed, rules: Rules
) -> Outcome:
    """Apply, renew or rekey. What has lapsed is recorded first and is in nobody's way.

    Raises a `LifecycleRefused`; then nothing has happened. That nobody else ever had the key, and
    that it is not blocked, is the caller's to ask: here only this person's are known.
    """
    row = _row(event, begins=True)
    _check_time(deed)
    steps = Steps(holding, deed, rules)
    steps.lapses()
    renewed = live(steps.holding) if event in {"renew", "rekey"} else None
    new = TradingCertificate(
        id=application.id,
        key=application.key,
        state=row.to,
        since=deed.at,
        replaces=renewed.id if renewed else "",
        renew_by=renewed.not_after if renewed else None,
    )
    _check(row, Case(steps.holding, new, deed, rules))
    if len(new.key) != KEY_SIZE:
        raise LifecycleRefused("key_malformed")
    if not new.id or any(one.id == new.id for one in holding):
        raise LifecycleRefused("id_taken")
    steps.begun(row, new)
    return steps.outcome()


def move(holding: Holding, event: str, certificate_id: str, deed: Deed, rules: Rules) -> Outcome:
    """Take one certificate on, and with it those that follow.

    Raises a `LifecycleRefused`; then nothing has happened.
    """
    row = _row(event, begins=False)
    one = next((each for each in holding if each.id == certificate_id), None)
    if one is None:
        raise UnknownCertificate("no_such_certificate")
    if one.state not in row.sources:
        raise NotInState(f"is_{one.state}")
    _check_time(deed)
    _check(row, Case(holding, one, deed, rules))
    steps = Steps(holding, deed, rules)
    steps.taken(row, one)
    return steps.outcome()


def check(holding: Holding, event: str, certificate_id: str, deed: Deed, rules: Rules) -> None:
    """Raise what `move` would raise, and do nothing: to ask before anything dear is done."""
    move(holding, event, certificate_id, deed, rules)


def needed(event: Event, by: Actor, rules: Rules) -> tuple[Proof, ...]:
    """Return the proofs that an event takes from `by`; raises `NotTheirs`."""
    if by not in event.who:
        raise NotTheirs(f"not_for_{by}")
    asked = event.name in rules.four_eyes
    return tuple(proof for proof in event.who[by] if asked or proof is not Proof.FOUR_EYES)


def _row(event: str, *, begins: bool) -> Event:
    row = EVENTS.get(event)
    if row is None or begins is bool(row.sources):
        raise UnknownEvent("no_such_event")
    if row.follows:
        raise UnknownEvent("not_asked_for")
    return row


def _check(row: Event, case: Case) -> None:
    asked = needed(row, case.deed.by, case.rules)
    # Proofs come last: nobody is asked for a factor only to be refused with it.
    for condition in row.when:
        if reason := condition.check(case):
            raise AgainstCondition(reason)
    if missing := tuple(proof for proof in asked if proof not in case.deed.proofs):
        raise ProofMissing(missing)


def _check_time(deed: Deed) -> None:
    """Refuse a time that is none: before it nothing lapses and after it nothing expires."""
    if not math.isfinite(deed.at):
        raise LifecycleRefused("time_malformed")
