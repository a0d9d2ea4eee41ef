"""What the FIDO Metadata Service says of authenticators, model by model.

The firm supplies the BLOB, the root that it leads to, and the name of who signs it; `read` turns
them into plain data or says what is wrong. The types are `fido2.mds3`'s; its `parse_blob` is left
aside, because it takes a chain that has expired or whose issuers are no authorities, asks for
nobody's name (the Alliance's root is one that half the web's certificates lead to), knows only one
way to the root where the BLOB carries a cross-signed one, and cannot check ES256.

What a certificate's authority has revoked is not asked here: whoever downloads the BLOB can, and
nothing here speaks to the network.

Source: FIDO Metadata Service 3.1 sections 3.1 and 3.2, FIDO Metadata Statement 3.1 section 4, FIDO
Registry of Predefined Values 2.3 sections 3.1 and 3.2. Clause: CC-17010.d.b, CC-17010.d.c
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2.mds3 import (
    AuthenticatorStatus,
    MetadataBlobPayload,
    MetadataBlobPayloadEntry,
    MetadataStatement,
    StatusReport,
    VerificationMethodDescriptor,
)
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from factors.webauthn_ceremony import attempt
from factors.webauthn_chain import chain

TROUBLE: Final = frozenset(
    {
        AuthenticatorStatus.REVOKED,
        AuthenticatorStatus.USER_VERIFICATION_BYPASS,
        AuthenticatorStatus.ATTESTATION_KEY_COMPROMISE,
        AuthenticatorStatus.USER_KEY_REMOTE_COMPROMISE,
        AuthenticatorStatus.USER_KEY_PHYSICAL_COMPROMISE,
    }
)
"""Statuses by which a model is trusted no more (section 3.1.4): revoked, or a security notice.

They stand even where a later report tells of an update that mends them: a registration does not
say which version of its firmware made it.
"""

HARDWARE: Final = frozenset({"hardware", "tee", "secure_element"})
"""What may keep a key in its device (Registry section 3.2)."""

BIOMETRICS: Final = frozenset(
    {
        "fingerprint_internal",
        "voiceprint_internal",
        "faceprint_internal",
        "eyeprint_internal",
        "handprint_internal",
    }
)
"""User verification by what the user is (Registry section 3.1)."""

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "ES512")
MOST: Final = 64 * 1024 * 1024
"""Bytes of a BLOB; the Alliance's has some ten million."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Why a model is not to be trusted, from `since` on (Unix time in seconds).

    `certificates` are the SHA-256 of the attestation certificates that it is limited to; none
    where it is about every authenticator of the model.
    """

    status: str
    since: float = 0
    certificates: frozenset[bytes] = frozenset()

    def holds(self, attested_by: Sequence[bytes], now: float) -> bool:
        """Whether it is about an authenticator attested by this chain, where one is known."""
        known = self.certificates and attested_by
        return self.since <= now and (not known or not self.certificates.isdisjoint(attested_by))


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one model. `roots` are DER certificates that its attestations lead to.

    `hardware`: its keys are kept by hardware and nowhere else. `biometric`: each way in which it
    may have verified its user is, or includes, a biometric.
    """

    roots: tuple[bytes, ...] = ()
    hardware: bool = False
    biometric: bool = False
    notices: tuple[Notice, ...] = ()


