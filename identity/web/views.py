"""From the shell's values to the bodies that leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from identity.accounts.authenticators import Authenticators
from identity.accounts.enrolments import Begun
from identity.login.assessment import Progress
from identity.model import Account, Device, Proposal, Session, StoredCredential
from identity.policy import explain
from identity.policy.decide import Decision, Remark
from identity.policy.decide import Missing as Lacking
from identity.sessions.entrances import RECOVERY
from identity.sessions.service import SignedIn
from identity.web import bodies
from identity.web.bodies import stamp
from identity.web.texts import speaking, text


def login(progress: Progress, locale: str, *, secret: str = "") -> bodies.Login:
    """Tell where a transaction stands; its own evidence only, not the session's."""
    transaction = progress.transaction
    recovers = transaction.purpose == RECOVERY
    return bodies.Login(
        id=transaction.id,
        state=transaction.state.value,
        purpose=transaction.purpose,
        expires_at=stamp(transaction.expires_at),
        clauses=progress.decision.clauses,
        satisfied=tuple(
            bodies.Satisfied(
                method=piece.evidence.method, classes=tuple(sorted(classes)), at=stamp(piece.at)
            )
            for piece, classes in zip(transaction.shown, progress.worth, strict=True)
        ),
        missing=tuple(missing(item, locale) for item in progress.decision.missing),
        methods=tuple(
            bodies.Method(method=offer.method, class_=offer.class_) for offer in progress.offered
        ),
        remarks=tuple(remark(item, locale) for item in progress.decision.remarks),
        deliveries=tuple(
            bodies.Delivery(method=method, state=state)
            for method, state in progress.deliveries.items()
        ),
        note=text(f"note.{RECOVERY}", locale) if recovers else msgspec.UNSET,
        binding=transaction.binding or msgspec.UNSET,
        secret=secret or msgspec.UNSET,
        session=_opened(progress.session) if progress.session else msgspec.UNSET,
        work=work(progress.work) if progress.work else msgspec.UNSET,
    )


def work(challenge: Mapping[str, Any]) -> bodies.Work:
    """Tell what work is asked."""
    return msgspec.convert(challenge, bodies.Work)


def missing(item: Lacking, locale: str) -> bodies.Missing:
    """Tell what is still asked."""
    return bodies.Missing(
        code=item.code,
        classes=tuple(item.classes),
        methods=item.methods,
        max_age=item.max_age,
        text=explain.missing(item, speaking(locale)),
    )


def remark(item: Remark, locale: str) -> bodies.Remark:
    """Tell what is to be known of the evidence."""
    said = explain.remark(item, speaking(locale))
    return bodies.Remark(code=item.code, methods=item.methods, text=said)


def lacking(items: tuple[object, ...]) -> list[Lacking]:
    """Return those of an error's `missing` that can be told."""
    return [item for item in items if isinstance(item, Lacking)]


def session(signed_in: SignedIn, decision: Decision, idle: float) -> bodies.SessionView:
    """Tell a customer of his own session."""
    kept = signed_in.session
    return bodies.SessionView(
        id=kept.id,
        purpose=kept.purpose,
        account=bodies.AccountView(
            id=signed_in.account_id,
            name=signed_in.account_name,
            state=signed_in.account_state.value,
            display_name=signed_in.display_name,
        ),
        evidence=tuple(
            bodies.EvidenceView(
                method=piece.evidence.method,
                classes=tuple(piece.evidence.classes),
                at=stamp(piece.at),
            )
            for piece in kept.shown
        ),
        aal=decision.aal,
        created_at=stamp(kept.created_at),
        idle_expires_at=stamp(min(kept.last_seen_at + idle, kept.expires_at)),
        expires_at=stamp(kept.expires_at),
    )


def own_session(kept: Session, current: str) -> bodies.OwnSession:
    """Tell a customer of one of his own sessions; `current` is the id of the caller's."""
    return bodies.OwnSession(
        id=kept.id,
        purpose=kept.purpose,
        current=kept.id == current,
        device=kept.device_id or None,
        prefix=kept.prefix,
        created_at=stamp(kept.created_at),
        last_seen_at=stamp(kept.last_seen_at),
        expires_at=stamp(kept.expires_at),
    )


def own_device(device: Device, current: str) -> bodies.OwnDevice:
    """Tell a customer of a device of his own; `current` is the id of the caller's."""
    return bodies.OwnDevice(
        id=device.id,
        current=device.id == current,
        created_at=stamp(device.created_at),
        last_seen_at=stamp(device.last_seen_at),
    )


def account(row: Account) -> bodies.AccountRow:
    """Tell an operator of an account, nothing personal."""
    return bodies.AccountRow(
        id=row.id,
        name=row.name,
        state=row.state.value,
        created_at=stamp(row.created_at),
        roles=row.roles,
    )


def proposal(kept: Proposal, state: str) -> bodies.ProposalView:
    """Tell an operator of a proposal; `state` is how it stands now."""
    return bodies.ProposalView(
        id=kept.id,
        action=kept.action,
        account=kept.subject_id,
        roles=kept.roles,
        reason=kept.reason,
        proposed_by=kept.proposed_by,
        created_at=stamp(kept.created_at),
        expires_at=stamp(kept.expires_at),
        state=state,
        decided_by=kept.decided_by or None,
        decided_at=stamp(kept.decided_at) if kept.decided_at is not None else None,
        remark=kept.remark,
    )


def factor(row: StoredCredential, authenticators: Authenticators) -> bodies.FactorView:
    """Tell a customer of a factor of his own."""
    fresh = authenticators.fresh_until(row)
    return bodies.FactorView(
        id=row.id,
        method=row.kind,
        label=row.label,
        bound_at=stamp(row.bound_at),
        last_used_at=stamp(row.last_used_at) if row.last_used_at is not None else None,
        fresh_until=stamp(fresh) if fresh is not None else None,
    )


def enrolment(begun: Begun, offer: object) -> bodies.EnrolmentView:
    """Tell what must be done to finish an enrolment."""
    return bodies.EnrolmentView(
        id=begun.enrolment.id,
        method=begun.enrolment.kind,
        expires_at=stamp(begun.enrolment.expires_at),
        offer=offer,
    )


def _opened(kept: Session) -> bodies.Opened:
    return bodies.Opened(id=kept.id, purpose=kept.purpose, expires_at=stamp(kept.expires_at))
