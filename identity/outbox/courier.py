"""Into the outbox within the caller's transaction, and out of it on threads of its own.

Claim, carry, settle: the next try is written down before the first is made, so that a crash
leaves a message to be tried again, never lost. Between the two no transaction is open. Each
channel has couriers of its own, so that a gateway that hangs holds up no mail.

Where somebody waits for a message, it expires; it is tried again within seconds, before all that
does not, and dropped once it would be of no use. `Outbox.state` tells whoever waits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import structlog

from factors.contract import Entropy
from identity.audit.events import (
    MessageDelivered,
    MessageDropped,
    MessageFailed,
    MessageQueued,
)
from identity.audit.record import Journal, microseconds
from identity.clock import Clock
from identity.entropy import token
from identity.keys.seal import Sealer
from identity.model import Account, Message, MessageState, Profile
from identity.outbox.backoff import delay, delay_while_waited_for
from identity.outbox.letter import Letter, opened, sealed
from identity.outbox.port import Carrier, Undelivered
from identity.outbox.texts import MAIL, SMS, Texts
from identity.periodic import Periodic
from identity.storage.ports import Store, Work

__all__ = ["MAIL", "SMS", "Courier", "Couriers", "Outbox"]

INTERVAL = 1.0
"""Seconds between two looks into the outbox."""

EXPIRED = "expired"
"""Why a message was dropped that nobody waits for any more."""

_TOLD = {MessageState.DROPPED: MessageState.FAILED}
"""To whoever waits, what will not be tried again has failed as well."""

_log = structlog.get_logger(__name__)


class Outbox:
    """Takes messages to customers. Clause: CC-17010.k"""

    def __init__(self, sealer: Sealer, texts: Texts, journal: Journal) -> None:
        self._sealer = sealer
        self._texts = texts
        self._journal = journal

    def queue(  # noqa: PLR0913, PLR0917 - whom, what, when and in which transaction differ
        self,
        work: Work,
        account: Account,
        profile: Profile,
        text_id: str,
        values: Mapping[str, str],
        now: float,
        entropy: Entropy,
        *,
        channel: str = MAIL,
        address: str = "",
        expires_at: float | None = None,
    ) -> str:
        """Write a message within the caller's unit of work: it goes out where that commits.

        `values` fill in the text; `KeyError` where one is missing, or the text has no form for
        `channel`, which is `MAIL` or `SMS`. `address` is the profile's where none is given;
        `ValueError` where that has none. From `expires_at` on it would be of no use; None means
        that it never is. Returns the name by which `state` knows it.
        """
        text = self._texts.filled(text_id, account.locale, profile.display_name, values, now)
        letter = Letter(
            id=token(entropy),
            at=now,
            channel=channel,
            address=address or _on_file(profile, channel),
            subject=text.subject,
            body=text.form(channel),
        )
        message = Message(
            id=letter.id,
            account_id=account.id,
            channel=channel,
            text_id=text_id,
            sealed=sealed(self._sealer, letter, account.id),
            created_at=now,
            due_at=now,
            expires_at=math.inf if expires_at is None else expires_at,
        )
        work.outbox.add(message)
        queued = MessageQueued(
            account_id=account.id, message_id=letter.id, channel=channel, text_id=text_id
        )
        self._journal.write(work, queued, now)
        return letter.id

    def state(self, work: Work, message_id: str) -> str:
        """Return ``"queued"``, ``"sent"``, or ``"failed"``, after which another try may follow.

        A message that is long over is forgotten, and then called sent like one that was.
        """
        state = work.outbox.state(message_id)
        return _TOLD.get(state, state).value


class Courier(Periodic):
    """A thread that carries what is due by one channel, or by any (""). Clause: CC-17010.k

    `errors` counts tries that failed; a carrier's failure does not make the courier unwell.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a composition root gives each part
        self,
        store: Store,
        sealer: Sealer,
        carrier: Carrier,
        clock: Clock,
        journal: Journal,
        channel: str = "",
        interval: float = INTERVAL,
    ) -> None:
        super().__init__("courier", self._run, clock, interval)
        self._store = store
        self._sealer = sealer
        self._carrier = carrier
        self._journal = journal
        self._channel = channel
        self.errors = 0

    def finish(self) -> None:
        """Take no further message; `stop` waits until the one in hand is done with."""
        self._stopping.set()

    def _run(self, now: float) -> None:
        while not self.stopping() and (message := self._claim(now)) is not None:
            self._try(message, now)
            now = self._clock()  # carrying takes its time, in which the next may expire

    def _claim(self, now: float) -> Message | None:
        """Take a message that is due, until its next try."""
        with self._store.read() as work:
            if not work.outbox.due(now, 1, self._channel):
                return None  # the usual case: no lock is taken for it
        with self._store.write() as work:
            claimed = work.outbox.claim(
                now, lambda attempts: now + delay(attempts), channel=self._channel
            )
        return claimed[0] if claimed else None

    def _try(self, message: Message, now: float) -> None:
        if now >= message.expires_at:
            self._drop(message, EXPIRED, now)
            return
        try:
            self._carrier.carry(opened(self._sealer, message))
        except Undelivered as error:
            self.errors += 1
            give_up = self._drop if error.final else self._failed_once
            give_up(message, error.reason, self._clock())
        except Exception as error:  # noqa: BLE001 - a carrier may raise anything; it is tried again
            self.errors += 1
            self._failed_once(message, type(error).__name__, self._clock())
        else:
            self._carried(message, self._clock())

    def _carried(self, message: Message, now: float) -> None:
        with self._store.write() as work:
            if work.outbox.sent(message.id):  # else another node was faster
                delivered = MessageDelivered(**_about(message), attempts=message.attempts)
                self._journal.write(work, delivered, now)

    def _failed_once(self, message: Message, reason: str, now: float) -> None:
        _log.error("carry_failed", channel=message.channel, attempts=message.attempts, error=reason)
        again = _again(message, now)
        failed = MessageFailed(
            **_about(message),
            attempts=message.attempts,
            reason=reason,
            retry_at_us=microseconds(again),
        )
        with self._store.write() as work:
            work.outbox.failed(message, again)
            self._journal.write(work, failed, now)

    def _drop(self, message: Message, reason: str, now: float) -> None:
        # A firm without a gateway has none by choice: that is no alarm for every message.
        say = _log.error if reason == EXPIRED else _log.warning
        say("carry_given_up", channel=message.channel, error=reason)
        dropped = MessageDropped(**_about(message), attempts=message.attempts - 1, reason=reason)
        with self._store.write() as work:
            if work.outbox.dropped(message.id):
                self._journal.write(work, dropped, now)


