"""What operators propose and others decide."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import Proposal, ProposalState
from identity.storage.sql.port import Port, equal, fields, swap, swapped
from identity.storage.sql.schema import proposals

_ADD = sa.insert(proposals)
_GET = sa.select(proposals).where(equal(proposals, "id"))
_SWAP = swap(proposals)
_ABOUT = (
    sa.select(proposals)
    .where(equal(proposals, "subject_id"), proposals.c.state == ProposalState.OPEN)
    .order_by(proposals.c.created_at, proposals.c.id)
)
_NEWEST = (
    sa.select(proposals)
    .order_by(proposals.c.created_at.desc(), proposals.c.id)
    .limit(sa.bindparam("limit"))
)
_NEWEST_IN = _NEWEST.where(equal(proposals, "state"))


class Proposals(Port):
    """The port `Proposals` over SQL."""

    __slots__ = ()

    def add(self, proposal: Proposal) -> None:
        """Store a new one."""
        self._connection.execute(_ADD, fields(proposal))

    def get(self, proposal_id: str) -> Proposal | None:
        """Return it, decided or not, or None."""
        return self._one(Proposal, _GET, {"at_id": proposal_id})

    def replace(self, proposal: Proposal) -> bool:
        """Swap the row whose version is `proposal.version`; False where it moved on."""
        return self._changed(_SWAP, swapped(proposal)) == 1

    def about(self, subject_id: str) -> Sequence[Proposal]:
        """Return the open ones about an account, past their time or not, oldest first."""
        return self._all(Proposal, _ABOUT, {"at_subject_id": subject_id})

    def listed(self, state: ProposalState | None = None, limit: int = 100) -> Sequence[Proposal]:
        """Return the newest, newest first, in one state or in any."""
        if state is None:
            return self._all(Proposal, _NEWEST, {"limit": limit})
        return self._all(Proposal, _NEWEST_IN, {"at_state": state, "limit": limit})
