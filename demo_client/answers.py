"""What a virtual customer answers by each method, from what the service asked and the wallet.

    asked = ask(visit, login_id, method)
    response = answer(visit, method, asked)

The two are apart so that an answer can be made without being given, or given elsewhere. Making one
leaves its traces in the wallet as it does in life: a counter rises, a code is crossed out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from demo_client import mailbox, said
from demo_client.errors import NotHeld
from demo_client.soft_totp import SoftTotp
from demo_client.visit import Visit
from demo_client.wallet import Wallet

Json: TypeAlias = Any
H = TypeVar("H")

DELIVERED = frozenset({"sms_otp", "mail_otp"})
"""Methods whose code is sent when it is asked for."""

ASKED = DELIVERED | {"webauthn", "grid_card", "device"}
"""Methods that must be asked first; what the others want is known without."""


def ask(visit: Visit, login_id: str, method: str) -> Json:
    """Ask by a method, and return what is to be answered; nothing where asking tells nothing."""
    if method not in ASKED:
        return {}
    if method in DELIVERED:
        mailbox.mark(visit)
    path = f"/logins/{login_id}/challenges"
    body = visit.client.service("POST", path, {"method": method}, said.challenge)
    return body["challenge"]


def answer(visit: Visit, method: str, asked: Json) -> Json:
    """Make the response to what was `asked`; `NotHeld` where the wallet has nothing for it."""
    if method not in ANSWERS:
        raise NotHeld(f"no such method here: {method}")
    return ANSWERS[method](visit, asked)


def next_totp(visit: Visit, totp: SoftTotp) -> str:
    """Return the next code that counts, having waited for it."""
    seconds = totp.wait(visit.world.clock())
    if seconds > 0:
        visit.announce(f"waiting {seconds:.0f} s for the next code: each one counts once")
        visit.world.sleep(seconds)
    return totp.code(visit.world.clock())


def usual_methods(wallet: Wallet) -> list[str]:
    """Say what else than the password the customer has, those that need no waiting first.

    Recovery codes are left for the day they are needed; a mailbox is no device, and counts little.
    """
    held = {
        "webauthn": wallet.passkeys,
        "device": wallet.devices,
        "hotp": wallet.hotp,
        "grid_card": wallet.card,
        "sms_otp": wallet.sms_codes_to,
        "totp": wallet.totp,
    }
    return [method for method, having in held.items() if having]


def _password(visit: Visit, _asked: Json) -> Json:
    if not visit.wallet.password:
        raise NotHeld("no password in the wallet: `activate` comes first")
    return {"password": visit.wallet.password}


def _pattern(visit: Visit, _asked: Json) -> Json:
    return {"pattern": _held(visit.wallet.pattern, "pattern").nodes}


def _totp(visit: Visit, _asked: Json) -> Json:
    return {"code": next_totp(visit, _held(visit.wallet.totp, "totp"))}


def _hotp(visit: Visit, _asked: Json) -> Json:
    return {"code": _held(visit.wallet.hotp, "hotp").code()}


def _sms_otp(visit: Visit, asked: Json) -> Json:
    address = _held(visit.wallet.sms_codes_to, "sms_otp")
    return {"code": mailbox.sent_code(visit, "sms", address, asked["digits"])}


def _mail_otp(visit: Visit, asked: Json) -> Json:
    address = _held(visit.wallet.mail_codes_to, "mail_otp")
    return {"code": mailbox.sent_code(visit, "mail", address, asked["digits"])}


def _grid_card(visit: Visit, asked: Json) -> Json:
    return {"cells": _held(visit.wallet.card, "grid_card").look_up(asked["asked"])}


def _device(visit: Visit, asked: Json) -> Json:
    """Sign with the newest key asked for; before a first proof the service names none."""
    keys = asked["keys"]
    known = [each for each in visit.wallet.devices if not keys or each.name() in keys]
    return _held(known, "device")[-1].prove(asked, visit.wallet.url)


def _webauthn(visit: Visit, asked: Json) -> Json:
    return {"credential": visit.authenticator.get(asked["publicKey"], visit.wallet.url)}


def _recovery_codes(visit: Visit, _asked: Json) -> Json:
    return {"code": _held(visit.wallet.sheet, "recovery_codes").next()}


def _held(having: H | None, method: str) -> H:
    if not having:
        raise NotHeld(f"nothing for {method} in the wallet: `enrol {method}` comes first")
    return having


ANSWERS: Mapping[str, Callable[[Visit, Json], Json]] = {
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
