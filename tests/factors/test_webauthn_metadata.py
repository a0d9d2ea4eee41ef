"""What the FIDO Metadata Service says of a model counts, once it is proven to say so."""

import base64
import hashlib
import json

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from fido2 import attestation, mds3
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from factors.contract import Accepted
from factors.webauthn import WebAuthn, WebAuthnCredential, WebAuthnSettings
from factors.webauthn_metadata import TROUBLE, read
from tests.factors.authenticator import AAGUID, Authenticator, Maker
from tests.factors.mds import DAY, FINGERPRINT, PIN, SIGNER, MetadataService, day, der, entry
from tests.factors.world import NOW, ORIGIN, RP_ID, Chance, context

MDS = MetadataService()
MAKER = Maker(end=NOW + 3000 * DAY)
OTHER = "00000000-0000-4000-8000-000000000001"
SAID = entry(AAGUID, MAKER.root_pem)


def known(*entries, now=NOW, service=MDS, **payload):
    return read(service.blob(*entries, **payload), service.root_pem, SIGNER, now)


def factor(*entries, next_update=NOW + 20 * DAY, **changes):
    told = {"device_bound_by_metadata": True} | changes
    metadata = known(*entries, next_update=next_update)
    return WebAuthn(WebAuthnSettings(rp_id=RP_ID, origins=(ORIGIN,), metadata=metadata, **told))


def enrol(judge, *, attest="batch", batch=None, now=NOW, key=None):
    offer = judge.enroll({}, context(now=now))
    batch = (batch or MAKER.certify()) if attest == "batch" else None
    created = (key or Authenticator()).create(offer.public, attest, batch)
    return judge.confirm(offer.private, created, context(now=now))


def signs_in(judge, credential, key, now=NOW):
    asked = judge.challenge({}, context(now=now, entropy=Chance(b"later")))
    return judge.verify({"k": credential}, asked.private, key.get(asked.public), context(now=now))


# The BLOB


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256"])
def test_a_signed_blob_is_read(algorithm):
    metadata = known(SAID, service=MetadataService(algorithm=algorithm), number=41)
    assert metadata.number == 41
    (root,) = SAID["metadataStatement"]["attestationRootCertificates"]
    assert metadata.models[AAGUID].roots == (base64.b64decode(root),)
    assert (metadata.models[AAGUID].hardware, metadata.models[AAGUID].biometric) == (True, False)


def test_it_says_what_the_library_reads_in_it():
    service = MetadataService(algorithm="RS256")
    blob = service.blob(SAID)
    theirs = mds3.parse_blob(blob, der(service.root_pem))
    ours = read(blob, service.root_pem, SIGNER, NOW)
    assert (theirs.no, [str(each.aaguid) for each in theirs.entries]) == (7, list(ours.models))


def test_the_library_alone_would_take_a_signer_of_any_name_and_age():
    """Why `parse_blob` is left aside: should it learn this, our reasons are to be read again."""
    stranger = MetadataService(
        algorithm="RS256",
        name="shop.example",
        signer_until=NOW - 800 * DAY,
        middle_is_authority=False,
    )
    assert mds3.parse_blob(stranger.blob(SAID), der(stranger.root_pem)).no == 7


CROSSED = MetadataService(
    algorithm="RS256", root_name="New root", older=MetadataService(root_name="Old root")
)


@pytest.mark.parametrize("service", [MDS, CROSSED], ids=["ES256", "cross-signed"])
def test_the_library_alone_would_not_take_what_is_right(service):
    """The Alliance's BLOB carries its newer root as one that the older one vouches for."""
    blob = service.blob(SAID)
    with pytest.raises((InvalidSignature, attestation.InvalidSignature)):
        mds3.parse_blob(blob, der(service.root_pem))
    for root in (service, service.older or service):
        assert read(blob, root.root_pem, SIGNER, NOW).number == 7


