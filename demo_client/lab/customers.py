"""A customer of the lab: an account, one pocket for each soft factor, and the calls they make.

Everything is bound in the activation, where the person was identified, so that nothing is fresh.
A factor that an account may have two of is bound twice: the second, its *twin*, opens sessions,
and the first is shown, so that what is tried never opened the session it is tried in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from demo_client.lab.errors import LabError, NoSuchFactor
from demo_client.lab.facts import Kind
from demo_client.lab.pockets import PasswordPocket, Pocket
from demo_client.lab.wire import Browser, Reply

Json: TypeAlias = Any

FACTORS = "/accounts/me/factors"
ENROLMENTS = f"{FACTORS}/enrolments"

TWIN = "twin"
"""The holder of the second credential of a kind."""

REDRAWS = 50
"""How often another pattern is drawn where the service finds one too simple."""

Key: TypeAlias = tuple[str, str]
"""A kind's id and the holder: "" or `TWIN`."""


@dataclass(slots=True)
class Transaction:
    """A login transaction of this customer; `body` is what the service said last."""

    id: str
    purpose: str
    secret: str = field(repr=False)
    body: Json = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/logins/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        """What proves that it is ours."""
        return {"Trifactor-Transaction": self.secret}

    @property
    def succeeded(self) -> bool:
        """Whether it reached what it was for."""
        return bool(self.body["state"] == "succeeded")

    @property
    def offered(self) -> tuple[str, ...]:
        """The methods that may be answered now."""
        return tuple(each["method"] for each in self.body["methods"])

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of what is still asked."""
        return tuple(sorted(each["code"] for each in self.body["missing"]))


@dataclass(kw_only=True)
class Customer:
    """Somebody with an account. `ids` are the credentials' names at the service."""

    account: str
    email: str
    phone: str
    browser: Browser
    pockets: dict[Key, Pocket] = field(default_factory=dict, repr=False)
    ids: dict[Key, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)

    def holds(self, kind: Kind, holder: str = "") -> bool:
        """Whether this customer has a factor."""
        return (kind.id, holder) in self.ids

    def twin_of(self, kind: Kind) -> str:
        """Return the holder to open sessions by."""
        return TWIN if (kind.id, TWIN) in self.ids else ""

    def calls(self, method: str, path: str, body: Json, status: int) -> Reply:
        """Call; anything but `status` ends the lab, for it was no part of a trial."""
        reply = self.browser.call(method, path, body)
        if reply.status != status:
            raise LabError(f"{method} {path}: {reply.status} {reply.code}, not {status}")
        return reply

    def opens(self, purpose: str, headers: Mapping[str, str] | None = None) -> Transaction:
        """Open a transaction; a step-up is one of the session. `LabError` where it is refused."""
        reply = self.tries_to_open(purpose, headers or {})
        if reply.status != 201:  # noqa: PLR2004 - HTTP's own number
            raise LabError(f"opening {purpose} for {self.account}: {reply.status} {reply.code}")
        return opened(reply)

    def tries_to_open(self, purpose: str, headers: Mapping[str, str]) -> Reply:
        """Open a transaction, or be refused."""
        named = {"account": self.account} if purpose in ENTRANCES else {}
        return self.browser.call("POST", "/logins", {"purpose": purpose, **named}, headers)

    def asks(self, transaction: Transaction, method: str) -> Reply:
        """Ask for a challenge; what lies in postboxes is thrown away before."""
        for pocket in self.pockets.values():
            pocket.ready()
        path, body = f"{transaction.path}/challenges", {"method": method}
        return self.browser.call("POST", path, body, transaction.headers)

    def answers(self, transaction: Transaction, method: str, response: Json) -> Reply:
        """Answer by a method, right or wrong, and remember what the service says to it."""
        body = {"method": method, "response": response}
        path = f"{transaction.path}/answers"
        reply = self.browser.call("POST", path, body, transaction.headers)
        if reply.status == 200 or reply.code == "refused":  # noqa: PLR2004 - HTTP's own number
            transaction.body = reply.body
        return reply

    def challenged(self, transaction: Transaction, kind: Kind) -> Json:
        """Ask by a kind's method and return what it says; `LabError` where it is not offered."""
        reply = self.asks(transaction, kind.method)
        if reply.status != 200:  # noqa: PLR2004 - HTTP's own number
            raise LabError(f"asking by {kind.method}: {reply.status} {reply.code}")
        return reply.body["challenge"]

    def response(self, transaction: Transaction, kind: Kind, holder: str = "") -> Json:
        """Return the right answer by a kind, having asked for a challenge where it needs one."""
        pocket = self.pockets[kind.id, holder]
        return pocket.answer(self.challenged(transaction, kind) if pocket.asks else None)

    def shows(self, transaction: Transaction, kind: Kind, holder: str = "") -> Reply:
        """Answer rightly by a kind."""
        return self.answers(transaction, kind.method, self.response(transaction, kind, holder))

    def proves(self, purpose: str, kinds: Iterable[Kind]) -> Transaction:
        """Go through `purpose` by `kinds`, twins where there are some, or raise `LabError`."""
        transaction = self.opens(purpose)
        for kind in kinds:
            if not transaction.succeeded:
                self.shows(transaction, kind, self.twin_of(kind))
        if not transaction.succeeded:
            raise LabError(f"{self.account}: {purpose} still asks {transaction.missing}")
        return transaction

    def binds(self, kind: Kind, pocket: Pocket, holder: str = "") -> None:
        """Enrol a factor in the session that is open."""
        pocket.ready()
        reply = self.browser.call("POST", ENROLMENTS, self._wish(kind))
        if reply.status == 400:  # noqa: PLR2004 - HTTP's own number
            raise NoSuchFactor(kind.id)
        if reply.status != 201:  # noqa: PLR2004 - HTTP's own number
            raise LabError(f"adding {kind.id}: {reply.status} {reply.code}")
        begun = reply.body
        path = f"{ENROLMENTS}/{begun['id']}/confirmations"
        for _ in range(REDRAWS):
            body = {"response": pocket.confirm(begun["offer"])}
            reply = self.browser.call("POST", path, body)
            # A pattern drawn by chance may be one that the service finds too simple.
            if reply.status != 422 or kind.method != "pattern":  # noqa: PLR2004 - HTTP's own number
                break
        if reply.status != 201:  # noqa: PLR2004 - HTTP's own number
            raise LabError(f"binding {kind.id}: {reply.status} {reply.code}")
        self.pockets[kind.id, holder] = pocket
        self.ids[kind.id, holder] = reply.body["id"]
        self.kinds[kind.id] = kind

    def activates(
        self, initial: str, kinds: Sequence[Kind], make: Callable[[Kind, Customer], Pocket]
    ) -> None:
        """Enter by the initial password, and bind every kind; twins where an account may.

        Kinds that the service does not know are left out.
        """
        transaction = self.opens("activation")
        reply = self.answers(transaction, "password", {"password": initial})
        if not transaction.succeeded:
            raise LabError(f"activation of {self.account}: {reply.status} {reply.code}")
        for kind in kinds:
            with suppress(NoSuchFactor):
                self.binds(kind, make(kind, self))
                if not kind.single:
                    self.binds(kind, make(kind, self), TWIN)

    def ends_activation(self) -> None:
        """End the activation: from now on the account is entered by its own factors."""
        self.calls("POST", "/accounts/me/activation", {}, 200)
        self.browser.forget(devices=True)

    def password(self) -> PasswordPocket | None:
        """Return the password's pocket, where there is one."""
        found = self.pockets.get(("password", ""))
        return found if isinstance(found, PasswordPocket) else None

    def _wish(self, kind: Kind) -> Json:
        address = {"sms_otp": self.phone, "mail_otp": self.email}.get(kind.method)
        return {"method": kind.method, **({"address": address} if address else {})}


ENTRANCES = frozenset({"login", "activation", "operator", "recovery"})
"""Purposes that name their account themselves."""


def opened(reply: Reply) -> Transaction:
    """Return the transaction that an opening told of."""
    body = reply.body
    return Transaction(body["id"], body["purpose"], body["secret"], body)
