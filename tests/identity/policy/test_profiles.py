"""What each shipped profile takes and refuses, by hand from the rule it follows."""

import pytest

from identity.policy.decide import decide
from tests.identity.policy.evidence import TABLES
from tests.identity.policy.kit import NOW, proof

NAMES = {
    "twse": "twse",
    "nist": "nist-63b-4",
    "aal1": "nist-63b-4-aal1",
    "aal3": "nist-63b-4-aal3",
    "psd2": "psd2-sca",
}


def takers(operation, evidence):
    """Return the profiles in which the evidence, given now, is enough."""
    shown = [proof(name) for name in evidence.split()]
    return {
        short
        for short, name in NAMES.items()
        if decide(TABLES[name], operation, shown, NOW).satisfied
    }


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.clause("CC-17010.d")
@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("", ""),
        ("password", "aal1"),
        ("pattern", ""),
        ("totp", "aal1"),
        ("mail_otp", ""),
        ("grid_card", ""),
        ("password pattern", "aal1"),
        ("totp hotp", "aal1"),
        ("password totp", "twse nist aal1 psd2"),
        ("password hotp", "twse nist aal1 psd2"),
        ("password sms_otp", "twse nist aal1 psd2"),
        ("password mail_otp", "aal1"),
        ("password grid_card", "twse aal1"),
        ("password recovery_codes", "twse nist aal1"),
        ("password device", "twse nist aal1 psd2"),
        ("pattern totp", "twse aal1 psd2"),
        ("pattern grid_card", "twse"),
        ("pattern mail_otp", ""),
        ("webauthn", "nist aal1"),
        ("webauthn:synced", "nist aal1"),
        ("webauthn:attested", "nist aal1 aal3"),
        ("webauthn:biometric", "twse nist aal1 psd2"),
        ("webauthn:attested:biometric", "twse nist aal1 aal3 psd2"),
        ("webauthn:synced:biometric", "nist aal1"),
        ("password webauthn", "twse nist aal1 psd2"),
        ("password webauthn:attested", "twse nist aal1 aal3 psd2"),
        ("password webauthn:synced", "nist aal1"),
        ("password webauthn:synced device", "twse nist aal1 psd2"),
        ("device webauthn:synced", "nist aal1"),
    ],
)
def test_who_signs_in(evidence, profiles):
    assert takers("login", evidence) == set(profiles.split())


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("password totp", "twse nist aal1 psd2"),
        ("password recovery_codes", "nist aal1"),
        ("password grid_card", "twse aal1"),
        ("password mail_otp", "aal1"),
        ("webauthn:biometric", "twse nist aal1 psd2"),
        ("password webauthn:attested", "twse nist aal1 aal3 psd2"),
    ],
)
def test_who_places_an_order(evidence, profiles):
    assert takers("order", evidence) == set(profiles.split())


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("password totp", "aal1"),
        ("pattern totp", "twse aal1 psd2"),
        ("pattern sms_otp", ""),
        ("pattern grid_card", "twse"),
        ("pattern recovery_codes", "twse aal1"),
        ("device sms_otp", "aal1"),
        ("device recovery_codes", "aal1"),
        ("webauthn:biometric", "twse nist aal1 psd2"),
        ("pattern totp:fresh", ""),
        ("webauthn", "nist aal1"),
    ],
)
def test_who_gets_in_without_the_password(evidence, profiles):
    assert takers("recovery", evidence) == set(profiles.split())


@pytest.mark.clause("CC-17010.a.h")
@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("password totp", ""),
        ("password device", ""),
        ("password webauthn", "twse nist aal1 psd2"),
        ("password webauthn:attested", "twse nist aal1 aal3 psd2"),
        ("totp webauthn:synced", "nist aal1"),
    ],
)
def test_which_operator_gets_in(evidence, profiles):
    assert takers("operator", evidence) == set(profiles.split())


@pytest.mark.parametrize("operation", ["factor.add", "factor.remove"])
@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("password totp", "twse nist aal1 psd2"),
        ("password totp:fresh", "aal1"),
        ("password:fresh totp", "aal1"),
        ("password:fresh totp:fresh", ""),
        ("password recovery_codes", "twse nist aal1"),
    ],
)
def test_who_changes_factors(operation, evidence, profiles):
    assert takers(operation, evidence) == set(profiles.split())


@pytest.mark.parametrize(
    ("evidence", "profiles"),
    [
        ("totp", ""),
        ("pattern totp", ""),
        ("password", "aal1"),
        ("password totp", "twse nist aal1 psd2"),
        ("password:fresh totp", "twse nist aal1 psd2"),
        ("password:fresh totp:fresh", "aal1"),
    ],
)
def test_who_changes_the_password(evidence, profiles):
    assert takers("password.change", evidence) == set(profiles.split())


@pytest.mark.parametrize("operation", ["recovery", "login"])
def test_recovery_is_never_weaker_than_login_and_never_by_the_phone_alone(operation):
    for name in ("twse", "nist-63b-4", "nist-63b-4-aal3", "psd2-sca"):
        table = TABLES[name]
        assert table.operations["recovery"].classes >= table.operations["login"].classes
        assert "sms_otp" not in table.operations["recovery"].methods
        assert "mail_otp" not in table.operations["recovery"].methods


@pytest.mark.parametrize(
    ("profile", "idle", "absolute"),
    [
        ("twse", 0, 0),
        ("nist-63b-4-aal1", 0, 30 * 86400),
        ("nist-63b-4", 3600, 86400),
        ("nist-63b-4-aal3", 900, 43200),
        ("psd2-sca", 300, 0),
    ],
)
def test_how_long_a_session_may_live(profile, idle, absolute):
    """SP 800-63B-4 sections 2.1.3, 2.2.3 and 2.3.3; RTS Art. 4(3)(d)."""
    bounds = TABLES[profile].sessions
    assert (bounds.idle, bounds.absolute) == (idle, absolute)