class Couriers:
    """All couriers of a process, as one."""

    def __init__(self, couriers: Sequence[Courier]) -> None:
        self._couriers = tuple(couriers)

    def start(self) -> None:
        """Start each one's thread."""
        for courier in self._couriers:
            courier.start()

    def stop(self) -> None:
        """End all of them after the message each has in hand, and wait until they have."""
        for courier in self._couriers:
            courier.finish()
        for courier in self._couriers:
            courier.stop()

    def run_once(self) -> bool:
        """Carry now, on the caller's thread, what is due; False where one of them failed."""
        succeeded = [courier.run_once() for courier in self._couriers]  # each, whatever another did
        return all(succeeded)


def _on_file(profile: Profile, channel: str) -> str:
    address = {MAIL: profile.email, SMS: profile.phone}[channel]
    if not address:
        raise ValueError(f"nothing on file to reach the customer by {channel}")
    return address


def _again(message: Message, now: float) -> float:
    """Return when to try again: no later than a message expires, so that it is dropped then."""
    if message.expires_at == math.inf:
        return message.due_at
    return min(now + delay_while_waited_for(message.attempts - 1), message.expires_at)


def _about(message: Message) -> dict[str, str]:
    return {
        "account_id": message.account_id,
        "message_id": message.id,
        "channel": message.channel,
        "text_id": message.text_id,
    }
