"""Mounted in a FastAPI application, with an API of its own behind the guard.

The guard stands before an application, so that routes behind it cannot forget it; what it found
is in the scope, and a dependency hands it to a route.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from identity.app import build
from identity.sessions.service import SignedIn
from identity.settings import Settings


def customer(request: Request) -> SignedIn:
    """Return whom the guard let through."""
    found: SignedIn = request.scope["trifactor"]
    return found


Customer = Annotated[SignedIn, Depends(customer)]

orders = FastAPI()


@orders.get("/open")
async def open_orders(customer: Customer) -> dict[str, str]:
    """List nothing yet."""
    return {"account": customer.account_name}


def make_app(settings: Settings) -> FastAPI:
    """Return the host."""
    identity = build(settings)
    app = FastAPI(lifespan=identity.lifespan)
    app.mount("/identity", identity)
    app.mount("/orders", identity.guard(orders, operation="order"))
    return app