def changed(blob, part, change):
    parts = blob.split(b".")
    raw = base64.urlsafe_b64decode(parts[part] + b"=" * (-len(parts[part]) % 4))
    parts[part] = base64.urlsafe_b64encode(change(raw)).rstrip(b"=")
    return b".".join(parts)


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"", "no metadata BLOB"),
        (b"a.b.c", "no metadata BLOB"),
        (changed(MDS.blob(SAID), 1, lambda raw: raw.replace(b"L1", b"L2")), "signature is wrong"),
        (changed(MDS.blob(SAID), 2, lambda raw: raw[::-1]), "signature is wrong"),
        (changed(MDS.blob(SAID), 0, lambda raw: raw.replace(b"ES256", b"none")), "signature"),
        (changed(MDS.blob(SAID), 0, lambda raw: raw.replace(b"ES256", b"HS256")), "signature"),
        (changed(MDS.blob(SAID), 0, lambda raw: raw.replace(b"x5c", b"x5u")), "no certificates"),
        (MetadataService().blob(SAID), "does not lead to the root"),
        (MetadataService(root_key=MDS.root_key, middle_is_authority=False).blob(), "not lead"),
        (MetadataService(root_key=MDS.root_key, name="shop.example").blob(), "somebody else than"),
        (MDS.sign(b"[]"), "not as the specification says"),
        (MDS.sign(b"{}"), "not as the specification says"),
        (MDS.blob({"aaguid": 7}), "not as the specification says"),
        (MDS.blob(SAID, SAID), "two entries"),
    ],
)
def test_a_blob_that_is_not_right_is_refused_with_its_reason(blob, why):
    with pytest.raises(ValueError, match=why):
        read(blob, MDS.root_pem, SIGNER, NOW)


def test_a_root_file_without_a_certificate_is_refused():
    for roots in (b"", b"no PEM", MDS.root_pem.replace(b"M", b"N")):
        with pytest.raises(ValueError, match="no certificate"):
            read(MDS.blob(SAID), roots, SIGNER, NOW)


def test_any_of_several_roots_will_do_and_any_name_where_none_is_asked():
    stranger = MetadataService(name="shop.example")
    assert read(stranger.blob(), MDS.root_pem + stranger.root_pem, "", NOW).number == 7


def test_a_signer_must_have_been_valid_in_the_blobs_own_time():
    service = MetadataService(signer_until=NOW - 100 * DAY)
    with pytest.raises(ValueError, match="in its time"):
        known(SAID, service=service)
    old = known(SAID, service=service, next_update=NOW - 110 * DAY)
    assert old.stale_at < NOW


@given(garbage=st.binary(max_size=200))
@run(max_examples=50, deadline=None)
def test_garbage_is_a_value_error_and_nothing_else(garbage):
    for blob in (garbage, MDS.sign(garbage), MDS.blob(SAID)[: len(garbage)]):
        with pytest.raises(ValueError, match="BLOB"):
            read(blob, MDS.root_pem, SIGNER, NOW)


def test_entries_of_other_families_are_passed_over():
    uaf = entry(AAGUID) | {"aaid": "1234#5678"}
    del uaf["aaguid"]
    assert known(uaf).models == {}


def test_an_entry_without_a_statement_still_warns():
    bare = entry(AAGUID, statuses=["REVOKED"])
    del bare["metadataStatement"]
    assert [notice.status for notice in known(bare).models[AAGUID].notices] == ["REVOKED"]


# What it gives


@pytest.mark.clause("CC-17010.d.b")
def test_a_model_whose_metadata_names_hardware_is_device_bound():
    verdict = enrol(factor(SAID))
    assert verdict.credential.attested
    assert verdict.evidence.device_bound
    assert verdict.evidence.amr == ("hwk", "user")
    assert verdict.notes == ()


