"""The soft authenticator makes what an independent library (py_webauthn) accepts as real."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from uuid import UUID

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import (
    InvalidAuthenticationResponse,
    InvalidRegistrationResponse,
)
from webauthn.helpers.structs import (
    AttestationFormat,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from demo_client import base64url
from demo_client.errors import CeremonyRefused
from demo_client.soft_attestation import AttestationAuthority, none, packed_self
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from factors.contract import Context
from factors.webauthn import WebAuthn, WebAuthnSettings

RP_ID = "localhost"
ORIGIN = "http://localhost:8000"
CHALLENGE = b"a challenge of thirty-two bytes."
HANDLE = b"account-1"
AAGUID = bytes(range(16))


def counted_entropy():
    """Bytes that never repeat and are the same at every run."""
    numbers = itertools.count()

    def entropy(size):
        return hashlib.shake_256(str(next(numbers)).encode()).digest(size)

    return entropy


def authenticator(traits=Traits(), attestation=none):  # noqa: B008 - a frozen value
    return SoftAuthenticator([], counted_entropy(), traits, attestation)


def creation_options(**changes):
    options = generate_registration_options(
        rp_id=RP_ID, rp_name="t", user_name="amy", user_id=HANDLE, challenge=CHALLENGE, **changes
    )
    return json.loads(options_to_json(options))


def request_options(*ids, rp_id=RP_ID):
    allowed = [PublicKeyCredentialDescriptor(id=each) for each in ids] or None
    options = generate_authentication_options(
        rp_id=rp_id,
        challenge=CHALLENGE,
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options))


def registered(device, roots=None, **changes):
    return verify_registration_response(
        credential=device.create(creation_options(), ORIGIN),
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        require_user_verification=True,
        pem_root_certs_bytes_by_fmt=roots,
        **changes,
    )


def asserted(credential, registration, count=0, **changes):
    expected = {
        "expected_challenge": CHALLENGE,
        "expected_rp_id": RP_ID,
        "expected_origin": ORIGIN,
        "require_user_verification": True,
    }
    return verify_authentication_response(
        credential=credential,
        credential_public_key=registration.credential_public_key,
        credential_current_sign_count=count,
        **(expected | changes),
    )


@pytest.mark.parametrize(
    ("attestation", "form"),
    [(none, AttestationFormat.NONE), (packed_self, AttestationFormat.PACKED)],
)
def test_a_registration_verifies(attestation, form):
    registration = registered(authenticator(attestation=attestation))
    assert registration.fmt == form
    assert registration.user_verified
    assert registration.sign_count == 0


def test_an_attested_registration_verifies_against_its_root_and_no_other():
    now, entropy = time.time(), counted_entropy()
    authority = AttestationAuthority.new(entropy, now, "Maker")
    stranger = AttestationAuthority.new(entropy, now, "Maker")
    device = authenticator(Traits(aaguid=AAGUID), authority.model(AAGUID, entropy, now))
    packed = AttestationFormat.PACKED
    assert registered(device, {packed: [authority.root_pem]}).aaguid.startswith("00010203-0405")
    with pytest.raises(InvalidRegistrationResponse):
        registered(device, {packed: [stranger.root_pem]})


def test_an_attestation_certificate_names_the_model():
    entropy = counted_entropy()
    model = AttestationAuthority.new(entropy, 0.0, "Maker").model(AAGUID, entropy, 0.0)
    answer = authenticator(Traits(aaguid=AAGUID), model).create(creation_options(), ORIGIN)
    attestation = cbor2.loads(base64url.decode(answer["response"]["attestationObject"]))
    assert AAGUID in attestation["authData"]
    assert b"\x04\x12\x04\x10" + AAGUID in attestation["attStmt"]["x5c"][0]


def judged_by_the_service(issuer, trusted):
    """Let the service's own factor, which trusts one maker, judge a key attested by another."""
    entropy = counted_entropy()
    settings = WebAuthnSettings(
        rp_id=RP_ID,
        origins=(ORIGIN,),
        roots={"packed": [trusted.root_pem]},
        device_bound_aaguids=frozenset({str(UUID(bytes=AAGUID))}),
    )
    context = Context(
        now=time.time(), entropy=entropy, account="a1", login_name="amy", display_name="Amy",
        transaction="t1", purpose="enrolment",
    )  # fmt: skip
    device = authenticator(Traits(aaguid=AAGUID), issuer.model(AAGUID, entropy, context.now))
    offer = WebAuthn(settings).enroll({}, context)
    answer = device.create(offer.public["publicKey"], ORIGIN)
    return WebAuthn(settings).confirm(offer.private, {"credential": answer}, context)


@pytest.mark.clause("CC-17010.d.b")
def test_the_service_calls_a_key_device_bound_under_its_makers_root_alone():
    now, entropy = time.time(), counted_entropy()
    maker, stranger = (AttestationAuthority.new(entropy, now, "Maker") for _ in range(2))
    assert judged_by_the_service(maker, trusted=maker).evidence.device_bound
    assert judged_by_the_service(stranger, trusted=maker).reason == "untrusted_attestation"


def test_an_authority_can_be_kept_and_taken_up_again():
    now, entropy = time.time(), counted_entropy()
    authority = AttestationAuthority.new(entropy, now, "Maker")
    again = AttestationAuthority.loaded(authority.private, authority.root_pem)
    device = authenticator(Traits(aaguid=AAGUID), again.model(AAGUID, entropy, now))
    registered(device, {AttestationFormat.PACKED: [authority.root_pem]})


