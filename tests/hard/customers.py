"""A customer who speaks the API as a program does: no browser, secrets in headers and cookies."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from demo_client.passwords import initial_password
from tests.hard.servers import Deployment, Server, until
from tests.hard.wire import Answer, Request, Wire

PASSWORD = "quiet-harbour-4711-ferry"
PHONE = "+886912345678"
STEP = 30

SESSION = "__Host-trifactor-session"
FACTORS = "/v1/accounts/me/factors"


@dataclass(slots=True)
class Transaction:
    """A login transaction, and the secret that goes with each call about it."""

    id: str
    secret: str = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is answered."""
        return f"/v1/logins/{self.id}/answers"

    @property
    def headers(self) -> dict[str, str]:
        """What proves that it is ours."""
        return {"Trifactor-Transaction": self.secret}


@dataclass(slots=True)
class Customer:
    """Somebody with an account. `clock` is the service's; `prefix` is where it is mounted."""

    wire: Wire
    account: str
    clock: Callable[[], float]
    prefix: str = ""
    totp: str = field(default="", repr=False)
    cookies: dict[str, str] = field(default_factory=dict, repr=False)

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Answer:
        """Call as this customer; anything but `status` is a failure of the test."""
        answer = self.send(method, path, body, {})
        assert answer.status == status, (method, path, answer.status, answer.body)
        return answer

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """Call with this customer's cookies, and keep those that come back."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {**headers, **({"Cookie": cookies} if cookies else {})}
        answer = self.wire.call(method, self.prefix + path, body, given)
        for line in answer.all("set-cookie"):
            name, _, rest = line.partition("=")
            if "Max-Age=0;" in line:
                self.cookies.pop(name, None)
            elif not name.startswith("__Host-trifactor-login-"):
                self.cookies[name] = rest.partition(";")[0]
        return answer

    def code(self, steps: int = 0) -> str:
        """Return the code of the step that is `steps` from now."""
        return pyotp.TOTP(self.totp).at(int(self.clock()) + steps * STEP)

    def opens(self, purpose: str = "login") -> Transaction:
        """Open a transaction; a step-up is one of the session."""
        name = {"account": self.account} if purpose in {"login", "activation"} else {}
        opened = self.call("POST", "/v1/logins", {"purpose": purpose, **name}, 201).body
        return Transaction(opened["id"], opened["secret"])

    def answers(self, transaction: Transaction, method: str, response: Any) -> Answer:
        """Answer by a method, right or wrong."""
        body = {"method": method, "response": response}
        return self.send("POST", transaction.path, body, transaction.headers)

    def gives_password(self, transaction: Transaction, password: str = PASSWORD) -> Answer:
        """Answer by password."""
        return self.answers(transaction, "password", {"password": password})

    def gives_code(self, transaction: Transaction) -> Answer:
        """Answer by the code of this step."""
        return self.answers(transaction, "totp", {"code": self.code()})

    def signs_in(self) -> Answer:
        """Log in by password and code, whose step must not have been used."""
        transaction = self.opens()
        first = self.gives_password(transaction)
        assert first.status == 200, first.body
        return self.gives_code(transaction)

    def binds(self, method: str, confirm: Callable[[Any], Any]) -> None:
        """Enrol a factor, confirming its offer by what `confirm` makes of it."""
        path = f"{FACTORS}/enrolments"
        begun = self.call("POST", path, {"method": method}, 201).body
        response = {"response": confirm(begun["offer"])}
        self.call("POST", f"{path}/{begun['id']}/confirmations", response, 201)

    def _scans(self, offer: Any) -> dict[str, str]:
        self.totp = offer["secret"]
        # the step before counts too, and leaves this one for the first login
        return {"code": self.code(-1)}

    def activates(self, initial: str, **more: Callable[[Any], Any]) -> None:
        """Use the initial password, bind an own one, TOTP and `more`, and end the activation."""
        assert self.gives_password(self.opens("activation"), initial).status == 200
        self.binds("password", lambda _: {"password": PASSWORD})
        self.binds("totp", self._scans)
        for method, confirm in more.items():
            self.binds(method, confirm)
        self.call("POST", "/v1/accounts/me/activation", {})
        self.cookies.clear()


def joins(
    deployment: Deployment, server: Server, account: str, prefix: str = "", **more: Any
) -> Customer:
    """Open an account with a password, TOTP and `more`, up to where the customer may log in."""
    customer = Customer(server.wire(), account, deployment.clock, prefix)
    mail = f"{account}@mail.example"
    body = {"account": account, "display_name": "Amy Lin", "email": mail, "phone": PHONE}
    customer.call("POST", "/v1/accounts", body, 202)
    until(lambda: _mailed(deployment.inbox, mail) != "", 30)
    customer.wire = server.wire()
    customer.activates(_mailed(deployment.inbox, mail), **more)
    return customer


def all_join(deployment: Deployment, servers: list[Server], accounts: list[str]) -> list[Customer]:
    """Open many accounts side by side, dealt out over the servers; in the order of their names."""

    def one(numbered: tuple[int, str]) -> Customer:
        number, account = numbered
        return joins(deployment, servers[number % len(servers)], account)

    with ThreadPoolExecutor(len(accounts)) as threads:
        return list(threads.map(one, enumerate(accounts)))


def race(
    servers: list[Server], transactions: list[Transaction], method: str, response: Any
) -> list[Request]:
    """Return the same answer for each transaction, dealt out over the servers."""
    return [
        Request(
            port=servers[number % len(servers)].port,
            path=transaction.path,
            body={"method": method, "response": response},
            headers=transaction.headers,
        )
        for number, transaction in enumerate(transactions)
    ]


def _mailed(inbox: Path, address: str) -> str:
    for file in inbox.glob("*.json"):
        letter = json.loads(file.read_text(encoding="utf-8"))
        if letter["to"] == address and (found := initial_password(letter["body"])):
            return found
    return ""
