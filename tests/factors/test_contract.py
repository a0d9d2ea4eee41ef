"""What every registered factor promises, whatever it is: see `factors.contract`.

A factor added to the registry needs a `Client` below, and nothing else, to be held to all of it.
"""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyotp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from factors.contract import Accepted, Evidence, Refused
from factors.registry import build
from tests.factors.authenticator import Authenticator
from tests.factors.bound_device import BoundDevice
from tests.factors.world import NOW, Chance, context, settings

FACTORS = build(settings())
LATER = NOW + 3600


@dataclass
class PasswordClient:
    """Knows one password."""

    member = "password"
    may_be_repeated = True  # that is what a password is
    any_text_may_be_chosen = True

    def enroll(self, offer):
        return {"password": "kq7mx4tp"}

    def answer(self, offer, now):
        return {"password": "kq7mx4tp"}


@dataclass
class PatternClient:
    """Knows one pattern, and draws it twice to begin with."""

    member = "pattern"
    may_be_repeated = True  # it is knowledge, like a password
    enrolment_answers = False  # drawn twice, it has another shape
    any_text_may_be_chosen = False

    def enroll(self, offer):
        return self.answer(offer, NOW) | {"again": [4, 0, 5, 1, 3, 2, 7, 6, 8]}

    def answer(self, offer, now):
        return {"pattern": [4, 0, 5, 1, 3, 2, 7, 6, 8]}


@dataclass
class GridCardClient:
    """Holds one printed card, and reads from it what is asked."""

    member = "cells"
    may_be_repeated = False
    lasts = True
    any_text_may_be_chosen = False
    printed: dict[str, str] = field(default_factory=dict)

    def enroll(self, offer):
        for row, texts in zip(offer.public["rows"], offer.public["cells"], strict=True):
            for column, text in zip(offer.public["columns"], texts, strict=True):
                self.printed[column + row] = text
        return self.answer(offer, NOW)

    def answer(self, offer, now):
        return {"cells": {name: self.printed[name] for name in offer.public["asked"]}}


