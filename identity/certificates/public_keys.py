"""Which public keys count: P-256, P-384, and RSA from 2048 bits with an exponent from 65537.

PyCA reads what it is given: RSA of 1024 bits, an exponent of 3, P-192. So every key is asked here
before anything is believed of it, whether it came in a certificate, a request or an anchor.

Source: NIST SP 800-131A rev. 2 (sizes), FIPS 186-5 section 5.1 (exponent). Clause: CC-17010.e.d
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import PublicKeyAlgorithmOID

from identity.certificates.refusals import UNREADABLE

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

CURVES: Final = (ec.SECP256R1, ec.SECP384R1)
SMALLEST_MODULUS: Final = 2048
LARGEST_MODULUS: Final = 8192
"""Bits. Each doubling costs four times as much to verify, and strangers choose the key."""

SMALLEST_EXPONENT: Final = 65537
LARGEST_EXPONENT: Final = 2**32
"""A long public exponent makes one verification cost what a private operation does."""

_NAMED: Final = {
    PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5,
    PublicKeyAlgorithmOID.EC_PUBLIC_KEY,
}
"""How a certificate may name its key's kind.

RSASSA-PSS is not among them: PyCA drops the limits that such a key carries (RFC 4055 section 3.1).
"""


def fault(key: object) -> str:
    """Return why a public key does not count, "" where it does.

    `key_type`, `key_curve`, `key_size` or `key_exponent`.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "" if isinstance(key.curve, CURVES) else "key_curve"
    if not isinstance(key, rsa.RSAPublicKey):
        return "key_type"
    if not SMALLEST_MODULUS <= key.key_size <= LARGEST_MODULUS:
        return "key_size"
    exponent = key.public_numbers().e
    right = SMALLEST_EXPONENT <= exponent < LARGEST_EXPONENT and exponent % 2 == 1
    return "" if right else "key_exponent"


def of(certificate: x509.Certificate) -> PublicKey | str:
    """Return a certificate's public key, or the reason why it does not count (see `fault`)."""
    try:
        if certificate.public_key_algorithm_oid not in _NAMED:
            return "key_type"
        key = certificate.public_key()
    except UNREADABLE:
        return "key_type"
    if reason := fault(key):
        return reason
    return key if isinstance(key, PublicKey) else "key_type"


def canonical(key: PublicKey) -> bytes:
    """Return the one way we write a key: DER SubjectPublicKeyInfo, its point not compressed."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
