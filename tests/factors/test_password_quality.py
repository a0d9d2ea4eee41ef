"""What a good password is, by two schools, and the one we draw ourselves."""

import gzip
import hashlib
import math
import re
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factors.password_blocklist import common_passwords
from factors.password_initial import DIGITS, GROUPS, LETTERS, SEED_SIZE, initial_password
from factors.password_quality import (
    Quality,
    fault,
    lacks_letters_or_digits,
    repeats,
    sequence,
)

TWSE, NIST = Quality.TWSE, Quality.NIST


@pytest.mark.clause("ECD.3.2")
@pytest.mark.parametrize("text", ["aaa", "xAaay", "111", "!!!", "王王王"])
def test_three_of_the_same_are_a_repeat(text):
    assert repeats(text)
    assert not sequence(text)


@pytest.mark.clause("ECD.3.2")
@pytest.mark.parametrize("text", ["abc", "x321y", "aBc", "789", "cba"])
def test_three_in_a_row_are_a_sequence(text):
    assert sequence(text)
    assert not repeats(text)


@pytest.mark.parametrize(
    "text", ["", "a", "ab", "aabb", "abd", "ab1c2", "aab", '!"#', "9:;", "a-b-c"]
)
def test_shorter_or_broken_runs_are_neither(text):
    assert not repeats(text)
    assert not sequence(text)


@given(st.text(), st.sampled_from(["qqq", "QqQ", "555"]), st.text())
@settings(deadline=None)
def test_a_repeat_is_found_wherever_it_stands(before, run, after):
    assert repeats(before + run + after)


@given(st.text(), st.integers(0, 23), st.booleans(), st.text())
@settings(deadline=None)
def test_a_sequence_is_found_wherever_it_stands_either_way(before, start, backwards, after):
    run = "abcdefghijklmnopqrstuvwxyz"[start : start + 3]
    assert sequence(before + (run[::-1] if backwards else run) + after)


@pytest.mark.parametrize(
    ("text", "lacks"), [("abc", True), ("123", True), ("a1", False), ("王1", False)]
)
def test_letters_and_digits_are_both_needed(text, lacks):
    assert lacks_letters_or_digits(text) is lacks


def test_the_two_schools_differ_where_they_say_they_do():
    composed = {"kqzmxvtp": "needs_letters_and_digits", "xx-a123456789": "contains_name"}
    for text, reason in composed.items():
        assert fault(text, "a123456789", TWSE, frozenset()) == reason
        assert fault(text, "a123456789", NIST, frozenset()) is None


@pytest.mark.parametrize("quality", list(Quality))
def test_both_refuse_a_common_password_in_any_case(quality):
    assert fault("PassWord1", "a123456789", quality, frozenset({"password1"})) == "too_common"


def test_nist_refuses_the_login_name_itself():
    assert fault("A123456789", "a123456789", NIST, frozenset()) == "too_common"


def test_a_name_too_short_to_mean_anything_is_not_looked_for():
    assert fault("k7ab4tqp", "ab", TWSE, frozenset()) is None
    assert fault("k7abq4tp", "abq", TWSE, frozenset()) == "contains_name"


def test_the_shipped_list_is_the_one_the_readme_describes():
    packed = files("factors").joinpath("data", "common-passwords.txt.gz").read_bytes()
    readme = files("factors").joinpath("data", "README.md").read_text("utf-8")
    assert hashlib.sha256(packed).hexdigest() in readme
    assert hashlib.sha256(gzip.decompress(packed)).hexdigest() in readme


def test_the_shipped_list_knows_what_people_use():
    common = common_passwords()
    assert len(common) == 30_000
    assert {"password", "12345678", "5201314", "1qaz2wsx", "a123456789"} <= common
    assert all(word == word.casefold() for word in common)


@pytest.mark.clause("ECD.3.2")
@given(st.binary(min_size=SEED_SIZE, max_size=SEED_SIZE))
@settings(deadline=None)
def test_an_initial_password_is_of_quality_by_construction(seed):
    text = initial_password(lambda _: seed)
    assert fault(text, "", TWSE, frozenset()) is None
    assert re.fullmatch(r"([a-z2-9]{3}-){5}[a-z2-9]{3}", text)
    assert not set(text) & set("01ilosz5")


@pytest.mark.clause("ECD.3.1")
def test_an_initial_password_takes_all_its_chance_from_the_entropy():
    asked = []
    texts = {
        initial_password(
            lambda size, n=n: asked.append(size) or hashlib.sha256(bytes([n])).digest()
        )
        for n in range(200)
    }
    assert len(texts) == 200
    assert set(asked) == {SEED_SIZE}


@pytest.mark.clause("ECD.3.1")
def test_an_initial_password_has_eighty_bits():
    """In every group at most one character is left out of the last choice."""
    every = len(LETTERS + DIGITS)
    first = len(LETTERS) * len(DIGITS) * (every - 1)
    choices = first * (every * every * (every - 1)) ** (GROUPS - 1)
    assert math.log2(choices) > 80
