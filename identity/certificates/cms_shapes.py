"""CMS SignedData as a closed schema: what these classes cannot hold is not read at all.

PyCA's declarative ASN.1 decodes strictly (DER, in Rust, no deeper than the schema, nothing left
over) and gives `ValueError` for all else. What the full syntax of RFC 5652 section 5 has and this
lacks is lacked on purpose: revocation lists and unsigned attributes (bytes that nobody signed),
attribute certificates and other kinds of certificate, indefinite lengths.

A SET OF that nothing is signed over may come in any order (PKCS#7 writers do not sort), so it is a
list here: under an implicit tag the two are written alike. The signed attributes are one of those:
they are put in order again, and the signature is over that (RFC 5652 section 5.4).

`cryptography.hazmat.asn1` is not yet under PyCA's promise of stability; only this module names it.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1

from identity.certificates.refusals import UNREADABLE, Unreadable

Shape = TypeVar("Shape")


@asn1.sequence
class Digest:
    """AlgorithmIdentifier of a digest: its parameters are NULL or absent."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class MaskGeneration:
    """AlgorithmIdentifier of MGF1, with the digest that it runs on (RFC 4055 section 2.2)."""

    algorithm: x509.ObjectIdentifier
    parameters: Digest


@asn1.sequence
class PssParameters:
    """RSASSA-PSS-params. What is absent stands for SHA-1 or for its salt (RFC 4055 section 3.1)."""

    digest: Annotated[Digest | None, asn1.Explicit(0)]
    mask: Annotated[MaskGeneration | None, asn1.Explicit(1)]
    salt: Annotated[int, asn1.Explicit(2), asn1.Default(20)]
    trailer: Annotated[int, asn1.Explicit(3), asn1.Default(1)]


@asn1.sequence
class Signing:
    """AlgorithmIdentifier of a signature: no parameters, NULL, or those of PSS."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null | PssParameters | None


@asn1.sequence
class Attribute:
    """A signed attribute. Its values keep their bytes until somebody asks for a kind."""

    type: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class IssuerAndSerial:
    """A certificate by its issuer's name, as it is written there, and its serial number."""

    issuer: asn1.TLV
    serial: int


@asn1.sequence
class Encapsulated:
    """EncapsulatedContentInfo: the content, or None where it came beside."""

    kind: x509.ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class Signer:
    """SignerInfo. The signer is named by issuer and serial (version 1) or key id (version 3)."""

    version: int
    sid: IssuerAndSerial | Annotated[bytes, asn1.Implicit(0)]
    digest: Digest
    attributes: Annotated[list[Attribute] | None, asn1.Implicit(0)]
    signing: Signing
    signature: bytes


@asn1.sequence
class SignedData:
    """SignedData, with certificates of X.509 alone."""

    version: int
    digests: asn1.SetOf[Digest]
    encapsulated: Encapsulated
    certificates: Annotated[list[x509.Certificate] | None, asn1.Implicit(0)]
    signers: asn1.SetOf[Signer]


@asn1.sequence
class ContentInfo:
    """What a message is of, and its content, whatever it is."""

    kind: x509.ObjectIdentifier
    content: Annotated[asn1.TLV, asn1.Explicit(0)]


@asn1.sequence
class IssuerSerial:
    """IssuerSerial of RFC 5035: general names, and the serial number."""

    issuer: list[asn1.TLV]
    serial: int


@asn1.sequence
class Hashed:
    """ESSCertIDv2 (RFC 5035 section 4): a certificate by its digest, SHA-256 where none is told."""

    digest: Digest | None
    value: bytes
    issuer_serial: IssuerSerial | None


@asn1.sequence
class SigningCertificate:
    """SigningCertificateV2: the signer's own certificate comes first."""

    certificates: list[Hashed]
    policies: list[asn1.TLV] | None


@asn1.sequence
class Protection:
    """CMSAlgorithmProtection (RFC 6211): the two algorithms again, signed this time."""

    digest: Digest
    signing: Annotated[Signing | None, asn1.Implicit(1)]


@asn1.sequence
class Certified:
    """TBSCertificate (RFC 5280 section 4.1), as far as a signer is named by it."""

    version: Annotated[int, asn1.Explicit(0), asn1.Default(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class Sealed:
    """Certificate (RFC 5280 section 4.1): what is signed, and its signature."""

    certified: asn1.TLV
    algorithm: asn1.TLV
    signature: asn1.BitString


def decoded(shape: type[Shape], data: bytes, reason: str) -> Shape:
    """Return what strict DER holds, or raise `Unreadable` with `reason`."""
    try:
        return asn1.decode_der(shape, data)
    except UNREADABLE:
        raise Unreadable(reason) from None


def within(shape: type[Shape], value: asn1.TLV, reason: str) -> Shape:
    """Return what an element holds that was kept in its bytes, or raise `Unreadable`."""
    try:
        held: Shape = value.parse(shape)
    except UNREADABLE:
        raise Unreadable(reason) from None
    return held


def encoded(value: object) -> bytes:
    """Return the DER of one of these shapes, or of a set or an element of them."""
    return asn1.encode_der(value)
