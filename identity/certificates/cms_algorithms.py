"""The algorithms of a CMS signer, by their identifiers: which are read, which are refused as weak.

Source: RFC 3370 and RFC 5754 (digests, RSA), RFC 4055 and RFC 4056 (PSS), RFC 5753 (ECDSA).
Clause: CC-17010.e.c
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat import asn1

from identity.certificates import cms_shapes as shapes
from identity.certificates.refusals import Unreadable, Weak
from identity.certificates.signatures import WEAK_DIGESTS, Method, Scheme

_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
    "1.2.840.113549.2.4": "md4",
    "1.2.840.113549.2.2": "md2",
}
_SCHEMES: Final = {
    "1.2.840.113549.1.1.1": (Scheme.PKCS1, ""),
    "1.2.840.113549.1.1.11": (Scheme.PKCS1, "sha256"),
    "1.2.840.113549.1.1.12": (Scheme.PKCS1, "sha384"),
    "1.2.840.113549.1.1.13": (Scheme.PKCS1, "sha512"),
    "1.2.840.113549.1.1.10": (Scheme.PSS, ""),
    "1.2.840.10045.4.3.2": (Scheme.ECDSA, "sha256"),
    "1.2.840.10045.4.3.3": (Scheme.ECDSA, "sha384"),
    "1.2.840.10045.4.3.4": (Scheme.ECDSA, "sha512"),
}
"""Each way to write a signature's algorithm, and the digest it names ("" where another field does).

`rsaEncryption`, the first, is the old way of PKCS#7 and still OpenSSL's (RFC 3370 section 3.2).
"""

_WEAK: Final = frozenset(
    {
        "1.2.840.113549.1.1.2",
        "1.2.840.113549.1.1.3",
        "1.2.840.113549.1.1.4",
        "1.2.840.113549.1.1.5",
        "1.3.14.3.2.29",
        "1.2.840.10045.4.1",
    }
)
"""Signatures over MD2, MD4, MD5 and SHA-1."""

_MASK: Final = "1.2.840.113549.1.1.8"
_TRAILER: Final = 1


def digest(told: shapes.Digest) -> str:
    """Return a digest's name, or raise: `weak_digest` or `digest_algorithm`."""
    name = _DIGESTS.get(told.algorithm.dotted_string, "")
    if name in WEAK_DIGESTS:
        raise Weak("weak_digest")
    if not name:
        raise Unreadable("digest_algorithm")
    return name


def method(told: shapes.Digest, signing: shapes.Signing) -> Method:
    """Return how a signer signed.

    Raises as `digest` does, and `signature_algorithm`, `pss_parameters`, or `digests_differ` where
    the two algorithms name different digests.
    """
    name, algorithm = digest(told), signing.algorithm.dotted_string
    if algorithm in _WEAK:
        raise Weak("weak_digest")
    if algorithm not in _SCHEMES:
        raise Unreadable("signature_algorithm")
    scheme, own = _SCHEMES[algorithm]
    if own not in ("", name):
        raise Unreadable("digests_differ")
    if scheme is Scheme.PSS:
        return Method(scheme=scheme, digest=name, salt=_salt(signing.parameters, name))
    if signing.parameters is not None and not _may_be_null(scheme, signing.parameters):
        raise Unreadable("signature_algorithm")
    return Method(scheme=scheme, digest=name)


def _may_be_null(scheme: Scheme, parameters: asn1.Null | shapes.PssParameters) -> bool:
    return scheme is Scheme.PKCS1 and isinstance(parameters, asn1.Null)


def _salt(told: asn1.Null | shapes.PssParameters | None, name: str) -> int:
    """Return the salt's bytes, where every digest inside is the one outside.

    What is left out stands for SHA-1, so nothing may be.
    """
    if not isinstance(told, shapes.PssParameters):
        raise Unreadable("pss_parameters")
    if told.digest is None or told.mask is None:
        raise Weak("weak_digest")
    if {digest(told.digest), digest(told.mask.parameters)} != {name}:
        raise Unreadable("digests_differ")
    known = told.mask.algorithm.dotted_string == _MASK and told.trailer == _TRAILER
    if not known or told.salt < 1:
        raise Unreadable("pss_parameters")
    return told.salt