UNKNOWN: Final = Model()
"""A model of which nothing is said."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """A BLOB that was found right: its serial `number`, and its models by AAGUID.

    A newer one is out at `stale_at` (Unix time in seconds) at the latest.
    """

    number: int
    stale_at: float
    models: Mapping[str, Model]


def read(blob: bytes, roots: bytes, signer: str, now: float) -> Metadata:
    """Read a BLOB signed by `signer`, a DNS name, under one of the PEM certificates `roots`.

    Any name will do where `signer` is "". The chain is judged at `now`, or at the time that the
    BLOB itself grew stale: a file that was good then is only old. Raises `ValueError`.
    """
    signed = attempt(lambda: jws.extract_compact(blob.strip(), registry=_REGISTRY))
    if signed is None:
        raise ValueError("this is no metadata BLOB")
    certificates = _signers(signed)
    payload = _payload(signed, certificates[0])
    stale_at = _midnight(payload.next_update + timedelta(days=1))
    anchors = attempt(lambda: x509.load_pem_x509_certificates(roots))
    if not anchors:
        raise ValueError("the root file holds no certificate in PEM")
    if chain(certificates, anchors, min(now, stale_at)) is None:
        raise ValueError(
            "the BLOB's signer does not lead to the root given, or did not in its time"
        )
    if signer and signer not in _names(certificates[0]):
        raise ValueError(f"the BLOB is signed by somebody else than {signer}")
    return Metadata(number=payload.no, stale_at=stale_at, models=_models(payload.entries))


class _Registry(jws.JWSRegistry):
    """The library's limits are for tokens that strangers send; a BLOB is a file of the firm's."""

    max_header_length = MOST
    max_payload_length = MOST


_REGISTRY: Final = _Registry(algorithms=ALGORITHMS)


def _signers(signed: jws.CompactSignature) -> list[x509.Certificate]:
    """Return the certificates that the header names, the signer's own first."""
    named = signed.headers().get("x5c") or []
    certificates = attempt(
        lambda: [x509.load_der_x509_certificate(base64.b64decode(text)) for text in named]
    )
    if not certificates:
        raise ValueError("the BLOB names no certificates (x5c)")
    return certificates


def _payload(signed: jws.CompactSignature, leaf: x509.Certificate) -> MetadataBlobPayload:
    if not attempt(lambda: jws.validate_compact(signed, _key(leaf), registry=_REGISTRY)):
        raise ValueError("the BLOB's signature is wrong")
    payload = attempt(lambda: MetadataBlobPayload.from_dict(msgspec.json.decode(signed.payload)))
    if not isinstance(payload, MetadataBlobPayload):
        raise ValueError("the BLOB's content is not as the specification says")  # noqa: TRY004 - it is a value that came in
    return payload


def _key(leaf: x509.Certificate) -> RSAKey | ECKey:
    public = leaf.public_key()
    kind = RSAKey if isinstance(public, rsa.RSAPublicKey) else ECKey
    return kind.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _names(leaf: x509.Certificate) -> list[str]:
    kind = x509.SubjectAlternativeName
    found = attempt(lambda: leaf.extensions.get_extension_for_class(kind).value)
    return found.get_values_for_type(x509.DNSName) if found else []


def _models(entries: Sequence[MetadataBlobPayloadEntry]) -> dict[str, Model]:
    """Return the models that have an AAGUID; UAF and U2F know others, and no user verification."""
    known = [(str(entry.aaguid), entry) for entry in entries if entry.aaguid]
    models = {aaguid: _model(entry) for aaguid, entry in known}
    if len(models) < len(known):
        raise ValueError("the BLOB has two entries for one AAGUID")
    return models


def _model(entry: MetadataBlobPayloadEntry) -> Model:
    notices = tuple(map(_notice, filter(_is_trouble, entry.status_reports)))
    said = entry.metadata_statement
    if said is None:
        return Model(notices=notices)
    return Model(
        roots=tuple(said.attestation_root_certificates),
        hardware=_is_hardware(said),
        biometric=bool(said.user_verification_details)
        and all(map(_is_biometric, said.user_verification_details)),
        notices=notices,
    )


def _is_trouble(report: StatusReport) -> bool:
    return report.status in TROUBLE


def _notice(report: StatusReport) -> Notice:
    """Only a compromised attestation key is one of a batch that its certificates identify."""
    batch = report.status is AuthenticatorStatus.ATTESTATION_KEY_COMPROMISE
    named = (report.batch_certificate, report.certificate) if batch else ()
    return Notice(
        status=report.status,
        since=_midnight(report.effective_date) if report.effective_date else 0,
        certificates=frozenset(hashlib.sha256(der).digest() for der in named if der),
    )


def _is_hardware(said: MetadataStatement) -> bool:
    return not HARDWARE.isdisjoint(said.key_protection) and "software" not in said.key_protection


def _is_biometric(together: Sequence[VerificationMethodDescriptor]) -> bool:
    """Whether one of the methods that are used together is a biometric."""
    return any(each.user_verification_method in BIOMETRICS for each in together)


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
