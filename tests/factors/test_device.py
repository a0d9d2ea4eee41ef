"""A bound device proves that it holds its key, here, now, and for this one thing."""

import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factors import device as module
from factors.contract import Accepted, Evidence, FactorClass, Refused
from factors.device import Device, DeviceCredential, DeviceSettings
from factors.device_key import DECOY_POINT, thumbprint
from factors.device_statement import MAX_SIZE, read_statement
from tests.factors.bound_device import BoundDevice, b64, unb64
from tests.factors.world import NOW, ORIGIN, Chance, context

APP = "app:tw.example.broker"
FACTOR = Device(DeviceSettings(origins=(ORIGIN, APP)))
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def device():
    return BoundDevice()


@pytest.fixture
def held(device):
    return {"d": bound(device).credential}


@pytest.fixture
def asked(held):
    return ask(held)


def bound(device, ctx=None, **changes):
    """Bind a device, or be refused."""
    ctx = ctx or context(transaction="device.enrolment-1", purpose="enrolment")
    offer = FACTOR.enroll({}, ctx)
    return FACTOR.confirm(offer.private, device.bind(offer.public, **changes), ctx)


def ask(held, **changes):
    return FACTOR.challenge(held, context(entropy=Chance(b"ask"), **changes))


def verify(held, asked, answer, **changes):
    return FACTOR.verify(held, asked.private, answer, context(**changes))


def statement(device, asked, **changes):
    return json.loads(unb64(device.prove(asked.public, **changes)["client_data"]))


@pytest.mark.clause("CC-17010.d.b")
def test_a_device_is_bound_and_proves_that_it_is_that_very_one(device, held, asked):
    verdict = verify(held, asked, device.prove(asked.public))
    assert isinstance(verdict, Accepted)
    assert verdict.credential_id == "d"
    assert verdict.evidence == Evidence(
        method="device",
        classes=(FactorClass.POSSESSION,),
        amr=("swk", "pop"),
        phishing_resistant=True,
    )
    assert not verdict.evidence.device_bound
    other = BoundDevice()
    assert verify(held, asked, other.prove(asked.public)).reason == "unknown_key"


def test_what_is_asked_names_challenge_transaction_and_purpose(device, held):
    ctx = context(transaction="t-7", purpose="order", entropy=Chance(b"c"))
    named = {"challenge": b64(Chance(b"c")(32)), "transaction": "t-7", "purpose": "order"}
    assert FACTOR.enroll({}, ctx).public == named
    ctx = context(transaction="t-7", purpose="order", entropy=Chance(b"c"))
    assert FACTOR.challenge(held, ctx).public == {**named, "keys": [device.thumbprint]}
    assert FACTOR.challenge({}, context()).public["keys"] == []


def test_a_key_has_one_name_for_all_accounts(device):
    assert bound(device).handle == device.thumbprint
    assert bound(device, context(account="account-2")).handle == device.thumbprint


def test_before_a_first_proof_any_key_of_the_account_may_answer(device, held):
    open_ = ask({})
    assert isinstance(verify(held, open_, device.prove(open_.public)), Accepted)


def test_a_key_that_was_not_asked_does_not_answer(device, held, asked):
    later = BoundDevice()
    both = held | {"e": bound(later).credential}
    assert verify(both, asked, later.prove(asked.public)).reason == "unknown_key"
    again = ask(both)
    assert again.public["keys"] == [device.thumbprint, later.thumbprint]
    assert verify(both, again, later.prove(again.public)).credential_id == "e"


@pytest.mark.parametrize(("said", "carrier"), [(True, "phone"), (False, ""), (None, "")])
def test_a_phone_that_says_so_is_named_as_what_carries_the_proof(said, carrier):
    phone = BoundDevice(phone=said)
    confirmed = bound(phone)
    assert confirmed.evidence.carrier == carrier
    held = {"d": confirmed.credential}
    asked = ask(held)
    assert verify(held, asked, phone.prove(asked.public)).evidence.carrier == carrier


def test_an_app_signs_under_its_own_name(held):
    app = BoundDevice(origin=APP)
    confirmed = bound(app)
    asked = ask({"a": confirmed.credential})
    answer = app.prove(asked.public)
    assert isinstance(verify({"a": confirmed.credential}, asked, answer), Accepted)


