"""Reasons are RFC 5280's, each given by those whose it is."""

import pytest
from cryptography import x509

from identity.certificates import reasons
from identity.certificates.reasons import TABLE, Actor, Reason


def test_every_code_has_a_line_and_is_pycas():
    assert list(TABLE) == list(Reason)
    assert {reason.name.lower() for reason in Reason} == {flag.name for flag in x509.ReasonFlags}


def test_the_codes_are_the_rfcs():
    """RFC 5280 section 5.3.1, as PyCA writes it into a list entry."""
    for reason in set(Reason) - {Reason.UNSPECIFIED}:
        written = x509.CRLReason(x509.ReasonFlags[reason.name.lower()]).public_bytes()
        assert written == bytes((0x0A, 1, reason.value))


def test_only_the_hold_is_reversible_and_nobody_revokes_for_it():
    assert [line.reason for line in TABLE.values() if line.reversible] == [Reason.CERTIFICATE_HOLD]
    assert not TABLE[Reason.CERTIFICATE_HOLD].givers


def test_only_the_compromise_of_the_key_blocks_it():
    assert [line.reason for line in TABLE.values() if line.blocks_key] == [Reason.KEY_COMPROMISE]


@pytest.mark.parametrize("by", Actor)
@pytest.mark.parametrize(
    "reason", [Reason.CERTIFICATE_HOLD, Reason.REMOVE_FROM_CRL, Reason.AA_COMPROMISE]
)
def test_what_is_no_end_of_a_trading_certificate_ends_none(reason, by):
    assert reasons.fault(reason, by) == "reason_not_theirs"


def test_an_operator_says_why():
    assert reasons.fault(None, Actor.OPERATOR) == "reason_missing"
    assert reasons.fault(Reason.UNSPECIFIED, Actor.OPERATOR) == "reason_not_theirs"
    assert reasons.fault(Reason.UNSPECIFIED, Actor.CUSTOMER) == ""


@pytest.mark.parametrize("before", Reason)
@pytest.mark.parametrize("reason", Reason)
def test_what_is_revoked_is_revoked_again_for_compromise_alone(before, reason):
    raised = reason is Reason.KEY_COMPROMISE and before is not Reason.KEY_COMPROMISE
    assert reasons.raises(before, reason) is raised
