"""HTTP to one origin, kept open and timed, with every exchange written down as it was.

The client is a program: it sends no `Origin` unless a run says so, follows no redirect, and a
refusal is an answer like any other. `demo_client.client` is made for people at a terminal; the lab
makes a hundred thousand calls, so there is nothing between it and the standard library.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from demo_client.cookies import CookieJar
from demo_client.errors import Unreachable

Json: TypeAlias = Any

PATIENCE = 60.0
"""Seconds that an answer may take."""

IDLE = 3.0
"""Seconds after which a connection is made anew: servers hang up on idle ones after five."""

_OF_BROWSERS = "__Host-trifactor-login-"
"""A transaction's secret, which a program keeps for itself and sends in a header."""

_NO_HEADERS: Mapping[str, str] = {}


def stopwatch() -> float:
    """Return seconds on a clock that never goes back; only differences mean anything."""
    return time.perf_counter()  # noqa: TID251 - the claimant's side has no other clock for durations


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is None where it is no JSON; `code` is a problem's word, else ""."""

    status: int
    body: Json = field(repr=False)

    @property
    def code(self) -> str:
        """The stable word of a problem document, with its reason where it has one."""
        told = self.body if isinstance(self.body, dict) else {}
        words = (str(told[key]) for key in ("code", "reason") if told.get(key))
        return ": ".join(words) if "code" in told else ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they were. `ms` is from sending to the end."""

    method: str
    path: str
    sent: Json = field(repr=False)
    status: int
    got: Json = field(repr=False)
    ms: float


Watch: TypeAlias = Callable[[Exchange], None]


def ignore(_exchange: Exchange) -> None:
    """Write nothing down."""


class Wire:
    """One connection to `origin`, where the service is mounted at `prefix`."""

    def __init__(self, origin: str, prefix: str, locale: str = "en") -> None:
        self.origin = origin
        self._prefix = prefix
        self._parts = urlsplit(origin)
        self._locale = locale
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def call(
        self, method: str, path: str, body: Json, headers: Mapping[str, str]
    ) -> tuple[Reply, list[str]]:
        """Call, and return the answer and its `Set-Cookie` lines.

        Raises `Unreachable` where nobody answers.
        """
        sent = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        given = {"Accept": "application/json", "Accept-Language": self._locale, **headers}
        if sent is not None:
            given["Content-Type"] = "application/json"
        try:
            connection = self._fresh()
            connection.request(method, self._prefix + path, sent, given)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{method} {self.origin}{path}: {error}") from error
        self._used = stopwatch()
        is_json = "json" in (answer.headers.get("content-type") or "")
        told = json.loads(content) if content and is_json else None
        return Reply(answer.status, told), answer.headers.get_all("set-cookie") or []

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fresh(self) -> http.client.HTTPConnection:
        if self._connection is not None and stopwatch() - self._used > IDLE:
            self.close()
        if self._connection is None:
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
        return http.client.HTTPConnection(host, port, timeout=PATIENCE)


class Browser:
    """Cookies of one customer at one place, and the calls made with them.

    `clock` is the service's. What is called is told to `watch`, which a run may set.
    """

    def __init__(self, wire: Wire, clock: Callable[[], float]) -> None:
        self.wire = wire
        self.clock = clock
        self.jar = CookieJar(wire.origin, {})
        self.watch: Watch = ignore

    def call(
        self, method: str, path: str, body: Json = None, headers: Mapping[str, str] = _NO_HEADERS
    ) -> Reply:
        """Call below `/v1`, with this place's cookies, and keep those that come back."""
        now = self.clock()
        cookies = self.jar.header(now)
        given = {**headers, **({"Cookie": cookies} if cookies else {})}
        began = stopwatch()
        reply, set_cookies = self.wire.call(method, f"/v1{path}", body, given)
        ms = (stopwatch() - began) * 1000
        for line in set_cookies:
            if not line.startswith(_OF_BROWSERS):
                self.jar.take(line, now)
        self.watch(Exchange(method, f"/v1{path}", body, reply.status, reply.body, ms))
        return reply

    def elsewhere(self) -> Browser:
        """Return a copy of this place's cookies in another client: what a thief has of it."""
        thief = Browser(self.wire, self.clock)
        thief.jar.cookies.update(self.jar.cookies)
        thief.watch = self.watch
        return thief

    def forget(self, *, devices: bool = False) -> None:
        """Drop the session and what is left of transactions; known devices too if asked."""
        for name in list(self.jar.cookies):
            if devices or not name.endswith("-device"):
                del self.jar.cookies[name]