WRONG = [
    ({"type": "trifactor.device.bind"}, "wrong_type"),
    ({"type": "webauthn.get"}, "wrong_type"),
    ({"challenge": b64(bytes(32))}, "wrong_challenge"),
    ({"challenge": "\u6311\u6230"}, "wrong_challenge"),
    ({"transaction": "transaction-2"}, "wrong_transaction"),
    ({"purpose": "order"}, "wrong_purpose"),
    ({"origin": "https://broker.example.evil.example"}, "wrong_origin"),
    ({"origin": "http://broker.example"}, "wrong_origin"),
    ({"origin": "https://broker.example/"}, "wrong_origin"),
    ({"origin": ""}, "wrong_origin"),
]


@pytest.mark.parametrize(("changes", "reason"), WRONG)
def test_a_statement_about_anything_else_is_refused(device, held, asked, changes, reason):
    assert verify(held, asked, device.prove(asked.public, **changes)).reason == reason


@pytest.mark.parametrize(("changes", "reason"), [case for case in WRONG if "type" not in case[0]])
def test_a_binding_about_anything_else_is_refused(device, changes, reason):
    assert bound(device, **changes).reason == reason


def test_a_proof_binds_nothing_and_a_binding_proves_nothing(device, held, asked):
    assert bound(device, type="trifactor.device.prove").reason == "wrong_type"
    signed = device.bind(asked.public)
    answer = {"key": device.thumbprint} | {m: signed[m] for m in ("client_data", "signature")}
    assert verify(held, asked, answer).reason == "wrong_type"


@pytest.mark.parametrize("other", [{"transaction": "transaction-2"}, {"purpose": "order"}])
def test_an_answer_counts_in_its_own_transaction_only(device, held, asked, other):
    """The answer and even the challenge carried over: the context is the server's own."""
    answer = device.prove(asked.public)
    assert verify(held, asked, answer, **other).reason.startswith("wrong_")


def test_a_challenge_is_good_for_five_minutes(device, held, asked):
    answer = device.prove(asked.public)
    assert isinstance(verify(held, asked, answer, now=NOW + 299), Accepted)
    assert verify(held, asked, answer, now=NOW + 300).reason == "challenge_expired"
    brief = Device(DeviceSettings(origins=(ORIGIN,), lifetime=10))
    late = brief.verify(held, asked.private, answer, context(now=NOW + 10))
    assert late.reason == "challenge_expired"


def test_a_binding_must_come_in_time_too(device):
    offer = FACTOR.enroll({}, context())
    late = FACTOR.confirm(offer.private, device.bind(offer.public), context(now=NOW + 300))
    assert late.reason == "challenge_expired"


def test_an_answer_without_a_challenge_is_refused(device, held, asked):
    answer = device.prove(asked.public)
    assert FACTOR.verify(held, {}, answer, context()).reason == "challenge_missing"


def test_an_answer_counts_once_even_where_the_challenge_is_kept(device, held, asked):
    answer = device.prove(asked.public)
    after = {"d": verify(held, asked, answer).credential}
    assert verify(after, asked, answer).reason == "replayed"
    assert verify(after, asked, device.prove(asked.public)).reason == "replayed"
    fresh = FACTOR.challenge(after, context(entropy=Chance(b"fresh")))
    assert isinstance(verify(after, fresh, device.prove(fresh.public)), Accepted)


def test_without_a_configured_origin_nobody_may_sign(device, held, asked):
    closed = Device(DeviceSettings())
    verdict = closed.verify(held, asked.private, device.prove(asked.public), context())
    assert verdict.reason == "wrong_origin"


@pytest.mark.clause("CC-17010.j.g")
def test_an_unknown_key_costs_a_signature_check_like_a_known_one(device, held, asked, monkeypatch):
    points = []
    check = module.has_signed
    monkeypatch.setattr(module, "has_signed", lambda *a: points.append(a[0]) or check(*a))
    for tried in (held, {}):
        for signer in (device, BoundDevice()):
            points.clear()
            verify(tried, asked, signer.prove(asked.public))
            known = tried and signer is device
            assert points == [held["d"].public_key if known else DECOY_POINT]


def test_the_decoys_own_key_opens_nothing(held):
    """RFC 6979 appendix A.2.5 prints the private half of our decoy."""
    scalar = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    decoy = BoundDevice(key=ec.derive_private_key(scalar, ec.SECP256R1()))
    assert decoy.thumbprint == thumbprint(DECOY_POINT)
    for tried in (held, {}):
        open_ = ask({})
        assert verify(tried, open_, decoy.prove(open_.public)).reason == "unknown_key"


FLIPS = st.tuples(st.sampled_from(["client_data", "signature"]), st.integers(0), st.integers(0, 7))


