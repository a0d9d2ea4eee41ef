"""What customers can do on the broker's pages, in a real browser, against the real service."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.demo_client.chromium import Authenticator
from tests.demo_client.customer import PASSWORD

pytestmark = pytest.mark.browser

STALE = 400  # seconds after which a proof is not fresh any more, and a session still alive


@pytest.mark.clause("CC-17010.c.c", "CC-17010.d")
@pytest.mark.parametrize(("language", "method"), [("zh-TW", "totp"), ("en", "webauthn")])
def test_a_new_customer_signs_in_by_two_factors_and_orders(amy, language, method):
    amy.language = language
    Authenticator(amy.page)
    amy.opens_account(app=True, passkey=True)

    amy.signs_in(method)
    amy.is_signed_in()
    amy.orders(method)

    number = amy.page.locator("#number")
    expect(number).to_have_text(re.compile(r"F\d{6}"))
    assert amy.page.locator("html").get_attribute("lang") == language


def test_a_customer_may_begin_with_the_passkey(amy):
    Authenticator(amy.page)
    amy.opens_account(passkey=True)

    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    amy.press("login.passkey_first")
    amy.sees("login.second")
    amy.field("password.label").fill(PASSWORD)
    amy.press("form.confirm")

    amy.is_signed_in()


@pytest.mark.clause("CC-17010.d")
def test_a_password_alone_opens_nothing(amy):
    amy.opens_account(app=True)

    amy.gives_password()
    amy.sees("login.second")
    amy.go("/account")

    amy.sees("login.heading")


def test_a_code_counts_once(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()
    used = amy.clock.now

    amy.go("/order")
    amy.writes_ticket()
    amy.press("order.approve")
    amy.sees("order.prove")
    amy.clock.now = used - 30  # `code` goes on 30 seconds: to the very step that was used
    amy.field("totp.code").fill(amy.code())
    amy.press("form.confirm")

    amy.is_told("say.error.refused")


@pytest.mark.clause("CC-17010.d.b")
def test_a_cloned_authenticator_is_refused(amy):
    authenticator = Authenticator(amy.page)
    amy.opens_account(passkey=True)
    cloned = authenticator.exported()
    amy.signs_in("webauthn")
    amy.is_signed_in()

    authenticator.replaced_by(authenticator.exported())  # with its counter as it is: no clone
    amy.signs_in("webauthn")
    amy.is_signed_in()
    authenticator.replaced_by(cloned)
    amy.signs_in("webauthn")

    amy.is_told("say.error.refused")


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_does_not_activate_an_account(amy):
    Authenticator(amy.page, synced=True)
    amy.begins_activation(amy.registers())
    amy.adds_passkey()

    amy.press("activate.finish")

    amy.is_told("say.error.policy_unmet")


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_beside_a_password_leaves_something_to_prove(amy):
    Authenticator(amy.page, synced=True)
    amy.opens_account(app=True, passkey=True)

    amy.gives_password()
    amy.sees("login.second")
    amy.proves_by("webauthn")
    expect(amy.field("totp.code")).to_be_visible()
    amy.proves_by("totp")

    amy.is_signed_in()


@pytest.mark.clause("ECD.4")
def test_after_three_wrong_passwords_another_factor_comes_first(amy):
    amy.opens_account(app=True)
    amy.gives_password("not-the-password-1")
    amy.is_told("say.error.refused")
    for wrong in ("not-the-password-2", "not-the-password-3"):
        amy.field("password.label").fill(wrong)
        with amy.page.expect_response("**/answers"):
            amy.press("login.submit")

    amy.is_told("say.hold")
    amy.proves_by("totp")
    amy.field("password.label").fill(PASSWORD)
    amy.press("form.confirm")

    amy.is_signed_in()


def test_an_approval_is_good_for_one_order_and_for_no_other(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()
    amy.orders("totp")
    ticket = {"symbol": "9101", "side": "buy", "quantity": 2000, "price": "128.50"}

    again = _sent(amy.page, "/orders", ticket)
    larger = _sent(amy.page, "/orders", {**ticket, "quantity": 20000})

    assert again == {"status": 409, "code": "not_approved"}
    assert larger == {"status": 409, "code": "not_approved"}


def _sent(page: Page, path: str, body: object) -> object:
    return page.evaluate(
        """async ([path, body]) => {
            const headers = { "Content-Type": "application/json" };
            const sent = { method: "POST", headers, body: JSON.stringify(body) };
            const response = await fetch(path, sent);
            const { status, code } = await response.json();
            return { status, code };
        }""",
        [path, body],
    )


def test_who_is_not_signed_in_is_asked_to_and_comes_back(amy):
    amy.opens_account(app=True)

    amy.go("/order?symbol=9103")
    amy.sees("login.heading")
    amy.field("account.label").fill(amy.account)
    amy.field("password.label").fill(PASSWORD)
    amy.press("login.submit")
    amy.sees("login.second")
    amy.proves_by("totp")

    amy.sees("order.heading")


def test_a_login_never_leads_elsewhere(amy):
    amy.opens_account(app=True)
    for elsewhere in (
        "https://evil.example/",
        "//evil.example/",
        "javascript:0",
        "/\\evil.example",
    ):
        amy.signs_in("totp", page=f"/login?next={elsewhere}")
        amy.is_signed_in()
        assert amy.page.url.startswith(f"{amy.home}/account")


@pytest.mark.clause("CC-17010.d")
def test_removing_a_factor_asks_for_a_fresh_proof_by_another(amy):
    Authenticator(amy.page)
    amy.opens_account(app=True, passkey=True)
    amy.signs_in("totp")
    amy.is_signed_in()
    amy.clock.forward(STALE)

    amy.removes("say.method.webauthn")
    amy.sees("account.prove")
    amy.proves_by("totp")

    expect(amy.page.locator("#told")).to_contain_text(amy.t("say.method.webauthn"))
    expect(amy.page.locator("#bound li")).to_have_count(2)


def test_the_last_factor_of_its_class_stays(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()

    amy.removes("say.method.totp")

    amy.is_told("say.error.last_needed")
    expect(amy.page.locator("#bound li")).to_have_count(2)


@pytest.mark.clause("CC-17010.d")
def test_adding_a_factor_asks_for_a_fresh_proof(amy):
    Authenticator(amy.page)
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()
    amy.clock.forward(STALE)

    amy.chooses_factor("webauthn")
    amy.press("passkey.begin")
    amy.sees("account.prove")
    amy.proves_by("totp")

    expect(amy.page.locator("#bound li")).to_have_count(3)


def test_signing_out_ends_the_session(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()

    amy.page.get_by_role("button", name=amy.t("nav.sign_out")).click()
    amy.sees("front.heading")
    amy.go("/account")

    amy.sees("login.heading")
    assert not any("session" in cookie["name"] for cookie in amy.page.context.cookies())


def test_no_script_can_read_the_session(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()

    cookies = {cookie["name"]: cookie for cookie in amy.page.context.cookies()}

    ours = [cookie for name, cookie in cookies.items() if name.startswith("__Host-trifactor-")]
    assert ours
    assert all(cookie["httpOnly"] and cookie["secure"] for cookie in ours)
    assert "trifactor" not in amy.page.evaluate("document.cookie")