@pytest.mark.clause("CC-17010.d.b")
@pytest.mark.parametrize(
    ("judge", "how"),
    [
        (factor(SAID, device_bound_by_metadata=False), {}),
        (factor(SAID), {"attest": "none"}),
        (factor(SAID), {"attest": "self"}),
        (factor(SAID), {"key": Authenticator(be=True)}),
        (factor(entry(AAGUID, MAKER.root_pem, keyProtection=["software"])), {}),
        (factor(entry(AAGUID, MAKER.root_pem, keyProtection=["software", "tee"])), {}),
        (factor(entry(AAGUID, MAKER.root_pem, keyProtection=["remote_handle"])), {}),
        (factor(entry(AAGUID)), {}),
        (factor(entry(OTHER, MAKER.root_pem)), {}),
    ],
)
def test_anything_less_is_accepted_and_is_not_device_bound(judge, how):
    verdict = enrol(judge, **how)
    assert isinstance(verdict, Accepted)
    assert not verdict.evidence.device_bound


def test_a_forged_attestation_of_a_known_model_is_refused():
    judge = factor(SAID)
    assert enrol(judge, batch=Maker().certify()).reason == "untrusted_attestation"
    assert enrol(judge, batch=MAKER.certify(OTHER)).reason == "aaguid_mismatch"


def test_roots_of_one_model_prove_no_other():
    judge = factor(entry(OTHER, MAKER.root_pem), entry(AAGUID, Maker().root_pem))
    assert enrol(judge).reason == "untrusted_attestation"


def test_the_firms_own_roots_count_beside_the_metadatas():
    own = Maker()
    judge = factor(SAID, roots={"packed": [own.root_pem]})
    assert enrol(judge).credential.attested
    assert enrol(judge, batch=own.certify()).credential.attested


def test_an_attestation_certificate_may_be_the_anchor_itself():
    """FIDO Metadata Statement section 4: an anchor may be the attestation certificate."""
    batch = MAKER.certify()
    pinned = entry(AAGUID)
    pinned["metadataStatement"]["attestationRootCertificates"] = [
        base64.b64encode(batch[0]).decode()
    ]
    judge = factor(pinned, next_update=NOW + 9000 * DAY)
    assert enrol(judge, batch=batch).credential.attested
    assert enrol(judge).reason == "untrusted_attestation"
    assert enrol(judge, batch=batch, now=NOW + 4000 * DAY).reason == "untrusted_attestation"


def test_a_root_that_cannot_be_parsed_is_none():
    odd = entry(AAGUID, MAKER.root_pem)
    odd["metadataStatement"]["attestationRootCertificates"].insert(0, "AAAA")
    assert enrol(factor(odd)).credential.attested


@pytest.mark.clause("CC-17010.d.c")
@pytest.mark.parametrize(
    ("details", "is_biometric"),
    [
        ([FINGERPRINT], True),
        ([FINGERPRINT, [{"userVerificationMethod": "eyeprint_internal"}]], True),
        ([FINGERPRINT + PIN], True),
        ([FINGERPRINT, PIN], False),
        ([PIN], False),
        ([FINGERPRINT, []], False),
        ([[{"userVerificationMethod": "presence_internal"}]], False),
        ([FINGERPRINT, [{"userVerificationMethod": "none"}]], False),
        ([FINGERPRINT, [{}]], False),
        ([], False),
    ],
)
def test_a_biometric_is_shown_only_where_there_was_no_other_way(details, is_biometric):
    judge = factor(entry(AAGUID, MAKER.root_pem, userVerificationDetails=details))
    assert enrol(judge).evidence.biometric is is_biometric
    assert not enrol(judge, attest="none").evidence.biometric


def test_an_attestation_is_asked_for_where_metadata_could_prove_it():
    offered = factor(SAID).enroll({}, context()).public["publicKey"]
    assert offered["attestation"] == "direct"


# Allowed models


@pytest.mark.parametrize(
    ("allowed", "how", "reason"),
    [
        ({AAGUID}, {}, None),
        ({OTHER}, {}, "model_not_allowed"),
        ({AAGUID}, {"attest": "none"}, "model_not_allowed"),
        ({AAGUID}, {"attest": "self"}, "model_not_allowed"),
        ({AAGUID}, {"batch": Maker().certify()}, "untrusted_attestation"),
    ],
)
def test_only_a_listed_model_that_proves_itself_is_registered(allowed, how, reason):
    verdict = enrol(factor(SAID, allowed_aaguids=frozenset(allowed)), **how)
    assert getattr(verdict, "reason", None) == reason


