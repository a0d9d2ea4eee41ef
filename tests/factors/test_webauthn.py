"""A key signs for our page, for this account and this purpose, once."""

import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from factors import webauthn as module
from factors.contract import Accepted, FactorClass, Refused
from factors.webauthn import CounterPolicy, WebAuthn, WebAuthnCredential, WebAuthnSettings
from factors.webauthn_ceremony import DECOY_KEY, check_assertion
from tests.factors.authenticator import Authenticator, cose
from tests.factors.world import NOW, ORIGIN, RP_ID, Chance, context


def factor(**changes):
    return WebAuthn(WebAuthnSettings(rp_id=RP_ID, origins=(ORIGIN,), **changes))


FACTOR = factor()


def enrol(key, judge=FACTOR):
    offer = judge.enroll({}, context())
    return judge.confirm(offer.private, key.create(offer.public), context())


def bound(key, judge=FACTOR):
    return {"k": enrol(key, judge).credential}


def login(key, held, *, asked=None, change=None, handle="own", **ctx):
    """One assertion: `asked` are the keys challenged, `change` alters the answer on its way."""
    offer = FACTOR.challenge(held if asked is None else asked, context(entropy=Chance(b"login")))
    response = key.get(offer.public, handle=handle)
    if change:
        change(response["credential"])
    return FACTOR.verify(held, offer.private, response, context(**ctx))


def set_response(**members):
    return lambda credential: credential["response"].update(members)


def test_an_enrolled_key_signs_in():
    key = Authenticator(counter=7)
    held = bound(key)
    verdict = login(key, held)
    assert isinstance(verdict, Accepted)
    assert verdict.credential_id == "k"
    assert verdict.credential.sign_count == 8
    assert verdict.notes == ()
    assert verdict.handle is None


def test_an_enrolment_names_the_key_by_its_handle():
    verdict = enrol(Authenticator(credential_id=b"one key"))
    assert verdict.handle == bytes_to_base64url(b"one key")
    assert verdict.credential.transports == ("internal",)


def test_the_evidence_says_no_more_than_was_shown():
    evidence = enrol(Authenticator()).evidence
    assert evidence.classes == (FactorClass.POSSESSION,)
    assert evidence.amr == ("swk", "user")
    assert evidence.phishing_resistant
    assert evidence.user_verified
    assert not any((evidence.device_bound, evidence.biometric, evidence.synced))
    assert enrol(Authenticator(be=True, bs=True)).evidence.synced


def test_creation_options_ask_for_a_discoverable_verified_key_and_exclude_those_held():
    held = bound(Authenticator())
    offer = FACTOR.enroll(held, context())
    options = offer.public["publicKey"]
    assert base64url_to_bytes(options["user"]["id"]) == b"account-1"
    assert options["user"]["displayName"] == "王小明"
    assert options["rp"] == {"id": RP_ID, "name": "Trifactor"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["challenge"] == offer.private["challenge"]
    assert [key["id"] for key in options["excludeCredentials"]] == [
        bytes_to_base64url(b"credential-0001")
    ]
    assert json.loads(json.dumps(offer.private)) == offer.private


def test_a_first_factor_is_asked_for_without_naming_any_key():
    options = FACTOR.challenge({}, context()).public["publicKey"]
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert (options["rpId"], options["timeout"]) == (RP_ID, 300_000)


def test_a_later_factor_is_asked_for_by_name():
    options = FACTOR.challenge(bound(Authenticator()), context()).public["publicKey"]
    assert [key["transports"] for key in options["allowCredentials"]] == [["internal"]]


def test_a_challenge_is_drawn_from_the_entropy_given():
    asked = []
    FACTOR.challenge({}, context(entropy=lambda size: asked.append(size) or bytes(size)))
    assert asked == [32]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"now": NOW + 300}, "challenge_expired"),
        ({"account": "account-2"}, "challenge_misplaced"),
        ({"transaction": "transaction-2"}, "challenge_misplaced"),
        ({"purpose": "order"}, "challenge_misplaced"),
    ],
)
def test_a_challenge_counts_here_and_now_only(changes, reason):
    key = Authenticator()
    assert login(key, bound(key), **changes).reason == reason
    offer = FACTOR.enroll({}, context())
    answer = Authenticator().create(offer.public)
    assert FACTOR.confirm(offer.private, answer, context(**changes)).reason == reason


