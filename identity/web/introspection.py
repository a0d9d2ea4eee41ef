"""Token introspection (RFC 7662) for API clients, who prove themselves in one of three ways.

HTTP Basic or `client_secret` in the form (RFC 6749 section 2.3.1), or an assertion they sign
(`private_key_jwt`, RFC 7523). What is not good is `{"active": false}`, whatever the reason.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

import msgspec

from identity.clients import assertions
from identity.clients.authentication import Errand, Presented
from identity.errors import ClientRefused, Malformed, ScopeMissing, TooMany
from identity.tokens.access import Claims
from identity.web import bodies
from identity.web.endpoint import FORM, Call, Endpoint, Reply

SCOPE = "introspect"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def introspect(call: Call) -> Reply:
    """Tell an API client whether an access token is good now, and what it says."""
    body: bodies.Introspecting = call.body
    errand = Errand(SCOPE, SCOPE, call.caller.prefixes[0])
    client = call.services.clients.admit(_presented(call.authorization, body), errand)
    claims = call.services.tokens.introspected(body.token, client.audiences)
    return Reply(body=_told(claims))


def _presented(authorization: str, body: bodies.Introspecting) -> Presented:
    ways = [bool(authorization), bool(body.client_secret), bool(body.client_assertion)]
    if sum(ways) > 1:
        raise Malformed("prove yourself in one way", "client_id")
    if authorization:
        return _basic(authorization)
    if body.client_assertion:
        if body.client_assertion_type != ASSERTION:
            raise Malformed("wrong value", "client_assertion_type")
        named = body.client_id or assertions.claimed(body.client_assertion)
        return Presented(named, assertion=body.client_assertion)
    return Presented(body.client_id, secret=body.client_secret)


def _basic(authorization: str) -> Presented:
    """Return what HTTP Basic holds, each part form-encoded; nobody where it is something else."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        sent = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        sent = ""
    if scheme.lower() != "basic":
        sent = ""
    name, _, secret = sent.partition(":")
    return Presented(unquote_plus(name), secret=unquote_plus(secret))


def _told(claims: Claims | None) -> bodies.Introspected:
    if claims is None:
        return bodies.Introspected(active=False)
    said = {name: value for name, value in msgspec.structs.asdict(claims).items() if value}
    return bodies.Introspected(active=True, **said)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/introspect",
        handle=introspect,
        summary="Whether an access token is good (RFC 7662)",
        body=bodies.Introspecting,
        answer=bodies.Introspected,
        media_type=FORM,
        errors=(ClientRefused, ScopeMissing, TooMany),
        security=("client", ""),
    ),
)
