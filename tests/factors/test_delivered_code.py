"""A code counts for what it was asked for, thrice tried at most, and shows little of its way."""

import json
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factors.code_channel import MAIL, SMS
from factors.contract import Accepted, AddressedCredential, FactorClass, Refused
from factors.delivered_code import (
    DeliveredCodeCredential,
    DeliveredCodeSettings,
    mail_otp,
    sms_otp,
)
from tests.factors.world import NOW, Chance, context

PHONE, EMAIL = "+886912345678", "amy@mail.example"
LIFETIME = 600


@pytest.fixture(params=[sms_otp, mail_otp], ids=["sms", "mail"])
def factor(request):
    return request.param(DeliveredCodeSettings())


@pytest.fixture
def held(factor):
    address = {"sms": PHONE, "mail": EMAIL}[factor.channel.name]
    return {"c": DeliveredCodeCredential(channel=factor.channel.name, address=address)}


@pytest.fixture
def asked(factor, held):
    return factor.challenge(held, context())


def right(offer):
    return {"code": offer.private["code"]}


def wrong(offer, by=1):
    return {"code": f"{(int(offer.private['code']) + by) % 10**6:06d}"}


def test_each_is_what_its_channel_is():
    sms, mail = (make(DeliveredCodeSettings()) for make in (sms_otp, mail_otp))
    assert (sms.name, mail.name) == ("sms_otp", "mail_otp")
    for factor in (sms, mail):
        assert factor.guessable
        assert factor.limit_of_one
        assert not factor.may_be_first
        assert not factor.hashes
        assert factor.channel.evidence.restricted
        assert factor.channel.evidence.classes == (FactorClass.POSSESSION,)
    assert (SMS.evidence.amr, SMS.evidence.carrier) == (("otp", "sms"), "phone")
    assert (MAIL.evidence.amr, MAIL.evidence.carrier) == (("otp",), "mailbox")


def test_an_enrolment_sends_to_the_address_on_file_and_shows_little_of_it(factor):
    offer = factor.enroll({}, context())
    name = factor.channel.name
    assert offer.public == {
        "channel": name,
        "to": {"sms": "•••• 678", "mail": "a•••@mail.example"}[name],
        "digits": 6,
        "expires_in": LIFETIME,
    }
    delivery = offer.delivery
    assert (delivery.channel, delivery.text_id) == (name, f"code_{name}")
    assert delivery.address == {"sms": PHONE, "mail": EMAIL}[name]
    assert delivery.expires_at == NOW + LIFETIME
    assert delivery.values == {
        "code": offer.private["code"],
        "purpose": "login",
        "minutes": "10",
    }


def test_what_was_confirmed_is_where_later_codes_go_whatever_is_on_file_by_then(factor):
    begun = factor.enroll({}, context())
    bound = factor.confirm(begun.private, right(begun), context())
    assert isinstance(bound, Accepted)
    assert isinstance(bound.credential, AddressedCredential)
    moved = context(email="thief@mail.example", phone="+886900000000")
    asked = factor.challenge({"c": bound.credential}, moved)
    assert asked.delivery.address == begun.delivery.address == bound.credential.address
    assert asked.delivery.channel == bound.credential.channel == factor.channel.name


@pytest.mark.parametrize(
    "address",
    ["", "0912345678", "+0912345678", "+88691234567x", "+1234567890123456", "+886912345678\n"],
)
def test_a_number_that_is_none_is_sent_nothing(address):
    refused_for_want_of_an_address(sms_otp, context(phone=address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "amy",
        "amy@",
        "@mail.example",
        "a b@mail.example",
        "a@b@c",
        "a@x,b@y",
        "a\r\n@x",
        "<a@x>",
    ],
)
def test_a_mail_address_that_is_none_is_sent_nothing(address):
    refused_for_want_of_an_address(mail_otp, context(email=address))


def refused_for_want_of_an_address(make, ctx):
    factor = make(DeliveredCodeSettings())
    offer = factor.enroll({}, ctx)
    assert offer.delivery is None
    assert offer.public == {**factor.enroll({}, context()).public, "to": ""}
    for answer in (right(offer), wrong(offer)):
        verdict = factor.confirm(offer.private, answer, ctx)
        assert verdict == Refused(reason="no_address")


@given(st.from_regex(SMS.shape, fullmatch=True).filter(str.isascii))
def test_of_a_number_three_digits_are_shown_at_most(number):
    shown = sms_otp(DeliveredCodeSettings()).enroll({}, context(phone=number)).public["to"]
    assert shown == f"•••• {number[-3:]}"


@given(st.from_regex(MAIL.shape, fullmatch=True))
def test_of_a_mailbox_one_letter_is_shown_at_most(address):
    shown = mail_otp(DeliveredCodeSettings()).enroll({}, context(email=address)).public["to"]
    mailbox, _, host = address.partition("@")
    assert shown == f"{mailbox[0]}•••@{host}"


def test_before_an_address_is_known_nothing_is_sent_and_the_question_is_the_same_for_all(factor):
    offer = factor.challenge({}, context())
    assert offer.delivery is None
    assert offer.public["to"] == ""
    assert offer.public == factor.challenge({}, context(account="other", email="", phone="")).public
    assert offer.private.keys() == factor.enroll({}, context()).private.keys()


