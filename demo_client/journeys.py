"""What a virtual customer does, step by step: register, activate, enrol, sign in, order.

Every journey takes a `Visit` and ends normally or raises a `ClientError`. `methods` are the
service's names for factors, in the order in which they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from demo_client import answers, enrolments, mailbox, said
from demo_client.errors import Refused, Unfinished
from demo_client.visit import Visit

Json: TypeAlias = Any

NAMED = frozenset({"login", "activation", "recovery", "operator"})
"""Purposes that say whose account it is; a session knows that for the others."""

TICKET = {"symbol": "2330", "side": "buy", "quantity": 1000, "price": "1000.00"}
"""What `walk` orders: shares at a limit price in New Taiwan dollars."""


def register(visit: Visit, display_name: str) -> None:
    """Ask for an account in the wallet's name; the initial password goes out by mail."""
    wallet = visit.wallet
    body = {
        "account": wallet.account,
        "display_name": display_name,
        "email": wallet.email,
        "phone": wallet.phone,
        "locale": wallet.locale,
    }
    visit.client.service("POST", "/accounts", body, "received; the initial password is in the mail")


def activate(visit: Visit, methods: Sequence[str]) -> None:
    """Sign in by the initial password, bind an own one and `methods`, and end the activation.

    Clause: ECD.3.4
    """
    visit.wallet.password = mailbox.mailed_password(visit)
    prove(visit, "activation", ["password"], "")
    for method in ("password", *methods):
        enrolments.enrol(visit, method)
    visit.client.service("POST", "/accounts/me/activation", {}, "the account is active")


def enrol(visit: Visit, method: str, approve_by: Sequence[str], address: str = "") -> None:
    """Bind one more factor, after step-ups by `approve_by` where the service asks for one.

    `address` is where its codes are to go, "" for the one on file.
    """
    try:
        enrolments.enrol(visit, method, address)
    except Refused as refused:
        if refused.code != "step_up_required":
            raise
        prove(visit, str(refused.problem["purpose"]), approve_by, "")
        enrolments.enrol(visit, method, address)


def sign_in(visit: Visit, methods: Sequence[str]) -> None:
    """Open a session by `methods`, and look at it."""
    prove(visit, "login", methods, "")
    visit.client.service("GET", "/session", None, said.session)


def sign_out(visit: Visit) -> None:
    """End the session."""
    visit.client.service("DELETE", "/session", None, "signed out")


def list_factors(visit: Visit) -> None:
    """Look at the account's factors."""
    visit.client.service("GET", "/accounts/me/factors", None, said.factors)


def order(visit: Visit, ticket: dict[str, Any], methods: Sequence[str]) -> None:
    """Have `ticket` quoted, approve exactly that quote by `methods`, and place it."""
    quote = visit.client.site("POST", "/orders/quote", ticket, said.quote)
    prove(visit, "order", methods, quote["binding"])
    visit.client.site("POST", "/orders", ticket, said.placed)


def walk(visit: Visit, *, wait_for_totp: bool) -> None:
    """Go the whole way: account, activation, login, order, and a login by TOTP if awaited.

    The passkey comes first, because the code that confirmed TOTP's enrolment is spent.
    """
    register(visit, "Walking Customer")
    activate(visit, ["webauthn", "totp"])
    sign_in(visit, ["password", "webauthn"])
    list_factors(visit)
    order(visit, TICKET, ["webauthn"])
    sign_out(visit)
    if wait_for_totp:
        sign_in(visit, ["password", "totp"])
        sign_out(visit)


def prove(visit: Visit, purpose: str, methods: Sequence[str], binding: str) -> Json:
    """Open a transaction for `purpose` and show `methods` until it succeeds.

    `Unfinished` when they are all shown and the service asks for more.
    """
    login = _open(visit, purpose, binding)
    for method in methods:
        if login["state"] == "succeeded":
            break
        login = _answer(visit, login, method)
    if login["state"] != "succeeded":
        raise Unfinished(said.login(login))
    return login


def _open(visit: Visit, purpose: str, binding: str) -> Json:
    body: dict[str, Any] = {"purpose": purpose}
    if purpose in NAMED:
        body["account"] = visit.wallet.account
    if binding:
        body["binding"] = binding
    return visit.client.service("POST", "/logins", body, said.login)


def _answer(visit: Visit, login: Json, method: str) -> Json:
    asked = answers.ask(visit, login["id"], method)
    body = {"method": method, "response": answers.answer(visit, method, asked)}
    path, work = f"/logins/{login['id']}/answers", login.get("work")
    return visit.client.service("POST", path, body, said.login, work)
