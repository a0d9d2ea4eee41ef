"""A code counts once, in its time, from the token of this account."""

import base64
import shutil
import subprocess

import msgspec
import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factors.contract import Accepted, FactorClass, Refused
from factors.totp import NEVER, Totp, TotpCredential, TotpSettings
from tests.factors.world import NOW, Chance, context

FACTOR = Totp(TotpSettings())
STRICT = Totp(TotpSettings(steps_back=0, drift=0))
SECRET = b"12345678901234567890"


def token(**changes):
    return TotpCredential(**({"secret": SECRET, "digits": 6, "period": 30} | changes))


def code_at(seconds, secret=SECRET, digits=6):
    return pyotp.HOTP(base64.b32encode(secret).decode(), digits=digits).at(int(seconds // 30))


def verify(credential, code, now=NOW, factor=FACTOR):
    return factor.verify({"t": credential}, {}, {"code": code}, context(now=now))


def confirm(offset, factor=FACTOR):
    """Confirm an enrolment with the code of `offset` steps from now."""
    offer = factor.enroll({}, context())
    secret = base64.b32decode(offer.private["secret"])
    return factor.confirm(offer.private, {"code": code_at(NOW + 30 * offset, secret)}, context())


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds, code):
    """RFC 6238 appendix B, the rows for SHA-1."""
    eight = Totp(TotpSettings(digits=8))
    verdict = verify(token(digits=8), code, seconds, eight)
    assert isinstance(verdict, Accepted)
    assert verdict.credential.last_step == seconds // 30


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(
            [
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
        )
    ),
)
def test_the_vectors_of_rfc_4226(count, code):
    """RFC 4226 appendix D: the counter is the step."""
    assert isinstance(verify(token(), code, count * 30, STRICT), Accepted)


@pytest.mark.skipif(shutil.which("oathtool") is None, reason="needs oathtool, a TOTP client")
def test_a_client_by_other_people_enrols_and_logs_in():
    offer = FACTOR.enroll({}, context())
    call = ["oathtool", "--totp", "--base32", f"--now=@{int(NOW)}", offer.public["secret"]]
    code = subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    enrolled = FACTOR.confirm(offer.private, {"code": code}, context())
    assert isinstance(enrolled, Accepted)
    call[3] = f"--now=@{int(NOW) + 60}"
    later = subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    assert isinstance(verify(enrolled.credential, later, NOW + 60), Accepted)


def test_an_enrolment_offers_a_secret_of_160_bits_and_the_uri_apps_read():
    offer = FACTOR.enroll({}, context())
    assert offer.public["secret"] == offer.private["secret"]
    assert base64.b32decode(offer.public["secret"]) == Chance()(20)
    parsed = pyotp.parse_uri(offer.public["uri"])
    assert parsed.secret == offer.public["secret"]
    assert (parsed.issuer, parsed.name) == ("Trifactor", "a123456789")
    assert (offer.public["digits"], offer.public["period"]) == (6, 30)


def test_an_accepted_code_shows_possession():
    verdict = verify(token(), code_at(NOW))
    assert verdict.credential_id == "t"
    assert verdict.evidence.classes == (FactorClass.POSSESSION,)
    assert verdict.evidence.amr == ("otp",)
    assert not verdict.evidence.phishing_resistant


def test_a_code_counts_once():
    spent = verify(token(), code_at(NOW)).credential
    for now in (NOW, NOW + 29):
        again = verify(spent, code_at(NOW), now)
        assert isinstance(again, Refused)
        assert again.reason == "replayed"


def test_an_older_code_is_worth_nothing_once_a_newer_one_was_used():
    spent = verify(token(), code_at(NOW)).credential
    assert verify(spent, code_at(NOW - 30)).reason == "replayed"


def test_the_code_of_the_confirmation_is_spent():
    credential = confirm(0).credential
    code = code_at(NOW, credential.secret)
    assert verify(credential, code).reason == "replayed"
    assert confirm(0).credential_id == ""


@pytest.mark.parametrize("factor", [FACTOR, STRICT, Totp(TotpSettings(steps_back=2))])
def test_the_window_is_now_and_the_steps_before_that_the_policy_allows(factor):
    accepted = [
        offset
        for offset in range(-5, 6)
        if isinstance(verify(token(), code_at(NOW + 30 * offset), factor=factor), Accepted)
    ]
    assert accepted == list(range(-factor.settings.steps_back, 1))


