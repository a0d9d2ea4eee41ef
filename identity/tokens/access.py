"""An access token as text: a JWT by RFC 9068, signed with ES256 (RFC 7518 section 3.4).

A new key is published first and signs five minutes later, and a token opens under every key the
ring holds: a key is replaced while tokens under the old one are about. One algorithm, one type,
one issuer: what differs is no token. Expiry is exact, there is no leeway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from identity.errors import InvalidToken
from identity.keys import signing
from identity.keys.ring import Key, KeyRing, Purpose

ALGORITHM = "ES256"
TYPE = "at+jwt"
LIFETIME = 300
"""Seconds. Whoever must know at once that a session ended introspects."""

PUBLISHED = 300
"""Seconds a key is published before it signs, which is how long others may keep the keys."""

_FAULTS = (JoseError, ValueError, TypeError, KeyError, msgspec.MsgspecError)
"""Whatever a text that is no token may raise in the libraries below."""


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says (RFC 9068 section 2.2). Times are Unix seconds.

    `sid` is the session's id, `auth_time` when its last proof was given. `purpose` and `binding`
    are there where the customer approved one thing: an order, by the hash of what was shown.
    """

    iss: str
    sub: str
    aud: str
    client_id: str
    jti: str
    iat: int
    exp: int
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    sid: str
    purpose: str = ""
    binding: str = ""


class Signer:
    """Signs and opens tokens of one issuer. Safe between threads."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        self._ring = ring
        self._made: dict[str, ECKey] = {}
        self.issuer = issuer

    def signed(self, claims: Claims) -> str:
        """Return the token that says `claims`."""
        key_id = self._in_use(claims.iat).id
        header = {"typ": TYPE, "alg": ALGORITHM, "kid": key_id}
        payload = msgspec.json.encode(claims)
        return jws.serialize_compact(header, payload, self._key(key_id), [ALGORITHM])

    def opened(self, token: str, audiences: Collection[str], now: float) -> Claims:
        """Return what a token for one of `audiences` says, or raise `InvalidToken`."""
        try:
            found = jws.deserialize_compact(token, self._named, [ALGORITHM])
            claims = msgspec.json.decode(found.payload, type=Claims)
        except _FAULTS as error:
            raise InvalidToken from error
        ours = found.headers().get("typ") == TYPE and claims.iss == self.issuer
        if not ours or claims.aud not in audiences or now >= claims.exp:
            raise InvalidToken
        return claims

    def published(self) -> dict[str, list[Mapping[str, Any]]]:
        """Return the public keys as a JWK set (RFC 7517 section 5), the newest first."""
        ids = [key.id for key in self._ring.all(Purpose.TOKEN)]
        public = [self._key(key_id).as_dict(private=False) for key_id in ids]
        use = {"use": "sig", "alg": ALGORITHM}
        return {
            "keys": [{**key, **use, "kid": key_id} for key, key_id in zip(public, ids, strict=True)]
        }

    def _in_use(self, now: float) -> Key:
        """Return the newest key that everybody has had time to read, or the oldest there is."""
        held = self._ring.all(Purpose.TOKEN)
        return next((key for key in held if key.created_at + PUBLISHED <= now), held[-1])

    def _named(self, found: Any) -> ECKey:
        return self._key(str(found.headers()["kid"]))

    def _key(self, key_id: str) -> ECKey:
        """Return a key of the ring; deriving its point is too dear to do for every token."""
        kept = self._ring.get(Purpose.TOKEN, key_id)
        if kept is None:
            raise InvalidToken
        if key_id not in self._made:
            self._made[key_id] = ECKey.import_key(signing.p256(kept))
        return self._made[key_id]
