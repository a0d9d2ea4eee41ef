"""What customers do about their own factors, sessions, devices and password, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

import identity
from identity.settings import Policy
from tests.demo_client.chromium import Authenticator
from tests.demo_client.conftest import LONG_ENOUGH, served
from tests.demo_client.customer import Customer

pytestmark = pytest.mark.browser

STALE = 400  # seconds after which a proof is not fresh any more, and a session still alive
ANOTHER = "patient-lantern-2093-quay"
SHIPPED = Path(identity.__file__).parent / "policy" / "twse.toml"


def elsewhere(amy: Customer, browsing) -> Customer:
    """The same customer, in another browser."""
    return Customer(browsing(), amy.home, amy.clock, amy.account, secret=amy.secret)


def signs_in(*places: Customer) -> None:
    for place in places:
        place.signs_in("totp")
        place.is_signed_in()


def is_signed_out(place: Customer) -> None:
    place.go("/account")
    place.sees("login.heading")


def test_a_factor_is_renamed_and_keeps_its_name(amy):
    amy.opens_account(app=True)
    signs_in(amy)

    amy.tool("say.rename_this", label=amy.t("say.method.totp")).click()
    amy.field("rename.label").fill("Grey phone")
    amy.press("form.save")
    expect(amy.page.locator("#told")).to_have_text(amy.t("say.renamed", label="Grey phone"))
    amy.page.reload()

    expect(amy.tool("say.remove_this", label="Grey phone")).to_be_visible()


@pytest.mark.clause("CC-17020.b.h")
def test_a_session_elsewhere_is_ended_from_here(amy, browsing):
    amy.opens_account(app=True)
    there = elsewhere(amy, browsing)
    signs_in(there)
    amy.clock.now = there.clock.now
    signs_in(amy)
    lines = amy.page.locator("#sessions li")
    expect(lines).to_have_count(2)

    lines.get_by_role("button").click()

    expect(lines).to_have_count(1)
    is_signed_out(there)
    signs_in(there)
    amy.page.reload()
    amy.press("sessions.end_others")
    expect(lines).to_have_count(1)
    is_signed_out(there)
    amy.page.reload()
    amy.is_signed_in()


def test_a_device_that_is_forgotten_is_signed_out(amy, browsing):
    amy.opens_account(app=True)
    there = elsewhere(amy, browsing)
    signs_in(there, amy)
    lines = amy.page.locator("#devices li")
    expect(lines).to_have_count(2)

    lines.filter(has_text=amy.t("say.device.other")).get_by_role("button").click()

    expect(lines).to_have_count(1)
    is_signed_out(there)


@pytest.mark.clause("CC-17010.d")
def test_the_password_is_changed_by_the_old_one_and_another_factor(amy, browsing):
    amy.opens_account(app=True)
    there = elsewhere(amy, browsing)
    signs_in(there, amy)
    amy.clock.forward(STALE)

    amy.chooses("password1")
    amy.press("password.change")
    amy.sees("account.prove")
    amy.press("form.cancel")
    amy.is_told("say.error.set_aside")
    amy.press("password.change")
    amy.sees("account.prove")
    amy.proves_by("password")
    expect(amy.page.locator("#prove .needs")).to_contain_text(amy.t("say.accepted_more"))
    amy.proves_by("totp")
    amy.is_told("say.error.too_common")
    amy.chooses(ANOTHER)
    amy.press("password.change")

    expect(amy.page.locator("#told")).to_have_text(amy.t("say.password_changed"))
    expect(amy.page.locator("#sessions li")).to_have_count(1)
    is_signed_out(there)
    there.gives_password()
    there.is_told("say.error.refused")
    there.password = ANOTHER
    signs_in(there)


@pytest.mark.clause("CC-17010.d")
def test_whoever_has_no_second_class_is_told_so_and_sent_to_the_counter(amy):
    Authenticator(amy.page)
    amy.opens_account(app=True, passkey=True)

    amy.go("/recover")
    amy.sees("recover.counter")
    amy.field("account.label").fill(amy.account)
    amy.press("form.continue")
    amy.sees("recover.prove")
    amy.proves_by("webauthn")

    expect(amy.page.locator("#prove .needs")).to_contain_text("come to us with identification")
    expect(amy.page.locator("#prove form").filter(visible=True)).to_have_count(0)


def test_a_reset_looks_the_same_for_who_is_nobody(amy):
    Authenticator(amy.page)
    amy.go("/recover")
    amy.field("account.label").fill(amy.account)
    amy.press("form.continue")

    amy.sees("recover.prove")
    expect(amy.page.get_by_role("button", name=amy.t("passkey.use"))).to_be_visible()


@pytest.mark.clause("CC-17010.d", "CC-17010.k")
def test_a_forgotten_password_is_reset_by_two_other_classes(
    browsing, lab_clock, tmp_path_factory, amy
):
    """For a firm that takes a passkey's own check of its user for a biometric."""
    root = tmp_path_factory.mktemp("counting")
    policy = root / "counting.toml"
    rules = SHIPPED.read_text(encoding="utf-8")
    counting = '[methods.webauthn]\nuv_counts_as = "inherence"'
    policy.write_text(rules.replace("[methods.webauthn]", counting), encoding="utf-8")
    with served(root, lab_clock, policy=Policy(profile=str(policy))) as home:
        amy = Customer(amy.page, home, lab_clock, amy.account)
        Authenticator(amy.page)
        amy.opens_account(passkey=True)
        lab_clock.forward(LONG_ENOUGH)

        amy.go("/recover")
        amy.field("account.label").fill(amy.account)
        amy.press("form.continue")
        amy.proves_by("webauthn")
        amy.sees("activate.own")
        amy.chooses(ANOTHER)
        amy.press("recover.set")
        amy.sees("recover.done")

        assert amy.mail_with("password was reset")
        is_signed_out(amy)
        amy.password = ANOTHER
        amy.gives_password()
        amy.proves_by("webauthn")
        amy.is_signed_in()
