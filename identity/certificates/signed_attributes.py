"""The signed attributes of a CMS signer: what they must say, and the bytes the signature is over.

Where there are any, contentType and messageDigest are among them and are checked; a signing time is
read as a claim. Two attributes that bind more than the signature alone does are checked where they
come: CMSAlgorithmProtection and SigningCertificateV2. Others are signed and mean nothing here. None
comes twice, and none has two values where one is asked.

Source: RFC 5652 sections 5.3, 5.4 and 11; RFC 6211; RFC 5035. Clause: CC-17010.e.c
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding

from identity.certificates import cms_algorithms
from identity.certificates import cms_shapes as shapes
from identity.certificates.refusals import Unreadable, Wrong

Shape = TypeVar("Shape")

MOST: Final = 32
"""Attributes. OpenSSL writes four, CAdES seven or so."""

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_PROTECTION: Final = "1.2.840.113549.1.9.52"
_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_UTC_TIME: Final = b"\x17"

Attributes = Mapping[str, asn1.TLV]
"""The one value of each attribute, by its dotted identifier."""


def read(attributes: Sequence[shapes.Attribute]) -> Attributes:
    """Return the attributes by kind, or raise `Unreadable`.

    `too_many_attributes`, `attribute_twice`, or `attribute_values`.
    """
    if len(attributes) > MOST:
        raise Unreadable("too_many_attributes")
    kinds: dict[str, asn1.TLV] = {}
    for attribute in attributes:
        kind, values = attribute.type.dotted_string, attribute.values.as_list()
        if kind in kinds:
            raise Unreadable("attribute_twice")
        if len(values) != 1:
            raise Unreadable("attribute_values")
        kinds[kind] = values[0]
    return kinds


def signed(attributes: Sequence[shapes.Attribute]) -> bytes:
    """Return what the signature is over: the attributes as a DER set, in its order."""
    return shapes.encoded(asn1.SetOf(list(attributes)))


def check(attributes: Attributes, kind: str, digest: bytes) -> None:
    """Raise unless the attributes are of content of this kind, with this digest.

    `content_type_missing`, `content_type_differs`, `digest_missing`, `attribute_malformed`, or
    `content_differs` where the content is another than was signed.
    """
    told = _one(attributes, _CONTENT_TYPE, x509.ObjectIdentifier, "content_type_missing")
    if told.dotted_string != kind:
        raise Wrong("content_type_differs")
    held = _one(attributes, _MESSAGE_DIGEST, bytes, "digest_missing")
    if not hmac.compare_digest(held, digest):
        raise Wrong("content_differs")


def check_algorithms(attributes: Attributes, signer: shapes.Signer) -> None:
    """Raise with `algorithms_differ` where those that were signed are not those that are told."""
    if _PROTECTION not in attributes:
        return
    told = _one(attributes, _PROTECTION, shapes.Protection, "")
    if told.signing is None or (told.digest.algorithm, told.signing.algorithm) != (
        signer.digest.algorithm,
        signer.signing.algorithm,
    ):
        raise Wrong("algorithms_differ")


def check_certificate(attributes: Attributes, certificate: x509.Certificate) -> None:
    """Raise with `certificate_differs` where another certificate was signed for than this."""
    if _CERTIFICATE_V2 not in attributes:
        return
    told = _one(attributes, _CERTIFICATE_V2, shapes.SigningCertificate, "")
    if not told.certificates:
        raise Unreadable("attribute_malformed")
    first = told.certificates[0]
    digest = cms_algorithms.digest(first.digest) if first.digest else "sha256"
    der = certificate.public_bytes(Encoding.DER)
    if not hmac.compare_digest(first.value, hashlib.new(digest, der).digest()):
        raise Wrong("certificate_differs")


def signing_time(attributes: Attributes) -> float | None:
    """Return when the signer says this was signed, in Unix seconds; None where nothing is said.

    UTCTime to 2049 and GeneralizedTime from 2050 on, as RFC 5652 section 11.3 asks.
    """
    value = attributes.get(_SIGNING_TIME)
    if value is None:
        return None
    told = (
        shapes.within(asn1.UTCTime, value, "attribute_malformed")
        if value.tag_bytes == _UTC_TIME
        else shapes.within(asn1.GeneralizedTime, value, "attribute_malformed")
    )
    return told.as_datetime().timestamp()


def _one(attributes: Attributes, kind: str, shape: type[Shape], missing: str) -> Shape:
    if kind not in attributes:
        raise Unreadable(missing)
    return shapes.within(shape, attributes[kind], "attribute_malformed")
