"""The W3C's own test vectors (Web Authentication Level 3, section 16), through our factor.

Their flags and client data are drawn by chance, so some must be refused here: not every one has
its user verified, and two are signed in a foreign frame. `webauthn_vectors.json` is a
transcription of the published values, in hex.
"""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from webauthn.helpers import bytes_to_base64url

from factors.contract import Accepted
from factors.webauthn import WebAuthn, WebAuthnSettings
from tests.factors.world import context

PUBLISHED = json.loads(Path(__file__).with_name("webauthn_vectors.json").read_text("utf-8"))
VECTORS = PUBLISHED["vectors"]
ROOT = x509.load_der_x509_certificate(bytes.fromhex(PUBLISHED["root"])).public_bytes(Encoding.PEM)
PACKED_AAGUID = "876ca4f5-2071-c3e9-b255-09ef2cdf7ed6"


def factor(**changes):
    told = {"rp_id": PUBLISHED["rp_id"], "origins": (PUBLISHED["origin"],)}
    return WebAuthn(WebAuthnSettings(**told, **changes))


def b64(hexadecimal):
    return bytes_to_base64url(bytes.fromhex(hexadecimal))


def private(ceremony, allow=()):
    ctx = context()
    return {
        "challenge": b64(ceremony["challenge"]),
        "expires_at": ctx.now + 1,
        "account": ctx.account,
        "transaction": ctx.transaction,
        "purpose": ctx.purpose,
        "allow": list(allow),
    }


def answer(vector, ceremony, **members):
    response = {"clientDataJSON": b64(ceremony["client_data"])}
    response |= {name: b64(ceremony[key]) for name, key in members.items()}
    name = b64(vector["credential_id"])
    return {"credential": {"id": name, "rawId": name, "type": "public-key", "response": response}}


def register(name, **changes):
    vector = VECTORS[name]
    create = vector["create"]
    response = answer(vector, create, attestationObject="attestation_object")
    return factor(**changes).confirm(private(create), response, context())


def assert_with(name, credential):
    vector = VECTORS[name]
    get = vector["get"]
    response = answer(vector, get, authenticatorData="authenticator_data", signature="signature")
    allow = [b64(vector["credential_id"])]
    return factor().verify({"k": credential}, private(get, allow), response, context())


def test_packed_attestation_under_its_root_is_believed_and_its_key_signs():
    registered = register(
        "packed-es256", roots={"packed": [ROOT]}, biometric_aaguids=frozenset({PACKED_AAGUID})
    )
    assert isinstance(registered, Accepted)
    assert registered.handle == b64(VECTORS["packed-es256"]["credential_id"])
    credential = registered.credential
    assert (credential.attested, credential.aaguid) == (True, PACKED_AAGUID)
    assert registered.evidence.biometric
    assert registered.evidence.synced
    assert not registered.evidence.device_bound
    signed = assert_with("packed-es256", credential)
    assert isinstance(signed, Accepted)
    assert signed.credential_id == "k"


def test_packed_attestation_without_roots_is_not_believed():
    assert not register("packed-es256").credential.attested


def test_self_attestation_is_never_an_attestation_even_where_roots_are_set():
    assert not register("packed-self-es256", roots={"packed": [ROOT]}).credential.attested


def test_an_assertion_without_user_verification_is_refused():
    credential = register("packed-self-es256").credential
    assert assert_with("packed-self-es256", credential).reason == "user_not_verified"


def test_a_registration_without_user_verification_is_refused():
    assert register("none-es256").reason == "user_not_verified"


@pytest.mark.parametrize("name", ["none-es256-crossOrigin", "none-es256-topOrigin"])
def test_a_registration_in_a_foreign_frame_is_refused(name):
    assert register(name).reason == "cross_origin"
