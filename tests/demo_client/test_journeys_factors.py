"""Every factor bound and shown by the virtual client, by HTTP against the real service."""

from __future__ import annotations

import pytest

from demo_client import answers, journeys
from demo_client.errors import Refused
from demo_client.wallet import Wallets
from tests.demo_client.visiting import run, serving, visits

EVERY = "pattern,hotp,sms_otp,mail_otp,grid_card,device,recovery_codes,passkey"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("broker")) as origin:
        yield origin


@pytest.fixture
def visit():
    with visits() as opened:
        yield opened


@pytest.fixture(scope="module")
def zoe(url, tmp_path_factory):
    """The folder of a customer with every factor but TOTP, which would have to be waited for."""
    folder = tmp_path_factory.mktemp("zoe")
    assert run(folder, "register", "--account", "zoe", "--url", url)[0] == 0
    status, lines = run(folder, "activate", "--enrol", EVERY)
    assert status == 0, lines
    return folder


@pytest.mark.clause("CC-17010.c.c", "CC-17010.d")
@pytest.mark.parametrize(
    "shown",
    [
        "password,hotp",
        "password,sms_otp",
        "password,grid_card",
        "password,device",
        "password,recovery_codes",
        "pattern,hotp",
        "pattern,passkey",
        "device,pattern",
    ],
)
def test_two_factors_of_two_classes_sign_in(zoe, shown):
    status, lines = run(zoe, "login", "--by", shown)
    assert status == 0, lines


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize("shown", ["password,pattern", "device,passkey", "password,mail_otp"])
def test_after_one_factor_a_second_of_its_class_is_not_on_offer(zoe, shown):
    status, lines = run(zoe, "login", "--by", shown)
    assert (status, lines[-1]["result"], lines[-1]["code"]) == (1, "refused", "conflict")


@pytest.mark.parametrize("approved", ["hotp", "sms_otp", "grid_card", "device"])
def test_an_order_is_approved_by_what_the_customer_has(zoe, approved):
    assert run(zoe, "login")[0] == 0
    status, lines = run(zoe, "order", "--with", approved)
    assert status == 0, lines


def test_codes_may_go_to_another_telephone(url, tmp_path):
    assert run(tmp_path, "register", "--account", "ida", "--url", url)[0] == 0
    for words in (
        ["activate", "--enrol", "passkey"],
        ["login"],
        ["enrol", "sms_otp", "--to", "+886900001234"],
        ["order", "--with", "sms_otp"],
    ):
        status, lines = run(tmp_path, *words)
        assert status == 0, lines
    assert Wallets(tmp_path).load("ida").sms_codes_to == "+886900001234"


def test_a_password_generator_is_brought_back_in_step(zoe, visit):
    customer = visit(Wallets(zoe).load("zoe"), kept_in=zoe)
    for _ in range(20):
        customer.wallet.hotp.code()
    with pytest.raises(Refused):
        journeys.sign_in(customer, ["password", "hotp"])
    login = customer.client.service(
        "POST", "/logins", {"purpose": "login", "account": "zoe"}, "open"
    )
    for method, response in (
        ("password", answers.answer(customer, "password", {})),
        ("hotp", customer.wallet.hotp.two()),
    ):
        body = {"method": method, "response": response}
        login = customer.client.service("POST", f"/logins/{login['id']}/answers", body, "answered")
    assert login["state"] == "succeeded"
    journeys.sign_in(customer, ["password", "hotp"])


@pytest.mark.clause("CC-17010.d.b")
def test_what_a_device_signed_for_one_login_is_worth_nothing_in_another(zoe, visit):
    customer = visit(Wallets(zoe).load("zoe"), kept_in=zoe)
    opening = {"purpose": "login", "account": "zoe"}
    one, other = (customer.client.service("POST", "/logins", opening, "open") for _ in range(2))
    proof = answers.answer(customer, "device", answers.ask(customer, one["id"], "device"))
    answers.ask(customer, other["id"], "device")
    body = {"method": "device", "response": proof}
    with pytest.raises(Refused) as caught:
        customer.client.service("POST", f"/logins/{other['id']}/answers", body, "answered")
    assert (caught.value.status, caught.value.code) == (401, "refused")


def test_a_factor_the_customer_has_not_is_not_shown(url, tmp_path):
    assert run(tmp_path, "register", "--account", "una", "--url", url)[0] == 0
    assert run(tmp_path, "activate", "--enrol", "passkey")[0] == 0
    status, lines = run(tmp_path, "login", "--by", "password,hotp")
    assert status == 1
    assert (lines[-1]["result"], lines[-1]["code"]) == ("stopped", "NotHeld")
