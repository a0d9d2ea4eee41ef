"""`private_key_jwt`: a client says who it is in a JWT that it signs itself (RFC 7523 section 3).

It names us as the audience, lives five minutes at most, and has a `jti` that is used once. The
signature is one of three algorithms, each with its own kind of key: a client's JWK set holds
public keys only, P-256, Ed25519, or RSA of 2048 bits or more.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Jwk = dict[str, Any]

MOST = 300
"""Seconds an assertion may still live when it arrives."""

RSA_BITS = 2048
LONGEST_JTI = 128
LARGEST = 8
"""Keys in a client's set: one in use, one to come, and some to spare."""

_ALGORITHMS: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {
    "ES256": ECKey,
    "RS256": RSAKey,
    "Ed25519": OKPKey,
    "EdDSA": OKPKey,
}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_KINDS: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_FAULTS = (JoseError, ValueError, TypeError, KeyError, msgspec.MsgspecError)


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of itself. Times are Unix seconds."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: float
    jti: str
    nbf: float = 0


class Refused(Exception):
    """An assertion that proves nothing; the text is the reason for the audit log."""


class _Registry(JWSRegistry):
    """Takes `EdDSA` without a warning: RFC 9864 renames it, and clients still say it."""

    def get_alg(self, name: str) -> Any:
        if name not in _ALGORITHMS:
            raise Refused("assertion_algorithm")
        return self.algorithms[name]


_REGISTRY = _Registry(algorithms=tuple(_ALGORITHMS))


def claimed(assertion: str) -> str:
    """Return the client that an assertion claims to be of, "" where it is none: unproven."""
    try:
        found = jws.extract_compact(assertion.encode("ascii"), None, _REGISTRY)
        return msgspec.json.decode(found.payload, type=Assertion).sub
    except _FAULTS:
        return ""


def proven(
    assertion: str, keys: Sequence[Jwk], client_id: str, audiences: Collection[str], now: float
) -> Assertion:
    """Return what a client has signed, or raise `Refused`. Whether it is new, the store knows."""
    said = _signed(assertion, keys)
    named = {said.aud} if isinstance(said.aud, str) else set(said.aud)
    if said.iss != client_id or said.sub != client_id:
        raise Refused("assertion_subject")
    if not named & set(audiences):
        raise Refused("assertion_audience")
    if now >= said.exp or now < said.nbf:
        raise Refused("assertion_expired")
    if said.exp > now + MOST:
        raise Refused("assertion_too_long")
    if not 1 <= len(said.jti) <= LONGEST_JTI:
        raise Refused("assertion_jti")
    return said


def faults(keys: Sequence[Any]) -> list[str]:
    """Return what is wrong with a client's keys, a sentence for each; none where they will do."""
    if not 1 <= len(keys) <= LARGEST:
        return [f"a JWK set for a client has 1 to {LARGEST} keys"]
    return [f"key {n}: {fault}" for n, key in enumerate(keys, 1) if (fault := _fault(key))]


def _fault(key: Any) -> str:
    if not isinstance(key, dict) or key.get("kty") not in tuple(_KINDS):
        return "not a JWK of type EC, OKP or RSA"
    if _PRIVATE & key.keys():
        return "it holds a private key; that stays with the client"
    if key["kty"] in _CURVES and key.get("crv") != _CURVES[key["kty"]]:
        return f"the curve must be {_CURVES[key['kty']]}"
    try:
        if key["kty"] == "RSA" and _bits(key["n"]) < RSA_BITS:
            return f"an RSA key has {RSA_BITS} bits or more"
        _imported(key)
    except _FAULTS:
        return "it cannot be read"
    return ""


def _bits(modulus: str) -> int:
    padded = modulus + "=" * (-len(modulus) % 4)
    return int.from_bytes(base64.urlsafe_b64decode(padded), "big").bit_length()


def _imported(key: Jwk) -> ECKey | RSAKey | OKPKey:
    return _KINDS[key["kty"]].import_key(key)


def _signed(assertion: str, keys: Sequence[Jwk]) -> Assertion:
    try:
        found = jws.extract_compact(assertion.encode("ascii"), None, _REGISTRY)
        header = found.headers()
        kind = _ALGORITHMS[_REGISTRY.get_alg(header["alg"]).name]
        for key in _candidates(keys, header.get("kid")):
            made = _imported(key)
            if isinstance(made, kind) and jws.validate_compact(found, made, registry=_REGISTRY):
                return msgspec.json.decode(found.payload, type=Assertion)
    except _FAULTS as error:
        raise Refused("assertion_malformed") from error
    raise Refused("assertion_signature")


def _candidates(keys: Sequence[Jwk], kid: Any) -> list[Jwk]:
    """Return the keys an assertion may be signed with: the one it names, or any."""
    return [key for key in keys if kid is None or key.get("kid") == kid]
