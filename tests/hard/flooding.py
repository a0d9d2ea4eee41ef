"""Strangers who hammer a service on loopback: `python -m tests.hard.flooding PORT CONNECTIONS`.

Each connection opens logins for names that nobody has and guesses their passwords, every request
from another address, without a pause and without work. It ends with its standard input, and then
prints how many answers of each status it got, as JSON.
"""

from __future__ import annotations

import json
import random
import re
import select
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.hard.servers import HOUSE, SECONDS_TO_END, environment

GUESSES = 4
"""Guesses after each opening."""

NAMES = 2000
KEPT = 200
"""Openings that are sent again and again, and logins that are guessed in: made ready beforehand,
so that hammering costs this process a tenth of what it costs the service."""

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Line:
    """A connection: what was sent last, and as much of the answer as came by now."""

    socket: socket.socket
    sent: str = ""
    read: bytes = b""

    def answer(self) -> tuple[str, bytes] | None:
        """Return status and body once all of it is there."""
        head, found, body = self.read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if found else None
        if not found or len(body) < (int(length[1]) if length else 0):
            return None
        self.read = b""
        return head[9:12].decode(), body


@dataclass
class Strangers:
    """All of them: what they say, and what they were answered."""

    random: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    guesses: list[bytes] = field(default_factory=list)
    openings: list[bytes] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        names = (f"nobody{self.random.randrange(10**9)}" for _ in range(NAMES))
        bodies = ({"purpose": "login", "account": name} for name in names)
        self.openings = [self._request("/v1/logins", body) for body in bodies]

    def next(self) -> tuple[str, bytes]:
        """Return what to say next: an opening, then guesses in those that succeeded."""
        self.said += 1
        if self.guesses and self.said % (GUESSES + 1):
            return "guess", self.guesses[self.said % len(self.guesses)]
        return "open", self.openings[self.said % NAMES]

    def heard(self, line: Line, status: str, body: bytes) -> None:
        """Count an answer; keep a login that was opened."""
        self.seen[f"{line.sent} {status}"] += 1
        if status == "201":
            told = json.loads(body)
            path = f"/v1/logins/{told['id']}/answers"
            wrong = {"method": "password", "response": {"password": "guessed-wrong-1"}}
            self.guesses = [*self.guesses[1 - KEPT :], self._request(path, wrong, told["secret"])]

    def _request(self, path: str, body: object, secret: str = "") -> bytes:
        """Return a request from an address that nobody else has."""
        content = json.dumps(body).encode()
        address = ".".join(str(self.random.randrange(1, 255)) for _ in range(4))
        lines = [
            f"POST {path} HTTP/1.1",
            "host: localhost",
            "content-type: application/json",
            f"content-length: {len(content)}",
            f"x-forwarded-for: {address}",
            f"trifactor-transaction: {secret}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content


def main(port: int, connections: int) -> None:
    """Hammer until somebody closes our standard input."""
    strangers, events = Strangers(random.Random(port)), select.poll()
    lines: dict[int, Line] = {}
    for _ in range(connections):
        line = Line(socket.create_connection(("127.0.0.1", port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines[line.socket.fileno()] = line
        events.register(line.socket, select.POLLIN)
        _says(line, strangers)
    events.register(sys.stdin, select.POLLIN)
    while True:
        ready = [number for number, _ in events.poll()]
        if sys.stdin.fileno() in ready:
            break
        for number in ready:
            line = lines[number]
            line.read += line.socket.recv(65536)
            answer = line.answer()
            if answer:
                strangers.heard(line, *answer)
                _says(line, strangers)
    print(json.dumps(strangers.seen))  # noqa: T201  # what this program is for


def _says(line: Line, strangers: Strangers) -> None:
    line.sent, content = strangers.next()
    line.socket.sendall(content)


@contextmanager
def flood(port: int, connections: int) -> Iterator[Counter[str]]:
    """Hammer from another process while the block lasts; what was answered is counted after it."""
    seen: Counter[str] = Counter()
    command = [sys.executable, "-m", "tests.hard.flooding", str(port), str(connections)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=HOUSE,
        text=True,
    ) as process:
        try:
            yield seen
        finally:
            told, _ = process.communicate(timeout=SECONDS_TO_END)
            seen.update(json.loads(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
