"""What a login that succeeded leaves behind: a session, a known device, a word to the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from identity import entropy as chance
from identity.audit import events
from identity.errors import Conflict
from identity.gate.ground import Ground
from identity.login import machine
from identity.model import Account, Approval, Device, LoginTransaction, Session
from identity.policy.decide import Decision
from identity.policy.table import STEP_UPS
from identity.sessions import entrances
from identity.sessions.caller import Caller, digest
from identity.sessions.device_cookies import TOKEN, DeviceCookies
from identity.sessions.marks import Marks
from identity.sessions.service import SessionService
from identity.storage.ports import Work


@dataclass(frozen=True, slots=True)
class NewSecrets:
    """Secrets the client gets with a success.

    `devices` are all that its browser holds from then on, () where it keeps what it has.
    """

    session: str = field(repr=False)
    devices: tuple[str, ...] = field(default=(), repr=False)


class Done(NamedTuple):
    """A transaction that succeeded, by what, for whom, the session it builds on, and whose call."""

    transaction: LoginTransaction
    decision: Decision
    account: Account
    session: Session | None
    caller: Caller


class Opener:
    """Opens sessions, and raises their level."""

    def __init__(
        self, ground: Ground, sessions: SessionService, devices: DeviceCookies, marks: Marks
    ) -> None:
        self._ground = ground
        self._sessions = sessions
        self._devices = devices
        self._marks = marks

    def finish(self, work: Work, done: Done, now: float) -> tuple[Session, NewSecrets]:
        """Do what the transaction was for, in the unit of work that proved it."""
        if done.transaction.purpose in STEP_UPS and done.session is not None:
            return self._raised(work, done, done.session, now)
        return self._opened(work, done, now)

    def _succeeded(self, work: Work, done: Done, session: Session, now: float) -> None:
        event = events.LoginSucceeded(
            account_id=done.account.id,
            transaction=done.transaction.id,
            purpose=done.transaction.purpose,
            session_id=session.id,
            policy=self._ground.policy.name,
            aal=done.decision.aal,
            remarks=tuple(remark.code for remark in done.decision.remarks),
        )
        self._ground.record(work, event, now)

    def _opened(self, work: Work, done: Done, now: float) -> tuple[Session, NewSecrets]:
        transaction, account = done.transaction, done.account
        full = transaction.purpose in {entrances.LOGIN, entrances.OPERATOR}
        device_id, devices = self._device(work, done, now) if full else ("", ())
        session, secret = self._with_secret(
            Session(
                id=chance.token(self._ground.entropy),
                secret_hash=b"",
                account_id=account.id,
                purpose=transaction.purpose,
                shown=transaction.shown,
                demands=account.demands,
                device_id=device_id,
                prefix=transaction.prefix,
                created_at=now,
                last_seen_at=now,
                expires_at=now + self._sessions.lifetime(transaction.purpose),
            )
        )
        work.sessions.add(session)
        if not transaction.device_id:
            self._ground.lookout.completed(work, account.id, now)
        self._succeeded(work, done, session, now)
        opened = events.SessionOpened(
            account_id=session.account_id,
            session_id=session.id,
            transaction=transaction.id,
            purpose=session.purpose,
        )
        self._ground.record(work, opened, now)
        return session, NewSecrets(secret, devices)

    def _raised(
        self, work: Work, done: Done, session: Session, now: float
    ) -> tuple[Session, NewSecrets]:
        """Add what was shown, and change the secret: a level is not raised under an old name."""
        transaction = done.transaction
        risen, secret = self._with_secret(
            msgspec.structs.replace(
                session,
                shown=machine.merged(session, transaction.shown),
                approvals=(*self._fresh(session, now), *_approvals(transaction, now)),
                last_seen_at=now,
            )
        )
        if not work.sessions.replace(risen):
            raise Conflict("answered_meanwhile")
        self._succeeded(work, done, session, now)
        rotated = events.SessionRotated(account_id=session.account_id, session_id=session.id)
        self._ground.record(work, rotated, now)
        return risen, NewSecrets(secret)

    def _with_secret(self, session: Session) -> tuple[Session, str]:
        """Return `session` with a new secret's hash, and the secret: at opening and every rise."""
        secret = self._marks.marked(session.account_id, session.expires_at)
        return msgspec.structs.replace(session, secret_hash=digest(secret)), secret

    def _fresh(self, session: Session, now: float) -> tuple[Approval, ...]:
        """Return the approvals that could still be used; the others are not carried along."""
        ages = self._ground.policy.operations
        return tuple(a for a in session.approvals if now - a.at <= ages[a.purpose].max_age)

    def _device(self, work: Work, done: Done, now: float) -> tuple[str, tuple[str, ...]]:
        """Remember the device; tell the customer of one not seen before. Clause: CC-17010.k

        Return its id, and what the browser holds from then on. A new device always gets a token of
        our making: one that came with the request may have been planted by somebody who knows it.
        """
        transaction, held = done.transaction, done.caller.device_secrets
        known = transaction.device_id
        token = (
            self._devices.token(held, known) if known else chance.token(self._ground.entropy, TOKEN)
        )
        device = Device(
            id=known or digest(token).hex(),
            account_id=transaction.account_id,
            created_at=now,
            last_seen_at=now,
        )
        work.devices.seen(device)
        if not known:
            told = {"prefix": transaction.prefix}
            self._ground.tell(work, done.account, "login_new_device", told, now)
        return device.id, self._devices.kept(held, token, done.account.name) if token else ()


def _approvals(transaction: LoginTransaction, now: float) -> tuple[Approval, ...]:
    if not transaction.binding:
        return ()
    return (
        Approval(
            transaction_id=transaction.id,
            purpose=transaction.purpose,
            binding=transaction.binding,
            at=now,
        ),
    )
