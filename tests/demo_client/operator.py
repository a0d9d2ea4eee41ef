"""An operator who sees only what is on the page, in a browser with a passkey."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.demo_client.customer import Customer


@dataclass
class Operator(Customer):
    """Somebody at the desk. `password` is theirs, `door` the operators'."""

    door: str = "/operator"

    def activates(self, initial: str) -> None:
        """Use the code from the command line, and add a passkey."""
        self.begins_activation(initial)
        self.adds_passkey()
        self.finishes_activation()

    def comes_to_work(self) -> None:
        """Sign in by password and passkey."""
        self.signs_in("webauthn")
        self.sees("operator.heading")
        expect(self.line("operators", self.account)).to_be_visible()

    def looks_again(self) -> None:
        """Load the desk again, to see what somebody else did."""
        self.go("/operator")
        expect(self.line("operators", self.account)).to_be_visible()

    def line(self, section: str, words: str) -> Locator:
        """Return the line of a list that has `words`."""
        return self.page.locator(f"#{section} li").filter(has_text=words)

    def does(self, section: str, words: str, verb: str, reason: str) -> None:
        """Press a line's button, say why in the dialog, and wait for it to close."""
        button = self.t(verb)
        self.line(section, words).get_by_text(button, exact=True).click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        self.look(f"operator-{verb.rpartition('.')[2]}")
        dialog.get_by_role("textbox").fill(reason)
        dialog.get_by_role("button", name=button, exact=True).click()
        expect(self.page.locator("#ask")).to_be_hidden()

    def is_answered(self, text_id: str, what: str) -> None:
        """Wait for the line at the top that says what came of it."""
        expect(self.page.locator("#told")).to_contain_text(self.t(text_id, what=what))

    def verb(self, verb: str, account: str) -> str:
        """Return what doing `verb` to an account is called."""
        return self.t("say.verb_on", verb=self.t(f"say.verb.{verb}"), account=account)

    def proposal(self, action: str, account: str) -> str:
        """Return what a proposal is called."""
        return self.t("say.proposal", action=self.t(f"say.action.{action}"), account=account)
