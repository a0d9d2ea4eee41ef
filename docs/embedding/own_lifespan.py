"""Mounted in an application that has a lifespan already: ours is entered inside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Mount

from identity.app import build
from identity.settings import Settings


def make_app(settings: Settings) -> Starlette:
    """Return the host. What it opens itself stands around the service, or inside it."""
    identity = build(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.open = True
        async with identity.lifespan(app):
            yield
        app.state.open = False

    return Starlette(routes=[Mount("/identity", app=identity)], lifespan=lifespan)
