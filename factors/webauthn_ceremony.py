"""The library's two ceremonies with every way out closed but two: a value, or None.

The library parses what strangers send (JSON, base64, CBOR, ASN.1, DER) and raises its own
exceptions and those of four other libraries. Whatever is raised means that the answer is no good.

Source: W3C WebAuthn Level 3 sections 7.1 and 7.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from webauthn import (
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_authenticator_data,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AttestationObject,
    AuthenticationCredential,
    AuthenticatorData,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from factors.contract import Json
from factors.response import only_member

T = TypeVar("T")

MAX_TEXT: Final = 64 * 1024
"""Characters in one member; a TPM attestation with its chain has a tenth of that."""

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
"""ES256, EdDSA and RS256 in the order we like them; TPMs of many PCs know only the last."""

DECOY_KEY: Final = bytes.fromhex(
    "a5010203262001"
    "21582060fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "2258207903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
"""A P-256 key as COSE, that of RFC 6979 appendix A.2.5: verified against for nobody's account.

Its private half is public, so a right signature with it is refused like a wrong one.
"""

RSA_BITS: Final = range(2048, 4097)
RSA_EXPONENT: Final = 65537


def read_registration(response: Json) -> RegistrationCredential | None:
    """Parse ``{"credential": RegistrationResponseJSON}``, or return None."""
    credential = _credential(response)
    if credential is None:
        return None
    return attempt(lambda: parse_registration_credential_json(credential))


def read_assertion(response: Json) -> AuthenticationCredential | None:
    """Parse ``{"credential": AuthenticationResponseJSON}``, or return None."""
    credential = _credential(response)
    if credential is None:
        return None
    return attempt(lambda: parse_authentication_credential_json(credential))


def read_attestation(credential: RegistrationCredential) -> AttestationObject | None:
    """Parse the attestation object, or return None."""
    return attempt(lambda: parse_attestation_object(credential.response.attestation_object))


def said_model(attestation: AttestationObject) -> str:
    """Return the AAGUID that new authenticator data names, as it is written; "" where none."""
    data = attestation.auth_data.attested_credential_data
    return str(UUID(bytes=data.aaguid)) if data else ""


def read_authenticator_data(credential: AuthenticationCredential) -> AuthenticatorData | None:
    """Parse an assertion's authenticator data, or return None."""
    return attempt(lambda: parse_authenticator_data(credential.response.authenticator_data))


def check_registration(
    credential: RegistrationCredential,
    challenge: bytes,
    rp_id: str,
    origins: Sequence[str],
    roots: Mapping[AttestationFormat, list[bytes]],
) -> VerifiedRegistration | None:
    """Run section 7.1 as far as the library does, or return None."""
    return attempt(
        lambda: verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
            pem_root_certs_bytes_by_fmt=roots,
        )
    )


def check_assertion(
    credential: AuthenticationCredential,
    challenge: bytes,
    rp_id: str,
    origins: Sequence[str],
    public_key: bytes,
) -> VerifiedAuthentication | None:
    """Run section 7.2 as far as the library does, or return None.

    The library is told a counter of zero, so that it never complains of one: what a counter that
    goes backwards means is a policy's to say, and only after the signature was found right.
    """
    return attempt(
        lambda: verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )


def is_usable(public_key: bytes) -> bool:
    """Whether a COSE key is one whose signatures we would trust, and can afford to check.

    ES256 on P-256, Ed25519, or RSA of 2048 to 4096 bits with exponent 65537.
    """
    key = attempt(
        lambda: decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    )
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size in RSA_BITS and key.public_numbers().e == RSA_EXPONENT
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, ec.SECP256R1)
    return isinstance(key, ed25519.Ed25519PublicKey)


def attempt(call: Callable[[], T]) -> T | None:
    """Return what `call` returns, or None where it raises anything at all."""
    try:
        return call()
    except Exception:  # noqa: BLE001 - see the module's docstring: every exception is a refusal
        return None


def _credential(response: Json) -> dict[str, Json] | None:
    credential = only_member(response, "credential")
    if not isinstance(credential, dict) or not isinstance(credential.get("response"), dict):
        return None
    texts = (*credential.values(), *credential["response"].values())
    long = any(isinstance(text, str) and len(text) > MAX_TEXT for text in texts)
    return None if long else credential