@pytest.mark.parametrize("user_verified", [True, False])
@pytest.mark.parametrize(("eligible", "backed_up"), [(False, False), (True, False), (True, True)])
def test_flags_are_what_the_traits_say(user_verified, eligible, backed_up):
    traits = Traits(user_verified=user_verified, backup_eligible=eligible, backed_up=backed_up)
    device = authenticator(traits)
    answer = device.create(creation_options(), ORIGIN)
    registration = verify_registration_response(
        credential=answer,
        expected_challenge=CHALLENGE,
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
    )
    assertion = asserted(
        device.get(request_options(), ORIGIN), registration, require_user_verification=False
    )
    for seen in (registration, assertion):
        synced = seen.credential_device_type == CredentialDeviceType.MULTI_DEVICE
        assert (seen.user_verified, synced, seen.credential_backed_up) == (
            user_verified,
            eligible,
            backed_up,
        )


def test_an_unverified_user_is_refused_where_verification_is_asked():
    with pytest.raises(InvalidRegistrationResponse):
        registered(authenticator(Traits(user_verified=False)))


def test_assertions_verify_and_count_up():
    device = authenticator()
    registration = registered(device)
    options = request_options(registration.credential_id)
    first = asserted(device.get(options, ORIGIN), registration)
    second = asserted(device.get(options, ORIGIN), registration, first.new_sign_count)
    assert (first.new_sign_count, second.new_sign_count) == (1, 2)


def test_a_clone_is_given_away_by_its_counter():
    device = authenticator()
    registration = registered(device)
    clone = device.clone()
    for _ in range(2):
        latest = asserted(device.get(request_options(), ORIGIN), registration)
    with pytest.raises(InvalidAuthenticationResponse, match="count"):
        asserted(clone.get(request_options(), ORIGIN), registration, latest.new_sign_count)


def test_a_synced_passkey_need_not_count():
    device = authenticator(Traits(backup_eligible=True, backed_up=True, counts=False))
    registration = registered(device)
    for _ in range(2):
        assert asserted(device.get(request_options(), ORIGIN), registration).new_sign_count == 0


def test_only_a_discoverable_passkey_answers_unnamed_and_says_whose_it_is():
    resident, other = authenticator(), authenticator(Traits(resident=False))
    registered(resident)
    registration = registered(other)
    handle = resident.get(request_options(), ORIGIN)["response"]["userHandle"]
    assert base64url.decode(handle) == HANDLE
    with pytest.raises(CeremonyRefused, match="NotAllowedError"):
        other.get(request_options(), ORIGIN)
    named = other.get(request_options(registration.credential_id), ORIGIN)
    assert "userHandle" not in named["response"]


def test_a_passkey_of_somebody_else_is_not_used():
    device = authenticator()
    registered(device)
    with pytest.raises(CeremonyRefused, match="NotAllowedError"):
        device.get(request_options(b"another"), ORIGIN)


def test_an_excluded_authenticator_does_not_enrol_twice():
    device = authenticator()
    held = registered(device).credential_id
    excluded = creation_options(exclude_credentials=[PublicKeyCredentialDescriptor(id=held)])
    with pytest.raises(CeremonyRefused, match="InvalidStateError"):
        device.create(excluded, ORIGIN)


def test_only_es256_is_made():
    options = creation_options(
        supported_pub_key_algs=[COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
    )
    with pytest.raises(CeremonyRefused, match="NotSupportedError"):
        authenticator().create(options, ORIGIN)


def test_an_honest_browser_signs_for_its_own_page_only():
    device = authenticator()
    registered(device)
    with pytest.raises(CeremonyRefused, match="SecurityError"):
        device.get(request_options(), "https://localhost.example")


def test_a_lying_client_signs_and_the_origin_gives_it_away():
    device = authenticator(Traits(honours_rp_id=False))
    registration = registered(device)
    answer = device.get(request_options(), "https://phish.example")
    with pytest.raises(InvalidAuthenticationResponse, match="origin"):
        asserted(answer, registration)
    asserted(answer, registration, expected_origin="https://phish.example")


def test_a_frame_in_a_foreign_page_says_so():
    device = authenticator(Traits(cross_origin=True, top_origin="https://evil.example"))
    answer = device.create(creation_options(), ORIGIN)
    data = json.loads(base64url.decode(answer["response"]["clientDataJSON"]))
    assert data["crossOrigin"] is True
    assert data["topOrigin"] == "https://evil.example"


def test_the_convenient_members_of_the_json_agree_with_the_attestation_object():
    answer = authenticator().create(creation_options(), ORIGIN)["response"]
    attestation = cbor2.loads(base64url.decode(answer["attestationObject"]))
    assert base64url.decode(answer["authenticatorData"]) == attestation["authData"]
    # The key's point ends both its SubjectPublicKeyInfo and, split in two, its COSE form.
    point = base64url.decode(answer["publicKey"])[-64:]
    assert point[:32] in attestation["authData"]
    assert point[32:] in attestation["authData"]


def test_the_same_chance_makes_the_same_registration():
    one, two = (authenticator().create(creation_options(), ORIGIN) for _ in range(2))
    assert one == two


@given(st.binary(max_size=80))
def test_base64url_round_trips_with_and_without_padding(raw):
    text = base64url.encode(raw)
    assert "=" not in text
    assert base64url.decode(text) == base64url.decode(text + "=" * (-len(text) % 4)) == raw
