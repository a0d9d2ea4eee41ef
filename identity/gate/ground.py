"""What every service stands on, passed as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factors.contract import Delivery, Entropy, Factor
from identity.audit.events import Event
from identity.audit.record import Journal
from identity.clock import DAY, Clock
from identity.gate.vault import Vault
from identity.model import Account
from identity.outbox.courier import SMS, Outbox
from identity.policy.table import Table
from identity.storage.ports import Store, Work
from identity.throttling.limits import Use
from identity.throttling.lookout import Lookout
from identity.throttling.toll import Toll, Tolls
from identity.throttling.work import About


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The store and what goes with it, the rules in force, and the two sources of the world."""

    store: Store
    vault: Vault
    journal: Journal
    outbox: Outbox
    factors: Mapping[str, Factor[Any]]
    policy: Table
    tolls: Tolls
    lookout: Lookout
    clock: Clock
    entropy: Entropy

    def record(self, work: Work, event: Event, now: float) -> None:
        """Write an audit event with the change it records."""
        self.journal.write(work, event, now)

    def tell(
        self, work: Work, account: Account, text_id: str, values: Mapping[str, str], now: float
    ) -> None:
        """Queue a message to the customer with the change it tells of. Clause: CC-17010.k"""
        profile = self.vault.profile(account)
        self.outbox.queue(work, account, profile, text_id, values, now, self.entropy)

    def alert(
        self, work: Work, account: Account, text_id: str, values: Mapping[str, str], now: float
    ) -> None:
        """Tell it by every channel on file: one of them may be a thief's. Clause: CC-17010.k"""
        self.tell(work, account, text_id, values, now)
        profile = self.vault.profile(account)
        if profile.phone:
            self.outbox.queue(
                work,
                account,
                profile,
                text_id,
                values,
                now,
                self.entropy,
                channel=SMS,
                expires_at=now + DAY,  # a number that is no more is not rung for ever
            )

    def charge(self, work: Work, use: Use, purpose: str, now: float) -> None:
        """Count one request of somebody whom work is not asked of; `TooMany` beyond the limit."""
        about = About(purpose=purpose, account=use.key, prefix="")
        toll = Toll(uses=(use,), about=about, workable=False)
        self.tolls.take(work, self.tolls.fare(toll, now), now)

    def deliver(self, work: Work, account: Account, delivery: Delivery, now: float) -> str:
        """Queue what a factor wants sent; return the message's name.

        Raises `TooMany`: whoever has the password could otherwise ring a customer's phone all
        night, and the gateway's bill with it.
        """
        self.charge(work, Use("delivery", f"{account.id}:{delivery.channel}"), "delivery", now)
        return self.outbox.queue(
            work,
            account,
            self.vault.profile(account),
            delivery.text_id,
            delivery.values,
            now,
            self.entropy,
            channel=delivery.channel,
            address=delivery.address,
            expires_at=delivery.expires_at,
        )