def test_a_list_of_allowed_models_is_for_registration_alone():
    key = Authenticator()
    bound = enrol(factor(SAID), key=key).credential
    later = factor(SAID, allowed_aaguids=frozenset({OTHER}))
    assert isinstance(signs_in(later, bound, key), Accepted)


# Troubles


@pytest.mark.parametrize("status", sorted(TROUBLE))
def test_a_model_in_trouble_is_not_registered(status):
    troubled = factor(entry(AAGUID, MAKER.root_pem, statuses=[status]))
    for attest in ("batch", "self", "none"):
        assert enrol(troubled, attest=attest).reason == "authenticator_status"


@pytest.mark.parametrize("status", sorted(TROUBLE))
@pytest.mark.clause("CC-17010.d.b", "CC-17010.d.c")
def test_a_key_bound_before_the_trouble_signs_in_and_counts_for_less(status):
    biometric = {"userVerificationDetails": [FINGERPRINT]}
    listed = {
        "device_bound_aaguids": frozenset({AAGUID}),
        "biometric_aaguids": frozenset({AAGUID}),
    }
    key = Authenticator()
    bound = enrol(factor(entry(AAGUID, MAKER.root_pem, **biometric), **listed), key=key)
    assert (bound.evidence.device_bound, bound.evidence.biometric) == (True, True)
    today = factor(entry(AAGUID, MAKER.root_pem, statuses=[status], **biometric), **listed)
    verdict = signs_in(today, bound.credential, key)
    assert verdict.notes == ("authenticator_status",)
    assert (verdict.evidence.device_bound, verdict.evidence.biometric) == (False, False)
    assert verdict.evidence.amr == ("swk", "user")


@pytest.mark.parametrize(
    "status",
    ["UPDATE_AVAILABLE", "NOT_FIDO_CERTIFIED", "RETIRED", "FIDO_CERTIFIED_L2", "SOMETHING_NEW"],
)
def test_other_statuses_take_nothing_away(status):
    assert enrol(factor(entry(AAGUID, MAKER.root_pem, statuses=[status]))).evidence.device_bound


def test_an_update_does_not_mend_what_a_registration_cannot_tell_apart():
    reports = ["USER_KEY_REMOTE_COMPROMISE", "UPDATE_AVAILABLE", "FIDO_CERTIFIED_L1"]
    judge = factor(entry(AAGUID, MAKER.root_pem, statuses=reports))
    assert enrol(judge).reason == "authenticator_status"


def test_a_status_counts_from_its_date_on():
    report = {"status": "REVOKED", "effectiveDate": day(NOW + 2 * DAY)}
    judge = factor(entry(AAGUID, MAKER.root_pem, statuses=[report]))
    key = Authenticator()
    bound = enrol(judge, key=key).credential
    assert enrol(judge, now=NOW + 3 * DAY).reason == "authenticator_status"
    assert signs_in(judge, bound, key, now=NOW + 3 * DAY).notes == ("authenticator_status",)


def compromised(certificate, member="certificate", status="ATTESTATION_KEY_COMPROMISE"):
    return {"status": status, member: base64.b64encode(certificate).decode()}


def test_a_compromised_batch_is_not_its_makers_whole_model():
    lost, kept = MAKER.certify(), MAKER.certify()
    before, today = (
        factor(entry(AAGUID, MAKER.root_pem, statuses=statuses))
        for statuses in ([], [compromised(lost[0])])
    )
    assert enrol(today, batch=lost).reason == "authenticator_status"
    assert enrol(today, batch=kept).evidence.device_bound
    assert enrol(today, attest="none").reason == "authenticator_status"
    for batch, warned in ((lost, True), (kept, False)):
        key = Authenticator()
        bound = enrol(before, batch=batch, key=key).credential
        verdict = signs_in(today, bound, key)
        assert verdict.evidence.device_bound is not warned
        assert bool(verdict.notes) is warned