def test_a_mistyped_code_may_be_tried_again_and_the_third_takes_it_away(factor, held, asked):
    first = factor.verify(held, asked.private, wrong(asked), context())
    assert first.reason == "wrong_code"
    second = factor.verify(held, first.private, wrong(asked, 2), context())
    assert second.reason == "wrong_code"
    assert isinstance(factor.verify(held, second.private, right(asked), context()), Accepted)
    third = factor.verify(held, second.private, wrong(asked, 3), context())
    assert third.reason == "tries_used_up"
    late = factor.verify(held, third.private, right(asked), context())
    assert late.reason == "tries_used_up"


def test_so_may_the_one_that_ends_an_enrolment(factor):
    begun = factor.enroll({}, context())
    first = factor.confirm(begun.private, wrong(begun), context())
    second = factor.confirm(first.private, wrong(begun), context())
    assert (first.reason, second.reason) == ("wrong_code", "wrong_code")
    assert isinstance(factor.confirm(second.private, right(begun), context()), Accepted)
    third = factor.confirm(second.private, wrong(begun), context())
    assert third.reason == "tries_used_up"
    assert factor.confirm(third.private, right(begun), context()).reason == "tries_used_up"


@pytest.mark.parametrize("response", [{}, {"code": "12345"}, {"code": 123456}, None, {"pin": "1"}])
def test_what_is_no_code_at_all_costs_no_try(factor, held, asked, response):
    for verdict in (
        factor.verify(held, asked.private, response, context()),
        factor.confirm(asked.private, response, context()),
    ):
        assert verdict == Refused(reason="malformed", private=asked.private)


@pytest.mark.parametrize("digits", ["1234567", "1234567890"])
def test_a_code_of_another_length_is_a_wrong_one(factor, held, asked, digits):
    assert factor.verify(held, asked.private, {"code": digits}, context()).reason == "wrong_code"


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1}\n", "{0}　{1}"])
def test_a_code_is_read_as_people_type_it(factor, held, asked, typed):
    code = asked.private["code"]
    wide = code[3:].translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})
    answer = {"code": typed.format(code[:3], wide)}
    assert isinstance(factor.verify(held, asked.private, answer, context()), Accepted)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"transaction": "another"}, "challenge_misplaced"),
        ({"purpose": "order"}, "challenge_misplaced"),
        ({"account": "another"}, "challenge_misplaced"),
        ({"now": NOW + LIFETIME}, "challenge_expired"),
    ],
)
def test_a_code_counts_for_nothing_else_and_for_ten_minutes(factor, held, asked, changes, reason):
    for judged in (
        factor.verify(held, asked.private, right(asked), context(**changes)),
        factor.confirm(asked.private, right(asked), context(**changes)),
    ):
        assert judged == Refused(reason=reason)
    late = context(now=NOW + LIFETIME - 1)
    assert isinstance(factor.verify(held, asked.private, right(asked), late), Accepted)


def test_without_a_question_there_is_no_answer(factor, held):
    for judged in (
        factor.verify(held, {}, {"code": "000000"}, context()),
        factor.confirm({}, {"code": "000000"}, context()),
        factor.verify(held, {}, None, context()),
    ):
        assert judged.reason in {"challenge_missing", "malformed"}
        assert judged.private is None


def test_a_code_sent_to_an_address_that_was_replaced_since_proves_nothing(factor, asked):
    now_held = {"d": DeliveredCodeCredential(channel=factor.channel.name, address="elsewhere")}
    verdict = factor.verify(now_held, asked.private, right(asked), context())
    assert verdict == Refused(reason="address_replaced")
    assert factor.verify({}, asked.private, right(asked), context()).reason == "no_credential"


def test_a_code_counts_once_even_where_its_challenge_is_kept(factor, held, asked):
    first = factor.verify(held, asked.private, right(asked), context())
    again = factor.verify({"c": first.credential}, asked.private, right(asked), context())
    assert again == Refused(reason="replayed")
    fresh = factor.challenge({"c": first.credential}, context(entropy=Chance(b"next")))
    answer = factor.verify({"c": first.credential}, fresh.private, right(fresh), context())
    assert isinstance(answer, Accepted)


def test_asked_again_there_is_another_code(factor, held):
    codes = {
        factor.challenge(held, context(entropy=Chance(bytes([seed])))).private["code"]
        for seed in range(50)
    }
    assert len(codes) == 50


@given(seed=st.binary(max_size=8), digits=st.integers(6, 10))
def test_a_code_has_all_its_digits(seed, digits):
    factor = sms_otp(DeliveredCodeSettings(digits=digits))
    offer = factor.enroll({}, context(entropy=Chance(seed)))
    assert offer.private["code"].isdigit()
    assert len(offer.private["code"]) == digits == offer.public["digits"]


def test_no_digit_is_favoured_anywhere():
    """Chi-square over ten digits; 27.88 is exceeded once in a thousand times (9 degrees)."""
    factor, draws, chance = sms_otp(DeliveredCodeSettings()), 5000, Chance(b"many")
    codes = [factor.enroll({}, context(entropy=chance)).private["code"] for _ in range(draws)]
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        expected = draws / 10
        assert sum((counts[str(d)] - expected) ** 2 / expected for d in range(10)) < 27.88


def test_neither_code_nor_address_shows_itself(factor, held, asked):
    verdicts = [
        factor.verify(held, asked.private, answer, context())
        for answer in (right(asked), wrong(asked))
    ]
    for thing in (asked, asked.delivery, context(), held["c"], *verdicts):
        for private in (asked.private["code"], PHONE, EMAIL):
            assert private not in repr(thing)


def test_a_credential_and_an_offer_survive_json(held, asked):
    stored = msgspec.json.encode(held["c"])
    assert msgspec.json.decode(stored, type=DeliveredCodeCredential) == held["c"]
    assert json.loads(json.dumps(asked.private)) == asked.private
