"""Wrong ways with a proof that was given before, or belongs to something or somebody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

from demo_client.lab.customers import Customer, Transaction
from demo_client.lab.facts import Kind
from demo_client.lab.pockets import KeyPocket
from demo_client.lab.scene import Scene
from demo_client.lab.wire import Browser
from demo_client.lab.wrong import ACCEPTED, NOT_OFFERED, Way, control, said

Json: TypeAlias = Any

KNOWN: Final = frozenset({"password", "pattern"})
TYPED: Final = frozenset({"totp", "hotp", "recovery_codes"})
SENT: Final = frozenset({"sms_otp", "mail_otp"})
SIGNED: Final = frozenset({"device", "webauthn"})
CARD: Final = frozenset({"grid_card"})
EVERY: Final = KNOWN | TYPED | SENT | SIGNED | CARD

ONCE: Final = "one of two accepted"


def foreign(customer: Customer, kind: Kind, asked: Json) -> Json:
    """Return what somebody's factor answers to a challenge, whoever it was meant for."""
    pocket = customer.pockets[kind.id, ""]
    if isinstance(pocket, KeyPocket):  # a thief's browser leaves out whom the service asks for
        asked = {"publicKey": {**asked["publicKey"], "allowCredentials": []}}
    return pocket.answer(asked)


def _in_the_same(scene: Scene, kind: Kind) -> str:
    """Give a right answer twice in one transaction."""
    transaction = scene.arrive(scene.amy, kind)
    response = control(scene.amy, transaction, kind)
    return said(scene.amy.answers(transaction, kind.method, response))


def _in_another(scene: Scene, kind: Kind) -> str:
    """Give a right answer again in the next transaction, which has asked for one of its own."""
    response = control(scene.amy, scene.arrive(scene.amy, kind), kind)
    following = scene.arrive(scene.amy, kind, again=True)
    if scene.amy.pockets[kind.id, ""].asks:
        scene.amy.challenged(following, kind)
        _let_arrive(scene.amy, kind, following)
    return said(scene.amy.answers(following, kind.method, response))


def _from_another(scene: Scene, kind: Kind) -> str:
    """Give the answer to one transaction's challenge in another, before it is used."""
    amy = scene.amy
    one = scene.arrive(amy, kind)
    response = amy.response(one, kind)
    other = scene.arrive(amy, kind, again=True)
    amy.challenged(other, kind)
    _let_arrive(amy, kind, other)
    return said(amy.answers(other, kind.method, response))


def _never_asked(scene: Scene, kind: Kind) -> str:
    """Give an answer in a transaction that has asked for none."""
    amy = scene.amy
    response = amy.response(scene.arrive(amy, kind), kind)
    return said(amy.answers(scene.arrive(amy, kind, again=True), kind.method, response))


def _of_somebody_else(scene: Scene, kind: Kind) -> str:
    """Answer for Bob with Amy's factor."""
    amy, bob = scene.amy, scene.bob
    if kind.method in SENT:  # her code was sent to her
        response = amy.response(scene.arrive(amy, kind), kind)
        transaction = scene.arrive(bob, kind)
        bob.challenged(transaction, kind)
        _let_arrive(bob, kind, transaction)
        return said(bob.answers(transaction, kind.method, response))
    transaction = scene.arrive(bob, kind)
    pocket = amy.pockets[kind.id, ""]
    asked = bob.challenged(transaction, kind) if pocket.asks else None
    reply = bob.answers(transaction, kind.method, foreign(amy, kind, asked))
    pocket.take_back()
    return said(reply)


def _raced(scene: Scene, kind: Kind) -> str:
    """Give one code in two transactions at the same moment, as a clone beside its owner would."""
    amy = scene.amy
    first = scene.arrive(amy, kind)
    second = scene.arrive(amy, kind, again=True)
    response = amy.response(first, kind)
    if amy.pockets[kind.id, ""].asks:
        amy.challenged(second, kind)
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(_alone, scene, amy, t, kind, response) for t in (first, second)]
        came = [call.result() for call in calls]
    return ONCE if came.count(ACCEPTED) == 1 else " and ".join(came)


def _alone(
    scene: Scene, customer: Customer, transaction: Transaction, kind: Kind, response: Json
) -> str:
    """Answer over a connection of its own."""
    wire = scene.crew.deployment.wire()
    browser = Browser(wire, customer.browser.clock)
    browser.jar.cookies.update(customer.browser.jar.cookies)
    browser.watch = scene.exchanges.append
    body = {"method": kind.method, "response": response}
    try:
        return said(browser.call("POST", f"{transaction.path}/answers", body, transaction.headers))
    finally:
        wire.close()


def _cloned(scene: Scene, kind: Kind) -> str:
    """Sign in by a passkey, then by a copy of it made before: its counter stands still."""
    amy = scene.amy
    pocket = amy.pockets[kind.id, ""]
    assert isinstance(pocket, KeyPocket)  # noqa: S101  # the way is tried with passkeys alone
    copy = KeyPocket(pocket.origin, pocket.held.clone())
    control(amy, scene.arrive(amy, kind), kind)
    transaction = scene.arrive(amy, kind)
    response = copy.answer(amy.challenged(transaction, kind))
    return said(amy.answers(transaction, kind.method, response))


def _let_arrive(customer: Customer, kind: Kind, transaction: Transaction) -> None:
    """Wait for a code that was sent and is not used, or it would be taken for the next one."""
    if kind.method in SENT:
        pocket = customer.pockets[kind.id, ""]
        pocket.answer({"digits": 6, "transaction": transaction.id})


WAYS: Final = (
    Way(name="replayed_same", act=_in_the_same, kinds=EVERY, expected=NOT_OFFERED),
    # What is known is the same each time, so saying it again is no replay.
    Way(name="replayed_other", act=_in_another, kinds=EVERY - KNOWN),
    # A card's cells are the same in every transaction until they are answered: that is its rule.
    Way(name="other_transaction", act=_from_another, kinds=SENT | SIGNED),
    Way(name="never_asked", act=_never_asked, kinds=SENT | SIGNED),
    Way(name="other_account", act=_of_somebody_else, kinds=EVERY),
    Way(name="raced", act=_raced, kinds=TYPED | CARD, expected=ONCE),
    Way(name="cloned", act=_cloned, kinds=frozenset({"passkey", "passkey_attested"})),
)