@pytest.mark.parametrize("member", ["certificate", "batchCertificate"])
def test_a_batch_may_be_named_by_the_root_above_it(member):
    root = MAKER.root_pem
    told = entry(AAGUID, root, statuses=[compromised(der(root), member)])
    assert enrol(factor(told)).reason == "authenticator_status"


def test_only_a_compromised_attestation_key_is_limited_to_a_batch():
    lost, kept = MAKER.certify(), MAKER.certify()
    report = compromised(lost[0], status="REVOKED")
    judge = factor(entry(AAGUID, MAKER.root_pem, statuses=[report]))
    assert enrol(judge, batch=kept).reason == "authenticator_status"


def test_a_key_whose_batch_was_not_kept_is_taken_for_one_of_the_lost():
    """Credentials of before batches were remembered have no chain."""
    key = Authenticator()
    bound = enrol(factor(SAID), key=key).credential
    raw = msgspec.json.decode(msgspec.json.encode(bound))
    assert len(raw.pop("attested_by")) == 2
    old = msgspec.convert(raw, WebAuthnCredential)
    report = compromised(MAKER.certify()[0])
    today = factor(entry(AAGUID, MAKER.root_pem, statuses=[report]))
    assert signs_in(today, old, key).notes == ("authenticator_status",)


def test_the_chain_is_remembered_from_the_batch_to_the_root():
    batch = MAKER.certify()
    attested_by = enrol(factor(SAID), batch=batch).credential.attested_by
    assert attested_by[0] == hashlib.sha256(batch[0]).digest()
    assert enrol(factor(SAID), attest="self").credential.attested_by == ()


# Age


@pytest.mark.parametrize(
    ("trusted", "bound"), [(False, False), (True, True)], ids=["refuse", "warn"]
)
def test_a_stale_blob_proves_new_keys_only_where_the_firm_says_so(trusted, bound):
    judge = factor(SAID, next_update=NOW - DAY, trust_stale_metadata=trusted)
    verdict = enrol(judge)
    assert verdict.credential.attested is bound
    assert verdict.evidence.device_bound is bound
    assert verdict.notes == ("metadata_stale",)


def test_it_is_not_stale_before_the_day_of_the_next_one_is_over():
    start = NOW // DAY * DAY
    judge = factor(SAID, next_update=start)
    assert enrol(judge, now=start + DAY - 1).notes == ()
    assert enrol(judge, now=start + DAY).notes == ("metadata_stale",)


def test_a_stale_blob_takes_nothing_from_keys_that_are_bound():
    judge, key = factor(SAID), Authenticator()
    bound = enrol(judge, key=key).credential
    verdict = signs_in(judge, bound, key, now=NOW + 100 * DAY)
    assert verdict.evidence.device_bound
    assert verdict.notes == ()


def test_a_stale_blob_still_warns():
    judge = factor(entry(AAGUID, MAKER.root_pem, statuses=["REVOKED"]), next_update=NOW - DAY)
    assert enrol(judge).reason == "authenticator_status"


def test_under_a_stale_blob_nothing_is_on_the_list():
    judge = factor(SAID, next_update=NOW - DAY, allowed_aaguids=frozenset({AAGUID}))
    assert enrol(judge).reason == "model_not_allowed"


def test_age_is_of_no_concern_to_a_model_that_is_not_in_it():
    assert enrol(factor(entry(OTHER), next_update=NOW - DAY)).notes == ()


def test_a_blob_as_large_as_the_alliances_is_read():
    icon = "data:image/png;base64," + "A" * 20_000
    entries = [entry(f"{n:08x}-0000-4000-8000-000000000000", icon=icon) for n in range(400)]
    blob = MDS.blob(*entries)
    assert len(blob) > 10_000_000
    assert len(read(blob, MDS.root_pem, SIGNER, NOW).models) == 400
    assert json.loads(base64.urlsafe_b64decode(blob.split(b".")[0] + b"=="))["alg"] == "ES256"
