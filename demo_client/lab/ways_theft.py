"""Wrong ways with something stolen, guessed or shopped for: cookies, codes, cells of a card."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from demo_client.lab.customers import Customer, Transaction, opened
from demo_client.lab.doors import is_open
from demo_client.lab.expected import Proof, verdict, worth
from demo_client.lab.facts import KINDS, KNOWLEDGE, Kind
from demo_client.lab.scene import Scene
from demo_client.lab.ways_replay import CARD, SENT
from demo_client.lab.wrong import ACCEPTED, REFUSED, SESSION, DoesNotApply, Way, said

Json: TypeAlias = Any

CREATED = 201

TRIES = 3
"""How often a code that was sent may be mistyped (NIST SP 800-63B-4 section 3.1.3 asks a limit)."""

LOOKS = 5
"""How often a card's cells are asked for without being answered."""

SAME: Final = "the same cells"
KEPT_OUT: Final = "door closed, 401 refused"


def _copied_cookie(scene: Scene, _kind: Kind) -> str:
    """Copy somebody's cookies, and approve an order by a key of one's own."""
    amy = scene.amy
    scene.opening.spent(amy)
    scene.opening.ensure(amy)
    thief = Customer(account="", email="", phone="", browser=amy.browser.elsewhere())
    reply = thief.tries_to_open("order", {})
    if reply.status != CREATED:
        return said(reply)
    door = {True: "open", False: "closed", None: "?"}[is_open(thief.browser, "order")]
    transaction = opened(reply)
    for name in ("device", "passkey"):
        kind = KINDS[name]
        if kind.method in transaction.offered and kind in scene.kinds:
            return f"door {door}, {said(_by_his_own(scene, thief, transaction, kind))}"
    raise DoesNotApply("why.no_key_for_orders")


def _by_his_own(scene: Scene, thief: Customer, transaction: Transaction, kind: Kind) -> Any:
    pocket = scene.crew.pocket(kind, thief)
    asked = thief.challenged(transaction, kind)
    if kind.method == "webauthn":
        thief_asked = {**asked["publicKey"], "allowCredentials": []}
        offer = {
            "rp": {"id": thief_asked.get("rpId")},
            "user": {"id": "dGhpZWY"},
            "pubKeyCredParams": [{"alg": -7}],
            "challenge": thief_asked["challenge"],
        }
        pocket.confirm({"publicKey": offer})
        asked = {"publicKey": thief_asked}
    return thief.answers(transaction, kind.method, pocket.answer(asked))


def _synced(scene: Scene, kind: Kind) -> str:
    """Sign in by a synced passkey where the policy wants a device it was agreed on with."""
    known = _known(scene)
    if verdict(scene.table, "login", [Proof(known), Proof(kind)]).allowed:
        raise DoesNotApply("why.synced_counts")
    amy = scene.amy
    amy.browser.forget()
    transaction = amy.opens("login")
    amy.shows(transaction, known)
    reply = amy.shows(transaction, kind)
    return said(reply) if reply.status != 200 else _state(transaction)  # noqa: PLR2004 - HTTP's own


def _known(scene: Scene) -> Kind:
    """Return something known that a login may begin with."""
    for kind in scene.kinds:
        first = kind.method in scene.table.first("login")
        if first and worth(scene.table, kind) == {KNOWLEDGE}:
            return kind
    raise DoesNotApply("why.nothing_known_first")


def _state(transaction: Transaction) -> str:
    return "200 allowed" if transaction.succeeded else "200 still open"


def _shopping(scene: Scene, kind: Kind) -> str:
    """Ask for a card's cells again and again, in new transactions and after a wrong answer."""
    amy = scene.amy
    seen = set()
    for _ in range(LOOKS):
        transaction = scene.arrive(amy, kind)
        cells = tuple(amy.challenged(transaction, kind)["asked"])
        seen.add(cells)
        amy.answers(transaction, kind.method, {"cells": dict.fromkeys(cells, "??")})
    return SAME if len(seen) == 1 else f"{len(seen)} sets of cells"


def _mistyped(scene: Scene, kind: Kind, times: int) -> str:
    """Type a code that was sent wrong so often, and then right."""
    amy = scene.amy
    transaction = scene.arrive(amy, kind)
    right = amy.response(transaction, kind)
    wrong = {
        "code": f"{(int(right['code']) + 1) % 10 ** len(right['code']):0{len(right['code'])}d}"
    }
    for _ in range(times):
        reply = amy.answers(transaction, kind.method, wrong)
        if said(reply) != REFUSED:
            return f"a wrong code came to {said(reply)}"
    return said(amy.answers(transaction, kind.method, right))


WAYS: Final = (
    Way(
        name="copied_cookie",
        act=_copied_cookie,
        kinds=frozenset({SESSION.id}),
        expected=KEPT_OUT,
    ),
    Way(
        name="synced",
        act=_synced,
        kinds=frozenset({"passkey_synced"}),
        expected="200 still open",
    ),
    Way(name="shopping", act=_shopping, kinds=CARD, expected=SAME),
    Way(name="mistyped", act=lambda s, k: _mistyped(s, k, TRIES), kinds=SENT),
    Way(name="mistyped_once", act=lambda s, k: _mistyped(s, k, 1), kinds=SENT, expected=ACCEPTED),
)
