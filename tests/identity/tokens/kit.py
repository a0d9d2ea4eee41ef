"""A world whose tokens are for two APIs, and what a program does with them."""

from identity import settings
from identity.clients.registry import ClientRegistry
from tests.identity.kit import World

API = "https://api.example.com"
OTHER = "https://other.example.com"
AAL = "urn:trifactor:acr:aal{}"


def token_world(root, **changes):
    given = {
        "tokens": settings.Tokens(audiences=(API, OTHER)),
        "sessions": settings.Sessions(remembered=0),
    }
    return World(root, **(given | changes))


def issued(customer, audience=API, **more):
    """Ask for a token; return the answer."""
    return customer.client.post("/v1/session/tokens", json={"audience": audience, **more})


def token(customer, audience=API, **more):
    answer = issued(customer, audience, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["access_token"]


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def registry(world):
    running = world.running
    return ClientRegistry(
        store=running.store,
        journal=running.journal,
        clock=running.design.clock,
        entropy=running.design.entropy,
    )


def add_client(world, scopes=("introspect",), audiences=(API,), days=90, keys=None):
    return registry(world).add("backend", scopes=scopes, audiences=audiences, days=days, keys=keys)


def asks(world, text, client=None, *, auth=None, address="192.0.2.10", **form):
    """Introspect as a program does: by HTTP Basic, or by what is in the form."""
    auth = auth or ((client.client.id, client.secret) if client else None)
    return world.client(address).post("/v1/introspect", data={"token": text, **form}, auth=auth)
