"""A token's code counts once, in order, and a token that ran ahead is brought back by two."""

import base64
import hashlib
import hmac
import subprocess

import msgspec
import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factors.contract import Accepted, FactorClass, Refused
from factors.hotp import BEHIND, Hotp, HotpCredential, HotpSettings
from tests.factors.world import Chance, context

FACTOR = Hotp(HotpSettings())
AHEAD, RESYNC = FACTOR.settings.ahead, FACTOR.settings.resync
SECRET = b"12345678901234567890"
START = 1000

DECIMAL = [
    1284755224,
    1094287082,
    137359152,
    1726969429,
    1640338314,
    868254676,
    1918287922,
    82162583,
    673399871,
    645520489,
]
"""RFC 4226 appendix D, the truncated values as decimals: a code is the last digits of one."""

HOTP = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]
"""RFC 4226 appendix D, the last column."""


def token(**changes):
    return HotpCredential(**({"secret": SECRET, "digits": 6, "counter": START} | changes))


def code_at(counter, secret=SECRET, digits=6):
    """RFC 4226 section 5.3, written down once more from the text."""
    digest = hmac.new(secret, counter.to_bytes(8), hashlib.sha1).digest()
    offset = digest[19] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def verify(credential, code, following=None, factor=FACTOR):
    response = {"code": code} | ({} if following is None else {"next": following})
    return factor.verify({"t": credential}, {}, response, context())


def pair(credential, first, second, factor=FACTOR):
    """Answer with the codes of two counters."""
    return verify(credential, code_at(first), code_at(second), factor)


def confirm(counter, factor=FACTOR):
    """Confirm an enrolment with the code of this counter."""
    offer = factor.enroll({}, context())
    secret = base64.b32decode(offer.private["secret"])
    digits = factor.settings.digits
    return factor.confirm(offer.private, {"code": code_at(counter, secret, digits)}, context())


@pytest.mark.parametrize("digits", range(6, 11))
@pytest.mark.parametrize("count", range(10))
def test_the_vectors_of_rfc_4226(count, digits):
    """RFC 4226 appendix D, all ten counts, at every length a code may have."""
    code = f"{DECIMAL[count] % 10**digits:0{digits}}"
    assert digits > 6 or code == HOTP[count]
    exact = Hotp(HotpSettings(digits=digits, ahead=0))
    verdict = verify(token(digits=digits, counter=count), code, factor=exact)
    assert isinstance(verdict, Accepted)
    assert verdict.credential.counter == count + 1


@pytest.mark.oathtool
def test_a_token_by_other_people_enrols_logs_in_and_is_brought_back_in_step():
    offer = FACTOR.enroll({}, context())
    secret = offer.public["secret"]

    def press(counter, codes=1):
        call = ["oathtool", "--hotp", "--base32", f"--counter={counter}", f"--window={codes - 1}"]
        done = subprocess.run([*call, secret], capture_output=True, text=True, check=True)
        return done.stdout.split()

    [code] = press(offer.public["counter"])
    enrolled = FACTOR.confirm(offer.private, {"code": code}, context())
    assert isinstance(enrolled, Accepted)
    [code] = press(1)
    verdict = verify(enrolled.credential, code)
    assert isinstance(verdict, Accepted)
    far = verify(verdict.credential, *press(60, 2))
    assert isinstance(far, Accepted)
    assert far.credential.counter == 62


def test_an_enrolment_offers_a_secret_of_160_bits_and_the_uri_apps_read():
    offer = FACTOR.enroll({}, context())
    assert offer.public.keys() == {"secret", "uri", "digits", "counter"}
    assert offer.public["secret"] == offer.private["secret"]
    assert base64.b32decode(offer.public["secret"]) == Chance()(20)
    assert offer.public["uri"].startswith("otpauth://hotp/")
    assert "counter=0" in offer.public["uri"]
    parsed = pyotp.parse_uri(offer.public["uri"])
    assert isinstance(parsed, pyotp.HOTP)
    assert parsed.secret == offer.public["secret"]
    assert (parsed.issuer, parsed.name) == ("Trifactor", "a123456789")
    assert (offer.public["digits"], offer.public["counter"]) == (6, 0)


