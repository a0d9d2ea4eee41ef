"""A customer who may hold every factor there is, and uses each as people do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyotp
from playwright.sync_api import Locator, expect

from tests.demo_client.customer import Customer

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
PATTERN = (0, 5, 6, 1, 8, 3)
"""Six nodes, numbered row by row from 0; no stroke passes over another node."""

CODES_BY = {"sms_otp": "sms", "mail_otp": "mail"}


@dataclass
class Holder(Customer):
    """What is drawn, printed, copied or counted is kept here. `phone` gets the text messages."""

    phone: str = "0912-345-678"
    drawn: Sequence[int] = PATTERN
    generator: str = field(default="", repr=False)
    presses: int = 0
    card: dict[str, str] = field(default_factory=dict, repr=False)
    codes: list[str] = field(default_factory=list, repr=False)
    read: set[tuple[str, str]] = field(default_factory=set, repr=False)

    def adds(self, method: str) -> None:
        """Choose a factor, and do what its panel asks."""
        self.chooses_factor(method)
        self.does(method)
        self.lists(f"say.method.{method}")

    def does(self, method: str) -> None:
        """Do what the panel asks that was chosen."""
        ways: dict[str, Callable[[Locator], None]] = {
            "pattern": self._adds_pattern,
            "hotp": self._adds_generator,
            "sms_otp": self._adds_address,
            "mail_otp": self._adds_address,
            "grid_card": self._adds_card,
            "device": self._adds_device,
            "recovery_codes": self._adds_codes,
        }
        ways[method](self.page.locator(f"#enrol-{method}"))

    def begins(self, method: str) -> Locator:
        """Sign in by the password, and choose the other factor; return its form."""
        self.gives_password()
        self.sees("login.second")
        self.page.locator(f"#prove [value={method}]").check()
        return self.page.locator(f"form[data-method={method}]")

    def answers(self, method: str) -> None:
        """Answer by a method whose form is there."""
        form = self.page.locator(f"#prove form[data-method={method}]")
        if method == "pattern":
            self.draws(form)
        elif method == "hotp":
            form.get_by_label(self.t("hotp.code"), exact=True).fill(self.presses_button())
        elif method in CODES_BY:
            self.asks_for_code()
            form.locator("[data-sent] input").fill(self.code_sent(method))
        elif method == "grid_card":
            self.reads_card(form)
        elif method == "recovery_codes":
            self.field("recovery.code").fill(self.codes.pop())
        elif method != "device":
            super().answers(method)
            return
        self.press("device.use" if method == "device" else "form.confirm")

    def asks_for_code(self) -> None:
        """Press the button that sends one. What came before is of no use any more."""
        self.read |= self._codes().keys()
        self.press("code.send")

    def code_sent(self, method: str) -> str:
        """Wait for the code that was asked for, and return it."""
        for _ in range(100):
            fresh = [
                code
                for (mail_id, channel), code in self._codes().items()
                if channel == CODES_BY[method] and (mail_id, channel) not in self.read
            ]
            if fresh:
                return fresh[0]
            self.page.wait_for_timeout(100)
        raise AssertionError("no code")

    def _codes(self) -> dict[tuple[str, str], str]:
        """Return every code that came to this customer, by its message's id and channel."""
        mails = self.page.request.get(f"{self.home}/inbox.json").json()
        mine = {self._number, f"{self.account}@mail.example"}
        found = {
            (mail["id"], mail["channel"]): CODE.search(mail["body"])
            for mail in mails
            if mail["to"] in mine
        }
        return {name: code[0] for name, code in found.items() if code}

    def presses_button(self) -> str:
        """Return the next code of the password generator."""
        self.presses += 1
        return pyotp.HOTP(self.generator).at(self.presses - 1)

    def reads_card(self, area: Locator) -> None:
        """Type what stands in the cells that are asked."""
        fields = area.locator(".cells input")
        expect(fields).not_to_have_count(0)
        for entry in fields.all():
            entry.fill(self.card[entry.get_attribute("name") or ""])

    def draws(self, area: Locator, nodes: Sequence[int] = ()) -> None:
        """Draw by clicking one node after the other."""
        for node in nodes or self.drawn:
            self.node(area, node).click()

    def node(self, area: Locator, node: int, columns: int = 3) -> Locator:
        """Return a node of the grid in `area`."""
        place = {"number": node + 1, "row": node // columns + 1, "column": node % columns + 1}
        return area.get_by_role("button", name=self.t("say.pattern.node", **place), exact=True)

    @property
    def _number(self) -> str:
        return "+886" + re.sub(r"\D", "", self.phone).removeprefix("0")

    def _adds_pattern(self, panel: Locator) -> None:
        expect(panel.locator(".round")).to_have_text(self.t("say.pattern.draw", count=6))
        self.look("enrol-pattern")
        for said in ("say.pattern.again", None):
            self.draws(panel)
            self.look("enrol-pattern-drawn")
            self.press("form.continue")
            if said:
                expect(panel.locator(".round")).to_have_text(self.t(said))

    def _adds_generator(self, panel: Locator) -> None:
        shown = panel.locator("[data-secret]")
        expect(shown).not_to_be_empty()
        self.generator, self.presses = shown.inner_text().replace(" ", ""), 0
        self.look("enrol-hotp")
        self.field("hotp.code").fill(self.presses_button())
        self.press("hotp.confirm")

    def _adds_address(self, panel: Locator) -> None:
        method = (panel.get_attribute("id") or "").removeprefix("enrol-")
        self.look(f"enrol-{method}")
        self.asks_for_code()
        entry = panel.locator("[data-sent] input")
        expect(entry).to_be_visible()
        entry.fill(self.code_sent(method))
        self.look(f"enrol-{method}-sent")
        self.press("form.confirm")

    def _adds_card(self, panel: Locator) -> None:
        panel.locator("summary").click()
        table = panel.locator(".card-cells")
        expect(table.locator("tbody tr")).not_to_have_count(0)
        columns = table.locator("thead th").all_inner_texts()
        for row in table.locator("tbody tr").all():
            number = row.locator("th").inner_text()
            cells = row.locator("td").all_inner_texts()
            names = [f"{column}{number}" for column in columns]
            self.card |= dict(zip(names, cells, strict=True))
        self.look("enrol-grid_card")
        self.reads_card(panel)
        self.press("card.confirm")

    def _adds_device(self, _panel: Locator) -> None:
        self.field("device.label").fill(self.t("say.method.device"))
        self.look("enrol-device")
        self.press("device.begin")

    def _adds_codes(self, panel: Locator) -> None:
        shown = panel.locator(".codes code")
        expect(shown).to_have_count(10)
        self.codes = shown.all_inner_texts()
        self.look("enrol-recovery_codes")
        self.press("recovery.saved")
