"""Ten codes, each good once, of which only hashes are kept."""

import base64
import json

import msgspec
import pytest
from argon2 import low_level
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factors import recovery_codes
from factors.contract import Accepted, FactorClass, Refused
from factors.password_hashing import CHEAPEST, OWASP
from factors.recovery_codes import (
    ALPHABET,
    CODES,
    RecoveryCodes,
    RecoveryCodesCredential,
    RecoveryCodesSettings,
)
from tests.factors.world import Chance, context

FACTOR = RecoveryCodes(RecoveryCodesSettings(argon2=CHEAPEST))
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sheet():
    """The codes as the customer was shown them."""
    return FACTOR.enroll({}, context()).public["codes"]


@pytest.fixture
def credential():
    offer = FACTOR.enroll({}, context())
    confirmed = FACTOR.confirm(offer.private, {"saved": True}, context(entropy=Chance(b"the salt")))
    return confirmed.credential


@pytest.fixture
def hashed(monkeypatch):
    """Every call of Argon2, as (secret, salt)."""
    calls = []
    generate = low_level.hash_secret_raw

    def counted(secret, salt, **cost):
        calls.append((secret, salt))
        return generate(secret, salt, **cost)

    monkeypatch.setattr(recovery_codes, "hash_secret_raw", counted)
    return calls


def verify(credential, code):
    return FACTOR.verify({"r": credential}, {}, {"code": code}, context())


def test_a_set_is_ten_codes_of_eighty_bits_that_nobody_can_misread(sheet):
    assert len(set(sheet)) == len(sheet) == 10
    for code in sheet:
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert set(code) <= set(ALPHABET) | {"-"}
    assert not set("oilu") & set(ALPHABET)
    assert len(ALPHABET) ** 16 == 2**80


@given(st.binary(min_size=100, max_size=100))
def test_every_bit_of_chance_is_in_the_code_and_none_is_there_twice(drawn):
    """Read back by Crockford's table, the codes are the very bytes that were drawn."""
    left = bytearray(drawn)

    def entropy(size):
        taken = bytes(left[:size])
        del left[:size]
        return taken

    codes = FACTOR.enroll({}, context(entropy=entropy)).public["codes"]
    digits = "".join(codes).replace("-", "")
    number = 0
    for digit in digits:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(digit.upper())
    assert number.to_bytes(100) == drawn
    assert not left


def test_a_set_is_confirmed_by_the_customers_word_alone():
    offer = FACTOR.enroll({}, context())
    confirmed = FACTOR.confirm(offer.private, {"saved": True}, context())
    assert isinstance(confirmed, Accepted)
    assert confirmed.evidence.classes == (FactorClass.POSSESSION,)
    assert confirmed.evidence.amr == ("otp",)
    for word in (False, None, 1, "true", [True], {"saved": True}):
        assert FACTOR.confirm(offer.private, {"saved": word}, context()).reason == "malformed"
    code = offer.public["codes"][0]
    assert FACTOR.confirm(offer.private, {"code": code}, context()).reason == "malformed"


def test_what_is_kept_are_hashes_with_one_salt_drawn_for_the_set(sheet, credential):
    assert credential.salt == Chance(b"the salt")(16)
    assert len(credential.hashes) == CODES
    stored = msgspec.json.encode(credential).decode()
    for code in sheet:
        for form in (code, code.replace("-", "")):
            assert form not in stored
            assert base64.b64encode(form.encode()).decode().rstrip("=") not in stored


def test_the_hashes_are_argon2id_with_the_parameters_of_the_settings(sheet, credential):
    """Compared with the library's encoded form, which names its algorithm."""
    encoded = low_level.hash_secret(
        sheet[3].replace("-", "").encode(),
        credential.salt,
        time_cost=CHEAPEST.time_cost,
        memory_cost=CHEAPEST.memory_kib,
        parallelism=CHEAPEST.parallelism,
        hash_len=CHEAPEST.hash_length,
        type=low_level.Type.ID,
    ).decode()
    assert encoded.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    digest = base64.b64decode(encoded.rpartition("$")[2] + "=")
    assert digest == credential.hashes[3]
    assert RecoveryCodesSettings().argon2 == OWASP


@pytest.mark.clause("CC-17010.d.b")
def test_every_code_of_the_sheet_counts_once_in_any_order(sheet, credential):
    order = [7, 0, 9, 3, 1, 2, 8, 4, 6, 5]
    for used, place in enumerate(order, start=1):
        verdict = verify(credential, sheet[place])
        assert isinstance(verdict, Accepted)
        assert verdict.credential_id == "r"
        assert verdict.evidence.classes == (FactorClass.POSSESSION,)
        credential = verdict.credential
        assert len(credential.hashes) == CODES - used
        assert verify(credential, sheet[place]).reason == "spent_or_wrong"
    assert all(verify(credential, code).reason == "spent_or_wrong" for code in sheet)


