"""The operators' desk: actions on accounts, by permission, and by four eyes where that is asked.

An action that needs a second operator becomes a proposal, which is no error; any other is done at
once. Whoever acts is read again in the unit of work that does it, so that an operator suspended a
moment ago does nothing any more. Nobody acts on an account of their own.
Clause: CC-18000.2.g, CC-18000.2.h
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from identity.accounts.actions import ACTIONS, Action
from identity.accounts.four_eyes import FourEyes
from identity.accounts.initial import Drawn
from identity.accounts.lifecycle import Deed, Lifecycle
from identity.accounts.roles import Permission, may, require
from identity.errors import Conflict, Forbidden, Unknown
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, AccountState, Proposal, ProposalState
from identity.sessions.service import SignedIn
from identity.storage.ports import Work

PAGE = 100
"""Accounts, or proposals, told at once."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an action: the account as it is now, and the proposal where one waits."""

    account: Account
    proposal: Proposal | None = None


class Resolution(Outcome, frozen=True, kw_only=True):
    """What came of a decision: the account as it is now, and the proposal decided."""

    proposal: Proposal


class Desk:
    """What operators do to accounts."""

    def __init__(self, ground: Ground, *, lifecycle: Lifecycle, eyes: FourEyes) -> None:
        self._ground = ground
        self._lifecycle = lifecycle
        self._eyes = eyes

    def listed(
        self,
        signed_in: SignedIn,
        kind: AccountKind,
        *,
        state: AccountState | None = None,
        after: str = "",
    ) -> Sequence[Account]:
        """Return a page of accounts in order of name. What is personal in them stays sealed."""
        customers = kind is AccountKind.CUSTOMER
        require(signed_in, Permission.ACCOUNTS_READ if customers else Permission.OPERATORS_READ)
        with self._ground.store.read() as work:
            return work.accounts.listed(after, PAGE, kind=kind, state=state)

    def proposals(
        self, signed_in: SignedIn, state: ProposalState | None = None
    ) -> Sequence[Proposal]:
        """Return the newest proposals; of the open ones, those that may still be decided."""
        require(signed_in, Permission.PROPOSALS_READ)
        now = self._ground.clock()
        with self._ground.store.read() as work:
            found = work.proposals.listed(state, PAGE)
        if state is not ProposalState.OPEN:
            return found
        return [one for one in found if now < one.expires_at]

    def stands(self, proposal: Proposal) -> str:
        """Return how a proposal stands: its state, or `expired` where nobody decided in time."""
        over = self._ground.clock() >= proposal.expires_at
        waiting = proposal.state is ProposalState.OPEN
        return "expired" if waiting and over else proposal.state.value

    def act(
        self,
        signed_in: SignedIn,
        name: str,
        subject_id: str,
        reason: str,
        roles: tuple[str, ...] = (),
    ) -> Outcome:
        """Do an action, or propose it where it needs a second operator. May hash."""
        action, now = ACTIONS[name], self._ground.clock()
        waits = self._eyes.asks(name)
        permission = action.propose if waits else action.decide
        require(signed_in, permission)
        drawn = None if waits else self._lifecycle.drawn(action.verb, subject_id, now)
        with self._ground.store.write() as work:
            operator = self.operator(work, signed_in, permission)
            subject = self._subject(work, action, subject_id)
            if subject.id == operator.id:
                raise Conflict("own_account")
            if waits:
                return self.proposed(work, action, subject, operator, reason, roles, now)
            deed = Deed(by=operator.id, now=now, reason=reason, drawn=drawn, roles=roles)
            self._lifecycle.do(work, action.verb, subject, deed)
            return Outcome(account=self._subject(work, action, subject_id))

    def decide(
        self, signed_in: SignedIn, proposal_id: str, state: ProposalState, remark: str
    ) -> Resolution:
        """Approve a proposal, which does what it asks for, or reject it. May hash."""
        now = self._ground.clock()
        with self._ground.store.read() as work:
            proposal = self._proposal(work, proposal_id)
        action = ACTIONS[proposal.action]
        require(signed_in, action.decide)
        verb = _verb(action, state)
        drawn = self._lifecycle.drawn(verb, proposal.subject_id, now)
        with self._ground.store.write() as work:
            operator = self.operator(work, signed_in, action.decide)
            proposal = self._proposal(work, proposal_id)
            decided = self._eyes.decide(
                work, proposal, by=operator, state=state, remark=remark, now=now
            )
            if verb:
                self._carry_out(work, action, verb, decided, drawn, now)
            subject = self._subject(work, action, proposal.subject_id)
            return Resolution(account=subject, proposal=decided)

    def proposed(  # noqa: PLR0913, PLR0917  # a proposal is made of these
        self,
        work: Work,
        action: Action,
        subject: Account,
        operator: Account,
        reason: str,
        roles: tuple[str, ...],
        now: float,
    ) -> Outcome:
        """Take a proposal that could be carried out as things are."""
        self._lifecycle.check(action.verb, subject)
        proposal = self._eyes.propose(
            work,
            action=action.name,
            subject=subject,
            by=operator,
            reason=reason,
            roles=roles,
            now=now,
        )
        return Outcome(account=subject, proposal=proposal)

    def operator(self, work: Work, signed_in: SignedIn, *permissions: Permission) -> Account:
        """Return who acts, as the store has them now; `Forbidden` without any permission."""
        operator = work.accounts.by_id(signed_in.account_id)
        if operator is None or not any(_may(operator, one) for one in permissions):
            raise Forbidden
        return operator

    def _carry_out(  # noqa: PLR0913, PLR0917  # what was decided is made of these
        self,
        work: Work,
        action: Action,
        verb: str,
        decided: Proposal,
        drawn: Drawn | None,
        now: float,
    ) -> None:
        """Do what a decision asks for, unless its proposer could not propose it any more."""
        approved = decided.state is ProposalState.APPROVED
        if approved and not _may(work.accounts.by_id(decided.proposed_by), action.propose):
            raise Conflict("proposer_gone")
        deed = Deed(
            by=decided.decided_by,
            now=now,
            reason=decided.remark,
            proposal_id=decided.id,
            drawn=drawn,
            roles=decided.roles,
        )
        subject = self._subject(work, action, decided.subject_id)
        self._lifecycle.do(work, verb, subject, deed)

    def _subject(self, work: Work, action: Action, subject_id: str) -> Account:
        subject = work.accounts.by_id(subject_id)
        if subject is None or subject.kind is not action.kind:
            raise Unknown
        return subject

    def _proposal(self, work: Work, proposal_id: str) -> Proposal:
        proposal = work.proposals.get(proposal_id)
        if proposal is None:
            raise Unknown
        return proposal


def _verb(action: Action, state: ProposalState) -> str:
    """Return what a decision does: an operator who was rejected is rejected for good."""
    if state is ProposalState.APPROVED:
        return action.verb
    return "reject" if action.name == "operator.add" else ""


def _may(operator: Account | None, permission: Permission) -> bool:
    if operator is None or operator.kind is not AccountKind.OPERATOR:
        return False
    return operator.state is AccountState.ACTIVE and may(operator.roles, permission)
