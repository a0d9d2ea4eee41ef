"""What is kept of a WebAuthn key, what a firm may set, and what a key's signature shows.

Source: W3C WebAuthn Level 3 sections 4 and 6.1. Clause: CC-17010.d.b
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import Final
from uuid import UUID

import msgspec
from cryptography import x509
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from factors.contract import Credential, Evidence, FactorClass
from factors.webauthn_metadata import UNKNOWN, Metadata, Model

METHOD: Final = "webauthn"


class CounterPolicy(StrEnum):
    """What to do about a signature counter that did not rise: perhaps the key was copied.

    `REFUSE` refuses, and refuses the key from then on, until it is bound anew: whoever has the
    copy could send any counter next time. `FLAG` accepts and notes it, every time from then on.
    """

    REFUSE = "refuse"
    FLAG = "flag"


class WebAuthnSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`rp_id` is our domain, `origins` the pages of ours that may ask for signatures.

    `roots` maps an attestation format (``"packed"``) to PEM certificates. `device_bound_aaguids`
    are models whose keys cannot leave them, `biometric_aaguids` models that verify their user by
    a biometric only; neither counts without a trusted attestation. `allowed_aaguids` are the only
    models that may be registered, all may where it is empty. `metadata` is what the FIDO Metadata
    Service says of models: roots, biometrics, troubles, and, where `device_bound_by_metadata`,
    whose keys cannot leave them. From `stale_at` on its roots count for no new key, unless
    `trust_stale_metadata`. `timeout_seconds`: section 15.1 recommends 5 to 10 minutes.
    """

    rp_id: str
    origins: tuple[str, ...]
    rp_name: str = "Trifactor"
    timeout_seconds: int = 300
    roots: Mapping[str, Sequence[bytes]] = {}
    device_bound_aaguids: frozenset[str] = frozenset()
    biometric_aaguids: frozenset[str] = frozenset()
    allowed_aaguids: frozenset[str] = frozenset()
    metadata: Metadata | None = None
    device_bound_by_metadata: bool = False
    trust_stale_metadata: bool = False
    counter: CounterPolicy = CounterPolicy.REFUSE

    def __post_init__(self) -> None:
        """Raise `ValueError` at once for a format, root or model that would never match."""
        for name in self.roots:
            AttestationFormat(name)
        for pem in chain.from_iterable(self.roots.values()):
            x509.load_pem_x509_certificate(pem)
        for aaguid in self.device_bound_aaguids | self.biometric_aaguids | self.allowed_aaguids:
            if str(UUID(aaguid)) != aaguid:
                raise ValueError(f"write this AAGUID in lower case, with hyphens: {aaguid}")

    def model(self, aaguid: str) -> Model:
        """Return what the metadata says of a model: of one it does not know, nothing."""
        return (self.metadata.models.get(aaguid) if self.metadata else None) or UNKNOWN

    def in_trouble(self, aaguid: str, attested_by: Sequence[bytes], now: float) -> bool:
        """Whether the metadata warns of a model, as far as it was attested by this chain."""
        return any(notice.holds(attested_by, now) for notice in self.model(aaguid).notices)

    def stale(self, now: float) -> bool:
        """Whether there is metadata, and newer must be out by now."""
        return self.metadata is not None and now >= self.metadata.stale_at


class WebAuthnCredential(Credential, frozen=True, kw_only=True):
    """A public key (COSE) and what is known of the authenticator that keeps its other half.

    `attested_by` are the SHA-256 of the certificates that led from its attestation to a root,
    both included. `suspect` is set for good once the counter went backwards. `last_challenge` is
    the SHA-256 of the challenge answered last, so that one answer counts once even where a
    challenge is kept.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    attested: bool
    backup_eligible: bool
    attested_by: tuple[bytes, ...] = ()
    transports: tuple[str, ...] = ()
    suspect: bool = False
    last_challenge: bytes = b""


def evidence(credential: WebAuthnCredential, settings: WebAuthnSettings, now: float) -> Evidence:
    """Say what a verified signature of this key shows, by lists and metadata as they are now.

    Without a trusted attestation nothing shows hardware, so `amr` says ``swk`` (RFC 8176); nor
    does anything where the model is in trouble. Metadata that has grown stale takes nothing away
    from keys that are bound: it would shut every customer out on the day it lapsed.
    """
    sound = credential.attested and not _in_trouble(credential, settings, now)
    aaguid = credential.aaguid if sound else ""
    model = settings.model(aaguid)
    device_bound = not credential.backup_eligible and (
        aaguid in settings.device_bound_aaguids
        or (settings.device_bound_by_metadata and model.hardware)
    )
    return Evidence(
        method=METHOD,
        classes=(FactorClass.POSSESSION,),
        amr=("hwk" if device_bound else "swk", "user"),
        device_bound=device_bound,
        phishing_resistant=True,
        user_verified=True,
        biometric=model.biometric or aaguid in settings.biometric_aaguids,
        synced=credential.backup_eligible,
        direct=False,
    )


def notes(
    credential: WebAuthnCredential, settings: WebAuthnSettings, now: float
) -> tuple[str, ...]:
    """Say what the log should hold against a key whose answer was accepted."""
    found = {
        "counter_regressed": credential.suspect,
        "authenticator_status": _in_trouble(credential, settings, now),
    }
    return tuple(note for note, is_so in found.items() if is_so)


def registered(
    verified: VerifiedRegistration,
    registration: RegistrationCredential,
    attested_by: tuple[bytes, ...],
) -> WebAuthnCredential:
    """Return what to keep of a registration that was found right."""
    return WebAuthnCredential(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        attested=bool(attested_by),
        attested_by=attested_by,
        backup_eligible=eligible(verified),
        transports=tuple(t.value for t in registration.response.transports or ()),
    )


def eligible(verified: VerifiedRegistration | VerifiedAuthentication) -> bool:
    """Return the BE flag, which the library calls a device type."""
    return verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE


def find(
    held: Mapping[str, WebAuthnCredential], allow: Sequence[str], raw_id: bytes
) -> tuple[str, WebAuthnCredential | None]:
    """Return the id and the credential of `held` that answers, where it was asked, or none.

    `allow` are base64url credential ids; empty, it asks all of them.
    """
    asked = not allow or bytes_to_base64url(raw_id) in allow
    for credential_id, credential in held.items():
        if asked and credential.credential_id == raw_id:
            return credential_id, credential
    return "", None


def descriptor(credential: WebAuthnCredential) -> PublicKeyCredentialDescriptor:
    """Return how a browser is told of this key."""
    return PublicKeyCredentialDescriptor(
        id=credential.credential_id,
        transports=[AuthenticatorTransport(name) for name in credential.transports],
    )


def _in_trouble(credential: WebAuthnCredential, settings: WebAuthnSettings, now: float) -> bool:
    return settings.in_trouble(credential.aaguid, credential.attested_by, now)
