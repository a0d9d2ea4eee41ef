"""The settings of WebAuthn metadata, as the service starts with them and keeps them."""

import os
from uuid import UUID

import pytest
import structlog
from structlog.testing import capture_logs

from demo_client.soft_attestation import AttestationAuthority
from demo_client.soft_webauthn import Traits
from identity import settings
from identity.app import build
from identity.errors import SettingsError
from tests.factors.mds import DAY, FINGERPRINT, MetadataService, entry
from tests.identity.kit import AAGUID, NOW, World, configured, problem

MODEL = str(UUID(bytes=AAGUID))
MDS = MetadataService()


@pytest.fixture
def maker():
    return AttestationAuthority.new(os.urandom, NOW, "maker")


@pytest.fixture
def told(tmp_path):
    """Writes the two files; returns the section of the settings that names them."""

    def write(*entries, service=MDS, next_update=NOW + 20 * DAY, number=7, **changes):
        blob = service.blob(*entries, next_update=next_update, number=number)
        (tmp_path / "mds.jwt").write_bytes(blob)
        (tmp_path / "root.pem").write_bytes(MDS.root_pem)
        files = {
            "metadata_file": str(tmp_path / "mds.jwt"),
            "metadata_root_file": str(tmp_path / "root.pem"),
        }
        return settings.WebAuthn(**(files | {"device_bound": ("metadata",)} | changes))

    return write


def binds(customer, maker, **traits):
    model = maker.model(AAGUID, os.urandom, customer.world.clock())
    return customer.binds_passkey(Traits(aaguid=AAGUID, **traits), attestation=model)


def shown(customer):
    """Sign in with password and passkey; return the evidence of the passkey that is kept."""
    transaction = customer.opens()
    assert transaction.password(customer.own).status_code == 200
    assert transaction.webauthn(customer.passkey).json()["state"] == "succeeded"
    with customer.world.store.read() as work:
        kept = work.sessions.of(customer.id)[-1].shown
    return next(each.evidence for each in kept if each.evidence.method == "webauthn")


def activated(world, maker):
    amy = world.customer("amy").registers().begins_activation()
    assert amy.binds_password().status_code == 201
    assert binds(amy, maker).status_code == 201
    assert amy.ends_activation().status_code == 200
    return amy


@pytest.mark.clause("CC-17010.d.b", "CC-17010.d.c")
def test_what_the_metadata_says_of_a_passkey_counts_at_a_login(tmp_path, maker, told):
    biometric = entry(MODEL, maker.root_pem, userVerificationDetails=[FINGERPRINT])
    with World(tmp_path, webauthn=told(biometric)) as world:
        evidence = shown(activated(world, maker))
        assert evidence.device_bound
        assert evidence.biometric


def test_the_next_file_warns_of_keys_that_are_bound(tmp_path, maker, told):
    with World(tmp_path, webauthn=told(entry(MODEL, maker.root_pem))) as world:
        amy = activated(world, maker)
    revoked = entry(MODEL, maker.root_pem, statuses=["REVOKED"])
    with World(tmp_path, webauthn=told(revoked)) as world:
        again = world.customer("amy", own=amy.own, passkey=amy.passkey)
        assert not shown(again).device_bound
        notes = [event.notes for event in world.events(again.id, "login:answer:accepted")]
        assert ("authenticator_status",) in notes
        ben = world.customer("ben").registers().begins_activation()
        document = problem(binds(ben, maker), 422, "enrolment_refused")
        assert document["reason"] == "authenticator_status"


def test_a_model_that_is_not_allowed_is_told_so_at_its_enrolment(tmp_path, maker, told):
    other = "00000000-0000-4000-8000-000000000001"
    with World(tmp_path, webauthn=told(entry(MODEL, maker.root_pem), allowed=(other,))) as world:
        amy = world.customer("amy").registers().begins_activation()
        document = problem(binds(amy, maker), 422, "enrolment_refused")
        assert document["reason"] == "model_not_allowed"


def test_a_stale_file_starts_is_told_and_costs_new_keys_their_proof(tmp_path, maker, told):
    section = told(entry(MODEL, maker.root_pem), next_update=NOW - 2 * DAY)
    with capture_logs() as logged, World(tmp_path, webauthn=section) as world:
        assert world.inside.get("/readyz").json()["webauthn_metadata"] == "stale"
        said = {line["event"]: line for line in logged}
        assert said["webauthn_metadata_stale"]["log_level"] == "error"
        assert said["webauthn_metadata_stale"]["number"] == 7
        amy = world.customer("amy").registers().begins_activation()
        assert binds(amy, maker).status_code == 201


def test_readiness_follows_the_clock_past_the_next_update(tmp_path, told):
    with World(tmp_path, webauthn=told(next_update=NOW + DAY)) as world:
        assert world.inside.get("/readyz").json()["webauthn_metadata"] == "fresh"
        world.clock.forward(2 * DAY)
        world.running.sequencer.run_once()
        assert world.inside.get("/readyz").json()["webauthn_metadata"] == "stale"


def test_where_every_request_has_its_line_the_number_has_one_too(tmp_path, told):
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    try:
        world = World(tmp_path, mode="lab", webauthn=told(number=41))
        with capture_logs() as logged, world:
            pass
    finally:
        structlog.configure(**before) if before else structlog.reset_defaults()
    (line,) = [line for line in logged if line["event"] == "webauthn_metadata"]
    assert (line["number"], line["log_level"]) == (41, "info")


def test_without_metadata_nothing_is_said_of_it(world):
    assert "webauthn_metadata" not in world.inside.get("/readyz").json()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"service": MetadataService()}, "does not lead to the root"),
        ({"metadata_signer": "mds.example"}, "somebody else than mds.example"),
        ({"metadata_root_file": "nowhere.pem"}, "nowhere.pem"),
    ],
)
def test_a_file_that_is_not_right_is_a_fault_of_the_settings(tmp_path, told, change, why):
    with pytest.raises(SettingsError, match=why):
        build(configured(tmp_path, webauthn=told(**change)))


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"metadata_file": "a"}, "belong together"),
        ({"metadata_root_file": "a"}, "belong together"),
        ({"device_bound": ("metadata",)}, "needs webauthn.metadata_file"),
        ({"allowed": (MODEL,)}, "no model can be proven"),
    ],
)
def test_settings_that_do_not_fit_together_are_told(section, why):
    with pytest.raises(SettingsError, match=why):
        settings.checked(settings.Settings(webauthn=settings.WebAuthn(**section)))


def test_the_environment_gives_lists_with_commas():
    env = {
        "TRIFACTOR_WEBAUTHN__DEVICE_BOUND": f"metadata,{MODEL}",
        "TRIFACTOR_WEBAUTHN__ALLOWED": MODEL,
        "TRIFACTOR_WEBAUTHN__METADATA_FILE": "mds.jwt",
        "TRIFACTOR_WEBAUTHN__METADATA_ROOT_FILE": "root.pem",
    }
    webauthn = settings.load(environ=env).webauthn
    assert webauthn.device_bound == ("metadata", MODEL)
    assert webauthn.allowed == (MODEL,)


@pytest.mark.parametrize("member", ["device_bound", "biometric", "allowed"])
def test_a_model_written_otherwise_than_it_is_compared_is_a_fault(tmp_path, told, member):
    with pytest.raises(SettingsError, match="lower case"):
        build(configured(tmp_path, webauthn=told(**{member: (MODEL.upper(),)})))