def test_a_challenge_counts_until_its_last_moment():
    key = Authenticator()
    assert isinstance(login(key, bound(key), now=NOW + 299.999), Accepted)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("client", {"crossOrigin": True}, "cross_origin"),
        ("client", {"crossOrigin": "false"}, "cross_origin"),
        ("client", {"topOrigin": "https://evil.example"}, "wrong_top_origin"),
        ("client", {"topOrigin": None}, "wrong_top_origin"),
        ("client", {"challenge": "AAAA"}, "wrong_challenge"),
        ("origin", "https://evil.example", "wrong_origin"),
        ("origin", ["https://broker.example"], "wrong_origin"),
        ("uv", False, "user_not_verified"),
    ],
)
def test_a_signature_for_another_page_or_nobody_is_refused(field, value, reason):
    crooked = Authenticator()
    setattr(crooked, field, value)
    assert enrol(crooked).reason == reason
    key = Authenticator()
    held = bound(key)
    setattr(key, field, value)
    assert login(key, held).reason == reason


@pytest.mark.parametrize("client", [{}, {"crossOrigin": False}, {"topOrigin": ORIGIN}])
def test_our_own_page_may_say_that_it_is_not_framed(client):
    key = Authenticator(client=client)
    assert isinstance(login(key, bound(key)), Accepted)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rp_id", "evil.example"),
        ("client", {"type": "payment.get"}),
        ("bs", True),
    ],
)
def test_what_the_library_finds_wrong_is_a_refusal(field, value):
    crooked = Authenticator()
    setattr(crooked, field, value)
    assert enrol(crooked).reason == "bad_registration"
    key = Authenticator()
    held = bound(key)
    setattr(key, field, value)
    assert login(key, held).reason == "bad_assertion"


def test_another_key_with_the_same_id_is_refused():
    held = bound(Authenticator())
    thief = Authenticator(user_handle=bytes_to_base64url(b"account-1"), counter=50)
    assert login(thief, held).reason == "bad_assertion"


@pytest.mark.parametrize("handle", [bytes_to_base64url(b"account-2"), ""])
def test_a_user_handle_of_somebody_else_is_refused(handle):
    key = Authenticator()
    assert login(key, bound(key), handle=handle).reason == "wrong_user_handle"


def test_a_discoverable_key_must_say_whose_it_is():
    key = Authenticator()
    held = bound(key)
    assert login(key, held, asked={}, handle=None).reason == "wrong_user_handle"
    assert isinstance(login(key, held, asked={}), Accepted)
    assert isinstance(login(key, held, handle=None), Accepted)


def test_a_key_that_was_not_asked_for_is_refused():
    key, other = Authenticator(), Authenticator(credential_id=b"another")
    held = bound(key) | {"o": enrol(other).credential}
    assert login(other, held, asked={"k": held["k"]}).reason == "unknown_credential"
    assert login(other, held).credential_id == "o"


@pytest.mark.clause("CC-17010.j.g")
def test_without_any_key_one_signature_is_checked_and_refused(monkeypatch):
    checked = []

    def counting(*arguments):
        checked.append(arguments[-1])
        return check_assertion(*arguments)

    monkeypatch.setattr(module, "check_assertion", counting)
    key = Authenticator()
    enrol(key)
    assert login(key, {}).reason == "unknown_credential"
    assert checked == [DECOY_KEY]


def test_the_decoy_is_no_way_in_for_who_knows_its_private_key():
    """RFC 6979 appendix A.2.5 prints the private key of the decoy."""
    private = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    key = Authenticator(key=ec.derive_private_key(private, ec.SECP256R1()))
    assert cose(key.key.public_key()) == DECOY_KEY
    key.user_handle = bytes_to_base64url(b"account-1")
    assert login(key, {}).reason == "unknown_credential"


@pytest.mark.parametrize("be", [True, False])
def test_backup_eligibility_never_changes(be):
    key = Authenticator(be=be)
    held = bound(key)
    key.be = not be
    assert login(key, held).reason == "backup_eligibility_changed"


def test_backup_state_may_change():
    key = Authenticator(be=True)
    held = bound(key)
    key.bs = True
    assert isinstance(login(key, held), Accepted)


def test_one_answer_counts_once_even_where_the_challenge_is_kept():
    key = Authenticator(counter=0, step=0)
    held = bound(key)
    first = login(key, held)
    assert login(key, {"k": first.credential}).reason == "replayed"
    again = FACTOR.challenge({}, context(entropy=Chance(b"new")))
    answer = key.get(again.public)
    verdict = FACTOR.verify({"k": first.credential}, again.private, answer, context())
    assert isinstance(verdict, Accepted)


