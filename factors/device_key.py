"""The key of a bound device: ES256 as browsers and phones sign, and nothing else.

A public key comes as a JWK (RFC 7517) and is kept as an uncompressed point (SEC 1 section 2.3.3).
It is named by its thumbprint (RFC 7638). A signature is r and s side by side, 32 bytes each, as
WebCrypto gives it and JWS writes it (RFC 7518 section 3.4); Android and iOS give DER, which their
app turns around.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from factors.contract import Json

KEY_TYPE: Final = "EC"
CURVE: Final = "P-256"

COORDINATE_SIZE: Final = 32
"""Bytes of x, of y, of r and of s."""

SIGNATURE_SIZE: Final = 2 * COORDINATE_SIZE
THUMBPRINT_SIZE: Final = 32

UNCOMPRESSED: Final = b"\x04"
"""What such a point begins with."""

DECOY_POINT: Final = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
"""The key of RFC 6979 appendix A.2.5: verified against for nobody's account.

Its private half is public, so a right signature with it is refused like a wrong one.
"""


def encode(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: Json, most: int) -> bytes | None:
    """Return at most `most` bytes from base64url, or None.

    Only the one way to write them is read: no padding, no stray bits, nothing in between.
    """
    if not isinstance(text, str) or len(text) > (4 * most + 2) // 3:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return data if encode(data) == text else None


def exactly(text: Json, size: int) -> bytes | None:
    """Return `size` bytes from base64url, or None."""
    data = decode(text, size)
    return data if data is not None and len(data) == size else None


def read_jwk(jwk: Json) -> bytes | None:
    """Return the point of ``{"kty", "crv", "x", "y"}``, on the curve or not; None for no such key.

    A member more is none either: `d` would be the private half.
    """
    if not isinstance(jwk, dict) or jwk.keys() != {"kty", "crv", "x", "y"}:
        return None
    x, y = exactly(jwk["x"], COORDINATE_SIZE), exactly(jwk["y"], COORDINATE_SIZE)
    named = jwk["kty"] == KEY_TYPE and jwk["crv"] == CURVE
    return UNCOMPRESSED + x + y if named and x is not None and y is not None else None


def is_usable(point: bytes) -> bool:
    """Whether a point is on the curve: one that is not may give a secret away, or prove nothing."""
    try:
        _loaded(point)
    except ValueError:
        return False
    return True


def thumbprint(point: bytes) -> str:
    """Return the RFC 7638 thumbprint by SHA-256, in base64url."""
    middle = len(UNCOMPRESSED) + COORDINATE_SIZE
    members = {
        "crv": CURVE,
        "kty": KEY_TYPE,
        "x": encode(point[len(UNCOMPRESSED) : middle]),
        "y": encode(point[middle:]),
    }
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return encode(hashlib.sha256(canonical.encode("ascii")).digest())


def has_signed(point: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the other half of `point` made this raw signature over `message`.

    Of every signature there is a second form, with n - s for s, that is as right: a signature must
    never be what an answer is known again by.
    """
    r, s = signature[:COORDINATE_SIZE], signature[COORDINATE_SIZE:]
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        _loaded(point).verify(der, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _loaded(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
