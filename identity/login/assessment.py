"""Where a transaction stands, and what may be answered next: a stand read, held to the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from factors.contract import FactorClass
from identity.errors import Conflict, Malformed
from identity.gate.gate import Gate
from identity.gate.ground import Ground
from identity.login import machine
from identity.login.machine import Offered
from identity.login.standing import Stand
from identity.model import LoginTransaction, Session
from identity.policy.decide import Decision, counted
from identity.policy.worth import beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the client must keep from now on; empty where nothing changed."""

    transaction: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    devices: tuple[str, ...] = field(default=(), repr=False)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a transaction stands after a call.

    `worth` are the classes that each proof in it counts as. `refused`: the answer just given was
    wrong. `deliveries` tells of each code on its way: ``"queued"``, ``"sent"`` or ``"failed"``.
    `work` is the proof of work that the next answer will be asked for.
    """

    transaction: LoginTransaction
    decision: Decision
    offered: tuple[Offered, ...]
    worth: tuple[frozenset[FactorClass], ...]
    refused: bool = False
    session: Session | None = None
    secrets: Secrets = Secrets()
    deliveries: Mapping[str, str] = {}
    work: Mapping[str, Any] | None = None


class Assessment:
    """Holds stands to the policy in force."""

    def __init__(self, ground: Ground, gate: Gate) -> None:
        self._ground = ground
        self._gate = gate
        self._alike = frozenset(
            name for name, factor in ground.factors.items() if factor.asks_alike
        )

    def decision(self, stand: Stand, now: float) -> Decision:
        """Return what has been shown and what is still asked."""
        return machine.decided(
            self._ground.policy, stand.transaction, stand.session, now, stand.demands
        )

    def progress(self, stand: Stand, now: float, decision: Decision | None = None) -> Progress:
        """Tell where `stand` leaves its transaction."""
        decision = decision or self.decision(stand, now)
        return Progress(
            transaction=stand.transaction,
            decision=decision,
            offered=self._offered(stand, decision),
            worth=self.worth(stand.transaction),
        )

    def worth(self, transaction: LoginTransaction) -> tuple[frozenset[FactorClass], ...]:
        """Return the classes that each proof given counts as."""
        return tuple(counted(self._ground.policy, transaction.shown))

    def check_offered(self, stand: Stand, method: str, now: float) -> None:
        """Raise `Malformed` for no method at all, `Conflict` for one that is not offered now."""
        if method not in self._ground.factors:
            raise Malformed("no such method", "method")
        offered = self._offered(stand, self.decision(stand, now))
        if all(offer.method != method for offer in offered):
            raise Conflict("not_offered")

    def others(self, purpose: str) -> tuple[str, ...]:
        """Return what may come in the password's place, where that has to wait. Clause: ECD.4"""
        return machine.others(self._ground.policy, purpose, self._alike)

    def _offered(self, stand: Stand, decision: Decision) -> tuple[Offered, ...]:
        held_back = self._gate.held_back(stand.counts, stand.way.name)
        return machine.offered(
            self._ground.policy,
            stand.transaction,
            decision,
            stand.kinds,
            instead=self.others(stand.transaction.purpose) if held_back else (),
            beyond=self._beyond(stand) if machine.proven(stand.transaction) else {},
        )

    def _beyond(self, stand: Stand) -> Mapping[str, frozenset[FactorClass]]:
        """Return what the credentials of a kind could show beside its own class."""
        found: dict[str, frozenset[FactorClass]] = {}
        for row in stand.rows:
            rule = self._ground.policy.methods.get(row.kind)
            if rule is not None and (rule.biometric or rule.uv_counts_as):
                _, evidence = self._ground.vault.open(row)
                found[row.kind] = found.get(row.kind, frozenset()) | beyond(rule, evidence)
        return found
