"""The keys that sign: Ed25519 for heads of the audit log, ES256 on P-256 for access tokens."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from identity.keys.ring import Key, Purpose


def ed25519(key: Key) -> Ed25519PrivateKey:
    """Return the private key of a `checkpoint` key (RFC 8032)."""
    if key.purpose is not Purpose.CHECKPOINT:
        raise ValueError(f"{key!r} signs no checkpoints")
    return Ed25519PrivateKey.from_private_bytes(key.secret)


def ed25519_public(key: Key) -> Ed25519PublicKey:
    """Return the public key of a `checkpoint` key."""
    return ed25519(key).public_key()


def p256(key: Key) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a `token` key (RFC 7518, section 3.4)."""
    if key.purpose is not Purpose.TOKEN:
        raise ValueError(f"{key!r} signs no tokens")
    return ec.derive_private_key(int.from_bytes(key.secret, "big"), ec.SECP256R1())
