"""Mounted in a Starlette application, with one route behind the guard."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from identity.app import build
from identity.settings import Settings


async def portfolio(request: Request) -> JSONResponse:
    """Answer whoever was let through."""
    return JSONResponse({"account": request.scope["trifactor"].account_name})


def make_app(settings: Settings) -> Starlette:
    """Return the host; its lifespan is the service's."""
    identity = build(settings)
    pages = Starlette(routes=[Route("/portfolio", portfolio)])
    return Starlette(
        routes=[
            Mount("/identity", app=identity),
            Mount("/", app=identity.guard(pages, operation="login", login_url="/login")),
        ],
        lifespan=identity.lifespan,
    )
