"""Sessions: found by their secret, limited in two ways, ended in one place.

The secret is 256 random bits in a cookie; the store has its SHA-256. A session ends by itself when
idle too long or too old, and that is decided when it is looked at. Clause: CC-17020.b.h
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from identity.audit import events
from identity.errors import Conflict, NotSignedIn, StepUpRequired, Unknown
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, AccountState, Approval, Device, Session, Shown
from identity.policy.decide import Decision, decide
from identity.sessions import entrances
from identity.sessions.caller import digest
from identity.settings import Sessions as Limits
from identity.storage.ports import Work

TOUCH = 30.0
"""Seconds between two writes of `last_seen_at`: what a busy session costs, and how inexact its
idle time is."""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session with its account: what an embedding application is given."""

    account_id: str
    account_name: str
    account_state: AccountState
    account_kind: AccountKind = AccountKind.CUSTOMER
    roles: tuple[str, ...] = ()
    display_name: str
    locale: str
    session: Session

    @property
    def session_id(self) -> str:
        """The session's name; it opens nothing."""
        return self.session.id

    @property
    def evidence(self) -> tuple[Shown, ...]:
        """Everything shown in this session."""
        return self.session.shown


class SessionService:
    """Looks sessions up, holds them against a policy, ends them."""

    def __init__(self, ground: Ground, limits: Limits) -> None:
        self._ground = ground
        self.limits = limits

    def signed_in(self, secret: str) -> SignedIn:
        """Return the live session with this secret, or raise `NotSignedIn`."""
        now = self._ground.clock()
        if not secret:
            raise NotSignedIn
        with self._ground.store.read() as work:
            session = work.sessions.by_secret(digest(secret))
            account = work.accounts.by_id(session.account_id) if session else None
        if session is None or account is None or session.ended_at is not None:
            raise NotSignedIn
        if not self.alive(session, now):
            self._lapsed(session, now)
            raise NotSignedIn
        if not entrances.open_to(account, session.purpose):
            raise NotSignedIn
        if now - session.last_seen_at >= TOUCH:
            session = self._touched(session, now)
        return self._described(account, session)

    def find(self, secret: str) -> SignedIn | None:
        """Return the live session with this secret, or None."""
        try:
            return self.signed_in(secret)
        except NotSignedIn:
            return None

    def by_id(self, session_id: str) -> SignedIn:
        """Return the live session of this name, or raise `NotSignedIn`.

        For those who hold a proof of it other than its secret; it is not a use that keeps it from
        being idle.
        """
        with self._ground.store.read() as work:
            session = work.sessions.get(session_id)
            account = work.accounts.by_id(session.account_id) if session else None
        if session is None or account is None or not self.alive(session, self._ground.clock()):
            raise NotSignedIn
        if not entrances.open_to(account, session.purpose):
            raise NotSignedIn
        return self._described(account, session)

    def alive(self, session: Session, now: float) -> bool:
        """Whether it has not been ended, is not too old and was not idle too long."""
        return (
            session.ended_at is None
            and now < session.expires_at
            and now < session.last_seen_at + self.idle(session.purpose)
        )

    def idle(self, purpose: str) -> float:
        """Return after how many seconds without a call such a session ends."""
        limits = self.limits
        return limits.operator_idle if purpose == entrances.OPERATOR else limits.idle

    def lifetime(self, purpose: str) -> float:
        """Return how many seconds such a session lives at most."""
        limits = self.limits
        return {
            entrances.LOGIN: limits.absolute,
            entrances.OPERATOR: limits.operator_absolute,
            entrances.ACTIVATION: limits.activation,
            entrances.RECOVERY: limits.recovery,
        }[purpose]

    def decision(self, session: Session, operation: str) -> Decision:
        """Hold the session's evidence against an operation, at this moment."""
        now, asked = self._ground.clock(), session.demands
        return decide(self._ground.policy, operation, session.shown, now, demands=asked)

    def require(self, session: Session, operation: str) -> Decision:
        """Return the decision, or raise `StepUpRequired` with what is missing."""
        decision = self.decision(session, operation)
        if not entrances.serves(session, operation) or not decision.satisfied:
            raise StepUpRequired(operation, decision.missing)
        return decision

    def asks_freshness(self, operation: str) -> bool:
        """Whether the operation asks for a recent proof, so that the store must be asked."""
        return bool(self._ground.policy.operations[operation].recent)

    def end(self, secret: str) -> None:
        """Sign out. A session that is over already is fine."""
        now = self._ground.clock()
        with self._ground.store.write() as work:
            session = work.sessions.by_secret(digest(secret))
            if session is None or session.ended_at is not None:
                return
            if work.sessions.replace(msgspec.structs.replace(session, ended_at=now)):
                self._ended(work, session, "signed_out", now)

    def own(self, signed_in: SignedIn) -> Sequence[Session]:
        """Return the account's sessions that live, oldest first."""
        _check_full(signed_in)
        now = self._ground.clock()
        with self._ground.store.read() as work:
            return [s for s in work.sessions.of(signed_in.account_id) if self.alive(s, now)]

    def end_own(self, signed_in: SignedIn, session_id: str) -> None:
        """End one of the account's sessions; `Unknown` where it has no such session."""
        _check_full(signed_in)
        now = self._ground.clock()
        with self._ground.store.write() as work:
            session = work.sessions.get(session_id)
            own = session is not None and session.account_id == signed_in.account_id
            if session is None or not own or not self.alive(session, now):
                raise Unknown
            self._end(work, session, "ended_by_owner", now)

    def devices(self, signed_in: SignedIn) -> Sequence[Device]:
        """Return the devices the account is known from, oldest first."""
        _check_full(signed_in)
        with self._ground.store.read() as work:
            return work.devices.of(signed_in.account_id)

    def revoke_device(self, signed_in: SignedIn, device_id: str) -> None:
        """Forget a device: it has no share and no bucket of its own any more.

        Whoever is signed in from it is signed out, but for the session that asks. `Unknown` where
        the account has no such device.
        """
        _check_full(signed_in)
        now, account_id = self._ground.clock(), signed_in.account_id
        with self._ground.store.write() as work:
            if not work.devices.revoke(account_id, device_id, now):
                raise Unknown
            event = events.DeviceRevoked(account_id=account_id, device_id=device_id)
            self._ground.record(work, event, now)
            for session in work.sessions.of(account_id):
                if session.device_id == device_id and session.id != signed_in.session_id:
                    self._end(work, session, "device_revoked", now)

    def end_all(self, work: Work, account_id: str, why: str, now: float, but: str = "") -> None:
        """End every session of an account but one, in the caller's unit of work."""
        for session in work.sessions.of(account_id):
            if session.id != but:
                self._ended(work, session, why, now)
        work.sessions.end_all(account_id, now, but)

    def spend(self, session_id: str, purpose: str, binding: str) -> bool:
        """Use up an approval: True exactly once, and only while it is as fresh as asked."""
        now = self._ground.clock()
        with self._ground.store.write() as work:
            session = work.sessions.get(session_id)
            if session is None or not self.alive(session, now):
                return False
            found = self._approval(session, purpose, binding, now)
            if found is None or not work.sessions.replace(_without(session, found)):
                return False
            event = events.BindingSpent(
                account_id=session.account_id,
                transaction=found.transaction_id,
                purpose=purpose,
                binding=binding,
            )
            self._ground.record(work, event, now)
        return True

    def _approval(
        self, session: Session, purpose: str, binding: str, now: float
    ) -> Approval | None:
        oldest = now - self._ground.policy.operations[purpose].max_age
        wanted = (purpose, binding)
        fitting = (a for a in session.approvals if (a.purpose, a.binding) == wanted)
        return next((approval for approval in fitting if approval.at >= oldest), None)

    def _lapsed(self, session: Session, now: float) -> None:
        """Record, the first time it is seen, that a session ended by itself."""
        ended = msgspec.structs.replace(session, ended_at=now)
        with self._ground.store.write() as work:
            if work.sessions.replace(ended):
                why = "expired" if now >= session.expires_at else "idle"
                self._ended(work, session, why, now)

    def _touched(self, session: Session, now: float) -> Session:
        seen = msgspec.structs.replace(session, last_seen_at=now)
        with self._ground.store.write() as work:
            won = work.sessions.replace(seen)
        # Losing is harmless: whoever won has just touched, rotated or ended it, and the next look
        # will see which. Until then this answer is as good as one given a moment earlier.
        return msgspec.structs.replace(seen, version=seen.version + 1) if won else session

    def _end(self, work: Work, session: Session, why: str, now: float) -> None:
        if not work.sessions.replace(msgspec.structs.replace(session, ended_at=now)):
            raise Conflict("changed_meanwhile")
        self._ended(work, session, why, now)

    def _ended(self, work: Work, session: Session, why: str, now: float) -> None:
        event = events.SessionEnded(account_id=session.account_id, session_id=session.id, why=why)
        self._ground.record(work, event, now)

    def _described(self, account: Account, session: Session) -> SignedIn:
        return SignedIn(
            account_id=account.id,
            account_name=account.name,
            account_state=account.state,
            account_kind=account.kind,
            roles=account.roles,
            display_name=self._ground.vault.profile(account).display_name,
            locale=account.locale,
            session=session,
        )


def _without(session: Session, used: Approval) -> Session:
    left = tuple(approval for approval in session.approvals if approval is not used)
    return msgspec.structs.replace(session, approvals=left)


def _check_full(signed_in: SignedIn) -> None:
    if not entrances.is_full(signed_in.session):
        raise NotSignedIn
