"""Proofs that may share a channel: always said, and counted as one where the table refuses."""

import pytest

from factors.contract import FactorClass
from identity.policy.decide import decide
from tests.identity.policy.evidence import TABLES
from tests.identity.policy.kit import INHERENCE, KNOWLEDGE, NOW, POSSESSION, asking, piece, proof

PHONE = {"carrier": "phone"}
REFUSE = {"independence": "refuse"}


def satisfied(shown, *, refuse=True, **rule):
    table = asking(table=REFUSE if refuse else None, **rule)
    return decide(table, "this", shown, NOW).satisfied


def remarks(decision):
    return [(remark.code, remark.methods, remark.carrier) for remark in decision.remarks]


@pytest.mark.parametrize("profile", sorted(TABLES.keys() - {"nist-63b-4-aal3"}))
def test_a_code_sent_to_the_phone_that_holds_the_key_is_said_to_share_its_channel(profile):
    shown = [proof("password"), proof("sms_otp"), proof("device:phone")]
    found = remarks(decide(TABLES[profile], "login", shown, NOW))
    assert ("shared_channel", ("sms_otp", "device"), "phone") in found


def test_a_key_elsewhere_shares_nothing_with_the_phone():
    shown = [proof("password"), proof("sms_otp"), proof("device")]
    codes = [remark.code for remark in decide(TABLES["twse"], "login", shown, NOW).remarks]
    assert codes == ["restricted"]


def test_one_credential_shown_twice_shares_nothing_with_itself():
    login = [proof("password"), proof("device:phone")]
    now = [proof("device:phone", at_login=False)]
    assert decide(TABLES["twse"], "order", now, NOW, login).remarks == ()


def test_two_classes_by_one_channel_are_one_where_that_is_refused():
    shown = [piece("device", **PHONE), piece("face", **PHONE)]
    assert satisfied(shown, refuse=False)
    assert not satisfied(shown)
    assert satisfied([piece("device", **PHONE), piece("face")])
    assert satisfied([piece("device", **PHONE), piece("face", carrier="mailbox")])


def test_one_more_by_the_same_channel_takes_nothing_away():
    """Both classes are that passkey's own; a key on the same phone adds none and spoils none."""
    key = piece("webauthn", biometric=True, **PHONE)
    assert satisfied([key])
    assert satisfied([key, piece("device", **PHONE)])


def test_a_recent_proof_of_two_classes_is_of_two_channels_too():
    rule = {"recent": tuple(FactorClass), "recent_classes": 2, "max_age": 300, "classes": 1}
    shown = [piece("device", **PHONE), piece("face", **PHONE)]
    assert not satisfied(shown, **rule)
    assert satisfied([*shown, piece("password")], **rule)


def test_what_is_missing_where_one_channel_brought_everything_is_any_other_class():
    shown = [piece("device", **PHONE), piece("face", **PHONE)]
    (lack,) = decide(asking(table=REFUSE), "this", shown, NOW).missing
    assert lack.code == "classes"
    assert KNOWLEDGE in lack.classes
    assert set(lack.classes) & {POSSESSION, INHERENCE}


@pytest.mark.parametrize(("refuse", "enough"), [(False, True), (True, False)])
def test_a_factor_different_from_the_logins_is_not_by_the_logins_channel(refuse, enough):
    login = [piece("password"), piece("device", **PHONE)]
    code = piece("totp", credential="code", at_login=False, **PHONE)
    assert satisfied([*login, code], refuse=refuse, different_from_login=True) is enough
    other = piece("totp", credential="other", at_login=False)
    assert satisfied([*login, code, other], refuse=refuse, different_from_login=True)


def test_psd2_takes_nothing_by_the_phone_that_opened_the_session_for_a_different_factor():
    """RTS Art. 9. No shipped operation asks it yet; a certificate's delivery will."""
    login = [proof("password"), proof("device:phone")]
    code = [proof("sms_otp", at_login=False)]
    assert decide(TABLES["psd2-sca"], "order", code, NOW, login).satisfied
    assert TABLES["psd2-sca"].independence == "refuse"
    assert TABLES["twse"].independence == "say"
