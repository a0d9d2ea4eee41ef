"""HTTP towards the service and the site around it, telling a watcher what each call came to.

The client behaves as a program does: it sends no `Origin`, keeps the `__Host-` cookies itself,
says its language, and never follows a redirect. Proof of work is done where it is asked, once a
call. Every other refusal of the service is an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar as LibraryJar
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeAlias

import httpx2

from demo_client import soft_work
from demo_client.cookies import CookieJar
from demo_client.errors import Refused, Unreachable

Json: TypeAlias = Any
Means: TypeAlias = Callable[[Json], str]
"""What an answer means, in words, given its body."""

_FIRST_REFUSAL = 300
_WORK_NEEDED = 428


@dataclass(frozen=True, slots=True)
class Step:
    """One call and what it came to. `code` is "" unless it was refused."""

    method: str
    path: str
    status: int
    means: str
    code: str = ""


Watch: TypeAlias = Callable[[Step], None]


def connect(origin: str, locale: str, transport: httpx2.BaseTransport | None) -> httpx2.Client:
    """Open a connection to `origin` that keeps no cookies of its own; None takes the network.

    Proxies of the environment are left aside: the demo is on this machine.
    """
    return httpx2.Client(
        base_url=origin,
        headers={"Accept": "application/json", "Accept-Language": locale},
        cookies=LibraryJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        timeout=30.0,
        trust_env=False,
        transport=transport,
    )


@dataclass(frozen=True, slots=True)
class Client:
    """Calls to one origin, where the service is mounted at `prefix` beside the site's pages."""

    http: httpx2.Client
    jar: CookieJar
    clock: Callable[[], float]
    watch: Watch
    prefix: str

    def service(
        self, method: str, path: str, body: Json, means: str | Means, work: Json = None
    ) -> Json:
        """Call the service at `path` below `/v1`; the answer's body, None where it has none.

        `work` is what the service told beforehand that this call will be asked for.
        """
        return self.site(method, f"{self.prefix}/v1{path}", body, means, work)

    def site(
        self, method: str, path: str, body: Json, means: str | Means, work: Json = None
    ) -> Json:
        """Call the site at `path`. Raises `Refused`, or `Unreachable` where nobody answers."""
        response = self._send(method, path, body, _done(work))
        answer = _body(response)
        if response.status_code == _WORK_NEEDED:
            self.watch(Step(method, path, _WORK_NEEDED, "proof of work is asked", answer["code"]))
            response = self._send(method, path, body, _done(answer["work"]))
            answer = _body(response)
        if response.status_code >= _FIRST_REFUSAL:
            raise self._refusal(method, path, response, answer)
        words = means if isinstance(means, str) else means(answer)
        self.watch(Step(method, path, response.status_code, words))
        return answer

    def _send(self, method: str, path: str, body: Json, more: Mapping[str, str]) -> httpx2.Response:
        cookies = self.jar.header(self.clock())
        headers = {**more, **({"Cookie": cookies} if cookies else {})}
        try:
            response = self.http.request(method, path, json=body, headers=headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{method} {path}: {error}") from error
        now = self.clock()
        for value in response.headers.get_list("set-cookie"):
            self.jar.take(value, now)
        return response

    def _refusal(self, method: str, path: str, response: httpx2.Response, answer: Json) -> Refused:
        problem = answer if isinstance(answer, dict) else {}
        refused = Refused(response.status_code, problem, _retry_after(response))
        self.watch(Step(method, path, response.status_code, str(refused), refused.code))
        return refused


def _done(work: Json) -> Mapping[str, str]:
    return {soft_work.HEADER: soft_work.solve(work)} if work else {}


def _body(response: httpx2.Response) -> Json:
    # A page or an empty answer where JSON was asked for is not an error by itself: status says.
    if "json" not in response.headers.get("content-type", ""):
        return None
    return response.json()


def _retry_after(response: httpx2.Response) -> float | None:
    # The service sends seconds; a date (RFC 9110 section 10.2.3) comes from a proxy at most.
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
