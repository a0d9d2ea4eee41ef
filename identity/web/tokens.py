"""Access tokens over HTTP: issued to a session, their public keys, and the proxy's question."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from identity.errors import Malformed, NotSignedIn, OriginRefused, StepUpRequired
from identity.sessions.service import SignedIn
from identity.tokens import levels
from identity.tokens.access import PUBLISHED
from identity.tokens.levels import Asked
from identity.tokens.service import amr
from identity.web import admission, bodies, shapes, views
from identity.web.endpoint import JSON, Call, Endpoint, Reply
from identity.web.memory import Pass
from identity.web.services import Services


def issue(call: Call) -> Reply:
    """Issue an access token for one of the firm's APIs to the session's holder."""
    body: bodies.TokenAsking = call.body
    issued = call.services.tokens.issue(
        call.signed_in(), body.audience, purpose=body.purpose, binding=body.binding
    )
    told = bodies.TokenView(access_token=issued.token, expires_in=issued.expires_in)
    return Reply(status=201, body=told)


def check(call: Call) -> Reply:
    """Answer a reverse proxy's `auth_request`: 204 and who it is, or 401 and what is missing.

    The proxy asks for requests of every method, so that a session's cookie counts only where no
    other origin is named: whatever a page elsewhere sends is refused.
    """
    wanted = _Wanted.of(call)
    if call.foreign and not wanted.shown.audience:
        raise OriginRefused
    try:
        signed_in = _admitted(call, wanted)
    except (NotSignedIn, StepUpRequired) as error:
        headers = {"WWW-Authenticate": admission.challenge(error, wanted.asked)}
        told = _told(error, call.locale)
        return Reply(status=401, code=error.code, body=told, headers=headers)
    return Reply(status=204, headers=_headers(call.services, signed_in))


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy asks, checked: only words we know, so that a slip is told and not let pass."""

    operation: str
    acr: str
    shown: Pass
    asked: Asked

    @classmethod
    def of(cls, call: Call) -> _Wanted:
        tokens, query = call.services.tokens, call.query
        operation, acr = query.get("operation", "login"), query.get("acr", "")
        audience = query.get("audience", "")
        if not tokens.knows(operation):
            raise Malformed("no such operation", "operation")
        if acr and acr not in levels.LEVELS:
            raise Malformed("no such level", "acr")
        if audience and audience not in tokens.audiences:
            raise Malformed("no such audience", "audience")
        asked = tokens.asked(operation)
        secret = call.caller.session_secret
        return cls(
            operation=operation,
            acr=acr,
            shown=admission.shown(call.authorization, secret, audience),
            asked=asked._replace(acr=max(asked.acr, acr)),
        )


def _admitted(call: Call, wanted: _Wanted) -> SignedIn:
    services = call.services
    found = admission.remembered(services, wanted.shown, wanted.operation)
    signed_in = found or admission.read(services, wanted.shown)
    admission.require(services, wanted.shown, signed_in, wanted.operation)
    if wanted.acr and not levels.reached(services.tokens.aal(signed_in.session), wanted.acr):
        raise StepUpRequired("login", ())
    return signed_in


def _headers(services: Services, signed_in: SignedIn) -> dict[str, str]:
    return {
        "Trifactor-Account": signed_in.account_id,
        "Trifactor-Session": signed_in.session_id,
        "Trifactor-Acr": services.tokens.acr(signed_in.session),
        "Trifactor-Amr": " ".join(amr(signed_in.session)),
    }


def _told(error: NotSignedIn | StepUpRequired, locale: str) -> msgspec.Struct:
    if isinstance(error, NotSignedIn):
        return shapes.Nothing()
    lacking = tuple(views.missing(item, locale) for item in views.lacking(error.missing))
    return shapes.StepUp(purpose=error.purpose, missing=lacking)


async def published(services: Services, _request: Request) -> Response:
    """Answer with the public keys of access tokens: a JWK set (RFC 7517)."""
    content = msgspec.json.encode(services.tokens.published())
    headers = {"Cache-Control": f"public, max-age={PUBLISHED}"}
    return Response(content, headers=headers, media_type=JSON)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/session/tokens",
        handle=issue,
        summary="Issue an access token to the session's holder",
        body=bodies.TokenAsking,
        answer=bodies.TokenView,
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/v1/session/check",
        handle=check,
        summary="Whether the caller may pass, for a reverse proxy",
        query=("operation", "acr", "audience"),
        status=204,
        errors=(NotSignedIn, StepUpRequired, OriginRefused, Malformed),
    ),
)
