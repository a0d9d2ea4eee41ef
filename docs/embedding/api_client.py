"""An API client: it is sent a token, and asks the service whether it is good.

It proves itself by its own key (`private_key_jwt`, RFC 7523). Make the key once, and register its
public half:

    identity clients add ledger --scope introspect --audience https://api.example.com \
        --jwks ledger.jwks --days 90
"""

import json
import uuid
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECONDS = 60


class Introspection:
    """Asks about tokens. `http` is a client whose base URL is the service's."""

    def __init__(self, http: httpx2.Client, *, issuer: str, client_id: str, key: ECKey) -> None:
        self._http = http
        self._issuer = issuer
        self._client_id = client_id
        self._key = key

    def ask(self, token: str, now: float) -> dict[str, Any] | None:
        """Return what a good token says, None where it is not good (RFC 7662)."""
        form = {
            "token": token,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": self._assertion(now),
        }
        answer = self._http.post("/v1/introspect", data=form)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said if said["active"] else None

    def _assertion(self, now: float) -> str:
        """Say who we are, for one call: an assertion that was used is refused."""
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._issuer,
            "jti": uuid.uuid4().hex,
            "exp": now + SECONDS,
        }
        return jwt.encode({"alg": "ES256"}, claims, self._key)


def public_keys(key: ECKey) -> str:
    """Return the file for `--jwks`: the public half alone."""
    return json.dumps(KeySet([key]).as_dict(private=False))
