"""What was sent and how it was answered, counted while an attack runs. Threads may share one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from demo_client.lab.wire import Reply

OK, CREATED, REFUSED, CONFLICT, WORK, TOO_MANY = 200, 201, 401, 409, 428, 429

BLOCKED = frozenset({CONFLICT, WORK, TOO_MANY})
"""Answers to an attempt that nobody looked at."""

WRONG = "refused"
"""The code of a wrong answer: somebody looked at it."""


def judged(reply: Reply) -> bool:
    """Whether an answer reached a verifier, by what the service said to it."""
    return reply.status == OK or (reply.status == REFUSED and reply.code == WRONG)


class Guess(NamedTuple):
    """A guess that reached a verifier: when, by what method, and whether it was right."""

    at: float
    method: str
    right: bool


class Seen:
    """The attacker's books. `clock` gives the time to write beside each line, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.times: list[tuple[float, int]] = []
        self.judged: list[Guess] = []
        self.addresses: set[str] = set()
        self.answers = 0
        self.opened = 0
        self.solved = 0

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return self.statuses.total()

    @property
    def reached(self) -> int:
        """How many guesses reached a verifier."""
        return len(self.judged)

    @property
    def blocked(self) -> int:
        """How many requests were turned away before anybody looked at them."""
        return sum(self.statuses[status] for status in BLOCKED)

    def by(self, method: str) -> list[Guess]:
        """Return the guesses by one method that reached a verifier."""
        return [guess for guess in self.judged if guess.method == method]

    def opening(self, reply: Reply, address: str) -> None:
        """Note how the opening of a transaction was answered."""
        with self._lock:
            self.addresses.add(address)
            self._noted(reply.status)

    def answer(self, reply: Reply, method: str) -> None:
        """Note how a guess was answered."""
        with self._lock:
            at = self._noted(reply.status)
            self.answers += 1
            if judged(reply):
                self.judged.append(Guess(at, method, reply.status == OK))
            if reply.status == OK and reply.body["state"] == "succeeded":
                self.opened += 1

    def paid(self) -> None:
        """Note that work was done."""
        with self._lock:
            self.solved += 1

    def told(self, second: int, status: int, count: int, *, verdicts: bool = False) -> None:
        """Note what another process saw: so many answers in one second."""
        with self._lock:
            self.statuses[status] += count
            self.times += [(float(second), status)] * count
            if verdicts:
                self.judged += [Guess(float(second), "password", right=False)] * count

    def _noted(self, status: int) -> float:
        at = self._clock()
        self.statuses[status] += 1
        self.times.append((at, status))
        return at
