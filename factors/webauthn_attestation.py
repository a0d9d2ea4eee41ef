"""What an attestation proves about the authenticator, and to whom.

The library checks that a statement is signed by the certificate beside it; whether that
certificate is anybody's it checks only where it is given roots, so that a forged attestation
passes without them. Here roots are required, the firm's for the format or the metadata's for the
model: without any an attestation proves nothing, a self attestation proves nothing, and under
roots what does not lead to one is refused. A list of allowed models is kept only by what was
proven, because without an attestation a model is but said.

Source: W3C WebAuthn Level 3 sections 7.1 (steps 22 to 24) and 8.2.1; FIDO Metadata Service 3.1
section 3.1.4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from webauthn.helpers.structs import AttestationFormat, AttestationObject

from factors.webauthn_ceremony import attempt
from factors.webauthn_chain import chain
from factors.webauthn_credential import WebAuthnSettings
from factors.webauthn_metadata import UNKNOWN

PINNED: Final = (AttestationFormat.APPLE, AttestationFormat.ANDROID_KEY)
"""Formats whose vendor's roots the library holds and insists on; ours must be shown to it too."""

_AAGUID_EXTENSION: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_OCTET_STRING_HEADER: Final = b"\x04\x10"


class Trust(StrEnum):
    """What came of looking at an attestation. All but the first two mean that it is refused."""

    ATTESTED = "attested"
    UNATTESTED = "unattested"
    UNTRUSTED = "untrusted_attestation"
    WRONG_MODEL = "aaguid_mismatch"
    NOT_ALLOWED = "model_not_allowed"
    IN_TROUBLE = "authenticator_status"


class Judgement(NamedTuple):
    """`attested_by` are the SHA-256 of the certificates from the attestation's to a root.

    `notes` has `metadata_stale` where the metadata knows the model, and newer must be out.
    """

    trust: Trust
    attested_by: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the authenticator may not be registered."""
        return self.trust not in {Trust.ATTESTED, Trust.UNATTESTED}


def judge(
    attestation: AttestationObject, aaguid: str, settings: WebAuthnSettings, now: float
) -> Judgement:
    """Judge an attestation whose signature was found right, and the model that it is for."""
    judged = _proven(attestation, aaguid, settings, now)
    if judged.refused:
        return judged
    attested = judged.trust is Trust.ATTESTED
    if settings.allowed_aaguids and not (attested and aaguid in settings.allowed_aaguids):
        return Judgement(Trust.NOT_ALLOWED)
    if settings.in_trouble(aaguid, judged.attested_by, now):
        return Judgement(Trust.IN_TROUBLE)
    old = settings.stale(now) and settings.model(aaguid) is not UNKNOWN
    return judged._replace(notes=("metadata_stale",) if old else ())


def pinned(
    attestation: AttestationObject, aaguid: str, settings: WebAuthnSettings, now: float
) -> dict[AttestationFormat, list[bytes]]:
    """Return the roots that the library must be given beside those it holds itself, in PEM."""
    if attestation.fmt not in PINNED:
        return {}
    anchors = _anchors(attestation, aaguid, settings, now)
    return {attestation.fmt: [anchor.public_bytes(Encoding.PEM) for anchor in anchors]}


def _proven(
    attestation: AttestationObject, aaguid: str, settings: WebAuthnSettings, now: float
) -> Judgement:
    anchors = _anchors(attestation, aaguid, settings, now)
    named = attestation.att_stmt.x5c
    if not anchors or not named:
        return Judgement(Trust.UNATTESTED)
    certificates = attempt(lambda: [x509.load_der_x509_certificate(der) for der in named])
    led = chain(certificates, anchors, now) if certificates else None
    if not certificates or not led:
        return Judgement(Trust.UNTRUSTED)
    if not _names(certificates[0], aaguid):
        return Judgement(Trust.WRONG_MODEL)
    return Judgement(Trust.ATTESTED, tuple(map(_digest, led)))


def _anchors(
    attestation: AttestationObject, aaguid: str, settings: WebAuthnSettings, now: float
) -> list[x509.Certificate]:
    """Return the firm's roots for the format, and the metadata's for the model.

    A root of the metadata that cannot be parsed is none; the firm's were tried at the start.
    """
    ours = [x509.load_pem_x509_certificate(pem) for pem in settings.roots.get(attestation.fmt, ())]
    if settings.stale(now) and not settings.trust_stale_metadata:
        return ours
    return ours + _parsed(settings.model(aaguid).roots)


def _parsed(roots: Sequence[bytes]) -> list[x509.Certificate]:
    parsed = (attempt(partial(x509.load_der_x509_certificate, der)) for der in roots)
    return [root for root in parsed if root is not None]


def _digest(certificate: x509.Certificate) -> bytes:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


def _names(certificate: x509.Certificate, aaguid: str) -> bool:
    """Whether the certificate is for this model: where it names one, it must be this one.

    A root that serves one model only need not name it, so silence is no contradiction.
    """
    extensions = attempt(lambda: certificate.extensions)
    if extensions is None:
        return False
    named = [found.value.public_bytes() for found in extensions if found.oid == _AAGUID_EXTENSION]
    return all(value == _OCTET_STRING_HEADER + UUID(aaguid).bytes for value in named)
