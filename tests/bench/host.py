"""The service as a host embeds it, with what a benchmark asks beside: `python -m tests.bench.host`.

`/bare` is a Starlette route, `/guarded` the same one behind the guard. `/cpu` tells what this
process has used so far, user and system, all threads. `/forward` moves time on by one TOTP step.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from identity import settings
from identity.app import build
from tests.hard.customers import STEP


class Clock:
    """The machine's time, and as many steps as it was moved on."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    async def forward(self, _request: Request) -> Response:
        """Move on by one step and tell the time."""
        self._ahead += STEP
        return JSONResponse({"now": self()})


async def hello(_request: Request) -> Response:
    """Answer as a small page of the host's would."""
    return JSONResponse({"hello": "customer"})


async def cpu(_request: Request) -> Response:
    """Tell this process's CPU time in seconds."""
    return JSONResponse({"cpu": time.process_time()})


def make_app(config: Path) -> Starlette:
    """Return the host."""
    clock = Clock()
    identity = build(settings.load(config), clock=clock)
    guarded = [Middleware(identity.guard, operation="login")]
    return Starlette(
        routes=[
            Route("/bare", hello),
            Route("/guarded", hello, middleware=guarded),
            Route("/cpu", cpu),
            Route("/forward", clock.forward, methods=["POST"]),
            Mount("/", app=identity),
        ],
        lifespan=identity.lifespan,
    )


if __name__ == "__main__":
    file = Path(sys.argv[1])
    app = make_app(file)
    gc.collect()
    gc.freeze()  # as `identity serve` does, and docs/operations.md asks of a host
    uvicorn.run(
        app,
        port=settings.load(file).port,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
    )
