"""A step-up by RFC 9470: an API that checks tokens by itself, and the client that comes to it.

The API stands in a process of its own and knows the service by its public keys alone. It takes an
order only with a token that says that the customer approved this order, and each token once; a
token whose last proof is too old is answered with what would be enough.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AAL2 = "urn:trifactor:acr:aal2"
GOOD_ENOUGH = {AAL2, "urn:trifactor:acr:aal3"}
FRESH = 300
"""Seconds since the last proof, at most."""


class OrderApi:
    """Takes orders. `audience` is this API's own URL, as in the service's `tokens.audiences`."""

    def __init__(
        self, keys: KeySet, *, issuer: str, audience: str, clock: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._used: set[str] = set()
        self.app = Starlette(routes=[Route("/orders", self.place, methods=["POST"])])

    async def place(self, request: Request) -> Response:
        """Take an order that its customer approved."""
        order = await request.body()
        said = self._said(request.headers.get("authorization", ""))
        if said is None:
            return refused('error="invalid_token"')
        if said["acr"] not in GOOD_ENOUGH or self._clock() - said["auth_time"] > FRESH:
            return refused(
                f'error="insufficient_user_authentication", acr_values="{AAL2}", max_age="{FRESH}"'
            )
        if said.get("binding") != hashlib.sha256(order).hexdigest() or said["jti"] in self._used:
            return JSONResponse({"error": "not_approved"}, 403)
        self._used.add(said["jti"])  # kept until the token's `exp`, where there is a store
        return JSONResponse({"placed": said["sub"]}, 201)

    def _said(self, authorization: str) -> dict[str, Any] | None:
        """Return a token's claims by RFC 9068 section 4, None where it is not good."""
        scheme, _, token = authorization.partition(" ")
        try:
            found = jwt.decode(token, self._keys, algorithms=["ES256"])
        except (JoseError, ValueError):
            return None
        said = found.claims
        expected = ("bearer", "at+jwt", self._issuer, self._audience)
        given = (scheme.lower(), found.header.get("typ"), said.get("iss"), said.get("aud"))
        return said if given == expected and self._clock() < said["exp"] else None


def refused(why: str) -> Response:
    """Answer 401 with what is wrong, in the words of RFC 6750 and RFC 9470."""
    return Response(status_code=401, headers={"WWW-Authenticate": f"Bearer {why}"})


def place(
    api: httpx2.Client,
    order: bytes,
    token: Callable[[str], str],
    step_up: Callable[[str], None],
) -> httpx2.Response:
    """Place an order; where the API asks for more, have the customer step up and try again.

    `token` gets an access token that tells of what was approved, "" for nothing; `step_up` has
    the customer approve it, by its SHA-256.
    """
    approved = hashlib.sha256(order).hexdigest()
    answer = api.post("/orders", content=order, headers={"Authorization": f"Bearer {token('')}"})
    if not wants_more(answer):
        return answer
    step_up(approved)
    headers = {"Authorization": f"Bearer {token(approved)}"}
    return api.post("/orders", content=order, headers=headers)


def wants_more(answer: httpx2.Response) -> bool:
    """Whether a step-up would help: a fresh proof, or the approval of this very thing."""
    challenge = answer.headers.get("www-authenticate", "")
    return answer.status_code == httpx2.codes.FORBIDDEN or bool(
        re.search(r'error="insufficient_user_authentication"', challenge)
    )
