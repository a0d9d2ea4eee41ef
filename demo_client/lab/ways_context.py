"""Wrong ways with the context of a proof: its origin, its purpose, its shape, its transaction."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from demo_client.lab.customers import Customer, Transaction, opened
from demo_client.lab.facts import Kind
from demo_client.lab.pockets import DevicePocket, KeyPocket, Pocket
from demo_client.lab.scene import Scene
from demo_client.lab.ways_replay import EVERY, SENT, SIGNED
from demo_client.lab.wrong import REFUSED, SESSION, Way, said
from demo_client.soft_webauthn import SoftAuthenticator, Traits

Json: TypeAlias = Any

ELSEWHERE: Final = "https://trade.example.net"
"""A page that is none of the service's."""

UNKNOWN: Final = "404 unknown"


def _signed_elsewhere(scene: Scene, kind: Kind) -> str:
    """Have the proof made on somebody else's page."""
    transaction = scene.arrive(scene.amy, kind)
    asked = scene.amy.challenged(transaction, kind)
    response = _moved(scene.amy.pockets[kind.id, ""]).answer(asked)
    return said(scene.amy.answers(transaction, kind.method, response))


def _moved(pocket: Pocket) -> Pocket:
    """Return the same factor on another page, in a browser that lets it sign for any site."""
    if isinstance(pocket, DevicePocket):
        return DevicePocket(ELSEWHERE, pocket.device)
    assert isinstance(pocket, KeyPocket)  # noqa: S101  # the way is tried with what signs
    # An assertion draws no chance, so that any will do.
    careless = SoftAuthenticator(pocket.held.clone().passkeys, bytes, Traits(honours_rp_id=False))
    return KeyPocket(ELSEWHERE, careless)


def _sent_from_elsewhere(scene: Scene, kind: Kind) -> str:
    """Send a right answer as a browser does from somebody else's page."""
    amy = scene.amy
    transaction = scene.arrive(amy, kind)
    body = {"method": kind.method, "response": amy.response(transaction, kind)}
    headers = {**transaction.headers, "Origin": ELSEWHERE}
    reply = amy.browser.call("POST", f"{transaction.path}/answers", body, headers)
    amy.pockets[kind.id, ""].take_back()
    return said(reply)


def _for_another_purpose(scene: Scene, kind: Kind) -> str:
    """Have a device sign what it is not asked for."""
    transaction = scene.arrive(scene.amy, kind)
    asked = scene.amy.challenged(transaction, kind)
    other = "order" if asked["purpose"] == "login" else "login"
    response = scene.amy.pockets[kind.id, ""].answer({**asked, "purpose": other})
    return said(scene.amy.answers(transaction, kind.method, response))


def _with_more(scene: Scene, kind: Kind) -> str:
    """Send a right answer with a member that nobody asked for."""
    amy = scene.amy
    transaction = scene.arrive(amy, kind)
    response = {**amy.response(transaction, kind), "remember": True}
    reply = amy.answers(transaction, kind.method, response)
    amy.pockets[kind.id, ""].take_back()
    return said(reply)


def _without_its_secret(scene: Scene, _kind: Kind) -> str:
    """Answer in a transaction of which only the name is known."""
    amy = scene.amy
    amy.browser.forget()
    known = amy.opens("login")
    stolen = Transaction(known.id, known.purpose, "", known.body)
    method = known.offered[0]
    return said(amy.answers(stolen, method, {}))


def _for_nobody(scene: Scene, _kind: Kind) -> str:
    """Try a name that nobody has beside one that somebody has: the answers must be alike."""
    amy = scene.amy
    amy.browser.forget()
    nobody = Customer(
        account=f"{amy.account}-nobody", email="", phone="", browser=amy.browser.elsewhere()
    )
    ours, theirs = (each.tries_to_open("login", {}) for each in (amy, nobody))
    if (ours.status, _shape(ours.body)) != (theirs.status, _shape(theirs.body)):
        return "opening tells them apart"
    method = opened(ours).offered[0]
    replies = [
        who.answers(opened(reply), method, {"password": "none of theirs"})
        for who, reply in ((amy, ours), (nobody, theirs))
    ]
    if len({(reply.status, _shape(reply.body)) for reply in replies}) > 1:
        return "answering tells them apart"
    return said(replies[-1])


def _shape(body: Json) -> str:
    """Return a body without what differs from one transaction to the next."""
    told = {name: value for name, value in body.items() if name not in {"id", "secret"}}
    return repr(sorted(told.items(), key=lambda pair: pair[0]))


_SESSION: Final = frozenset({SESSION.id})

WAYS: Final = (
    Way(name="other_origin", act=_signed_elsewhere, kinds=SIGNED),
    Way(name="foreign_page", act=_sent_from_elsewhere, kinds=EVERY, expected="403 origin_refused"),
    Way(name="other_purpose", act=_for_another_purpose, kinds=frozenset({"device"})),
    Way(name="unknown_member", act=_with_more, kinds=EVERY - SENT),
    Way(name="no_secret", act=_without_its_secret, kinds=_SESSION, expected=UNKNOWN),
    Way(name="nobody", act=_for_nobody, kinds=_SESSION, expected=REFUSED),
)
