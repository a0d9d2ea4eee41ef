"""One route: decoded by its types, run in the pool it belongs to, answered or refused.

Everything between the event loop and the shell's synchronous services is here, and it crosses
once a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from identity.errors import IdentityError, Malformed, Unknown
from identity.sessions.caller import Caller
from identity.sessions.service import SignedIn
from identity.web import cookies, problems, transport
from identity.web.lanes import Lane
from identity.web.pools import Pool
from identity.web.services import Services

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_encode = msgspec.json.Encoder().encode
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PATH = re.compile(r"at `\$\.?([^`]*)`")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_ABSENT = re.compile(r"required field `([^`]*)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, decoded: what a handler needs and nothing of HTTP besides."""

    services: Services
    caller: Caller
    body: Any = field(repr=False)
    path: Mapping[str, str]
    secret: str = field(repr=False)
    browser: bool
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str = field(default="", repr=False)
    foreign: bool = False

    @property
    def locale(self) -> str:
        """The caller's language."""
        return self.caller.locale

    def signed_in(self) -> SignedIn:
        """Return the caller's session, or raise `NotSignedIn`."""
        return self.services.sessions.signed_in(self.caller.session_secret)

    def perhaps_signed_in(self) -> SignedIn | None:
        """Return the caller's session where he sent one that lives."""
        return self.services.sessions.find(self.caller.session_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a handler answers: a status, a body, and cookies to set. `code` makes it a problem."""

    status: int = 200
    body: msgspec.Struct | None = field(default=None, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route of the API. `pool` says where it runs, from the decoded call.

    `door` refuses on the event loop what memory alone can tell is to be refused, in microseconds.

    What follows from the rest (a body that will not do, an id that is unknown) need not be in
    `errors`, which are those the handler raises; None says that it may be any. `accepted` is the
    body of a 202, where a call may have to wait, `refused` that of a problem 401 `refused`.
    `security` names schemes of `identity.web.openapi`, of which one is needed; "" among them says
    that none is. `media_type` is the request body's.
    """

    method: str
    path: str
    handle: Callable[[Call], Reply]
    summary: str
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | None = None
    status: int = 200
    accepted: type[msgspec.Struct] | None = None
    query: tuple[str, ...] = ()
    media_type: str = JSON
    refused: type[msgspec.Struct] | None = None
    errors: tuple[type[IdentityError], ...] | None = None
    security: tuple[str, ...] = ("", "session")
    pool: Callable[[Call], Pool] = lambda _: Pool.LIGHT
    door: Callable[[Call], None] = lambda _: None

    async def serve(self, services: Services, request: Request) -> Response:
        """Answer `request`; every error leaves as a problem document."""
        try:
            call = await self._call(services, request)
            ticket = services.tickets.ticket(call.caller, call.secret)
            if ticket.lane is Lane.STRANGER:
                await services.turnstile.turn()
            self.door(call)
            reply = await services.pools.run(
                self.pool(call), lambda: self.handle(call), ticket, partial(transport.gone, request)
            )
            return _response(reply, call.locale)
        except Exception as error:  # noqa: BLE001  # the edge: nothing leaves but a problem
            return problems.response(error, transport.locale(request))

    async def _call(self, services: Services, request: Request) -> Call:
        services.transport.check_origin(request)
        sent = await transport.body(request, self.media_type) if self.body else b""
        path: dict[str, str] = request.path_params
        if not all(_NAME.fullmatch(name) for name in path.values()):
            raise Unknown
        return Call(
            services=services,
            caller=services.transport.caller(request),
            body=decoded(sent, self.body, self.media_type) if self.body else None,
            path=path,
            secret=_secret(request, path.get("id", "")),
            browser=transport.is_browser(request),
            query=_query(request, self.query),
            authorization=request.headers.get("authorization", ""),
            foreign=services.transport.is_foreign(request),
        )


def decoded(sent: bytes, kind: type[msgspec.Struct], media_type: str = JSON) -> msgspec.Struct:
    """Return `sent` as `kind`, or raise `Malformed` naming the member at fault."""
    try:
        if media_type == FORM:
            return msgspec.convert(_form(sent), kind, strict=False)
        return msgspec.json.decode(sent, type=kind)
    except msgspec.ValidationError as error:
        raise Malformed(_sentence(error), _field(str(error))) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"not {media_type}") from error


def _query(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """Return the query, where a route has one; a name it has not, or has twice, is a slip."""
    if not names:
        return {}
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) < len(pairs) or not given.keys() <= set(names):
        raise Malformed(f"the query is {', '.join(names)}, each at most once", "query")
    return given


def _form(sent: bytes) -> dict[str, str]:
    """Return a form's members; one that is there twice is an error (RFC 6749 section 3.2)."""
    pairs = parse_qsl(
        sent.decode(),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
        max_num_fields=64,
    )
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _field(message: str) -> str:
    named = _UNKNOWN.search(message) or _ABSENT.search(message) or _PATH.search(message)
    return named.group(1) if named else ""


def _sentence(error: msgspec.ValidationError) -> str:
    if _UNKNOWN.search(str(error)):
        return "unknown member"
    return "missing member" if _ABSENT.search(str(error)) else "wrong value"


def _secret(request: Request, transaction_id: str) -> str:
    """Return a transaction's secret: a browser's cookie, or a program's header."""
    cookie = request.cookies.get(cookies.TRANSACTION + transaction_id, "")
    return cookie or request.headers.get("trifactor-transaction", "")


def _response(reply: Reply, locale: str) -> Response:
    response = _problem(reply, locale) if reply.code else _plain(reply)
    response.headers.update(reply.headers)
    for cookie in reply.cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _plain(reply: Reply) -> Response:
    if reply.body is None:
        return Response(status_code=reply.status)
    return Response(_encode(reply.body), reply.status, media_type="application/json")


def _problem(reply: Reply, locale: str) -> Response:
    extra = msgspec.to_builtins(reply.body) if reply.body is not None else {}
    return problems.problem(reply.status, reply.code, locale, extra)
