"""For those who run it: alive, ready, counted.

`/healthz` asks nobody, so that it answers while everything else is busy. `/readyz` asks the store
and the sequencer, and says so where a lab is running.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from identity.errors import IdentityError
from identity.web import metrics
from identity.web.pools import Pool
from identity.web.services import Services


async def healthz(_services: Services, _request: Request) -> Response:
    """Answer."""
    return JSONResponse({"status": "ok"})


async def readyz(services: Services, _request: Request) -> Response:
    """Answer 200 where a login could be decided now, 503 with the code of what is in the way."""
    try:
        told = await services.pools.run(Pool.LIGHT, services.ready)
    except IdentityError as error:
        return JSONResponse({"status": "not_ready", "code": error.code}, 503)
    return JSONResponse({"status": "ready", **told})


async def exposed(services: Services, _request: Request) -> Response:
    """Answer with the counters."""
    return Response(services.metrics.exposed(), media_type=metrics.MEDIA_TYPE)
