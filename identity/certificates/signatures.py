"""Raw signatures over given bytes: RSA by PKCS#1 v1.5 and PSS, ECDSA in DER and as r||s.

Keys by `public_keys`, digests SHA-256, SHA-384 and SHA-512, nothing else. SHA-1 and MD5 have a
reason of their own, so that a firm sees which clients still make them. WebCrypto gives ECDSA as
r||s (IEEE P1363), each as long as the curve's order; nearly all else gives DER.

Source: RFC 8017 section 8, FIPS 186-5 section 6, RFC 8702 and RFC 4056 for the length of a salt.
Clause: CC-17010.e.c
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from identity.certificates import public_keys, statements
from identity.certificates.public_keys import PublicKey
from identity.certificates.refusals import Unreadable, Weak, Wrong

LARGEST_CONTENT: Final = 1024 * 1024
"""Bytes. An order is a few hundred; a batch file of a whole day's stays below this."""

LARGEST_SIGNATURE: Final = public_keys.LARGEST_MODULUS // 8

DIGESTS: Final = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
WEAK_DIGESTS: Final = frozenset({"md2", "md4", "md5", "sha1"})


class Scheme(Enum):
    """How a signature is made and written."""

    PKCS1 = "rsa_pkcs1"
    PSS = "rsa_pss"
    ECDSA = "ecdsa"
    ECDSA_RAW = "ecdsa_raw"


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A scheme, a digest by its name in `DIGESTS`, and for PSS the salt's bytes.

    A salt of 0 stands for one as long as the digest, which is what everything new makes.
    """

    scheme: Scheme
    digest: str
    salt: int = 0


class RawSignature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature over `content` that came without a wrapping. See `Claim` in `verdicts`."""

    content: bytes
    signature: bytes
    method: Method
    certificate: x509.Certificate | None = None
    hints: tuple[x509.Certificate, ...] = ()
    signing_time: float | None = None

    def __repr__(self) -> str:
        """Say how it is signed and nothing that is: an order is its customer's."""
        return f"RawSignature(<{len(self.content)} bytes>, {self.method})"

    def check(self, certificate: x509.Certificate) -> bytes:
        """Return the name of this signed order (`statements.name`), 32 bytes.

        Raises `SignatureRefused` unless the key of `certificate` signed `content`.
        """
        key = public_keys.of(certificate)
        if isinstance(key, str):
            raise Weak(key)
        if len(self.content) > LARGEST_CONTENT:
            raise Unreadable("content_too_large")
        if statements.is_attributes(self.content):
            raise Unreadable("content_is_attributes")
        verify(key, self.method, self.content, self.signature)
        return statements.name(key, self.content)


def verify(key: PublicKey, method: Method, data: bytes, signature: bytes) -> None:
    """Raise unless `signature` is of `data` by `key`.

    `Weak` with `weak_digest` or a reason of `public_keys.fault`; `Unreadable` with
    `digest_algorithm`, `signature_malformed` or `pss_salt`; `Wrong` with `signature_scheme` where
    the key is of the other kind, or `signature_wrong`.
    """
    digest = digest_named(method.digest)
    if reason := public_keys.fault(key):
        raise Weak(reason)
    if not 0 < len(signature) <= LARGEST_SIGNATURE:
        raise Unreadable("signature_malformed")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _padding(key, method, digest), digest)
        else:
            key.verify(_in_der(key, method, signature), data, ec.ECDSA(digest))
    except InvalidSignature:
        raise Wrong("signature_wrong") from None


def digest_named(name: str) -> hashes.HashAlgorithm:
    """Return a digest that counts, or raise with `weak_digest` or `digest_algorithm`."""
    if name in WEAK_DIGESTS:
        raise Weak("weak_digest")
    try:
        return DIGESTS[name]
    except KeyError:
        raise Unreadable("digest_algorithm") from None


def _padding(
    key: rsa.RSAPublicKey, method: Method, digest: hashes.HashAlgorithm
) -> padding.PKCS1v15 | padding.PSS:
    if method.scheme is Scheme.PKCS1:
        return padding.PKCS1v15()
    if method.scheme is not Scheme.PSS:
        raise Wrong("signature_scheme")
    salt = method.salt or digest.digest_size
    if not digest.digest_size <= salt <= key.key_size // 8 - digest.digest_size - 2:
        raise Unreadable("pss_salt")
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=salt)


def _in_der(key: ec.EllipticCurvePublicKey, method: Method, signature: bytes) -> bytes:
    """Return an ECDSA signature as PyCA takes it: r and s as a DER sequence."""
    if method.scheme is Scheme.ECDSA:
        return signature
    if method.scheme is not Scheme.ECDSA_RAW:
        raise Wrong("signature_scheme")
    size = (key.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise Unreadable("signature_malformed")
    return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
