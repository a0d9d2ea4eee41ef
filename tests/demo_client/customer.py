"""A customer who sees only what is on the page: labels, buttons, headings, in one language."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyotp
from playwright.sync_api import Locator, Page, expect

from demo_client.texts import text

PASSWORD = "quiet-harbour-4711-ferry"
ALONE_ON_A_LINE = re.compile(r"^\s*(?=\S*\d)(\S{8,})\s*$", re.MULTILINE)

Look = Callable[[str], None]


def nothing(_screen: str) -> None:
    """Look at a screen without doing anything."""


class LabClock:
    """The service's clock, in a file: a test goes on half a minute without waiting for it."""

    def __init__(self, file: Path, now: float) -> None:
        self.file = file
        self.now = now
        self.forward(0)

    def forward(self, seconds: float) -> None:
        """Move on, and never show the service half a number."""
        self.now += seconds
        draft = self.file.with_suffix(".draft")
        draft.write_text(str(self.now), encoding="ascii")
        draft.replace(self.file)


@dataclass
class Customer:
    """Somebody with a browser. `look` is called on every screen, with its name.

    `door` is what comes before the addresses of the pages to activate and to sign in.
    """

    page: Page
    home: str
    clock: LabClock
    account: str
    language: str = "en"
    look: Look = nothing
    door: str = ""
    phone: str = ""
    password: str = field(default=PASSWORD, repr=False)
    secret: str = field(default="", repr=False)

    def t(self, text_id: str, **values: object) -> str:
        """Return a text as this customer reads it."""
        return text(self.language, text_id, **values)

    def go(self, path: str) -> None:
        """Open a page in the customer's language."""
        sign = "&" if "?" in path else "?"
        self.page.goto(f"{self.home}{path}{sign}lang={self.language}")

    def field(self, text_id: str) -> Locator:
        """Return the visible field with this label."""
        return self.page.get_by_label(self.t(text_id), exact=True).filter(visible=True)

    def press(self, text_id: str) -> None:
        """Press the visible button with this name."""
        name = self.t(text_id)
        main = self.page.locator("main")
        main.get_by_role("button", name=name, exact=True).filter(visible=True).click()

    def sees(self, text_id: str, role: str = "heading") -> None:
        """Wait for a heading (or another role) with this text."""
        expect(self.page.get_by_role(role, name=self.t(text_id), exact=True)).to_be_visible()

    def is_told(self, text_id: str, **values: object) -> None:
        """Wait for an alert that says this."""
        alert = self.page.get_by_role("alert").filter(visible=True)
        expect(alert).to_contain_text(self.t(text_id, **values))

    def code(self) -> str:
        """Return a code of the authenticator app that was not used before."""
        self.clock.forward(30)
        return totp(self.secret, self.clock.now)

    def applies(self, *, review: bool = False) -> None:
        """Apply for the account, and ask for a review or not."""
        self.go("/register")
        self.look("register")
        self.field("account.label").fill(self.account)
        self.field("name.label").fill("Amy Lin")
        self.field("email.label").fill(f"{self.account}@mail.example")
        self.field("phone.label").fill(self.phone)
        if review:
            self.page.get_by_label(self.t("register.review")).check()
        self.press("register.submit")
        self.sees("register.sent")
        self.look("register-sent")

    def registers(self) -> str:
        """Apply for the account; return the initial password from the inbox."""
        self.applies()
        initial = self.initial_password()
        self.look("inbox")
        return initial

    def initial_password(self) -> str:
        """Return the initial password from the newest mail that has one."""
        return ALONE_ON_A_LINE.findall(self.mail_with(ALONE_ON_A_LINE))[0]

    def mail_with(self, words: str | re.Pattern[str]) -> str:
        """Wait for a mail to this customer that has `words`, and return its text."""
        for _ in range(50):
            self.go("/inbox")
            mails = self.page.get_by_role("article").filter(has_text=f"{self.account}@")
            for text_ in mails.all_inner_texts():
                if re.search(words, text_):
                    return text_
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no mail with {words}")

    def begins_activation(self, initial: str) -> None:
        """Use the initial password and choose an own one."""
        self.go(f"{self.door}/activate?account={self.account}")
        self.look("activate-initial")
        self.field("password.initial").fill(initial)
        self.press("form.continue")
        self.sees("activate.own")
        self.look("activate-password")
        self.chooses(self.password)
        self.press("form.continue")
        self.sees("activate.second")

    def chooses(self, password: str) -> None:
        """Type a new password twice."""
        self.field("password.own").fill(password)
        self.field("password.again").fill(password)

    def chooses_factor(self, method: str) -> Locator:
        """Choose what to add; return its panel. In the activation some are behind "more"."""
        option = self.page.locator(f"[data-enrol={method}]")
        opener = self.page.locator("#add-factor, #chooser summary").first
        if opener.is_visible() and not option.is_visible():
            opener.click()
        option.click()
        return self.page.locator(f"#enrol-{method}")

    def adds_app(self) -> None:
        """Add an authenticator app."""
        panel = self.chooses_factor("totp")
        shown = panel.locator("[data-secret]")
        expect(shown).not_to_be_empty()
        self.secret = shown.inner_text().replace(" ", "")
        self.look("enrol-totp")
        self.field("totp.code").fill(self.code())
        self.press("totp.confirm")
        self.lists("say.method.totp")

    def adds_passkey(self) -> None:
        """Add a passkey; the page needs an authenticator."""
        if self.page.locator("#chooser").count():
            self.chooses_factor("webauthn")
            self.look("enrol-webauthn")
        self.press("passkey.begin")
        self.lists("say.method.webauthn")

    def lists(self, text_id: str) -> None:
        """Wait for a factor with this name among those bound."""
        expect(self.page.locator("#bound strong", has_text=self.t(text_id))).to_be_visible()

    def finishes_activation(self) -> None:
        """Turn the account live."""
        self.look("activate-factor")
        self.press("activate.finish")
        self.sees("activate.done")
        self.look("activate-done")

    def opens_account(self, *, app: bool = False, passkey: bool = False) -> None:
        """Go the whole way to an active account with these factors beside the password."""
        self.begins_activation(self.registers())
        if app:
            self.adds_app()
        if passkey:
            self.adds_passkey()
        self.finishes_activation()

    def gives_password(self, password: str = "", page: str = "") -> None:
        """Fill in the login form and send it."""
        self.go(page or f"{self.door}/login")
        self.look("login")
        self.field("account.label").fill(self.account)
        self.field("password.label").fill(password or self.password)
        self.press("login.submit")

    def proves_by(self, method: str) -> None:
        """Answer the panel by a method, choosing it where there is a choice."""
        name = "prove.this_device" if method == "device" else f"say.method.{method}"
        choice = self.page.get_by_role("radio", name=self.t(name), exact=True)
        expect(
            self.page.locator(f"form[data-method={method}], [data-choice={method}]:not([hidden])")
            .filter(visible=True)
            .first
        ).to_be_visible()
        if choice.is_visible():
            choice.check()
        self.answers(method)

    def answers(self, method: str) -> None:
        """Answer by a method whose form is there."""
        if method == "totp":
            self.field("totp.code").fill(self.code())
            self.press("form.confirm")
        elif method == "password":
            name = self.t("password.label")
            self.page.get_by_role("textbox", name=name, exact=True).fill(self.password)
            self.press("form.confirm")
        else:
            self.press("passkey.use")

    def signs_in(self, method: str, page: str = "") -> None:
        """Sign in by password and one more factor."""
        self.gives_password(page=page)
        self.sees("login.second")
        self.look("login-second")
        self.proves_by(method)

    def is_signed_in(self) -> None:
        """Wait for the account page."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            self.t("account.heading", name="Amy Lin")
        )
        self.page.wait_for_load_state()  # buttons do nothing before the page's modules ran

    def removes(self, text_id: str) -> None:
        """Remove the factor with this name from the account page."""
        self.tool("say.remove_this", label=self.t(text_id)).click()

    def tool(self, text_id: str, **values: object) -> Locator:
        """Return the button of a line, by its full name."""
        name = self.t(text_id, **values)
        return self.page.get_by_role("button", name=name, exact=True)

    def writes_ticket(self, quantity: str = "2000") -> None:
        """Fill in the order ticket and have it quoted."""
        self.field("order.quantity").fill(quantity)
        self.press("order.review")
        self.sees("order.check")

    def orders(self, method: str) -> None:
        """Place an order, approved by `method`."""
        self.go("/order")
        self.look("order")
        self.writes_ticket()
        self.look("order-check")
        self.press("order.approve")
        self.sees("order.prove")
        self.look("order-prove")
        self.proves_by(method)
        self.sees("order.accepted")
        self.look("order-placed")


def totp(secret: str, at: float) -> str:
    """Return the code for `at` by oathtool, where there is one: it shares no code with ours."""
    if shutil.which("oathtool"):
        asked = ["oathtool", "--totp", "-b", "--now", f"@{int(at)}", "-"]
        done = subprocess.run(asked, input=secret, capture_output=True, text=True, check=True)
        return done.stdout.strip()
    return pyotp.TOTP(secret).at(int(at))
