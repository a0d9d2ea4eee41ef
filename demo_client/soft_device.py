"""A bound device in software: a P-256 key, and statements signed with it for one purpose each.

The signature is ECDSA with SHA-256 over the very bytes of `client_data`, as WebCrypto writes it:
r and s, 32 bytes each (RFC 7518 section 3.4). A key is named by its thumbprint (RFC 7638).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from demo_client import base64url
from demo_client.soft_attestation import key_of, new_key, scalar_of, sign
from demo_client.world import Entropy

Json: TypeAlias = Any

BIND = "trifactor.device.bind"
PROVE = "trifactor.device.prove"

_SIZE = 32
"""Bytes of a coordinate, and of each half of a signature."""


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the SHA-256 of an EC key's members in order (RFC 7638 section 3), as base64url."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(text.encode()).digest())


class SoftDevice(msgspec.Struct, kw_only=True):
    """One device key. `private` is the P-256 scalar; `phone`: it says that it is a telephone."""

    private: bytes
    phone: bool = False

    @classmethod
    def made(cls, entropy: Entropy, *, phone: bool = False) -> SoftDevice:
        """Make a key."""
        return cls(private=scalar_of(new_key(entropy)), phone=phone)

    def jwk(self) -> dict[str, str]:
        """Return the public key (RFC 7518 section 6.2.1)."""
        point = key_of(self.private).public_key().public_numbers()
        x, y = (base64url.encode(each.to_bytes(_SIZE, "big")) for each in (point.x, point.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def name(self) -> str:
        """Return the key's thumbprint, which the service calls it by."""
        return thumbprint(self.jwk())

    def bind(self, offer: Json, origin: str) -> Json:
        """Answer an enrolment's offer on a page of `origin`."""
        answer = {"public_key": self.jwk(), **self._signed(BIND, offer, origin)}
        return {**answer, "phone": True} if self.phone else answer

    def prove(self, asked: Json, origin: str) -> Json:
        """Answer a challenge on a page of `origin`."""
        return {"key": self.name(), **self._signed(PROVE, asked, origin)}

    def _signed(self, kind: str, asked: Json, origin: str) -> dict[str, str]:
        said = {"type": kind, "origin": origin}
        said |= {name: asked[name] for name in ("challenge", "transaction", "purpose")}
        client_data = json.dumps(said).encode()
        r, s = decode_dss_signature(sign(key_of(self.private), client_data))
        raw = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
        return {
            "client_data": base64url.encode(client_data),
            "signature": base64url.encode(raw),
        }
