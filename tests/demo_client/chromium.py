"""A real browser with an authenticator that Chromium's DevTools pretend is built in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests import programs

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the machine's own Chromium."""
    with sync_playwright() as driver:
        found = programs.find(programs.CHROMIUM)
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


class Authenticator:
    """A platform authenticator of one page, always willing. `synced` sets the flags BE and BS."""

    def __init__(self, page: Page, *, synced: bool = False) -> None:
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        self._id = self._added(synced=synced)

    def _added(self, *, synced: bool) -> str:
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": synced,
            "defaultBackupState": synced,
        }
        added = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return str(added["authenticatorId"])

    def exported(self) -> dict[str, Any]:
        """Return its only credential with the private key, as a thief would copy it."""
        held = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        (credential,) = held["credentials"]
        return dict(credential)

    def replaced_by(self, credential: dict[str, Any]) -> None:
        """Take it away and put another in its place, which holds only this credential."""
        self._devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._id})
        self._id = self._added(synced=False)
        self._devtools.send(
            "WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential}
        )


def refusing_scripts_from_elsewhere(context: BrowserContext) -> list[str]:
    """Return a list that fills with what the pages of `context` do wrong while they run."""
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    return faults
