"""What is said beforehand of a method's evidence is what the factor says when it is used."""

import pytest

from factors.contract import Accepted
from identity.policy.scenarios import EARLIER, NOW, scenario, vocabulary
from identity.policy.specimens import ABLE, PLAIN, SHOWS_ONLY_RESTRICTED, VARIANTS, specimens
from tests.factors.test_contract import CLIENTS, FACTORS
from tests.factors.world import context
from tests.identity.policy.kit import REGISTERED, proof


def test_there_is_a_specimen_for_every_method_and_for_those_to_come():
    assert FACTORS.keys() == REGISTERED
    assert PLAIN.keys() == REGISTERED | {"certificate", "face"}


@pytest.mark.parametrize("method", sorted(FACTORS))
def test_a_specimen_is_what_the_factor_gives(method):
    factor, client = FACTORS[method], CLIENTS[method]()
    offer = factor.enroll({}, context())
    enrolled = factor.confirm(offer.private, client.enroll(offer), context())
    assert isinstance(enrolled, Accepted)
    assert enrolled.evidence in specimens(method, None)


def test_the_plain_specimen_is_one_of_them():
    for method, plain in PLAIN.items():
        assert next(specimens(method, None)) == plain
    assert [len(list(specimens(m, None))) for m in ("password", "device", "webauthn")] == [1, 2, 6]


def test_a_method_that_nobody_knows_gives_its_class_and_nothing_else():
    (found,) = specimens("chip", "possession")
    assert (found.method, found.classes, found.phishing_resistant) == (
        "chip",
        ("possession",),
        False,
    )
    (found,) = specimens("chip", None)
    assert found.classes == ()


def test_what_a_method_can_show_is_read_from_its_specimens():
    assert ABLE["device_bound"] == {"webauthn"}
    assert ABLE["phishing_resistant"] == {"device", "webauthn", "certificate"}
    assert sorted(SHOWS_ONLY_RESTRICTED) == ["mail_otp", "sms_otp"]


def test_evidence_is_named_in_a_word():
    told = scenario(" password:earlier , webauthn:attested:biometric,totp:fresh,device:phone ")
    (password,) = told.earlier
    passkey, totp, device = told.shown
    assert (password.at, password.at_login) == (EARLIER, True)
    assert (passkey.at, passkey.at_login, passkey.fresh) == (NOW, False, False)
    assert passkey.evidence.device_bound
    assert passkey.evidence.biometric
    assert totp.fresh
    assert device.evidence.carrier == "phone"
    assert scenario(" ,") == ((), ())


def test_the_same_factor_shown_earlier_and_now_is_one():
    told = scenario("totp:earlier,totp")
    assert told.earlier[0].credential_id == told.shown[0].credential_id


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("telepathy", "no such method: telepathy; there are password, pattern, totp"),
        ("totp:synced", "totp has no variant synced; it has no variants"),
        ("webauthn:phone", "it has synced, attested, biometric"),
        ("webauthn:synced:attested", "what may be synced is bound to no device"),
        ("totp::", "totp has no variant"),
    ],
)
def test_evidence_that_there_is_not_is_said_to_be_none(names, said):
    with pytest.raises(ValueError, match=said):
        scenario(names)


def test_every_name_is_told():
    told = vocabulary()
    assert "webauthn:synced:attested:biometric" in told
    assert {word.partition(":")[0] for word in told} == PLAIN.keys()
    assert all(proof(f"{method}:{name}") for method, names in VARIANTS.items() for name in names)
