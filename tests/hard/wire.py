"""HTTP as a program speaks it, without a library between: one request, one answer, its time.

`at_once` sends many requests at the same moment, each on a connection of its own that is open
before the first of them is let go.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SECONDS = 60
IDLE = 3.0
"""Seconds after which a connection is made anew: servers hang up on idle ones after five."""

NO_HEADERS: Mapping[str, str] = {}


class Answer(NamedTuple):
    """An answer. `headers` in order, names in lower case; `seconds` from sending to the end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    seconds: float

    @property
    def body(self) -> Any:
        """The JSON in it, None where there is none."""
        return json.loads(self.content) if self.content else None

    def all(self, name: str) -> list[str]:
        """Return the values of every header of this name."""
        return [value for found, value in self.headers if found == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that waits to be sent."""

    port: int
    path: str
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


class Wire:
    """One connection to a server on loopback, kept open while it is used."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        """Send a request and wait for its answer."""
        sent = encoded(method, path, body, headers)
        if time.monotonic() - self._used > IDLE:
            self.close()
            self._connect()
        start = time.perf_counter()
        self.send(sent)
        return self.answer(start)

    def send(self, sent: bytes) -> None:
        """Send a request's bytes without waiting for an answer."""
        self._socket.sendall(sent)

    def answer(self, since: float = 0.0) -> Answer:
        """Wait for the answer to what was sent. Its seconds are those since `since`."""
        status, got, content = self._answer()
        self._used = time.monotonic()
        return Answer(status, got, content, time.perf_counter() - since)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self._used = time.monotonic()

    def _answer(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        length = int(dict(headers).get("content-length", "0"))
        while len(self._read) < length:
            self._more()
        content, self._read = self._read[:length], self._read[length:]
        return int(head[0].split()[1]), headers, content

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            self._more()
        found, _, self._read = self._read.partition(mark)
        return found

    def _more(self) -> None:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionResetError("the server hung up")
        self._read += got


def encoded(method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
    """Return a request's bytes."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(content)}"]
    lines += ["content-type: application/json"] if content else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def at_once(requests: Sequence[Request]) -> list[Answer]:
    """Send all at the same moment; return the answers in the order of the requests."""
    together = threading.Barrier(len(requests))

    def send(request: Request) -> Answer:
        wire = Wire(request.port)
        together.wait(SECONDS)
        try:
            return wire.call(request.method, request.path, request.body, request.headers)
        finally:
            wire.close()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))
