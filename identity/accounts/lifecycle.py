"""An account from application to closing, by whoever may move it on. Clause: CC-18000.2.g

    applied -> registered -> active <-> suspended -> closed
       |            ^___________|          reissue: all factors are gone, a new initial password
       '-> closed (rejected; the name is free again)

Every move is one unit of work with its event, which names who moved it, and a letter to the
account's owner. Who may is not decided here: `identity.accounts.desk` does, or the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from identity.accounts.initial import Drawn, InitialPasswords
from identity.audit import events
from identity.errors import Conflict
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, AccountState
from identity.sessions.service import SessionService
from identity.storage.ports import Work

CLI = "cli"
"""Who did it, where it was done by hand on the machine itself."""

_S = AccountState
_ALIVE = frozenset({_S.REGISTERED, _S.ACTIVE, _S.SUSPENDED})

SOURCES: Mapping[str, frozenset[AccountState]] = MappingProxyType(
    {
        "approve": frozenset({_S.APPLIED}),
        "reject": frozenset({_S.APPLIED}),
        "suspend": frozenset({_S.ACTIVE}),
        "resume": frozenset({_S.SUSPENDED}),
        "close": _ALIVE,
        "reissue": frozenset({_S.REGISTERED, _S.ACTIVE}),
        "assign": _ALIVE,
    }
)
"""From which states each verb moves an account on."""

DRAWING = frozenset({"approve", "reissue"})
"""Verbs that need an initial password, drawn before the unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does something, when, why, and what it takes. `by` is an operator's id, or `CLI`."""

    by: str
    now: float
    reason: str = ""
    proposal_id: str = ""
    drawn: Drawn | None = field(default=None, repr=False)
    roles: tuple[str, ...] = ()


_Verb: TypeAlias = Callable[[Work, Account, Deed], None]


class Lifecycle:
    """Moves accounts between states, within the caller's unit of work."""

    def __init__(
        self, ground: Ground, *, sessions: SessionService, initial: InitialPasswords
    ) -> None:
        self._ground = ground
        self._sessions = sessions
        self._initial = initial
        self._verbs: Mapping[str, _Verb] = {
            "approve": self._approve,
            "reject": self._reject,
            "suspend": self._suspend,
            "resume": self._resume,
            "close": self._close,
            "reissue": self._reissue,
            "assign": self._assign,
        }

    def check(self, verb: str, account: Account) -> None:
        """Raise `Conflict` with the account's state where the verb does not move it on."""
        if account.state not in SOURCES[verb]:
            raise Conflict(f"is_{account.state}")

    def drawn(self, verb: str, account_id: str, now: float) -> Drawn | None:
        """Return what a verb needs drawn beforehand, or None. Hashes."""
        return self._initial.drawn(account_id, now) if verb in DRAWING else None

    def do(self, work: Work, verb: str, account: Account, deed: Deed) -> None:
        """Move `account` on by `verb`, a key of `SOURCES`."""
        self.check(verb, account)
        self._verbs[verb](work, account, deed)

    def _approve(self, work: Work, account: Account, deed: Deed) -> None:
        drawn = _needed(deed)
        registered = self._moved(work, account, state=_S.REGISTERED, activate_by=drawn.activate_by)
        self._record(work, events.AccountApproved, account, deed)
        self._initial.send(work, registered, drawn, deed.now)

    def _reject(self, work: Work, account: Account, deed: Deed) -> None:
        self._moved(work, account, state=_S.CLOSED, name=freed(account))
        self._record(work, events.AccountRejected, account, deed)
        if account.kind is AccountKind.CUSTOMER:
            self._tell(work, account, "application_rejected", deed)

    def _suspend(self, work: Work, account: Account, deed: Deed) -> None:
        """Suspend an account: its sessions end, and it looks unknown to a login."""
        self._moved(work, account, state=_S.SUSPENDED)
        self._record(work, events.AccountSuspended, account, deed)
        self._sessions.end_all(work, account.id, "suspended", deed.now)
        self._tell(work, account, "account_suspended", deed)

    def _resume(self, work: Work, account: Account, deed: Deed) -> None:
        self._moved(work, account, state=_S.ACTIVE)
        self._record(work, events.AccountResumed, account, deed)
        self._tell(work, account, "account_resumed", deed)

    def _close(self, work: Work, account: Account, deed: Deed) -> None:
        """Close an account: nothing opens it again, and its name stays taken."""
        self._moved(work, account, state=_S.CLOSED)
        self._record(work, events.AccountClosed, account, deed)
        self._emptied(work, account, "closed", deed.now)
        self._tell(work, account, "account_closed", deed)

    def _reissue(self, work: Work, account: Account, deed: Deed) -> None:
        """Begin anew, for somebody who was identified again. Clause: ECD.3.4"""
        drawn = _needed(deed)
        registered = self._moved(work, account, state=_S.REGISTERED, activate_by=drawn.activate_by)
        self._record(work, events.AccountReissued, account, deed)
        self._emptied(work, account, "reissued", deed.now)
        self._tell(work, account, "account_reissued", deed)
        self._initial.send(work, registered, drawn, deed.now)

    def _assign(self, work: Work, account: Account, deed: Deed) -> None:
        """Give an operator these roles and no others; what is open ends. Clause: CC-18000.2.h"""
        self._moved(work, account, roles=deed.roles)
        event = events.RolesAssigned(
            account_id=account.id,
            by=deed.by,
            reason=deed.reason,
            proposal_id=deed.proposal_id,
            roles=deed.roles,
        )
        self._ground.record(work, event, deed.now)
        self._sessions.end_all(work, account.id, "roles_changed", deed.now)

    def _moved(self, work: Work, account: Account, **changes: object) -> Account:
        moved = msgspec.structs.replace(account, **changes)
        if not work.accounts.replace(moved):
            raise Conflict("changed_meanwhile")
        return moved

    def _emptied(self, work: Work, account: Account, why: str, now: float) -> None:
        """Take everything away that opens the account, and the failures counted against it."""
        for row in work.credentials.of(account.id):
            work.credentials.remove(account.id, row.id)
        work.failures.reset(account.id, None, None)
        work.devices.revoke_all(account.id, now)
        self._sessions.end_all(work, account.id, why, now)

    def _record(
        self, work: Work, kind: type[events.Operated], account: Account, deed: Deed
    ) -> None:
        event = kind(
            account_id=account.id, by=deed.by, reason=deed.reason, proposal_id=deed.proposal_id
        )
        self._ground.record(work, event, deed.now)

    def _tell(self, work: Work, account: Account, text_id: str, deed: Deed) -> None:
        """Tell the owner, not of the reason: that is between operators. Clause: CC-17010.k"""
        self._ground.tell(work, account, text_id, {"account": account.name}, deed.now)


def lapsed(account: Account, now: float) -> bool:
    """Whether an account was not activated in its time. Clause: ECD.3.4"""
    return account.state is AccountState.REGISTERED and now >= account.activate_by


def retire(work: Work, account: Account) -> None:
    """Free the name of an account that nobody has entered and nobody will. Clause: ECD.3.4"""
    for row in work.credentials.of(account.id):
        work.credentials.remove(account.id, row.id)
    closed = msgspec.structs.replace(account, name=freed(account), state=AccountState.CLOSED)
    if not work.accounts.replace(closed):
        raise Conflict("changed_meanwhile")


def freed(account: Account) -> str:
    """Return what an account is called once its name is anybody's again."""
    return f"{account.name}#{account.id}"


def _needed(deed: Deed) -> Drawn:
    assert deed.drawn is not None  # noqa: S101  # whoever does this has asked `drawn` first
    return deed.drawn