@pytest.mark.parametrize("counter", [9, 3, 0])
def test_a_counter_that_did_not_rise_marks_the_key_and_closes_it(counter):
    key = Authenticator(counter=9)
    held = bound(key)
    key.counter, key.step = counter, 0
    verdict = login(key, held)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.credential_id) == ("counter_regressed", "k")
    assert verdict.credential.suspect
    assert verdict.credential.sign_count == 9
    offer = FACTOR.challenge({}, context(entropy=Chance(b"next")))
    key.counter = 99
    marked = {"k": verdict.credential}
    assert (
        FACTOR.verify(marked, offer.private, key.get(offer.public), context()).reason == "suspect"
    )


def test_a_firm_may_flag_a_counter_instead():
    flagging = factor(counter=CounterPolicy.FLAG)
    key = Authenticator(counter=9, step=0)
    held = bound(key, flagging)
    for counter in (9, 10):
        key.counter = counter
        offer = flagging.challenge({}, context(entropy=Chance(bytes([counter]))))
        verdict = flagging.verify(held, offer.private, key.get(offer.public), context())
        assert isinstance(verdict, Accepted)
        assert verdict.notes == ("counter_regressed",)
        assert (verdict.credential.suspect, verdict.credential.sign_count) == (True, counter)
        held = {"k": verdict.credential}


def test_a_forged_signature_cannot_mark_a_key():
    held = bound(Authenticator(counter=9))
    thief = Authenticator(user_handle=bytes_to_base64url(b"account-1"), counter=0, step=0)
    verdict = login(thief, held)
    assert (verdict.reason, verdict.credential) == ("bad_assertion", None)


@pytest.mark.parametrize(
    "change",
    [
        set_response(clientDataJSON="AAAA"),
        set_response(clientDataJSON=bytes_to_base64url(b"[1]")),
        set_response(clientDataJSON=bytes_to_base64url(b"[" * 20_000)),
        set_response(authenticatorData="AAAA"),
        set_response(authenticatorData="A" * 70_000),
        set_response(unheard_of="A" * 70_000),
        set_response(signature=None),
        set_response(userHandle=7),
        set_response(signature="\ud800"),
        lambda credential: credential.update(response=None),
        lambda credential: credential.update(type="password"),
        lambda credential: credential.update(rawId=[]),
        lambda credential: credential.clear(),
    ],
)
def test_what_cannot_be_read_is_malformed(change):
    key = Authenticator()
    assert login(key, bound(key), change=change).reason == "malformed"


@pytest.mark.parametrize(
    "changes",
    [{"attestationObject": "AAAA"}, {"attestationObject": None}, {"clientDataJSON": "AA"}],
)
def test_a_registration_that_cannot_be_read_is_malformed(changes):
    offer = FACTOR.enroll({}, context())
    answer = Authenticator().create(offer.public)
    answer["credential"]["response"].update(changes)
    assert FACTOR.confirm(offer.private, answer, context()).reason == "malformed"


def test_a_key_on_another_curve_is_refused(monkeypatch):
    monkeypatch.setattr("tests.factors.authenticator.cose", lambda _: _p384_called_es256())
    assert enrol(Authenticator()).reason == "unusable_key"


def _p384_called_es256():
    import cbor2  # noqa: PLC0415 - for this one key

    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = numbers.x.to_bytes(48), numbers.y.to_bytes(48)
    return cbor2.dumps({1: 2, 3: -7, -1: 2, -2: x, -3: y})


def test_a_credential_survives_json():
    key = Authenticator(be=True)
    credential = login(key, bound(key)).credential
    stored = msgspec.json.encode(credential)
    assert msgspec.json.decode(stored, type=WebAuthnCredential) == credential


@pytest.mark.parametrize(
    "changes",
    [
        {"roots": {"packed": [b"no certificate"]}},
        {"roots": {"unheard-of": []}},
        {"device_bound_aaguids": frozenset({"4F1B8C1E-27A5-4C39-9D5E-0A1B2C3D4E5F"})},
        {"biometric_aaguids": frozenset({"yubikey"})},
    ],
)
def test_settings_that_would_never_match_are_refused_at_once(changes):
    with pytest.raises(ValueError, match=r".+"):
        factor(**changes)
