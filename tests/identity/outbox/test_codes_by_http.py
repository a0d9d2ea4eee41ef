"""A customer's way with a code by SMS: it comes, or they are told that it does not, and go on."""

from __future__ import annotations

import re
import time

import pytest

from identity import settings
from tests.identity.kit import World
from tests.identity.outbox.gateway import Desk, gateway

PHONE = "+886912345678"
SECONDS = 60
SMS = {"form": {"to": "$phone", "text": "$text"}, "accepted": "^taken$"}


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.says(b"taken")
    return desk


@pytest.fixture
def world(tmp_path, desk):
    """A service whose mail is a folder and whose SMS go to a gateway."""
    with gateway(desk) as url:
        sms = settings.Sms(url=url, **SMS)
        outbox = settings.Outbox(folder=str(tmp_path / "inbox"), sms=sms)
        with World(tmp_path, outbox=outbox) as started:
            yield started


@pytest.fixture
def amy(world, desk):
    """A customer with a password, an authenticator app, and codes by SMS."""
    customer = world.customer("amy").registers().begins_activation()
    assert customer.binds_password().status_code == 201
    assert customer.binds_totp().status_code == 201
    begun = customer.enrols("sms_otp", address=PHONE)
    assert customer.confirms(begun, code=code_in(desk)).status_code == 201
    assert customer.ends_activation().status_code == 200
    desk.sent.clear()
    return customer


def code_in(desk) -> str:
    """Return the code that the gateway was sent last, waiting for it."""
    awaited(lambda: desk.sent)
    return re.search(r"\b\d{6}\b", desk.sent[-1].form()["text"])[0]


def awaited(holds) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def states(transaction) -> list[str]:
    return [delivery["state"] for delivery in transaction.look().json()["deliveries"]]


def asked(customer):
    """Open a login, prove the password and ask for a code."""
    login = customer.opens()
    assert login.password(customer.own).status_code == 200
    challenge = login.ask("sms_otp")
    assert challenge.status_code == 200
    assert challenge.json()["challenge"]["to"] == "•••• 678"
    return login


def test_a_code_goes_through_the_gateway_and_opens_the_account(amy, desk) -> None:
    login = asked(amy)
    code = code_in(desk)
    assert desk.sent[-1].form()["to"] == PHONE
    awaited(lambda: states(login) == ["sent"])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert login.answer("sms_otp", code=wrong).status_code == 401
    assert login.answer("sms_otp", code=code).json()["state"] == "succeeded"


@pytest.mark.parametrize("fault", ["garbage", "500", "gone"])
def test_where_the_gateway_fails_the_customer_is_told_and_takes_another_factor(
    world, amy, desk, fault
) -> None:
    desk.says(b"taken, perhaps", 500 if fault == "500" else 200)
    if fault == "gone":
        desk.says(b"taken", 302, Location="http://elsewhere.invalid/")
    login = asked(amy)
    awaited(lambda: states(login) == ["failed"])
    reason = {"garbage": "gateway_not_accepted", "500": "gateway_status_500"}
    failed = world.events(amy.id, "outbox:message:failed")
    assert failed[0].reason == reason.get(fault, "gateway_status_302")
    assert login.totp(amy.code()).json()["state"] == "succeeded"


def test_a_code_that_was_caught_is_of_no_use_in_another_login(world, amy, desk) -> None:
    caught = asked(amy)
    code = code_in(desk)
    thief = amy.opens(client=world.client())
    assert thief.password(amy.own).status_code == 200
    assert thief.ask("sms_otp").status_code == 200
    assert thief.answer("sms_otp", code=code).status_code == 401
    assert caught.answer("sms_otp", code=code).json()["state"] == "succeeded"