@pytest.mark.clause("CC-17010.d.b")
def test_an_accepted_code_shows_possession():
    verdict = verify(token(), code_at(START))
    assert verdict.credential_id == "t"
    assert verdict.evidence.method == "hotp"
    assert verdict.evidence.classes == (FactorClass.POSSESSION,)
    assert verdict.evidence.amr == ("otp",)
    assert not verdict.evidence.phishing_resistant
    assert verdict.notes == ()


@pytest.mark.parametrize("counter", range(AHEAD + 1))
def test_a_new_token_is_confirmed_by_any_of_its_first_codes_which_is_spent(counter):
    enrolled = confirm(counter)
    assert enrolled.credential.counter == counter + 1
    secret = enrolled.credential.secret
    assert verify(enrolled.credential, code_at(counter, secret)).reason == "replayed"
    assert isinstance(verify(enrolled.credential, code_at(counter + 1, secret)), Accepted)


def test_a_new_token_is_not_confirmed_by_a_code_further_on_nor_by_two():
    assert confirm(AHEAD + 1).reason == "wrong_code"
    offer = FACTOR.enroll({}, context())
    two = {"code": "123456", "next": "123456"}
    assert FACTOR.confirm(offer.private, two, context()).reason == "malformed"


def test_a_code_counts_once_and_so_do_those_passed_over():
    credential = verify(token(), code_at(START + 3)).credential
    for counter in (START + 3, START + 2, START):
        assert verify(credential, code_at(counter)).reason == "replayed"
    assert isinstance(verify(credential, code_at(START + 4)), Accepted)


def test_what_is_long_past_is_wrong_and_no_more_to_be_had_from_it():
    assert verify(token(), code_at(START - BEHIND)).reason == "replayed"
    assert verify(token(), code_at(START - BEHIND - 1)).reason == "wrong_code"


def test_a_token_out_of_the_window_needs_two_codes():
    beyond = START + AHEAD + 1
    assert verify(token(), code_at(beyond)).reason == "wrong_code"
    verdict = pair(token(), beyond, beyond + 1)
    assert isinstance(verdict, Accepted)
    assert verdict.credential.counter == beyond + 2
    assert verdict.notes == ("resynchronised",)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (START, START + 1, None),
        (START + RESYNC, START + RESYNC + 1, None),
        (START + RESYNC + 1, START + RESYNC + 2, "wrong_code"),
        (START - 1, START, "replayed"),
        (START + 7, START + 9, "not_consecutive"),
        (START + 8, START + 7, "not_consecutive"),
        (START + 7, START + 7, "not_consecutive"),
    ],
)
def test_two_codes_count_where_both_are_unused_and_follow_each_other(first, second, reason):
    verdict = pair(token(), first, second)
    assert getattr(verdict, "reason", None) == reason


def test_the_two_codes_of_a_resynchronisation_are_spent():
    credential = pair(token(), START + 50, START + 51).credential
    assert pair(credential, START + 50, START + 51).reason == "replayed"
    for counter in (START + 50, START + 51):
        assert verify(credential, code_at(counter)).reason == "replayed"
    assert isinstance(verify(credential, code_at(START + 52)), Accepted)


def slow_model(credential, codes, window, behind=BEHIND):
    """Say in the plainest words what the answer must come to: a counter, or a reason."""
    counter = credential.counter
    for first in range(counter, counter + window + 1):
        if [code_at(first + n) for n in range(len(codes))] == codes:
            return first + len(codes)
    for first in range(max(0, counter - behind), counter):
        if [code_at(first + n) for n in range(len(codes))] == codes:
            return "replayed"
    for first in range(max(0, counter - behind), counter + window + 1):
        if len(codes) == 2 and code_at(first) == codes[0]:
            return "not_consecutive"
    return "wrong_code"


@given(
    counter=st.integers(0, 30),
    offset=st.integers(-12, 30),
    step=st.integers(-1, 3) | st.none(),
    ahead=st.integers(0, 6),
    more=st.integers(0, 15),
)
@settings(deadline=None, max_examples=300)
def test_every_window_is_what_a_slow_model_says(counter, offset, step, ahead, more):
    factor = Hotp(HotpSettings(ahead=ahead, resync=ahead + more))
    first = max(0, counter + offset)
    codes = [code_at(first)] + ([] if step is None else [code_at(max(0, first + step))])
    verdict = verify(token(counter=counter), *codes, factor=factor)
    window = ahead if step is None else ahead + more
    outcome = slow_model(token(counter=counter), codes, window)
    if isinstance(verdict, Accepted):
        assert verdict.credential.counter == outcome
    else:
        assert verdict.reason == outcome


