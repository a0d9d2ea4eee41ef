"""Applications and activation over HTTP."""

from __future__ import annotations

from identity.errors import Conflict, NotSignedIn, TooMany, WorkNeeded
from identity.model import Profile
from identity.web import bodies, cookies
from identity.web.endpoint import Call, Endpoint, Reply
from identity.web.pools import Pool


def apply(call: Call) -> Reply:
    """Take an application; the answer is the same whatever comes of it."""
    body: bodies.Application = call.body
    profile = Profile(display_name=body.display_name, email=body.email, phone=body.phone)
    call.services.registration.apply(
        call.caller, body.account, profile, body.locale, review=body.review
    )
    return Reply(status=202, body=bodies.Received())


def activate(call: Call) -> Reply:
    """Activate the account once a login could be met."""
    call.services.registration.activate(call.signed_in())
    return Reply(body=bodies.Activated(), cookies=(cookies.dropped(cookies.SESSION),))


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/accounts",
        handle=apply,
        summary="Apply for an account",
        body=bodies.Application,
        answer=bodies.Received,
        status=202,
        errors=(Conflict, TooMany, WorkNeeded),
        security=("",),
        pool=lambda _: Pool.HASH,
    ),
    Endpoint(
        method="POST",
        path="/v1/accounts/me/activation",
        handle=activate,
        summary="Activate the account",
        body=bodies.Empty,
        answer=bodies.Activated,
        errors=(NotSignedIn, Conflict),
        security=("session",),
    ),
)
