"""The broker's pages by keyboard, by screen reader, on a small phone, and in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from demo_client.texts import LANGUAGES
from tests.demo_client.chromium import Authenticator
from tests.demo_client.conftest import LONG_ENOUGH, NAMES
from tests.demo_client.customer import PASSWORD
from tests.demo_client.holder import Holder
from tests.demo_client.looking import Looking

pytestmark = pytest.mark.browser


def test_a_login_needs_no_mouse(amy):
    amy.opens_account(app=True)
    keyboard = amy.page.keyboard
    amy.go("/login")

    expect(amy.field("account.label")).to_be_focused()
    keyboard.type(amy.account)
    keyboard.press("Tab")
    keyboard.insert_text(PASSWORD)  # as pasted
    keyboard.press("Enter")
    amy.sees("login.second")
    keyboard.press("Tab")
    expect(amy.field("totp.code")).to_be_focused()
    keyboard.insert_text(amy.code())
    keyboard.press("Enter")

    amy.is_signed_in()


def test_what_is_wrong_is_said_beside_the_field_and_the_focus_goes_there(amy):
    amy.go("/login")
    amy.field("account.label").fill(amy.account)

    amy.press("login.submit")

    amy.is_told("password.label")
    expect(amy.field("password.label")).to_be_focused()
    assert amy.field("password.label").get_attribute("aria-invalid") == "true"


def test_a_reload_does_not_send_an_activation_back_to_its_start(amy):
    amy.begins_activation(amy.registers())
    amy.page.reload()
    amy.sees("activate.second")


def test_the_language_can_be_switched_and_is_remembered(amy):
    amy.go("/login?next=/order")
    amy.page.get_by_role("link", name="中文").click()

    assert amy.page.url.endswith("next=/order&lang=zh-TW") or "next=%2Forder" in amy.page.url
    amy.page.goto(f"{amy.home}/register")

    assert amy.page.locator("html").get_attribute("lang") == "zh-TW"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_accessible_and_fits_a_small_phone(amy, language):
    look = Looking(amy.page)
    amy.language, amy.look = language, look
    Authenticator(amy.page)
    amy.go("/")
    look("front")
    amy.opens_account(app=True, passkey=True)
    amy.signs_in("totp")
    amy.is_signed_in()
    expect(amy.page.locator("#bound li")).to_have_count(3)
    look("account")
    amy.tool("say.rename_this", label=amy.t("say.method.totp")).click()
    look("account-rename")
    amy.go("/recover")
    look("recover")
    amy.orders("totp")

    assert look.faults == []


ADDED = ("pattern", "hotp", "sms_otp", "mail_otp", "grid_card", "device", "recovery_codes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_factor_is_accessible_and_fits_a_small_phone(page, home, lab_clock, language):
    lab_clock.forward(LONG_ENOUGH)
    amy = Holder(page, home, lab_clock, account=f"amy.{next(NAMES)}", language=language)
    amy.begins_activation(amy.registers())
    amy.look = look = Looking(page)
    page.locator("#chooser summary").click()
    look("activate-more")
    for method in ADDED:
        amy.adds(method)
    amy.finishes_activation()

    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    amy.press("login.pattern_first")
    amy.draws(page.locator("#drawing"))
    look("login-pattern")
    amy.press("login.submit")
    amy.sees("login.second")
    for method in ("device", "hotp", "grid_card", "sms_otp", "recovery_codes"):
        page.locator(f"#prove [value={method}]").check()
        form = page.locator(f"form[data-method={method}]")
        expect(form.locator("button").filter(visible=True).first).to_be_visible()
        look(f"login-{method}")
    page.locator("#prove [value=sms_otp]").check()
    amy.asks_for_code()
    expect(page.locator("form[data-method=sms_otp] .arrival")).to_contain_text("678")
    look("login-sms_otp-sent")
    amy.proves_by("device")
    amy.is_signed_in()
    page.locator("#add-factor").click()
    look("account-choose")

    assert look.faults == []