@given(drift=st.integers(-9, 9), steps_back=st.integers(0, 3), bound=st.integers(0, 2))
@settings(deadline=None)
def test_no_drift_ever_makes_the_window_wider_than_the_policy(drift, steps_back, bound):
    factor = Totp(TotpSettings(steps_back=steps_back, drift=bound))
    accepted = [
        offset
        for offset in range(-8, 9)
        if isinstance(
            verify(token(drift=drift), code_at(NOW + 30 * offset), factor=factor), Accepted
        )
    ]
    assert len(accepted) == steps_back + 1
    assert -bound - steps_back <= accepted[0] <= accepted[-1] <= bound


@pytest.mark.parametrize(("offset", "drift"), [(1, 1), (0, 0), (-1, 0), (-2, -1)])
def test_how_far_a_token_is_off_is_learned_when_it_is_enrolled(offset, drift):
    credential = confirm(offset).credential
    assert credential.drift == drift
    later = NOW + 300
    verdict = verify(credential, code_at(later + 30 * offset, credential.secret), later)
    assert isinstance(verdict, Accepted)
    assert verdict.credential.drift == drift


@pytest.mark.parametrize("offset", [2, -3])
def test_a_token_too_far_off_is_not_enrolled(offset):
    assert confirm(offset).reason == "wrong_code"


@pytest.mark.parametrize("offset", [1, -1])
def test_where_the_policy_learns_no_drift_only_this_step_counts(offset):
    assert confirm(offset, STRICT).reason == "wrong_code"
    assert isinstance(confirm(0, STRICT), Accepted)


def test_several_tokens_are_all_tried_and_one_is_spent():
    other = token(secret=b"another secret, 20 b")
    held = {"a": token(), "b": other}
    verdict = FACTOR.verify(held, {}, {"code": code_at(NOW, other.secret)}, context())
    assert verdict.credential_id == "b"
    assert verdict.credential.secret == other.secret


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}\u3000{1}", "{0}\u00a0{1}\n"])
def test_spaces_are_nothing(typed):
    code = code_at(NOW)
    assert isinstance(verify(token(), typed.format(code[:3], code[3:])), Accepted)


def test_full_width_digits_are_digits():
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code_at(NOW))
    assert isinstance(verify(token(), wide), Accepted)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "12345678901",
        "12345a",
        "-12345",
        "\uff11\uff12\uff13",
        "٠١٢٣٤٥",
        123456,
        None,
        " " * 40,
    ],
)
def test_what_is_no_code_is_malformed(typed):
    assert verify(token(), typed).reason == "malformed"
    offer = FACTOR.enroll({}, context())
    assert FACTOR.confirm(offer.private, {"code": typed}, context()).reason == "malformed"


def test_wrong_codes_are_refused_with_and_without_a_token():
    wrong = f"{(int(code_at(NOW)) + 1) % 10**6:06}"
    assert verify(token(), wrong).reason == "wrong_code"
    assert verify(token(), "12345678").reason == "wrong_code"
    assert FACTOR.verify({}, {}, {"code": wrong}, context()).reason == "no_credential"


@pytest.mark.clause("CC-17010.j.g")
def test_without_a_token_the_codes_of_a_whole_window_are_made_all_the_same(monkeypatch):
    made = []
    generate = pyotp.HOTP.at
    monkeypatch.setattr(pyotp.HOTP, "at", lambda self, n: made.append(n) or generate(self, n))
    step = int(NOW // 30)
    zero = code_at(NOW, bytes(20))
    for held in ({}, {"t": token()}):
        made.clear()
        FACTOR.verify(held, {}, {"code": zero}, context())
        assert made == [step, step - 1]
    assert FACTOR.verify({}, {}, {"code": zero}, context()).reason == "no_credential"


def test_the_first_minute_of_all_time_is_no_trouble():
    assert isinstance(verify(token(), code_at(0), 0), Accepted)


def test_a_credential_survives_json_and_shows_nothing():
    credential = confirm(1).credential
    assert msgspec.json.decode(msgspec.json.encode(credential), type=TotpCredential) == credential
    assert repr(credential.secret) not in repr(credential)
    assert token().last_step == NEVER
