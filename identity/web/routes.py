"""Everything that is served, in one table. What is not in it does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import resources
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles

from identity.clock import monotonic
from identity.web import (
    accounts,
    desk,
    factors,
    introspection,
    logins,
    openapi,
    operations,
    operators,
    problems,
    session,
    tokens,
    transport,
)
from identity.web.endpoint import JSON, Endpoint
from identity.web.headers import Headers
from identity.web.services import Services

_log = structlog.get_logger(__name__)

ENDPOINTS: tuple[Endpoint, ...] = (
    *logins.ENDPOINTS,
    *accounts.ENDPOINTS,
    *factors.ENDPOINTS,
    *session.ENDPOINTS,
    *desk.ENDPOINTS,
    *operators.ENDPOINTS,
    *tokens.ENDPOINTS,
    *introspection.ENDPOINTS,
)


async def described(services: Services, _request: Request) -> Response:
    """Answer with the OpenAPI document of everything that is here."""
    methods = tuple(services.factors)
    content = openapi.encoded(ENDPOINTS, (*OPERATIONS.items(), *PUBLISHED.items()), methods)
    return Response(content, media_type=JSON)


OPERATIONS = {
    "/healthz": operations.healthz,
    "/readyz": operations.readyz,
    "/metrics": operations.exposed,
    "/openapi.json": described,
}

PUBLISHED = {"/.well-known/jwks.json": tokens.published}
"""What anybody may keep for a while."""

TURNED_AWAY = frozenset({HTTPStatus.PRECONDITION_REQUIRED, HTTPStatus.TOO_MANY_REQUESTS})
"""What a flood is answered: counted, and without a line each, or it would fill the disk."""

Serve = Callable[[Services, Request], Awaitable[Response]]


def application(services: Callable[[], Services]) -> Starlette:
    """Return the application; `services` raises `NotStarted` before the lifespan is entered."""
    app = Starlette(
        routes=[
            *(_route(e.path, (e.method,), e.serve, services) for e in ENDPOINTS),
            *(_route(path, ("GET",), serve, services) for path, serve in OPERATIONS.items()),
            *(_route(path, ("GET",), serve, services) for path, serve in PUBLISHED.items()),
            _static(),
        ],
        middleware=[Middleware(Headers)],
        exception_handlers={HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False  # an address that is nearly ours is none of ours
    return app


def _route(
    path: str, methods: tuple[str, ...], serve: Serve, services: Callable[[], Services]
) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        began = monotonic()
        try:
            ready = services()
            response = await serve(ready, request)
        except Exception as error:  # noqa: BLE001  # the edge: nothing leaves but a problem
            return problems.response(error, transport.locale(request))
        took = round((monotonic() - began) * 1000, 1)
        ready.metrics.requested(path, response.status_code)
        if response.status_code in TURNED_AWAY:
            return response
        # The route's template, never the path: an id in it is nobody's business here.
        _log.info("request", route=path, status=response.status_code, ms=took)
        return response

    return Route(path, endpoint, methods=list(methods))


def _static() -> BaseRoute:
    folder = Path(str(resources.files(__package__).joinpath("static")))
    return Mount("/static", StaticFiles(directory=folder), name="static")


async def _unrouted(request: Request, error: Exception) -> Response:
    """Answer an address that is none of ours, or a method it does not take."""
    locale = transport.locale(request)
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": _allowed(request)}
        return problems.problem(405, "method_not_allowed", locale, headers=headers)
    return problems.problem(404, "unknown", locale)


def _allowed(request: Request) -> str:
    """Return the methods an address takes; it may have a route for each (RFC 9110, 15.5.6)."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    found = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    taken = {method for route in found for method in route.methods or ()}
    return ", ".join(sorted(taken or {"GET", "HEAD"}))  # a file's address is no route
