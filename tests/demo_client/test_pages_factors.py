"""Every factor in a real browser: enrolled, used, and of no use to whoever does not have it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.demo_client.holder import Holder

pytestmark = pytest.mark.browser

HELD = ("pattern", "hotp", "sms_otp", "grid_card", "device", "recovery_codes")


@pytest.fixture
def amy(held: Holder) -> Holder:
    return held


@pytest.mark.clause("CC-17010.c.c", "CC-17010.d", "CC-17010.d.b")
@pytest.mark.parametrize("method", ["hotp", "sms_otp", "grid_card", "device", "recovery_codes"])
def test_a_customer_signs_in_by_what_they_hold(amy, method):
    amy.signs_in(method)
    amy.is_signed_in()


def test_an_order_is_approved_by_a_card(amy):
    amy.signs_in("device")
    amy.is_signed_in()
    amy.orders("grid_card")


def test_two_codes_in_a_row_bring_a_generator_back_in_step(amy):
    form = amy.begins("hotp")
    amy.presses += 20
    form.get_by_label(amy.t("hotp.code"), exact=True).fill(amy.presses_button())
    amy.press("form.confirm")
    amy.is_told("say.error.refused")

    form.locator("summary").click()
    for field in ("hotp.code", "hotp.next"):
        form.get_by_label(amy.t(field), exact=True).fill(amy.presses_button())
    amy.press("form.confirm")

    amy.is_signed_in()


def test_the_cells_of_a_card_can_be_pasted_at_once(amy):
    form = amy.begins("grid_card")
    fields = form.locator(".cells input")
    expect(fields).to_have_count(3)
    cells = [amy.card[entry.get_attribute("name") or ""] for entry in fields.all()]

    _paste(fields.nth(1), " ".join(cells).lower())
    expect(fields.nth(2)).to_have_value(cells[2].lower())
    fields.nth(0).fill("")
    _paste(fields.nth(0), "".join(cells))
    expect(fields.nth(0)).to_have_value(cells[0])
    amy.press("form.confirm")

    amy.is_signed_in()


def _paste(entry: Locator, text: str) -> None:
    entry.evaluate(
        """(entry, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            const bubbles = true;
            entry.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles }));
        }""",
        text,
    )


def test_the_same_cells_are_asked_until_they_are_answered(amy):
    asked = _asked(amy.begins("grid_card"))
    form = amy.begins("grid_card")
    assert _asked(form) == asked

    for entry in form.locator(".cells input").all():
        entry.fill("00")
    amy.press("form.confirm")
    amy.is_told("say.error.refused")
    assert _asked(form) == asked
    amy.reads_card(form)
    amy.press("form.confirm")

    amy.is_signed_in()
    assert _asked(amy.begins("grid_card")) != asked


def _asked(form: Locator) -> list[str | None]:
    fields = form.locator(".cells input")
    expect(fields).to_have_count(3)
    return [entry.get_attribute("name") for entry in fields.all()]


@pytest.mark.clause("CC-17010.d.b")
def test_the_key_of_a_device_outlives_its_page_and_stays_in_its_browser(amy, browsing):
    amy.page.reload()
    amy.signs_in("device")
    amy.is_signed_in()
    copied = amy.page.context.cookies()

    thief = Holder(browsing(), amy.home, amy.clock, amy.account)
    thief.page.context.add_cookies(copied)
    thief.go("/account")
    thief.is_signed_in()  # a copied cookie is a session, until something is to be signed
    thief.clock.forward(400)
    thief.go("/order")
    thief.writes_ticket()
    thief.press("order.approve")
    thief.sees("order.prove")
    expect(thief.page.locator("[data-choice=hotp]")).to_be_visible()
    expect(thief.page.locator("[data-choice=device]")).to_be_hidden()
    thief.go("/login")
    thief.field("account.label").fill(amy.account)
    expect(thief.page.locator("#passkey-first")).to_be_visible()
    expect(thief.page.locator("#device-first")).to_be_hidden()


def test_no_script_can_read_the_key_of_a_device(amy):
    amy.go("/login")
    found = amy.page.evaluate(
        """async (account) => {
            const { keysOf } = await import("/identity/static/device_keys.js");
            const [{ privateKey }] = await keysOf(account);
            const read = (form) =>
                crypto.subtle.exportKey(form, privateKey).then(() => form, () => null);
            return Promise.all(["jwk", "pkcs8"].map(read));
        }""",
        amy.account,
    )
    assert found == [None, None]


def test_the_device_comes_first_for_its_own_account_and_no_other(amy):
    amy.go("/login")
    first = amy.page.get_by_role("button", name=amy.t("login.device_first"))
    amy.field("account.label").fill("somebody.else")
    expect(first).to_be_hidden()
    amy.field("account.label").fill(amy.account.upper())
    first.click()

    amy.sees("login.second")
    amy.proves_by("pattern")
    amy.is_signed_in()


def test_a_recovery_code_is_burned_by_its_use(amy):
    spent = amy.codes[-1]
    amy.signs_in("recovery_codes")
    amy.is_signed_in()

    amy.begins("recovery_codes")
    amy.field("recovery.code").fill(spent)
    amy.press("form.confirm")

    amy.is_told("say.error.refused")


def test_a_factor_is_replaced_and_keeps_its_name(amy):
    amy.signs_in("device")
    amy.is_signed_in()
    bound = amy.page.locator("#bound li")
    expect(bound).to_have_count(len(HELD) + 1)
    amy.tool("say.rename_this", label=amy.t("say.method.grid_card")).click()
    amy.field("rename.label").fill("In the safe")
    amy.press("form.save")
    expect(amy.page.locator("#told")).to_have_text(amy.t("say.renamed", label="In the safe"))
    amy.clock.forward(400)
    older = dict(amy.card)

    amy.tool("say.replace_this", label="In the safe").click()
    amy.sees("account.prove")
    amy.proves_by("hotp")
    amy.does("grid_card")

    expect(amy.page.locator("#told")).to_have_text(amy.t("say.added", label="In the safe"))
    expect(bound).to_have_count(len(HELD) + 1)
    assert amy.card != older


def test_a_customer_asks_for_more_than_the_firm_does(amy):
    amy.signs_in("device")
    amy.is_signed_in()
    amy.page.locator("[value=device_bound]").check()
    amy.press("demands.save")
    amy.is_told("say.error.demands.last_needed")
    amy.page.locator("[value=device_bound]").uncheck()
    amy.page.locator("[value=unrestricted]").check()
    amy.press("demands.save")
    expect(amy.page.locator("#told")).to_have_text(amy.t("say.demands_set"))
    amy.page.reload()
    expect(amy.page.locator("[value=unrestricted]")).to_be_checked()

    amy.gives_password()
    amy.sees("login.second")
    expect(amy.page.locator("[data-choice=hotp]")).to_be_visible()
    expect(amy.page.locator("[data-choice=sms_otp]")).to_be_hidden()
    amy.proves_by("device")
    amy.is_signed_in()
    amy.page.locator("[value=unrestricted]").uncheck()
    amy.press("demands.save")
    expect(amy.page.locator("#told")).to_have_text(amy.t("say.demands_set"))


def test_a_removed_device_takes_its_key_along(amy, lab_clock):
    """The page that removes it has the key, and forgets it: the login must not offer it."""
    amy.signs_in("device")
    amy.is_signed_in()
    label = amy.t("say.method.device")
    expect(amy.page.locator("#bound li", has_text=label)).to_contain_text(amy.t("say.device.this"))
    amy.removes("say.method.device")
    expect(amy.page.locator("#told")).to_have_text(amy.t("say.removed", label=label))

    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    expect(amy.page.locator("#pattern-first")).to_be_visible()
    expect(amy.page.locator("#device-first")).to_be_hidden()


def test_what_is_kept_on_paper_can_be_copied_saved_and_printed(amy):
    amy.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    amy.page.add_init_script(PRINTER)
    amy.signs_in("hotp")
    amy.is_signed_in()
    panel = amy.chooses_factor("recovery_codes")
    codes = panel.locator(".codes code")
    expect(codes).to_have_count(10)
    shown = codes.all_inner_texts()

    amy.press("form.copy")
    expect(panel.locator("[data-copied]")).to_have_text(amy.t("say.copied"))
    copied = amy.page.evaluate("navigator.clipboard.readText()")
    saved = _downloaded(amy, panel, "recovery.file").decode()
    amy.press("form.print")
    _is_printed(amy, shown[-1])
    amy.press("enrol.back")
    expect(codes).to_have_count(0)  # what was not taken does not stay on the page

    assert all(code in copied and code in saved for code in shown)
    panel = amy.chooses_factor("grid_card")
    assert _downloaded(amy, panel, "card.pdf").startswith(b"%PDF-")
    amy.press("form.print")
    _is_printed(amy, "data:image/svg+xml")


PRINTER = "window.print = () => { document.title = document.querySelector('.sheet').innerHTML; };"
"""What would be on paper, told where a test can see it."""


def _is_printed(amy: Holder, words: str) -> None:
    expect(amy.page).to_have_title(re.compile(re.escape(words)))
    expect(amy.page.locator(".sheet")).to_have_count(0)


def _downloaded(amy: Holder, panel: Locator, text_id: str) -> bytes:
    with amy.page.expect_download() as download:
        panel.get_by_role("link", name=amy.t(text_id)).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.clause("CC-17010.d")
def test_a_forgotten_password_is_reset_by_a_pattern_and_a_code_kept_at_home(amy):
    amy.go("/recover")
    amy.field("account.label").fill(amy.account)
    amy.press("form.continue")
    amy.proves_by("pattern")
    expect(amy.page.locator("#prove .needs")).to_contain_text(amy.t("say.accepted_more"))
    amy.proves_by("recovery_codes")
    amy.sees("activate.own")
    amy.password = "patient-lantern-2093-quay"
    amy.chooses(amy.password)
    amy.press("recover.set")
    amy.sees("recover.done")

    amy.signs_in("hotp")
    amy.is_signed_in()
