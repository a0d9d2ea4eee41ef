"""Whether a wrong code that is nearly right takes longer to be found wrong than one that is not.

Of every factor whose answer is a code: one that is wrong in its last character alone against one
that is wrong in all of them, in an order drawn by chance, as the factor judges them and without
anything around it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random
from typing import Any

from demo_client.attack.auc import Area, auc
from factors.contract import Refused
from factors.registry import build
from tests.bench.rows import Row
from tests.factors.test_contract import CLIENTS
from tests.factors.world import NOW, Chance, context, settings

ROUNDS = 4000
CODES = ("totp", "hotp", "sms_otp", "grid_card")
WITHIN = (0.45, 0.55)


def rows() -> list[Row]:
    """Measure each of them."""
    return [row(method) for method in CODES]


def row(method: str) -> Row:
    """Return how well the time tells nearly right from all wrong: 0.5 is a coin."""
    found = told_apart(method)
    measured = f"AUC {found.area:.3f} [{found.low:.3f}, {found.high:.3f}]"
    met = WITHIN[0] <= found.low and found.high <= WITHIN[1]
    goal = f"within {WITHIN[0]} to {WITHIN[1]}"
    return Row(f"{method}: last character wrong against all wrong", measured, goal, met)


def told_apart(method: str) -> Area:
    """Time both kinds of wrong answers in turns."""
    factor, client = build(settings())[method], CLIENTS[method]()
    begun = factor.enroll({}, context(phone="+886912345678", email="amy@mail.example"))
    bound = factor.confirm(begun.private, client.enroll(begun), context())
    held = {"c": bound.credential}
    offer = factor.challenge(held, context(entropy=Chance(b"challenge")))
    right = client.answer(offer, NOW)
    near, far = spoilt(right, last_only=True), spoilt(right, last_only=False)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for nearly in shuffled():
        began = time.perf_counter()
        verdict = factor.verify(held, offer.private, near if nearly else far, context())
        taken[nearly].append(time.perf_counter() - began)
        assert isinstance(verdict, Refused)
    return auc(taken[True], taken[False])


def shuffled() -> list[bool]:
    """Return which to try when: strict turns would let each see what the other left in caches."""
    order = [True, False] * ROUNDS
    Random(ROUNDS).shuffle(order)  # an order, not a secret
    return order


def spoilt(answer: Mapping[str, Any], *, last_only: bool) -> dict[str, Any]:
    """Return an answer whose text is wrong at its end, or everywhere, and otherwise like any."""
    (member, right), *_ = answer.items()
    if isinstance(right, Mapping):
        names, texts = list(right), list(right.values())
        moved = [*texts[1:], texts[0]]
        given = [*texts[:-1], moved[-1]] if last_only else moved
        return {member: dict(zip(names, given, strict=True))}
    return {member: right[:-1] + other(right[-1]) if last_only else other(right)}


def other(digits: str) -> str:
    """Return digits of which every one is the next."""
    return "".join(str((int(digit) + 1) % 10) for digit in digits)
