"""The flood itself: `python -m demo_client.attack.flooding ORIGIN SECONDS CONNECTIONS`.

A process of its own, so that it does not slow down the customers it is measured by. Each
connection opens logins from ever new networks (IPv6 too), and guesses where it was let in. It
prints, as JSON, how many answers of which status came in each second.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from ipaddress import IPv6Address
from itertools import count
from typing import Any, Final

import msgspec

from demo_client.attack import addresses
from demo_client.attack.seen import CREATED
from demo_client.attack.strangers import Addressed
from demo_client.errors import Unreachable
from demo_client.lab.customers import opened
from demo_client.lab.wire import stopwatch

MOST_CONNECTIONS, MOST_SECONDS = 256, 120.0

_BASE: Final = int(IPv6Address("2001:db8::1"))
_SITE: Final = 1 << 80
"""From one /48 to the next."""


class Flood:
    """All connections together."""

    def __init__(self, origin: str, seconds: float) -> None:
        self._origin = origin
        self._began = stopwatch()
        self._end = self._began + seconds
        self._numbers = count()
        self._lock = threading.Lock()
        self.counts: Counter[tuple[int, int, bool]] = Counter()
        self.networks = 0

    def pours(self) -> None:
        """Send all that one connection can, until the time is up."""
        wire = Addressed(self._origin, "")
        while stopwatch() < self._end:
            try:
                self._tries(wire)
            except Unreachable:
                self._noted(0, answer=False)
        wire.close()

    def _tries(self, wire: Addressed) -> None:
        with self._lock:
            number = next(self._numbers)
            self.networks += 1
        wire.address = address(number)
        body: dict[str, Any] = {"account": f"customer-{number % 50}", "purpose": "login"}
        reply, _ = wire.call("POST", "/v1/logins", body, {})
        self._noted(reply.status, answer=False)
        if reply.status == CREATED:
            transaction = opened(reply)
            path = f"/v1/logins/{transaction.id}/answers"
            body = {"method": "password", "response": {"password": f"Guess-{number}-flood"}}
            reply, _ = wire.call("POST", path, body, transaction.headers)
            self._noted(reply.status, answer=True)

    def _noted(self, status: int, *, answer: bool) -> None:
        with self._lock:
            self.counts[int(stopwatch() - self._began), status, answer] += 1


def address(number: int) -> str:
    """Return an address in a network of its own: IPv4 and IPv6 in turns."""
    if number % 2:
        return addresses.stranger(20_000 + number // 2)
    return str(IPv6Address(_BASE + number // 2 % 65_536 * _SITE // 65_536))


def main(origin: str, seconds: str, connections: str) -> None:
    """Flood, and print what came."""
    flood = Flood(origin, min(float(seconds), MOST_SECONDS))
    threads = [
        threading.Thread(target=flood.pours) for _ in range(min(int(connections), MOST_CONNECTIONS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [(*key, count) for key, count in sorted(flood.counts.items())]
    told = {"networks": flood.networks, "counts": counts}
    sys.stdout.write(msgspec.json.encode(told).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
