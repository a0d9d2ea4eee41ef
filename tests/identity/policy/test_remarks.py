"""What an examiner would want to know is said, and nothing else."""

import pytest

from identity.policy.decide import decide
from identity.policy.table import MethodRule
from tests.identity.policy.evidence import TABLES
from tests.identity.policy.kit import INHERENCE, NOW, asking, piece, proof


def remarks(*names, profile="twse", operation="login", **more):
    shown = [proof(name) for name in names]
    decision = decide(TABLES[profile], operation, shown, NOW, **more)
    return {remark.code: remark.methods for remark in decision.remarks}


def test_a_plain_decision_has_no_remark():
    assert remarks("password", "totp") == {}


def test_a_code_by_the_telephone_network_is_said_to_be_restricted():
    assert remarks("password", "sms_otp") == {"restricted": ("sms_otp",)}


def test_a_restricted_proof_that_does_not_count_is_said_to_be_ignored_and_by_whom():
    shown = [proof("password"), proof("sms_otp")]
    decision = decide(TABLES["twse"], "login", shown, NOW, demands=("unrestricted",))
    (remark,) = decision.remarks
    assert (remark.code, remark.methods, remark.source) == (
        "restricted_ignored",
        ("sms_otp",),
        "account",
    )


@pytest.mark.clause("CC-17010.d.c")
@pytest.mark.parametrize(
    ("profile", "name", "code"),
    [
        ("twse", "webauthn", "verification_ignored"),
        ("twse", "webauthn:attested", "verification_ignored"),
        ("twse", "webauthn:biometric", "indirect"),
        ("nist-63b-4", "webauthn", "indirect_pin"),
        ("nist-63b-4", "webauthn:synced", "indirect_pin"),
        ("nist-63b-4", "webauthn:biometric", "indirect"),
        ("psd2-sca", "webauthn", "verification_ignored"),
    ],
)
def test_what_somebody_else_checked_is_believed_in_doubt(profile, name, code):
    assert remarks("password", name, profile=profile) == {code: ("webauthn",)}


def test_a_firm_that_counts_user_verification_has_the_doubt_printed():
    rule = {"webauthn": MethodRule(class_="possession", uv_counts_as=INHERENCE)}
    shown = [piece("webauthn", user_verified=True, direct=False)]
    decision = decide(asking(table={"methods": rule}), "this", shown, NOW)
    assert decision.satisfied
    assert [remark.code for remark in decision.remarks] == ["indirect_pin"]


def test_a_check_that_a_table_makes_nothing_of_is_said_to_be_ignored():
    rule = {"webauthn": MethodRule(uv_counts_as=INHERENCE)}
    shown = [piece("webauthn", user_verified=True, direct=False)]
    decision = decide(asking(table={"methods": rule}), "this", shown, NOW)
    assert [remark.code for remark in decision.remarks] == ["no_class", "verification_ignored"]


def test_a_factor_that_was_just_added_is_said_to_be_left_aside():
    found = remarks("password", "totp:fresh", operation="factor.add")
    assert found == {"fresh_ignored": ("totp",)}
    assert remarks("password", "totp:fresh") == {}


def test_a_synced_passkey_alone_is_said_to_be_worth_nothing():
    assert "synced_alone" in remarks("password", "webauthn:synced")
    assert "synced_alone" not in remarks("password", "webauthn:synced", "device")


def test_what_counts_for_nothing_is_said_to():
    assert remarks("password", "mail_otp") == {"no_class": ("mail_otp",)}
    assert remarks("password", "mail_otp", "face") == {"no_class": ("mail_otp", "face")}
    assert remarks("pattern", "grid_card", profile="nist-63b-4") == {
        "no_class": ("pattern", "grid_card")
    }


def test_what_counts_elsewhere_is_said_not_to_count_here():
    assert remarks("password", "recovery_codes", operation="order") == {
        "not_here": ("recovery_codes",)
    }
    assert remarks("pattern", "sms_otp", operation="recovery") == {"not_here": ("sms_otp",)}
    assert remarks("password", "recovery_codes") == {}