def test_the_customer_is_told_of_every_use_and_when_few_are_left(sheet, credential):
    notes = []
    for code in sheet:
        verdict = verify(credential, code)
        notes.append((len(verdict.credential.hashes), verdict.notes))
        credential = verdict.credential
    low = ("recovery_code_used", "recovery_codes_low")
    assert notes == [
        (left, low if left <= 3 else ("recovery_code_used",)) for left in range(9, -1, -1)
    ]


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')}\n",
        lambda code: code.replace("-", "\u2013"),
        lambda code: code.replace("-", "\u2212"),
        lambda code: code.replace("-", "\uff0d"),
        lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code.upper()),
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("1", "i"),
        lambda code: code.replace("-", "\u3000-\u3000"),
    ],
)
def test_a_code_is_read_as_people_write_it(sheet, credential, typed):
    assert set("01") <= set("".join(sheet))
    for code in sheet:
        assert isinstance(verify(credential, typed(code)), Accepted)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "----",
        "7kq2-0m4x-9d8r-zt5",
        "7kq2-0m4x-9d8r-zt5ww",
        "7kq2-0m4x-9d8r-zt5u",
        "7kq2_0m4x_9d8r_zt5w",
        "\uff17kq2-0m4x-9d8r-zt5\u00df",
        "\ud800kq2-0m4x-9d8r-zt5w",
        "İkq2-0m4x-9d8r-zt5w",
        "-" * 65,
        None,
        1234567890123456,
        ["7kq2-0m4x-9d8r-zt5w"],
    ],
)
def test_what_is_no_code_is_malformed_and_costs_no_hash(credential, hashed, typed):
    for held in ({"r": credential}, {}):
        verdict = FACTOR.verify(held, {}, {"code": typed}, context())
        assert verdict == Refused(reason="malformed")
    assert hashed == []


@given(place=st.integers(0, 15), other=st.integers(1, 31))
@SLOW
def test_one_letter_changed_is_another_code(sheet, credential, place, other):
    letters = list(sheet[0].replace("-", ""))
    letters[place] = ALPHABET[(ALPHABET.index(letters[place]) + other) % 32]
    assert verify(credential, "".join(letters)).reason == "spent_or_wrong"


@pytest.mark.clause("CC-17010.j.g")
def test_an_answer_costs_one_hash_whatever_it_is_and_whoever_it_is_for(sheet, credential, hashed):
    one_left = msgspec.structs.replace(credential, hashes=credential.hashes[-1:])
    none_left = msgspec.structs.replace(credential, hashes=())
    wrong = "0000-0000-0000-0000"
    for held in ({"r": credential}, {"r": one_left}, {"r": none_left}, {}):
        for code in (sheet[0], sheet[-1], wrong):
            hashed.clear()
            FACTOR.verify(held, {}, {"code": code}, context())
            assert len(hashed) == 1
    assert FACTOR.verify({}, {}, {"code": wrong}, context()).reason == "no_credential"


@pytest.mark.clause("CC-17010.j.g")
def test_all_hashes_are_compared_whichever_is_right(sheet, credential, monkeypatch):
    compared = []
    compare = recovery_codes.hmac.compare_digest
    monkeypatch.setattr(
        recovery_codes.hmac,
        "compare_digest",
        lambda kept, typed: compared.append(kept) or compare(kept, typed),
    )
    for held in ({"r": credential}, {}):
        for code in (sheet[0], sheet[-1], "0000-0000-0000-0000"):
            compared.clear()
            FACTOR.verify(held, {}, {"code": code}, context())
            assert len(compared) == CODES


def test_a_set_keeps_the_parameters_it_was_made_with(sheet, credential):
    dearer = RecoveryCodes(
        RecoveryCodesSettings(argon2=msgspec.structs.replace(CHEAPEST, time_cost=2))
    )
    verdict = dearer.verify({"r": credential}, {}, {"code": sheet[0]}, context())
    assert isinstance(verdict, Accepted)
    assert verdict.credential.argon2 == CHEAPEST


def test_another_set_has_other_codes_and_another_salt(sheet, credential):
    offer = FACTOR.enroll({"r": credential}, context(entropy=Chance(b"again")))
    fresh = FACTOR.confirm(
        offer.private, {"saved": True}, context(entropy=Chance(b"again"))
    ).credential
    assert FACTOR.limit_of_one
    assert fresh.salt != credential.salt
    assert not set(offer.public["codes"]) & set(sheet)
    assert all(verify(fresh, code).reason == "spent_or_wrong" for code in sheet)


def test_nothing_shows_in_a_repr(sheet, credential):
    offer = FACTOR.enroll({}, context())
    assert repr(credential) == "RecoveryCodesCredential(...)"
    for shown in (repr(offer), repr(verify(credential, sheet[0]))):
        assert not any(code in shown for code in sheet)


def test_a_credential_survives_json(credential):
    stored = msgspec.json.encode(credential)
    assert json.loads(stored)["argon2"]["memory_kib"] == CHEAPEST.memory_kib
    assert msgspec.json.decode(stored, type=RecoveryCodesCredential) == credential
