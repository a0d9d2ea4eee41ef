"""Four eyes: what one operator proposes, another one decides. Clause: CC-18000.2.h

The second is never the first, nor the one it is done to. A proposal is decided once, within its
time, and what it asks for is done in the same unit of work as the decision: two approvals at the
same moment do it once.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from identity import entropy as chance
from identity.audit import events
from identity.audit.record import microseconds
from identity.errors import Conflict, Expired
from identity.gate.ground import Ground
from identity.model import Account, Proposal, ProposalState
from identity.storage.ports import Work

LIFETIME = 7 * 24 * 3600.0
"""Seconds a proposal waits for its second."""


class FourEyes:
    """Takes proposals and decisions, within the caller's unit of work.

    `asked` names the actions that need a second operator.
    """

    def __init__(self, ground: Ground, asked: Collection[str]) -> None:
        self._ground = ground
        self._asked = frozenset(asked)

    def asks(self, action: str) -> bool:
        """Whether an action needs a second operator."""
        return action in self._asked

    def propose(  # noqa: PLR0913  # a proposal is made of these
        self,
        work: Work,
        *,
        action: str,
        subject: Account,
        by: Account,
        reason: str,
        roles: tuple[str, ...],
        now: float,
    ) -> Proposal:
        """Take a proposal; `Conflict("already_proposed")` where the same one is waiting."""
        if any(one.action == action for one in self.waiting(work, subject, now)):
            raise Conflict("already_proposed")
        proposal = Proposal(
            id=chance.token(self._ground.entropy),
            action=action,
            subject_id=subject.id,
            roles=roles,
            reason=reason,
            proposed_by=by.id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        work.proposals.add(proposal)
        self._ground.record(work, _made(proposal), now)
        return proposal

    def waiting(self, work: Work, subject: Account, now: float) -> list[Proposal]:
        """Return the proposals about an account that may still be decided."""
        return [one for one in work.proposals.about(subject.id) if now < one.expires_at]

    def decide(  # noqa: PLR0913  # a decision is made of these
        self,
        work: Work,
        proposal: Proposal,
        *,
        by: Account,
        state: ProposalState,
        remark: str,
        now: float,
    ) -> Proposal:
        """Decide; raises `Conflict` or `Expired` where this one cannot, now or any more."""
        check_second(proposal, by.id)
        if proposal.state is not ProposalState.OPEN:
            raise Conflict(f"is_{proposal.state}")
        if now >= proposal.expires_at:
            raise Expired
        decided = msgspec.structs.replace(
            proposal, state=state, decided_by=by.id, decided_at=now, remark=remark
        )
        if not work.proposals.replace(decided):
            raise Conflict("decided_meanwhile")
        self._ground.record(work, _decided(decided), now)
        return decided


def check_second(proposal: Proposal, operator_id: str) -> None:
    """Raise `Conflict("second_operator_needed")` where an operator is no second pair of eyes."""
    if operator_id in {proposal.proposed_by, proposal.subject_id}:
        raise Conflict("second_operator_needed")


def _made(proposal: Proposal) -> events.Event:
    return events.ProposalMade(
        account_id=proposal.subject_id,
        proposal_id=proposal.id,
        action=proposal.action,
        by=proposal.proposed_by,
        reason=proposal.reason,
        expires_at_us=microseconds(proposal.expires_at),
    )


def _decided(proposal: Proposal) -> events.Event:
    return events.ProposalDecided(
        account_id=proposal.subject_id,
        proposal_id=proposal.id,
        action=proposal.action,
        by=proposal.decided_by,
        proposed_by=proposal.proposed_by,
        decision=proposal.state.value,
        remark=proposal.remark,
    )
