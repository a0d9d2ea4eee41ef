"""One login of a customer, from opening to the end: as a program on a known device, or as a page.

On a known device it does no work and waits for nothing. On a new one it does what the login page
does: solves what is asked, waits a moment where told to, and tries again a few times.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo_client import soft_work
from demo_client.attack.outcomes import Felt
from demo_client.attack.seen import CREATED, OK, TOO_MANY, WORK, judged
from demo_client.attack.strangers import Addressed
from demo_client.lab.customers import Customer, opened
from demo_client.lab.facts import KINDS
from demo_client.lab.wire import Browser, Reply

WORKS, WAITS, PAUSE = 3, 4, 1.0
"""How often a new device works and waits for one call, and how long, in seconds."""


@dataclass
class Regular:
    """A customer with an own browser that is known, on one connection."""

    customer: Customer
    wire: Addressed
    home: str
    browser: Browser = field(repr=False)

    def elsewhere(self, address: str) -> Browser:
        """Return another browser, on another network, that knows nothing."""
        self.wire.address = address
        return Browser(self.wire, self.browser.clock)

    def at_home(self) -> Browser:
        """Return the browser that is known, signed out."""
        self.wire.address = self.home
        self.browser.forget()
        return self.browser


class Trip:
    """One login, from opening to the end, and what it took."""

    def __init__(self, browser: Browser, felt: Felt, *, patient: bool) -> None:
        self._browser = browser
        self._felt = felt
        self._patient = patient
        self.judged = 0

    def goes(self, customer: Customer, shown: Sequence[str], purpose: str = "login") -> bool:
        """Sign in by these factors; whether it came to an end."""
        body = {"account": customer.account, "purpose": purpose}
        reply = self.posts("/logins", body, {})
        if reply.status != CREATED:
            return self._failed(reply)
        transaction = opened(reply)
        for name in shown:
            given = {
                "method": KINDS[name].method,
                "response": customer.pockets[name, ""].answer(None),
            }
            work = reply.body.get("work")
            reply = self.posts(f"{transaction.path}/answers", given, transaction.headers, work)
            self.judged += judged(reply)
            if reply.status != OK:
                return self._failed(reply)
        return bool(reply.body["state"] == "succeeded") or self._failed(reply)

    def _failed(self, reply: Reply) -> bool:
        self._felt.why.append(f"{reply.status} {reply.code}".strip())
        return False

    def posts(self, path: str, body: Any, headers: Mapping[str, str], work: Any = None) -> Reply:
        """Call until it is neither work nor waiting that is asked, or patience is at its end."""
        works, waits = WORKS, WAITS
        paid = self._paid(work) if work and self._patient else {}
        reply = self._browser.call("POST", path, body, {**headers, **paid})
        while self._patient and reply.status in {WORK, TOO_MANY} and works and waits:
            paid = {}
            if reply.status == WORK:
                works -= 1
                paid = self._paid(reply.body["work"])
            else:
                waits -= 1
                self._felt.waited += 1
                threading.Event().wait(PAUSE)
            reply = self._browser.call("POST", path, body, {**headers, **paid})
        return reply

    def _paid(self, work: Mapping[str, Any]) -> dict[str, str]:
        self._felt.worked += 1
        return {soft_work.HEADER: soft_work.solve(work)}
