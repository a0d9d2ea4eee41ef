"""What an answer by each factor costs the serving process, in CPU time, storage durable.

What approves an order is answered as a step-up. What does not, in the login: a pattern as its first
proof, a recovery code as its second. Passwords, TOTP and passkeys are in `logins`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from demo_client.passwords import code_in
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import SoftPattern
from demo_client.soft_sheet import SoftSheet
from identity.entropy import system
from tests.bench.bed import Bed, RawVerify, bed, signed_in
from tests.bench.logins import EACH, ORIGIN, answer_row
from tests.bench.rows import Row
from tests.hard.customers import PHONE, Customer, Transaction, joins
from tests.hard.servers import WIDE, until

ROUNDS = 5
CARD = {"max_uses": 1000}
"""One card for all rounds."""

SHEET = 9
"""Recovery codes that are measured: there is one to warm up."""


def rows() -> list[Row]:
    """Measure each of them."""
    raw = RawVerify()
    hash_ms = 1000 * median(raw.cpu() for _ in range(EACH))
    with bed(settings={"grid_card": CARD}, delivery=WIDE) as full:
        kit = Kit(full.deployment.inbox)
        amy = joins(full.deployment, full.server, "amy", **kit.confirmations())
        pattern, recovery = first_pattern(full, amy, kit), second_recovery(full, amy, kit)
        signed_in(full, amy)
        ordering = [approving(full, amy, kit, method) for method in ("device", "hotp", "grid_card")]
        sms = approving_by_sms(full, amy, kit)
    return [
        *ordering,
        sms,
        hashing_row("pattern answer (login)", pattern, hash_ms),
        hashing_row("recovery code answer (login)", recovery, hash_ms),
    ]


@dataclass(slots=True)
class Kit:
    """Everything one customer holds. `inbox` is where SMS arrive."""

    inbox: Path
    held: dict[str, Any] = field(default_factory=dict)

    def confirmations(self) -> dict[str, Callable[[Any], Any]]:
        """Return what ends the enrolment of each factor."""
        return {
            "pattern": self._draws,
            "hotp": lambda offer: {"code": self._keep("hotp", SoftHotp(uri=offer["uri"])).code()},
            "grid_card": self._files,
            "device": lambda offer: self._keep("device", SoftDevice.made(system)).bind(
                offer, ORIGIN
            ),
            "recovery_codes": self._saves,
            "sms_otp": lambda _: {"code": self.texted()},
        }

    def answer(self, method: str, asked: Any) -> Any:
        """Return the answer to what was asked."""
        held = self.held[method]
        answers: dict[str, Callable[[], Any]] = {
            "pattern": lambda: {"pattern": held.nodes},
            "hotp": lambda: {"code": held.code()},
            "grid_card": lambda: {"cells": held.look_up(asked["asked"])},
            "device": lambda: held.prove(asked, ORIGIN),
            "recovery_codes": lambda: {"code": held.next()},
        }
        return answers[method]()

    def texted(self) -> str:
        """Wait for an SMS, return its code, and delete it."""
        until(lambda: bool(self._texts()), 30)
        (file,) = self._texts()
        body = json.loads(file.read_text(encoding="utf-8"))["body"]
        file.unlink()
        found = code_in(body, 6)
        assert found
        return found

    def _texts(self) -> list[Path]:
        files = self.inbox.glob("*.json")
        return [f for f in files if json.loads(f.read_text(encoding="utf-8"))["to"] == PHONE]

    def _keep(self, method: str, thing: Any) -> Any:
        self.held[method] = thing
        return thing

    def _draws(self, offer: Any) -> Any:
        nodes = self._keep("pattern", SoftPattern.chosen(offer, system)).nodes
        return {"pattern": nodes, "again": nodes}

    def _files(self, offer: Any) -> Any:
        return {"cells": self._keep("grid_card", SoftCard.printed(offer)).look_up(offer["asked"])}

    def _saves(self, offer: Any) -> Any:
        self._keep("recovery_codes", SoftSheet(codes=offer["codes"]))
        return {"saved": True}


def asks(amy: Customer, transaction: Transaction, method: str) -> Any:
    """Ask by a method; return what is to be answered."""
    path = f"/v1/logins/{transaction.id}/challenges"
    asked = amy.send("POST", path, {"method": method}, transaction.headers)
    assert asked.status == 200, asked.body
    return asked.body["challenge"]


def answered(bed: Bed, amy: Customer, transaction: Transaction, kit: Kit, method: str) -> float:
    """Return the CPU seconds of answering by a method, asked before."""
    response = kit.answer(method, asks(amy, transaction, method))
    return answering(bed, amy, transaction, method, response)


def answering(
    bed: Bed, amy: Customer, transaction: Transaction, method: str, response: Any
) -> float:
    """Return the CPU seconds of one right answer."""
    before = bed.cpu()
    answer = amy.answers(transaction, method, response)
    assert answer.status == 200, answer.body
    return bed.since(before)


def approving_by_sms(bed: Bed, amy: Customer, kit: Kit) -> Row:
    """Measure approving orders by codes that have all arrived: waiting is no work of ours."""
    arrived = []
    for _ in range(1 + EACH):
        transaction = amy.opens("order")
        asks(amy, transaction, "sms_otp")
        arrived.append((transaction, kit.texted()))
    taken = [
        answering(bed, amy, transaction, "sms_otp", {"code": code}) for transaction, code in arrived
    ]
    return answer_row("sms_otp answer (step-up), synchronous=FULL", 1000 * fmean(taken[1:]))


def approving(bed: Bed, amy: Customer, kit: Kit, method: str) -> Row:
    """Measure approving an order."""

    def one() -> float:
        return answered(bed, amy, amy.opens("order"), kit, method)

    one()  # to warm up
    taken = 1000 * median(fmean(one() for _ in range(EACH)) for _ in range(ROUNDS))
    return answer_row(f"{method} answer (step-up), synchronous=FULL", taken)


def first_pattern(bed: Bed, amy: Customer, kit: Kit) -> float:
    """Return the CPU ms of a login's first proof by a pattern."""
    return 1000 * median(answered(bed, amy, amy.opens(), kit, "pattern") for _ in range(EACH))


def second_recovery(bed: Bed, amy: Customer, kit: Kit) -> float:
    """Return the CPU ms of a login's second proof by a recovery code."""

    def one() -> float:
        transaction = amy.opens()
        assert amy.gives_password(transaction).status == 200
        return answered(bed, amy, transaction, kit, "recovery_codes")

    one()  # to warm up
    return 1000 * median(one() for _ in range(SHEET))


def hashing_row(what: str, taken: float, hash_ms: float) -> Row:
    """Hold an answer that is mostly a hash against one."""
    told = f"{taken / hash_ms:.2f} of an Argon2id verify ({taken:.1f} ms / {hash_ms:.1f} ms CPU)"
    return Row(what, told)
