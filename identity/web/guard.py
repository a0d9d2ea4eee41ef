"""The guard an embedding application puts before a route of its own.

    Mount("/orders", app=identity.guard(orders, operation="order"))

It lets a request through where the caller's session satisfies the operation, and says who he is in
`scope["trifactor"]`. Otherwise the answer is 401 with what is missing, as a problem document and in
`WWW-Authenticate` (RFC 9470), or for a page a redirect to where it can be given. With `audience=`,
access tokens for it pass as cookies do; they say what was shown until they were issued, no more.

What it last read of a session it believes for a short, stated time (`sessions.remembered`), so
that a busy page does not ask the store each time: a session ended elsewhere is refused at the
latest then. Operations that ask for a fresh proof read the store every time. A request that would
change something must come from one of our origins, unless a token came with it, which no browser
sends by itself. Clause: CC-17010.c.c, CC-17010.e.c
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from identity.errors import NotSignedIn, StepUpRequired
from identity.sessions.service import SignedIn
from identity.web import admission, cookies, problems, transport
from identity.web.pools import Pool
from identity.web.services import Services


class Guard:
    """An ASGI application that asks before it passes on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        operation: str,
        login_url: str | None,
        audience: str | None,
        services: Callable[[], Services],
    ) -> None:
        self._app = app
        self._operation = operation
        self._login_url = login_url
        self._audience = audience or ""
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await Response(status_code=403)(scope, receive, send)
            return
        request = Request(scope)
        try:
            signed_in = await self._admitted(request)
        except Exception as error:  # noqa: BLE001  # the edge: nothing leaves but a problem
            await self._refusal(request, error)(scope, receive, send)
            return
        await self._app({**scope, "trifactor": signed_in}, receive, send)

    async def _admitted(self, request: Request) -> SignedIn:
        services = self._services()
        secret = request.cookies.get(cookies.SESSION, "")
        authorization = request.headers.get("authorization", "")
        sent = admission.shown(authorization, secret, self._audience)
        if not sent.audience:
            services.transport.check_origin(request)
        signed_in = admission.remembered(services, sent, self._operation)
        if signed_in is None:
            ticket = services.tickets.ticket(services.transport.caller(request))
            signed_in = await services.pools.run(
                Pool.LIGHT, lambda: admission.read(services, sent), ticket
            )
        admission.require(services, sent, signed_in, self._operation)
        return signed_in

    def _refusal(self, request: Request, error: Exception) -> Response:
        page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if self._login_url and page and isinstance(error, NotSignedIn | StepUpRequired):
            here = request.url
            back = urlencode({"next": f"{here.path}?{here.query}" if here.query else here.path})
            answer: Response = RedirectResponse(f"{self._login_url}?{back}", 303)
        else:
            answer = problems.response(error, transport.locale(request))
            if isinstance(error, NotSignedIn | StepUpRequired):
                asked = self._services().tokens.asked(self._operation)
                answer.headers["WWW-Authenticate"] = admission.challenge(error, asked)
        answer.headers["Cache-Control"] = "no-store"
        return answer
