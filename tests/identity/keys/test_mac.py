"""MACs are for one use, and a pseudonym has one shape whatever it stands for."""

from __future__ import annotations

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from identity.keys.mac import Pseudonym, holds, tag
from identity.keys.ring import KeyRing, Purpose, generate, generate_ring
from tests.identity.keys.sources import NOW, stream

RING = generate_ring(NOW, stream("mac"))
KEY = RING.current(Purpose.MAC)


def test_the_tag_is_hmac_sha256_over_the_label_and_the_message() -> None:
    whole = hmac.new(KEY.secret, b"\x00\x05labelmessage", hashlib.sha256).digest()
    assert tag(KEY, "label", b"message") == whole


@given(label=st.text(max_size=9), message=st.binary(max_size=9), other=st.text(max_size=9))
def test_a_tag_holds_for_its_label_alone(label, message, other) -> None:
    made = tag(KEY, label, message)
    assert holds(KEY, label, message, made)
    assert holds(KEY, other, message, made) == (label == other)
    assert not holds(KEY, label, message + b"x", made)
    assert not holds(KEY, label, message, made[:-1])


def test_a_label_cannot_borrow_from_the_message() -> None:
    assert tag(KEY, "ab", b"c") != tag(KEY, "a", b"bc")


@given(text=st.text())
def test_a_pseudonym_looks_like_an_account_id(text) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", Pseudonym(RING).pseudonym(text))


@given(one=st.text(), other=st.text())
def test_two_texts_have_two_pseudonyms_and_one_has_one(one, other) -> None:
    names = Pseudonym(RING)
    assert (names.pseudonym(one) == names.pseudonym(other)) == (one == other)


def test_a_pseudonym_does_not_lead_to_the_one_for_another_use() -> None:
    assert Pseudonym(RING, "decoy").pseudonym("amy") != Pseudonym(RING, "log").pseudonym("amy")


def test_a_new_name_key_gives_new_pseudonyms() -> None:
    keys = [key for purpose in Purpose for key in RING.all(purpose)]
    rotated = KeyRing([*keys, generate(Purpose.NAME, NOW + 1, stream("n"))])
    assert Pseudonym(rotated).pseudonym("amy") != Pseudonym(RING).pseudonym("amy")
