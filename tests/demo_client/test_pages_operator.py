"""An operator's day on the broker's pages, with a second operator and a customer."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from demo_client.staff import OPERATORS
from demo_client.texts import LANGUAGES
from tests.demo_client.chromium import Authenticator
from tests.demo_client.conftest import browsers
from tests.demo_client.looking import Looking
from tests.demo_client.operator import Operator

pytestmark = pytest.mark.browser

SUSPENDED = re.compile("account is suspended|已暫停使用")
CODE = re.compile(r"^    (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def codes(home, root) -> list[str]:
    """Make the demo's operators as its first page says, and return their codes."""
    port = str(urlsplit(home).port)
    asked = [sys.executable, "-m", "demo_client.embedded", "--operators", "--port", port]
    asked += ["--root", str(root)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return CODE.findall(done.stdout)


@pytest.fixture(scope="module")
def staff(home, browser, lab_clock, codes) -> Iterator[list[Operator]]:
    """Return both operators, active and not signed in."""
    with browsers(browser) as opened:
        operators = []
        for (name, _), code in zip(OPERATORS, codes, strict=True):
            operator = Operator(opened(), home, lab_clock, name, password=f"{code}-and-my-own1")
            Authenticator(operator.page)
            operator.look = look = Looking(operator.page)
            operator.activates(code)
            assert look.faults == []
            operators.append(operator)
        yield operators


@pytest.fixture
def desk(amy, staff) -> tuple[Operator, Operator]:  # amy moves the clock on first
    """Return both operators at work; neither has done anything today."""
    for operator in staff:
        operator.language, operator.look = "en", Looking(operator.page)
        operator.comes_to_work()
    return staff[0], staff[1]


@pytest.mark.clause("CC-18000.2.g", "CC-18000.2.h", "CC-18000.5.k")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_operators_day(desk, amy, language):
    mei, tom = desk
    for person in (mei, tom, amy):
        person.language = language
    mei.looks_again()

    amy.applies(review=True)
    expect(amy.page.locator("#reviewed")).to_be_visible()
    amy.mail_with(amy.account)

    mei.looks_again()
    mei.look("operator")
    mei.does("applications", amy.account, "say.verb.approve", "papers are complete")
    mei.is_answered("say.waits", mei.verb("approve", amy.account))
    approval = mei.proposal("account.approve", amy.account)
    expect(mei.line("proposals", approval)).to_contain_text(mei.t("say.own_proposal"))
    expect(mei.line("proposals", approval).get_by_role("button")).to_have_count(0)
    expect(mei.line("applications", amy.account)).to_contain_text(mei.t("say.is_proposed"))

    tom.looks_again()
    expect(tom.line("proposals", approval)).to_contain_text("papers are complete")
    tom.does("proposals", approval, "say.verb.approve", "seen and agreed")
    tom.is_answered("say.was_done", tom.t("say.decide.approve", what=approval))
    expect(tom.line("accounts", amy.account)).to_contain_text(tom.t("say.state.registered"))

    amy.begins_activation(amy.initial_password())
    amy.adds_app()
    amy.finishes_activation()
    amy.signs_in("totp")
    amy.is_signed_in()

    tom.looks_again()
    tom.does("accounts", amy.account, "say.read", "call-back about an order")
    person = tom.page.locator("#person")
    expect(person).to_contain_text(f"{amy.account}@mail.example")
    expect(person).to_contain_text(tom.t("operator.recorded"))
    tom.look("operator-person")
    person.get_by_role("button").click()
    expect(person).to_be_hidden()
    # The dialog empties itself on its close event, which comes after it is hidden.
    expect(tom.page.locator("html")).not_to_contain_text("@mail.example")

    tom.does("accounts", amy.account, "say.verb.suspend", "phone reported stolen")
    expect(tom.line("accounts", amy.account)).to_contain_text(tom.t("say.state.suspended"))
    amy.go("/account")
    amy.sees("login.heading")
    assert amy.mail_with(SUSPENDED)
    tom.does("accounts", amy.account, "say.verb.resume", "phone was found")
    expect(tom.line("accounts", amy.account)).to_contain_text(tom.t("say.state.active"))
    tom.look("operator-told")
    for operator in desk:
        operator.go("/operator/account")
        expect(operator.page.locator("#bound li")).to_have_count(2)
        operator.look("operator-account")
        assert operator.look.faults == []


def test_the_log_of_the_day_verifies_offline(desk, root, tmp_path):
    export = tmp_path / "log.jsonl"
    config = ["--config", str(root / "identity.toml")]

    for words in (["export", "--out", str(export), *config], ["verify", "--export", str(export)]):
        command = [sys.executable, "-m", "identity", "audit", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.clause("CC-18000.2.h")
def test_a_new_operator_waits_for_the_second_and_then_has_mail(desk, browsing):
    mei, tom = desk
    name = "ann.hsu"
    mei.field("account.label").fill(name)
    mei.field("name.label").fill("Ann Hsu")
    mei.field("email.label").fill(f"{name}@broker.example")
    mei.field("say.reason").fill("joins the desk")
    mei.press("operator.add")
    proposal = mei.proposal("operator.add", name)
    mei.is_answered("say.waits", proposal)

    tom.looks_again()
    tom.does("proposals", proposal, "say.verb.approve", "welcome")

    ann = Operator(browsing(), mei.home, mei.clock, name)
    Authenticator(ann.page)
    ann.activates(ann.initial_password())
    ann.signs_in("webauthn")
    ann.sees("operator.heading")
    for section, shown in {"accounts": True, "operators": False}.items():
        note = ann.page.locator(f"#{section} .note")
        expect(note).to_have_text(ann.t("say.not_shown")) if not shown else expect(
            note
        ).to_be_hidden()


def test_what_an_operator_may_not_do_is_said_calmly(desk, amy):
    mei, tom = desk
    amy.applies(review=True)
    mei.looks_again()
    tom.looks_again()
    mei.does("applications", amy.account, "say.verb.approve", "papers are complete")

    tom.line("applications", amy.account).get_by_text(tom.t("say.verb.approve")).click()
    dialog = tom.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("papers are complete")
    dialog.get_by_role("button", name=tom.t("say.verb.approve")).click()

    tom.is_told("say.error.already_proposed")
    tom.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.clause("CC-18000.2.h")
def test_the_corner_is_for_operators_alone(amy):
    amy.opens_account(app=True)
    amy.signs_in("totp")
    amy.is_signed_in()

    amy.go("/operator")
    amy.sees("operator.login.heading")
    amy.go("/operator/account")
    amy.sees("operator.login.heading")
    amy.door = "/operator"
    amy.gives_password()

    amy.is_told("say.error.refused")
