"""The attacker: somebody at any address, who ignores work or pays for it.

Every request of every attack goes through `Addressed`, which refuses to leave this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from demo_client import soft_work
from demo_client.attack import loopback
from demo_client.attack.seen import CREATED, OK, WORK, Seen
from demo_client.lab.customers import Transaction, opened
from demo_client.lab.wire import Reply, Wire

MOST_WORK = 2
"""How often one call is paid for: a challenge that came too late is followed by another."""

NOTHING: Mapping[str, str] = {}


class Addressed(Wire):
    """A connection to this machine whose `address` is believed to be where it comes from."""

    def __init__(self, origin: str, address: str) -> None:
        super().__init__(loopback.checked(origin), "")
        self.address = address

    def call(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[Reply, list[str]]:
        """Call from the address."""
        return super().call(method, path, body, {"X-Forwarded-For": self.address, **headers})


class Stranger:
    """An attacker on one connection. `pays`: does the work that is asked."""

    def __init__(self, wire: Addressed, seen: Seen, *, pays: bool = False) -> None:
        self._wire = wire
        self._seen = seen
        self._pays = pays

    def opens(self, account: str, address: str, purpose: str = "login") -> Transaction | None:
        """Open a transaction in somebody's name, or be refused."""
        self._wire.address = address
        body = {"account": account, "purpose": purpose}
        note = partial(self._seen.opening, address=address)
        reply = self._posts("/v1/logins", body, NOTHING, note)
        return opened(reply) if reply.status == CREATED else None

    def answers(self, transaction: Transaction, method: str, response: Any) -> Reply:
        """Guess, in a transaction of one's own."""
        path = f"/v1/logins/{transaction.id}/answers"
        body = {"method": method, "response": response}
        headers = transaction.headers
        asked = transaction.body.get("work") if self._pays else None
        if asked:
            headers = {**headers, **self._worked(asked)}
        reply = self._posts(path, body, headers, partial(self._seen.answer, method=method))
        if reply.status == OK:
            transaction.body = reply.body
        return reply

    def tries(self, account: str, address: str, password: str) -> Reply | None:
        """Try a password for an account; None where not even a transaction was opened."""
        transaction = self.opens(account, address)
        if transaction is None:
            return None
        return self.answers(transaction, "password", {"password": password})

    def _posts(
        self, path: str, body: Any, headers: Mapping[str, str], note: Callable[[Reply], None]
    ) -> Reply:
        reply, _ = self._wire.call("POST", path, body, headers)
        note(reply)
        for _ in range(MOST_WORK if self._pays else 0):
            if reply.status != WORK:
                break
            worked = self._worked(reply.body["work"])
            reply, _ = self._wire.call("POST", path, body, {**headers, **worked})
            note(reply)
        return reply

    def _worked(self, asked: Mapping[str, Any]) -> dict[str, str]:
        self._seen.paid()
        return {soft_work.HEADER: soft_work.solve(asked)}