@given(flip=FLIPS)
@SLOW
def test_one_flipped_bit_of_a_signed_answer_is_refused(device, held, asked, flip):
    member, where, bit = flip
    answer = device.prove(asked.public)
    raw = bytearray(unb64(answer[member]))
    raw[where % len(raw)] ^= 1 << bit
    assert isinstance(verify(held, asked, answer | {member: b64(bytes(raw))}), Refused)
    assert isinstance(verify(held, asked, answer), Accepted)


@given(where=st.integers(0), bit=st.integers(0, 7))
@SLOW
def test_one_flipped_bit_of_a_key_being_bound_is_refused(device, where, bit):
    offer = FACTOR.enroll({}, context())
    binding = device.bind(offer.public)
    raw = bytearray(unb64(binding["public_key"]["x"]))
    raw[where % 32] ^= 1 << bit
    binding["public_key"]["x"] = b64(bytes(raw))
    refused = FACTOR.confirm(offer.private, binding, context())
    assert refused.reason in {"unusable_key", "wrong_signature"}


def test_a_key_that_somebody_else_signed_for_is_not_bound(device):
    offer = FACTOR.enroll({}, context())
    theirs = device.bind(offer.public) | {"public_key": BoundDevice().jwk}
    assert FACTOR.confirm(offer.private, theirs, context()).reason == "wrong_signature"


def test_a_point_off_the_curve_is_not_bound(device):
    offer = FACTOR.enroll({}, context())
    off = device.jwk | {"y": device.jwk["x"]}
    binding = device.bind(offer.public) | {"public_key": off}
    assert FACTOR.confirm(offer.private, binding, context()).reason == "unusable_key"


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": 1},
        {"phone": "yes"},
        {"phone": None},
        {"name": "my phone"},
        {"public_key": None},
        {"public_key": {"kty": "EC"}},
        {"signature": ""},
        {"signature": b64(bytes(63))},
        {"signature": b64(bytes(65))},
        {"client_data": None},
        {"client_data": "!"},
    ],
)
def test_a_malformed_binding_is_refused(device, changes):
    offer = FACTOR.enroll({}, context())
    binding = device.bind(offer.public) | changes
    assert FACTOR.confirm(offer.private, binding, context()).reason == "malformed"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": ""},
        {"key": "a" * 44},
        {"key": None},
        {"phone": True},
        {"signature": b64(bytes(70))},
        {"client_data": b64(b"{}")},
    ],
)
def test_a_malformed_answer_is_refused(device, held, asked, changes):
    answer = device.prove(asked.public) | changes
    assert verify(held, asked, answer).reason == "malformed"


def written(device, asked):
    """The statement that would be right, as text to be spoilt."""
    return json.dumps(statement(device, asked))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1] + ', "purpose": "login"}',
        lambda text: text.replace('"purpose"', '"purpose": "order", "purpose"'),
        lambda text: text[:-1] + ', "more": ""}',
        lambda text: text.replace('"purpose": "login"', '"purpose": ["login"]'),
        lambda text: text.replace('"purpose": "login"', '"purpose": "\\ud800"'),
        lambda text: text.replace('"login"', "NaN"),
        lambda text: f"[{text}]",
        lambda text: text + text,
        lambda text: "",
        lambda text: "null",
        lambda text: "[" * MAX_SIZE,
        lambda text: '{"type":' * 200,
        lambda text: text + " " * MAX_SIZE,
        lambda text: "\ufeff" + text,
    ],
)
def test_a_statement_is_read_in_one_way_or_not_at_all(device, held, asked, spoil):
    raw = spoil(written(device, asked)).encode()
    answer = {"key": device.thumbprint} | device.sign(raw)
    assert verify(held, asked, answer).reason == "malformed"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_statement_is_utf_8(device, held, asked, encoding):
    raw = written(device, asked).encode(encoding)
    answer = {"key": device.thumbprint} | device.sign(raw)
    assert verify(held, asked, answer).reason == "malformed"


def test_how_a_statement_is_laid_out_is_the_signers_own(device, held, asked):
    said = statement(device, asked)
    raw = json.dumps(dict(reversed(said.items())), indent=3).encode()
    assert isinstance(verify(held, asked, {"key": device.thumbprint} | device.sign(raw)), Accepted)


@given(st.binary(max_size=300) | st.text(max_size=80).map(str.encode))
def test_whatever_bytes_are_signed_they_are_read_or_they_are_not(raw):
    assert read_statement(raw) is None


def test_a_credential_survives_json(held):
    credential = held["d"]
    stored = msgspec.json.encode(credential)
    assert msgspec.json.decode(stored, type=DeviceCredential) == credential
