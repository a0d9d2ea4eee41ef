"""Signed orders as CMS or PKCS#7 SignedData: read by a closed profile, then checked with a key.

    read(data, content)          DER, PEM or base64 → SignedMessage, structure and profile held
    message.check(certificate)   content, attributes and signature → the name of this signed order

The profile: exactly one signer, content of type data, inside or beside and never both, SHA-256,
SHA-384 or SHA-512, RSA by PKCS#1 v1.5 or PSS, ECDSA. One signer, because an order is one person's:
of two signers one would vouch for the account, and a verdict for each would let a reader take the
better one. An attribute that nobody signed, a revocation list and anything after the end are
refused, so that every byte of a message is either checked or a certificate that came as a hint.

Source: RFC 5652 (its section 5 reads PKCS#7 1.5 with content of type data alike).
Clause: CC-17010.e.c
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from cryptography import x509

from identity.certificates import (
    armour,
    cms_algorithms,
    public_keys,
    signatures,
    signed_attributes,
    statements,
)
from identity.certificates import cms_shapes as shapes
from identity.certificates.refusals import UNREADABLE, Unreadable, Weak, Wrong
from identity.certificates.signatures import LARGEST_CONTENT, Method

LARGEST_MESSAGE: Final = LARGEST_CONTENT + 64 * 1024
"""Bytes of DER: the largest content, and room for certificates, attributes and the signature."""

MOST_CERTIFICATES: Final = 8
"""The signer's, two levels above it, and a firm's old and new authorities."""

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_DATA: Final = "1.2.840.113549.1.7.1"
_BY_ISSUER: Final = 1
_BY_KEY: Final = 3
"""Versions of SignerInfo, by how the signer is named (RFC 5652 section 5.3)."""


class SignerId(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a message names: by issuer (the DER of its name) and serial, or by key identifier."""

    issuer: bytes = b""
    serial: int = 0
    key_id: bytes | None = None

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether this is the certificate that is meant. Names are compared byte by byte."""
        if self.key_id is not None:
            return self.key_id == _key_id(certificate)
        told = shapes.decoded(
            shapes.Certified, certificate.tbs_certificate_bytes, "certificate_malformed"
        )
        return (told.serial, shapes.encoded(told.issuer)) == (self.serial, self.issuer)


class SignedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the profile. Nobody has checked its signature yet.

    `certificate` is the signer's, as it was sent, or None: then `signer` says which to look up.
    `hints` are the others that came: they may help to find a path, and are believed in nothing.
    `signing_time` is what the signer claims, in Unix seconds, believed as little. `signed` is the
    DER of the attributes that the signature is over, b"" where it is over the content itself.
    """

    content: bytes
    signer: SignerId
    certificate: x509.Certificate | None
    hints: tuple[x509.Certificate, ...]
    signing_time: float | None
    method: Method
    signed: bytes
    signature: bytes
    attributes: signed_attributes.Attributes

    def __repr__(self) -> str:
        """Say how it is signed and nothing that is: an order is its customer's."""
        return f"SignedMessage(<{len(self.content)} bytes>, {self.method})"

    def check(self, certificate: x509.Certificate) -> bytes:
        """Return the name of this signed order (`statements.name`), 32 bytes.

        Raises `SignatureRefused` unless this names `certificate` and its key signed this content:
        `signer_differs`, and the reasons of `signatures.verify`, `signed_attributes` and
        `public_keys.fault`.
        """
        if certificate is not self.certificate and not self.signer.names(certificate):
            raise Wrong("signer_differs")
        key = public_keys.of(certificate)
        if isinstance(key, str):
            raise Weak(key)
        if self.signed:
            digest = hashlib.new(self.method.digest, self.content).digest()
            signed_attributes.check(self.attributes, _DATA, digest)
            signed_attributes.check_certificate(self.attributes, certificate)
        signatures.verify(key, self.method, self.signed or self.content, self.signature)
        return statements.name(key, self.content, self.signed)


