"""Operators' accounts: proposed by one operator and approved by a second, or made by hand.

An operator is an account of its own kind, entered through the same gate. The first ones cannot be
proposed by anybody, so the command line makes them, until two of them could do it for themselves.
Clause: CC-18000.2.g, CC-18000.2.h
"""

from __future__ import annotations

import msgspec

from identity import entropy as chance
from identity.accounts import names, roles
from identity.accounts.actions import ACTIONS
from identity.accounts.desk import Desk, Outcome
from identity.accounts.four_eyes import FourEyes
from identity.accounts.initial import InitialPasswords
from identity.accounts.lifecycle import CLI, lapsed, retire
from identity.accounts.roles import Permission
from identity.audit import events
from identity.errors import Conflict
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, AccountState, Profile
from identity.sessions.service import SignedIn
from identity.storage.ports import Work

ADD = ACTIONS["operator.add"]

ENOUGH = 2
"""Operators who can propose and approve others: with these, nobody is made by hand."""

ALL = 10_000
"""More operators than a firm has."""


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to become an operator, as what."""

    name: str
    profile: Profile
    roles: tuple[str, ...]
    locale: str


class Operators:
    """Makes operators' accounts."""

    def __init__(
        self, ground: Ground, *, desk: Desk, eyes: FourEyes, initial: InitialPasswords
    ) -> None:
        self._ground = ground
        self._desk = desk
        self._eyes = eyes
        self._initial = initial

    def propose(self, signed_in: SignedIn, applicant: Applicant, reason: str) -> Outcome:
        """Propose an operator, who waits for a second one's approval. May hash.

        `Conflict("taken")` where somebody has the name.
        """
        roles.require(signed_in, ADD.propose)
        now = self._ground.clock()
        account = self._account(applicant, AccountState.APPLIED, now)
        with self._ground.store.write() as work:
            operator = self._desk.operator(work, signed_in, ADD.propose)
            self._added(work, account, operator.id, reason, now)
            if self._eyes.asks(ADD.name):
                return self._desk.proposed(work, ADD, account, operator, reason, (), now)
        return self._desk.act(signed_in, ADD.name, account.id, reason)

    def add_by_hand(self, applicant: Applicant) -> str:
        """Make an operator and return the initial electronic password, told this once. Hashes.

        `Conflict("propose_instead")` where two active operators could do it.
        """
        now = self._ground.clock()
        account = self._account(applicant, AccountState.REGISTERED, now)
        drawn = self._initial.drawn(account.id, now)
        account = msgspec.structs.replace(account, activate_by=drawn.activate_by)
        with self._ground.store.write() as work:
            self._check_by_hand(work)
            self._added(work, account, CLI, "", now)
            self._initial.issue(work, account, drawn, now)
        return drawn.text

    def _account(self, applicant: Applicant, state: AccountState, now: float) -> Account:
        names.email(applicant.profile.email)
        account = Account(
            id=chance.token(self._ground.entropy),
            name=names.login_name(applicant.name),
            state=state,
            locale=applicant.locale,
            created_at=now,
            activate_by=now,
            profile=b"",
            kind=AccountKind.OPERATOR,
            roles=roles.named(applicant.roles),
        )
        return self._ground.vault.profiled(account, applicant.profile)

    def _added(self, work: Work, account: Account, by: str, reason: str, now: float) -> None:
        taken = work.accounts.by_name(account.name)
        if taken is not None and self._abandoned(work, taken, now):
            retire(work, taken)
        if not work.accounts.add(account):
            raise Conflict("taken")
        event = events.OperatorAdded(
            account_id=account.id, by=by, reason=reason, roles=account.roles
        )
        self._ground.record(work, event, now)

    def _abandoned(self, work: Work, taken: Account, now: float) -> bool:
        """Whether somebody was to be an operator, and nobody decided or nobody came in time."""
        if taken.kind is not AccountKind.OPERATOR:
            return False
        undecided = taken.state is AccountState.APPLIED and not self._eyes.waiting(work, taken, now)
        return undecided or lapsed(taken, now)

    def _check_by_hand(self, work: Work) -> None:
        kind, state = AccountKind.OPERATOR, AccountState.ACTIVE
        active = work.accounts.listed("", ALL, kind=kind, state=state)
        able = [one for one in active if roles.may(one.roles, Permission.OPERATORS_MANAGE)]
        if len(able) >= ENOUGH:
            raise Conflict("propose_instead")