@dataclass
class TotpClient:
    """An authenticator app that was shown one secret."""

    member = "code"
    may_be_repeated = False
    any_text_may_be_chosen = False
    secret: str = ""

    def enroll(self, offer):
        self.secret = offer.public["secret"]
        return self.answer(offer, NOW - 30)

    def answer(self, offer, now):
        return {"code": pyotp.HOTP(self.secret).at(int(now // 30))}


@dataclass
class HotpClient:
    """A token with a button, pressed once and then once more for every answer."""

    member = "code"
    may_be_repeated = False
    lasts = True
    any_text_may_be_chosen = False
    secret: str = ""

    def enroll(self, offer):
        self.secret = offer.public["secret"]
        return {"code": pyotp.HOTP(self.secret).at(offer.public["counter"])}

    def answer(self, offer, now):
        return {"code": pyotp.HOTP(self.secret).at(1)}


@dataclass
class RecoveryCodesClient:
    """A sheet in a drawer, of which the first code is taken."""

    member = "code"
    may_be_repeated = False
    lasts = True
    any_text_may_be_chosen = False
    codes: tuple[str, ...] = ()

    def enroll(self, offer):
        self.codes = tuple(offer.public["codes"])
        return {"saved": True}

    def answer(self, offer, now):
        return {"code": self.codes[0]}


@dataclass
class DeviceClient:
    """A page of ours with a key in its browser."""

    member = "signature"
    may_be_repeated = False
    any_text_may_be_chosen = False
    device: BoundDevice = field(default_factory=BoundDevice)

    def enroll(self, offer):
        return self.device.bind(offer.public)

    def answer(self, offer, now):
        return self.device.prove(offer.public)


@dataclass
class DeliveredCodeClient:
    """Reads what is sent; what is sent to nobody he would have read all the same."""

    member = "code"
    may_be_repeated = False
    any_text_may_be_chosen = False

    def enroll(self, offer):
        return self.answer(offer, NOW)

    def answer(self, offer, now):
        return {"code": (offer.delivery.values if offer.delivery else offer.private)["code"]}


@dataclass
class WebAuthnClient:
    """A browser with one key."""

    member = "credential"
    may_be_repeated = False
    any_text_may_be_chosen = False
    key: Authenticator = field(default_factory=Authenticator)

    def enroll(self, offer):
        return self.key.create(offer.public)

    def answer(self, offer, now):
        return self.key.get(offer.public)


CLIENTS: dict[str, Any] = {
    "password": PasswordClient,
    "pattern": PatternClient,
    "grid_card": GridCardClient,
    "totp": TotpClient,
    "sms_otp": DeliveredCodeClient,
    "mail_otp": DeliveredCodeClient,
    "webauthn": WebAuthnClient,
    "hotp": HotpClient,
    "recovery_codes": RecoveryCodesClient,
    "device": DeviceClient,
}


@pytest.fixture(params=sorted(FACTORS))
def factor(request):
    return FACTORS[request.param]


@pytest.fixture
def client(factor):
    return CLIENTS[factor.name]()


@pytest.fixture
def enrolled(factor, client):
    offer = factor.enroll({}, context())
    return factor.confirm(offer.private, client.enroll(offer), context())


@pytest.fixture
def held(enrolled):
    return {"c": enrolled.credential}


@pytest.fixture
def offer(factor, held):
    return factor.challenge(held, context(entropy=Chance(b"challenge")))


TEXTS = st.text() | st.just("\ud800") | st.just("9" * 70_000) | st.just("\uff11" * 6)
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
SLOW = run(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_the_registry_is_a_table_by_name_and_every_factor_has_a_client_here():
    assert {name: factor.name for name, factor in FACTORS.items()} == {n: n for n in CLIENTS}
    with pytest.raises(TypeError):
        FACTORS["password"] = None


def test_the_right_answer_is_accepted(factor, client, enrolled, held, offer):
    assert isinstance(enrolled, Accepted)
    assert enrolled.credential_id == ""
    verdict = factor.verify(held, offer.private, client.answer(offer, NOW), context())
    assert isinstance(verdict, Accepted)
    assert verdict.credential_id == "c"
    for accepted in (enrolled, verdict):
        assert isinstance(accepted.credential, factor.credential_type)
        assert isinstance(accepted.evidence, Evidence)
        assert accepted.evidence.method == factor.name
        assert accepted.evidence.classes


def test_a_right_answer_with_a_word_too_many_is_refused(factor, client, held, offer):
    begun = factor.enroll({}, context())
    enrolling = client.enroll(begun) | {"x": 1}
    assert factor.confirm(begun.private, enrolling, context()).reason == "malformed"
    answer = client.answer(offer, NOW) | {"x": 1}
    assert factor.verify(held, offer.private, answer, context()).reason == "malformed"


@given(garbage=GARBAGE)
@SLOW
def test_garbage_is_refused_and_never_an_exception(factor, client, held, offer, garbage):
    begun = factor.enroll({}, context())
    for response in (garbage, {client.member: garbage}, {client.member: garbage, "x": 1}):
        judged = factor.confirm(begun.private, response, context())
        assert isinstance(judged, Refused) or client.any_text_may_be_chosen
        for tried in (held, {}):
            verdict = factor.verify(tried, offer.private, response, context())
            assert isinstance(verdict, Refused)
            assert verdict.credential is None


@given(garbage=GARBAGE, data=st.data())
@SLOW
def test_garbage_in_one_place_of_a_right_answer_is_no_exception(factor, client, garbage, data):
    begun = factor.enroll({}, context())
    enrolled = factor.confirm(begun.private, client.enroll(begun), context())
    held = {"c": enrolled.credential}
    offer = factor.challenge(held, context())
    for right, judge in (
        (client.enroll(begun), lambda r: factor.confirm(begun.private, r, context())),
        (client.answer(offer, NOW), lambda r: factor.verify(held, offer.private, r, context())),
    ):
        spoilt = copy.deepcopy(right)
        place = data.draw(st.sampled_from(_places(spoilt)))
        place[0][place[1]] = garbage
        assert isinstance(judge(spoilt), (Accepted, Refused))


def _places(value):
    """Every (container, key) of a JSON value."""
    found = []
    for key, inner in value.items():
        found.append((value, key))
        found += _places(inner) if isinstance(inner, dict) else []
    return found


@given(where=st.integers(0), bit=st.integers(0, 7), data=st.data())
@SLOW
def test_one_flipped_bit_of_a_signed_answer_is_refused(where, bit, data):
    webauthn, client = FACTORS["webauthn"], WebAuthnClient()
    begun = webauthn.enroll({}, context())
    created = client.enroll(begun)
    key = {"c": webauthn.confirm(begun.private, created, context()).credential}
    asked = webauthn.challenge(key, context())
    answer = client.answer(asked, NOW)
    members = answer["credential"]["response"]
    member = data.draw(st.sampled_from(["authenticatorData", "clientDataJSON", "signature"]))
    raw = bytearray(base64url_to_bytes(members[member]))
    raw[where % len(raw)] ^= 1 << bit
    members[member] = bytes_to_base64url(bytes(raw))
    assert isinstance(webauthn.verify(key, asked.private, answer, context()), Refused)


def test_an_answer_counts_once(factor, client, held, offer):
    answer = client.answer(offer, NOW)
    first = factor.verify(held, offer.private, answer, context())
    again = factor.verify({"c": first.credential}, offer.private, answer, context())
    assert isinstance(again, Accepted) is client.may_be_repeated


def test_the_answer_that_confirmed_an_enrolment_proves_nothing_more(factor, client):
    begun = factor.enroll({}, context())
    answer = client.enroll(begun)
    held = {"c": factor.confirm(begun.private, answer, context()).credential}
    asked = factor.challenge({}, context(entropy=Chance(b"challenge")))
    verdict = factor.verify(held, asked.private, answer, context())
    proves = getattr(client, "enrolment_answers", client.may_be_repeated)
    assert isinstance(verdict, Accepted) is proves


def test_an_answer_an_hour_old_is_worth_nothing_but_where_it_lasts(factor, client, held, offer):
    """A client whose answer is good until it is used (a token's, a card's) says `lasts`."""
    answer = client.answer(offer, NOW)
    verdict = factor.verify(held, offer.private, answer, context(now=LATER))
    lasts = getattr(client, "lasts", client.may_be_repeated)
    assert isinstance(verdict, Accepted) is lasts


@pytest.mark.clause("CC-17010.j.g")
def test_the_right_answer_for_nobody_is_refused(factor, client, held, offer):
    for tried, asked in (({}, offer), ({}, factor.challenge({}, context()))):
        verdict = factor.verify(tried, asked.private, client.answer(asked, NOW), context())
        assert isinstance(verdict, Refused)
        assert verdict.credential is None


def test_a_credential_survives_json(factor, client, enrolled, held, offer):
    verified = factor.verify(held, offer.private, client.answer(offer, NOW), context())
    for credential in (enrolled.credential, verified.credential):
        stored = msgspec.json.encode(credential)
        assert msgspec.json.decode(stored, type=factor.credential_type) == credential


def test_an_offer_is_json_and_a_stored_one_is_as_good(factor, client):
    begun = factor.enroll({}, context())
    stored = json.loads(json.dumps(begun.private))
    assert json.loads(json.dumps(begun.public)) == begun.public
    assert isinstance(factor.confirm(stored, client.enroll(begun), context()), Accepted)


def test_all_chance_comes_from_the_entropy_given(factor, held):
    for seeds, same in (((b"1", b"1"), True), ((b"1", b"2"), False)):
        first, second = (
            (
                factor.enroll({}, context(entropy=Chance(s))),
                factor.challenge(held, context(entropy=Chance(s))),
            )
            for s in seeds
        )
        drawn = bool(first[0].private)
        assert (first == second) is (same or not drawn)


def test_what_is_asked_before_any_proof_is_the_same_for_everybody(factor):
    for ctx in (context(), context(account="nobody", login_name="nobody")):
        public = factor.challenge({}, ctx).public
        assert public == factor.challenge({}, context()).public


def test_nothing_held_is_ever_changed_in_place(factor, client, held, offer):
    before = copy.deepcopy(held)
    factor.verify(held, offer.private, client.answer(offer, NOW), context())
    assert held == before
