"""How a virtual customer binds each factor: what ends its enrolment, and what it keeps of it.

    begun = begin(visit, method)
    made = made_for(visit, method, begun["offer"])
    confirm(visit, method, begun, made)

What was made goes into the wallet when the service has taken it, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from demo_client import mailbox, said
from demo_client.answers import DELIVERED, next_totp
from demo_client.errors import NotHeld
from demo_client.passwords import choose
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import SoftPattern
from demo_client.soft_sheet import SoftSheet
from demo_client.soft_totp import SoftTotp
from demo_client.visit import Visit

Json: TypeAlias = Any

START = "/accounts/me/factors/enrolments"


class Made(NamedTuple):
    """The response that ends an enrolment, and what to do once it is taken."""

    response: Json
    keep: Callable[[], None]


def enrol(visit: Visit, method: str, address: str = "") -> None:
    """Bind a factor. `address` is where its codes are to go, "" for the one on file."""
    begun = begin(visit, method, address)
    confirm(visit, method, begun, made_for(visit, method, begun["offer"], address))


def begin(visit: Visit, method: str, address: str = "") -> Json:
    """Begin an enrolment; the answer has its `id` and what is on offer."""
    if method not in CONFIRMATIONS:
        raise NotHeld(f"no such method here: {method}")
    if method in DELIVERED:
        mailbox.mark(visit)
    body = {"method": method, "address": address} if address else {"method": method}
    return visit.client.service("POST", START, body, said.offered(method))


def made_for(visit: Visit, method: str, offer: Json, address: str = "") -> Made:
    """Make what an offer asks for."""
    return CONFIRMATIONS[method](visit, offer, address)


def confirm(visit: Visit, method: str, begun: Json, made: Made) -> None:
    """Finish an enrolment, and keep what was made."""
    path = f"{START}/{begun['id']}/confirmations"
    visit.client.service("POST", path, {"response": made.response}, f"{method} is bound")
    made.keep()


def _password(visit: Visit, _offer: Json, _address: str) -> Made:
    chosen = choose(visit.world.entropy)
    return Made({"password": chosen}, lambda: setattr(visit.wallet, "password", chosen))


def _pattern(visit: Visit, offer: Json, _address: str) -> Made:
    chosen = SoftPattern.chosen(offer, visit.world.entropy)
    response = {"pattern": chosen.nodes, "again": chosen.nodes}
    return Made(response, lambda: setattr(visit.wallet, "pattern", chosen))


def _totp(visit: Visit, offer: Json, _address: str) -> Made:
    totp = SoftTotp(uri=offer["uri"])
    response = {"code": next_totp(visit, totp)}
    return Made(response, lambda: setattr(visit.wallet, "totp", totp))


def _hotp(visit: Visit, offer: Json, _address: str) -> Made:
    token = SoftHotp(uri=offer["uri"])
    return Made({"code": token.code()}, lambda: setattr(visit.wallet, "hotp", token))


def _sms_otp(visit: Visit, offer: Json, address: str) -> Made:
    to = address or visit.wallet.phone
    response = {"code": mailbox.sent_code(visit, "sms", to, offer["digits"])}
    return Made(response, lambda: setattr(visit.wallet, "sms_codes_to", to))


def _mail_otp(visit: Visit, offer: Json, address: str) -> Made:
    to = address or visit.wallet.email
    response = {"code": mailbox.sent_code(visit, "mail", to, offer["digits"])}
    return Made(response, lambda: setattr(visit.wallet, "mail_codes_to", to))


def _grid_card(visit: Visit, offer: Json, _address: str) -> Made:
    card = SoftCard.printed(offer)
    response = {"cells": card.look_up(offer["asked"])}
    return Made(response, lambda: setattr(visit.wallet, "card", card))


def _device(visit: Visit, offer: Json, _address: str) -> Made:
    device = SoftDevice.made(visit.world.entropy, phone=visit.on_phone)
    response = device.bind(offer, visit.wallet.url)
    return Made(response, lambda: visit.wallet.devices.append(device))


def _webauthn(visit: Visit, offer: Json, _address: str) -> Made:
    authenticator = visit.authenticator
    credential = authenticator.create(offer["publicKey"], visit.wallet.url)
    made = authenticator.passkeys[-1]
    return Made({"credential": credential}, lambda: visit.wallet.passkeys.append(made))


def _recovery_codes(visit: Visit, offer: Json, _address: str) -> Made:
    sheet = SoftSheet(codes=list(offer["codes"]))
    return Made({"saved": True}, lambda: setattr(visit.wallet, "sheet", sheet))


CONFIRMATIONS: Mapping[str, Callable[[Visit, Json, str], Made]] = {
    "password": _password,
    "pattern": _pattern,
    "totp": _totp,
    "hotp": _hotp,
    "sms_otp": _sms_otp,
    "mail_otp": _mail_otp,
    "grid_card": _grid_card,
    "device": _device,
    "webauthn": _webauthn,
    "recovery_codes": _recovery_codes,
}
