"""An authenticator's make is believed only from a root that we were given."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from factors.contract import Accepted
from factors.webauthn import WebAuthn, WebAuthnSettings
from tests.factors.authenticator import AAGUID, Authenticator, Maker
from tests.factors.world import NOW, ORIGIN, RP_ID, Chance, context

MAKER = Maker()


def factor(*makers, **changes):
    roots = {"packed": [maker.root_pem for maker in makers]} if makers else {}
    told = {"roots": roots, "device_bound_aaguids": frozenset({AAGUID})} | changes
    return WebAuthn(WebAuthnSettings(rp_id=RP_ID, origins=(ORIGIN,), **told))


def enrol(judge, attest="batch", batch=None, chain=(), **key):
    offer = judge.enroll({}, context())
    authenticator = Authenticator(**key)
    batch = (batch or MAKER.certify()) if attest == "batch" else None
    answer = authenticator.create(offer.public, attest, batch, chain)
    return judge.confirm(offer.private, answer, context())


@pytest.mark.clause("CC-17010.d.b")
def test_a_listed_model_under_its_makers_root_is_device_bound():
    verdict = enrol(factor(MAKER))
    assert verdict.credential.attested
    assert verdict.evidence.device_bound
    assert verdict.evidence.amr == ("hwk", "user")
    assert not verdict.evidence.biometric


@pytest.mark.clause("CC-17010.d.b")
@pytest.mark.parametrize(
    ("judge", "key"),
    [
        (factor(), {}),
        (factor(MAKER), {"attest": "none"}),
        (factor(MAKER), {"attest": "self"}),
        (factor(MAKER), {"be": True}),
        (factor(MAKER, device_bound_aaguids=frozenset()), {}),
        (factor(roots={"tpm": [MAKER.root_pem]}), {}),
        (factor(roots={"packed": []}), {}),
    ],
)
def test_anything_less_is_accepted_and_is_not_device_bound(judge, key):
    verdict = enrol(judge, **key)
    assert isinstance(verdict, Accepted)
    assert not verdict.evidence.device_bound
    assert verdict.evidence.amr == ("swk", "user")


def test_a_stranger_who_calls_himself_the_maker_is_refused():
    verdict = enrol(factor(MAKER), batch=Maker().certify())
    assert verdict.reason == "untrusted_attestation"


def test_a_stranger_may_bring_his_own_root_in_vain():
    forger = Maker()
    root = forger.root.public_bytes(Encoding.DER)
    verdict = enrol(factor(MAKER), batch=forger.certify(), chain=(root,))
    assert verdict.reason == "untrusted_attestation"


def test_a_batch_certificate_signs_no_other_certificate():
    """Whoever takes the key out of one authenticator must not become a maker."""
    batch, key = MAKER.certify()
    forger = Maker(name="Maker batch", key=key, is_authority=False)
    verdict = enrol(factor(MAKER), batch=forger.certify(), chain=(batch,))
    assert verdict.reason == "untrusted_attestation"


def test_a_statement_signed_by_another_key_is_refused():
    certificate, _ = MAKER.certify()
    _, other = MAKER.certify()
    assert enrol(factor(MAKER), batch=(certificate, other)).reason == "bad_registration"


@pytest.mark.parametrize("chain", [(b"no certificate",), (7,), ("text",)])
def test_a_chain_of_anything_else_is_refused(chain):
    assert enrol(factor(MAKER), chain=chain).reason == "untrusted_attestation"


@pytest.mark.parametrize(
    "period", [{"start": NOW + 1}, {"end": NOW - 1}], ids=["not yet", "no longer"]
)
def test_a_certificate_counts_at_the_time_given(period):
    maker = Maker(**period)
    assert enrol(factor(maker), batch=maker.certify()).reason == "untrusted_attestation"


def test_a_certificate_for_another_model_is_refused():
    other = "00000000-0000-4000-8000-000000000001"
    assert enrol(factor(MAKER), batch=MAKER.certify(other)).reason == "aaguid_mismatch"


def test_a_certificate_that_names_no_model_vouches_for_the_one_its_root_has():
    assert enrol(factor(MAKER), batch=MAKER.certify(None)).credential.attested


def test_a_certificate_whose_extensions_cannot_be_read_vouches_for_nothing():
    crooked = Maker(key=MAKER.key)
    crooked.extra = x509.UnrecognizedExtension(x509.ExtensionOID.KEY_USAGE, b"no bit string")
    assert enrol(factor(MAKER), batch=crooked.certify()).reason == "aaguid_mismatch"


def test_any_of_several_roots_will_do():
    assert enrol(factor(Maker(name="Other"), MAKER)).credential.attested


def test_a_biometric_model_shows_it_only_where_it_is_attested():
    listed = {"biometric_aaguids": frozenset({AAGUID})}
    assert enrol(factor(MAKER, **listed)).evidence.biometric
    assert not enrol(factor(**listed)).evidence.biometric


def test_taking_a_model_off_the_list_is_felt_by_keys_bound_before():
    judge = factor(MAKER)
    offer = judge.enroll({}, context())
    key = Authenticator()
    created = key.create(offer.public, "batch", MAKER.certify())
    held = {"k": judge.confirm(offer.private, created, context()).credential}
    today = factor(MAKER, device_bound_aaguids=frozenset())
    asked = today.challenge({}, context(entropy=Chance(b"later")))
    verdict = today.verify(held, asked.private, key.get(asked.public), context())
    assert not verdict.evidence.device_bound


def test_an_attestation_is_asked_for_only_where_one_could_be_believed():
    asked = [
        f.enroll({}, context()).public["publicKey"]["attestation"]
        for f in (factor(MAKER), factor())
    ]
    assert asked == ["direct", "none"]