@given(presses=st.lists(st.integers(0, 9), max_size=12))
@settings(deadline=None)
def test_the_counter_only_ever_moves_forward_and_no_counter_counts_twice(presses):
    credential, used = token(counter=0), []
    for press in presses:
        verdict = verify(credential, code_at(press))
        if isinstance(verdict, Accepted):
            assert verdict.credential.counter > credential.counter
            credential = verdict.credential
            used.append(press)
    assert used == sorted(set(used))


def test_several_tokens_are_all_tried_and_one_is_spent():
    other = token(secret=b"another secret, 20 b", counter=3)
    held = {"a": token(), "b": other}
    verdict = FACTOR.verify(held, {}, {"code": code_at(4, other.secret)}, context())
    assert verdict.credential_id == "b"
    assert verdict.credential == msgspec.structs.replace(other, counter=5)


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}\u3000{1}", "{0}\u00a0{1}\n"])
def test_spaces_are_nothing(typed):
    code, following = code_at(START), code_at(START + 1)
    spaced = [typed.format(digits[:3], digits[3:]) for digits in (code, following)]
    assert isinstance(verify(token(), spaced[0]), Accepted)
    assert isinstance(verify(token(), *spaced), Accepted)


@pytest.mark.parametrize("typed", ["", "12345", "12345678901", "12345a", 123456, " " * 40, []])
def test_what_is_no_code_is_malformed(typed):
    assert verify(token(), typed).reason == "malformed"
    assert verify(token(), code_at(START), typed).reason == "malformed"
    assert verify(token(), typed, code_at(START + 1)).reason == "malformed"
    offer = FACTOR.enroll({}, context())
    assert FACTOR.confirm(offer.private, {"code": typed}, context()).reason == "malformed"


@pytest.mark.parametrize(
    "response",
    [
        {"next": "123456"},
        {"code": "123456", "next": None},
        {"code": "123456", "more": "123456"},
        {"code": "123456", "next": "123456", "more": "123456"},
        ["code"],
    ],
)
def test_any_other_members_are_malformed(response):
    assert FACTOR.verify({"t": token()}, {}, response, context()).reason == "malformed"


def test_wrong_codes_are_refused_with_and_without_a_token():
    wrong = f"{(int(code_at(START)) + 1) % 10**6:06}"
    assert verify(token(), wrong).reason == "wrong_code"
    assert verify(token(), "12345678").reason == "wrong_code"
    assert verify(token(), wrong, wrong).reason == "wrong_code"
    assert FACTOR.verify({}, {}, {"code": wrong}, context()).reason == "no_credential"


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("codes", [1, 2])
def test_without_a_token_the_codes_of_a_whole_window_are_made_all_the_same(monkeypatch, codes):
    made = []
    generate = pyotp.HOTP.at
    monkeypatch.setattr(pyotp.HOTP, "at", lambda self, n: made.append(n) or generate(self, n))
    window = {1: AHEAD + 1, 2: RESYNC + 2}[codes]
    for held in ({}, {"t": token()}, {"t": token(counter=1)}):
        for hit in (True, False):
            made.clear()
            counter = next(iter(held.values())).counter if held else BEHIND
            typed = [code_at(counter + n) if hit else "000000" for n in range(codes)]
            response = dict(zip(("code", "next"), typed, strict=False))
            FACTOR.verify(held, {}, response, context())
            assert len(made) == BEHIND + window


@pytest.mark.clause("CC-17010.j.g")
def test_the_codes_of_the_decoy_are_refused_like_any_other():
    code = code_at(BEHIND, bytes(20))
    verdict = FACTOR.verify({}, {}, {"code": code}, context())
    assert verdict == Refused(reason="no_credential")


@pytest.mark.parametrize(
    "wrong", [{"digits": 5}, {"digits": 11}, {"ahead": -1}, {"ahead": 9, "resync": 8}]
)
def test_settings_that_make_no_sense_are_refused_at_once(wrong):
    with pytest.raises(ValueError, match=r"digits|ahead"):
        HotpSettings(**wrong)


def test_a_credential_survives_json_and_shows_nothing():
    credential = confirm(1).credential
    assert msgspec.json.decode(msgspec.json.encode(credential), type=HotpCredential) == credential
    assert repr(credential) == "HotpCredential(...)"
