"""Messages waiting to be carried."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from identity.model import Message, MessageState
from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Parameters, Statement
from identity.storage.sql.port import Port, equal, fields, prune
from identity.storage.sql.schema import outbox

_ADD = sa.insert(outbox)
_DUE = (
    sa.select(outbox)
    .where(outbox.c.due_at <= sa.bindparam("now"))
    .where(outbox.c.state != MessageState.DROPPED)
    # As the index has a channel's: a backlog is not sorted, and a code overtakes it.
    .order_by(outbox.c.expires_at, outbox.c.due_at, outbox.c.id)
    .limit(sa.bindparam("limit"))
)
_DUE_BY = _DUE.where(equal(outbox, "channel"))
_CLAIM = _DUE.with_for_update(skip_locked=True)
_CLAIM_BY = _DUE_BY.with_for_update(skip_locked=True)
_CLAIMED = sa.update(outbox).where(equal(outbox, "id"))
_SENT = sa.delete(outbox).where(equal(outbox, "id"))
_FAILED = (
    sa.update(outbox)
    .where(equal(outbox, "id", "attempts"))
    .where(outbox.c.state != MessageState.DROPPED)
    .values(state=MessageState.FAILED)
)
_DROPPED = (
    sa.update(outbox)
    .where(equal(outbox, "id"))
    .where(outbox.c.state != MessageState.DROPPED)
    .values(state=MessageState.DROPPED)
)
_STATE = sa.select(outbox.c.state).where(equal(outbox, "id"))
_over_at = sa.case(
    (outbox.c.expires_at == math.inf, outbox.c.created_at), else_=outbox.c.expires_at
)
_PRUNE = prune(
    outbox, (outbox.c.state == MessageState.DROPPED) & (_over_at < sa.bindparam("before"))
)


class Outbox(Port):
    """The port `Outbox` over SQL."""

    __slots__ = ()

    def add(self, message: Message) -> None:
        """Store it."""
        self._connection.execute(_ADD, fields(message))

    def due(self, now: float, limit: int = 20, channel: str = "") -> Sequence[Message]:
        """Return messages to be carried now by one channel, or by any (""), as they are."""
        return self._all(Message, *_asked(_DUE, _DUE_BY, now, limit, channel))

    def claim(
        self, now: float, until: Callable[[int], float], limit: int = 1, channel: str = ""
    ) -> Sequence[Message]:
        """Take messages that are due, in the order of `due`; return them as they are from now on.

        Their rows are locked from the one statement to the other: on SQLite the transaction is
        alone, on PostgreSQL `SKIP LOCKED` passes over what another one is claiming.
        """
        due = self._all(Message, *_asked(_CLAIM, _CLAIM_BY, now, limit, channel))
        claimed = [_claimed(message, until(message.attempts)) for message in due]
        if claimed:
            self._connection.execute(_CLAIMED, [_claim(message) for message in claimed])
        return claimed

    def sent(self, message_id: str) -> bool:
        """Delete it: it was carried. Of several callers one gets True."""
        return self._changed(_SENT, {"at_id": message_id}) == 1

    def failed(self, message: Message, due_at: float) -> bool:
        """Store that this attempt failed, unless another has claimed or settled it since."""
        here = {"at_id": message.id, "at_attempts": message.attempts}
        return self._changed(_FAILED, {**here, "due_at": due_at}) == 1

    def dropped(self, message_id: str) -> bool:
        """Carry it no more, but keep it for `state` to tell. Of several callers one gets True."""
        return self._changed(_DROPPED, {"at_id": message_id}) == 1

    def state(self, message_id: str) -> MessageState:
        """Return how far it has come; `SENT` where there is none such (any more)."""
        row = self._connection.execute(_STATE, {"at_id": message_id}).one_or_none()
        return MessageState.SENT if row is None else row.state

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget messages that were dropped and over before `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})


def _asked(
    of_any: Statement, of_one: Statement, now: float, limit: int, channel: str
) -> tuple[Statement, Parameters]:
    parameters: Parameters = {"now": now, "limit": limit}
    return (of_one, {**parameters, "at_channel": channel}) if channel else (of_any, parameters)


def _claimed(message: Message, due_at: float) -> Message:
    return replace(message, attempts=message.attempts + 1, due_at=due_at)


def _claim(message: Message) -> Parameters:
    return {"at_id": message.id, "attempts": message.attempts, "due_at": message.due_at}
