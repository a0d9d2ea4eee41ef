"""Proof of work on the broker's pages: shown, said, cancelled, done; and what comes after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from demo_client.texts import LANGUAGES, text
from tests.demo_client.conftest import LONG_ENOUGH, NAMES, PATIENCE, served
from tests.demo_client.customer import PASSWORD, Customer, LabClock
from tests.demo_client.looking import Looking

pytestmark = pytest.mark.browser

HOT = {"account": {"free": 0}, "opening": {"free": 0}, "registration": {"free": 0}}
"""Work is asked of everybody at once, and as little as there is."""

WAIT = 90  # seconds until the limit of the impatient has room again
IMPATIENT = {"account_prefix": {"burst": 1, "interval": WAIT}}

ENDLESS = "f" * 8
"""What a solution begins with that a test need not fear to see: one try in 4,294,967,296."""

LISTEN = """
globalThis.told = [];
document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector("[data-work-told]");
    new MutationObserver(() => told.push(place.textContent)).observe(place, { childList: true });
});
"""


@pytest.fixture(scope="module")
def hot(tmp_path_factory, lab_clock: LabClock) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("hot"), lab_clock, HOT) as origin:
        yield origin


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, lab_clock: LabClock) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("impatient"), lab_clock, IMPATIENT) as origin:
        yield origin


@pytest.fixture
def stranger(page: Page, hot: str, lab_clock: LabClock) -> Customer:
    """Somebody whom the hot service does not know, as somebody in a new browser is."""
    lab_clock.forward(LONG_ENOUGH)
    page.add_init_script(LISTEN)
    return Customer(page, hot, lab_clock, account=f"amy.{next(NAMES)}")


@pytest.fixture
def elsewhere(stranger: Customer, browsing: Callable[[], Page]) -> Customer:
    """A customer with an account, in a browser that the service does not know."""
    stranger.opens_account(app=True)
    page = browsing()
    page.add_init_script(LISTEN)
    return Customer(page, stranger.home, stranger.clock, stranger.account, secret=stranger.secret)


def calls(page: Page) -> list[tuple[str, bool, int]]:
    """Return a list that fills with calls to the service: (path, paid for or not, status)."""
    seen: list[tuple[str, bool, int]] = []

    def note(response) -> None:
        path = urlsplit(response.url).path
        if "/v1/" in path and response.request.method == "POST":
            paid = "trifactor-work" in response.request.headers
            seen.append((path.rpartition("/")[2], paid, response.status))

    page.on("response", note)
    return seen


def never_ends(route: Route) -> None:
    """Have the page solve what cannot be solved."""
    answer = route.fetch()
    asked = answer.json()
    if "work" in asked:
        asked["work"]["parameters"]["keyPrefix"] = ENDLESS
    route.fulfill(response=answer, body=json.dumps(asked))


def is_working(amy: Customer) -> None:
    """Wait until the page shows that it works, and how far it is."""
    bar = amy.page.get_by_role("progressbar", name=amy.t("work.title"))
    expect(bar).to_be_visible()
    none_yet = amy.t("say.work.tally", tries=0, usual=16 ** len(ENDLESS))
    expect(bar).not_to_have_attribute("aria-valuetext", none_yet)
    assert 0 <= int(bar.get_attribute("aria-valuenow") or "-1") < 100


def types(amy: Customer) -> None:
    """Type name and password, without a mouse, and send them."""
    keyboard = amy.page.keyboard
    expect(amy.field("account.label")).to_be_focused()
    keyboard.type(amy.account)
    keyboard.press("Tab")
    keyboard.insert_text(PASSWORD)
    keyboard.press("Enter")


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_login_from_a_hot_network_is_done_by_work_that_nobody_does(elsewhere, language):
    elsewhere.language = language
    elsewhere.go("/login")

    types(elsewhere)
    elsewhere.sees("login.second")
    told = elsewhere.page.evaluate("told")
    elsewhere.proves_by("totp")

    elsewhere.is_signed_in()
    assert told[0] == elsewhere.t("say.work.begun")
    assert told[-1] == elsewhere.t("say.work.done")
    assert len(set(told)) == 2


@pytest.mark.clause("CC-17010.j.g")
def test_work_told_at_the_opening_is_paid_with_the_first_answer(elsewhere):
    seen = calls(elsewhere.page)
    elsewhere.gives_password()
    elsewhere.sees("login.second")

    assert seen == [("logins", False, 428), ("logins", True, 201), ("answers", True, 200)]


@pytest.mark.clause("CC-17010.j.g")
def test_an_application_is_paid_for_too(stranger):
    seen = calls(stranger.page)
    stranger.applies()
    assert seen == [("accounts", False, 428), ("accounts", True, 202)]


@pytest.mark.clause("CC-17010.j.g")
def test_a_recovery_is_paid_for_too(stranger):
    seen = calls(stranger.page)
    stranger.go("/recover")
    stranger.field("account.label").fill(stranger.account)
    stranger.press("form.continue")
    stranger.sees("recover.prove")
    assert seen == [("logins", False, 428), ("logins", True, 201)]


@pytest.mark.clause("CC-17010.j.g")
def test_an_operators_login_is_paid_for_too(stranger):
    seen = calls(stranger.page)
    stranger.door = "/operator"
    stranger.gives_password()
    stranger.is_told("say.error.refused")
    assert seen == [("logins", False, 428), ("logins", True, 201), ("answers", True, 401)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", ["/login", "/operator/login", "/recover", "/activate", "/register"]
)
def test_what_is_shown_meanwhile_is_accessible_and_fits_a_small_phone(stranger, path, language):
    stranger.language = language
    stranger.page.route("**/v1/*", never_ends)
    stranger.go(path)
    for entry in stranger.page.locator("main form input[required]").filter(visible=True).all():
        kind = entry.get_attribute("type")
        entry.fill("amy@mail.example" if kind == "email" else "amy.lin.4711")
    stranger.page.locator("main form [type=submit]").filter(visible=True).first.click()
    is_working(stranger)

    look = Looking(stranger.page)
    look(path)

    assert look.faults == []
    expect(
        stranger.page.get_by_role("status").filter(has_text=stranger.t("say.work.begun"))
    ).to_have_count(1)


def test_work_is_given_up_and_taken_up_again_by_keyboard_and_the_focus_stays(elsewhere):
    page = elsewhere.page
    page.route("**/v1/logins", never_ends)
    elsewhere.go("/login")
    types(elsewhere)

    is_working(elsewhere)
    expect(elsewhere.field("password.label")).to_be_focused()
    stop = page.locator("#work").get_by_role("button")
    while not stop.evaluate("(button) => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    elsewhere.is_told("say.error.stopped")
    expect(page.locator("#work")).to_be_hidden()

    page.unroute("**/v1/logins")
    elsewhere.field("password.label").press("Enter")
    elsewhere.sees("login.second")


def test_what_is_refused_although_it_was_worked_for_is_said_after_the_second_time(stranger):
    def never_enough(route: Route) -> None:
        answer = route.fetch()
        asked = answer.json()
        asked["work"]["parameters"]["keyPrefix"] = ""
        route.fulfill(response=answer, body=json.dumps(asked))

    seen = calls(stranger.page)
    stranger.page.route("**/v1/accounts", never_enough)  # its signature is void by that
    stranger.go("/register")
    stranger.field("account.label").fill(stranger.account)
    stranger.field("name.label").fill("Amy Lin")
    stranger.field("email.label").fill("amy@mail.example")
    stranger.press("register.submit")

    stranger.is_told("say.error.work_needed")
    assert [status for _, _, status in seen] == [428, 428, 428]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_tried_too_often_is_told_how_long_to_wait_and_may_try_again_then(
    page, impatient, lab_clock, language
):
    lab_clock.forward(LONG_ENOUGH)
    amy = Customer(page, impatient, lab_clock, account=f"amy.{next(NAMES)}", language=language)
    amy.opens_account(app=True)
    page.context.clear_cookies()
    page.clock.install()
    amy.gives_password("not-the-password-1")
    amy.is_told("say.error.refused")
    amy.field("password.label").fill(PASSWORD)

    amy.press("login.submit")
    amy.is_told("say.error.too_many")
    amy.is_told("say.wait", seconds=WAIT)
    again = page.locator(".again button")
    expect(again).to_be_disabled()
    look = Looking(page)
    look("too-many")
    page.clock.fast_forward(WAIT * 1000)
    lab_clock.forward(WAIT)
    expect(again).to_be_enabled()
    expect(page.locator(".again [role=status]")).to_have_text(amy.t("say.again_now"))
    again.click()

    amy.sees("login.second")
    assert look.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/login", "/operator/login", "/register", "/recover"])
def test_without_scripts_a_page_says_so_and_offers_to_come_back(
    browser: Browser, home: str, path: str, language: str
):
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{home}{path}?lang={language}")

    told = page.locator("noscript")
    for text_id in ("heading", "why", "allow", "wait", "counter"):
        line = told.locator("h2, p, li").filter(has_text=text(language, f"no_script.{text_id}"))
        expect(line).to_be_visible()
    expect(page.locator("form, .bar").filter(visible=True)).to_have_count(0)
    with page.expect_navigation(url=f"{home}{path}?lang={language}"):
        told.get_by_role("link").click()
    expect(told.locator("h2")).to_be_visible()
    context.close()


def test_without_scripts_no_form_is_ever_sent(home: str):
    """A password would stand in the address."""
    policy = httpx2.get(f"{home}/login", trust_env=False).headers["content-security-policy"]
    assert "form-action 'none'" in policy.split("; ")