def read(data: bytes, content: bytes | None = None) -> SignedMessage:
    """Return the message in `data`; `content` is what it signs, where that came beside it.

    Raises `SignatureRefused`, with the reasons of `armour`, `cms_algorithms` and
    `signed_attributes`, and: `content_too_large`, `malformed`, `not_signed_data`, `version`,
    `signers` (not exactly one), `digests_differ`, `content_kind`, `content_missing`,
    `content_twice`, `content_is_attributes`, `too_many_certificates`, `certificate_malformed`.
    """
    der = armour.opened(data, LARGEST_MESSAGE)
    outer = shapes.decoded(shapes.ContentInfo, der, "malformed")
    if outer.kind.dotted_string != _SIGNED_DATA:
        raise Unreadable("not_signed_data")
    inner = shapes.within(shapes.SignedData, outer.content, "malformed")
    signer = _only_signer(inner)
    attributes = signer.attributes or []
    kinds = signed_attributes.read(attributes)
    signed_attributes.check_algorithms(kinds, signer)
    named = _named(signer)
    own, hints = _sorted(named, inner.certificates or [])
    return SignedMessage(
        content=_content(inner.encapsulated, content, bare=not attributes),
        signer=named,
        certificate=own,
        hints=hints,
        signing_time=signed_attributes.signing_time(kinds),
        method=cms_algorithms.method(signer.digest, signer.signing),
        signed=signed_attributes.signed(attributes) if attributes else b"",
        signature=signer.signature,
        attributes=kinds,
    )


def _only_signer(data: shapes.SignedData) -> shapes.Signer:
    signers, digests = data.signers.as_list(), data.digests.as_list()
    if len(signers) != 1:
        raise Unreadable("signers")
    if data.encapsulated.kind.dotted_string != _DATA:
        raise Unreadable("content_kind")
    signer = signers[0]
    if data.version != signer.version:  # with content of type data they agree (section 5.1)
        raise Unreadable("version")
    if len(digests) != 1 or digests[0].algorithm != signer.digest.algorithm:
        raise Unreadable("digests_differ")
    if signer.attributes == []:
        raise Unreadable("malformed")  # a set of attributes has one at least, or is left out
    return signer


def _named(signer: shapes.Signer) -> SignerId:
    by_key = isinstance(signer.sid, bytes)
    if signer.version != (_BY_KEY if by_key else _BY_ISSUER):
        raise Unreadable("version")
    if isinstance(signer.sid, bytes):
        return SignerId(key_id=signer.sid)
    return SignerId(issuer=shapes.encoded(signer.sid.issuer), serial=signer.sid.serial)


def _content(inside: shapes.Encapsulated, beside: bytes | None, *, bare: bool) -> bytes:
    """Return what is signed. `bare` is without attributes, where anything would do as content."""
    if inside.content is not None and beside is not None:
        raise Unreadable("content_twice")
    content = inside.content if beside is None else beside
    if content is None:
        raise Unreadable("content_missing")
    if len(content) > LARGEST_CONTENT:
        raise Unreadable("content_too_large")
    if bare and statements.is_attributes(content):
        raise Unreadable("content_is_attributes")
    return content


def _sorted(
    signer: SignerId, sent: Sequence[x509.Certificate]
) -> tuple[x509.Certificate | None, tuple[x509.Certificate, ...]]:
    """Return the signer's certificate, where it was sent, and the others."""
    if len(sent) > MOST_CERTIFICATES:
        raise Unreadable("too_many_certificates")
    own: x509.Certificate | None = None
    hints = []
    for certificate in sent:
        if own is None and signer.names(certificate):
            own = certificate
        else:
            hints.append(certificate)
    return own, tuple(hints)


def _key_id(certificate: x509.Certificate) -> bytes | None:
    """Return the key identifier that a certificate carries (RFC 5280 section 4.2.1.2)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    except UNREADABLE:
        raise Unreadable("certificate_malformed") from None
    return extension.value.digest
