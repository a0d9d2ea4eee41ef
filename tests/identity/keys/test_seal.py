"""What is sealed opens in its own place, with its own version, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import SealBroken
from identity.keys.ring import KeyRing, Purpose, generate, generate_ring
from identity.keys.seal import Sealer
from tests.identity.keys.sources import NOW, stream

PLACE = {"account": "a", "kind": "totp", "name": "c1", "version": 1}
RING = generate_ring(NOW, stream("seal"))
SEALER = Sealer(RING, stream("nonces"))

places = st.fixed_dictionaries(
    {
        "account": st.text(),
        "kind": st.text(),
        "name": st.text(),
        "version": st.integers(0, 2**64 - 1),
    }
)


@given(plaintext=st.binary(), place=places)
@pytest.mark.clause("CC-17020.b.g")
def test_what_was_sealed_opens_and_does_not_show(plaintext, place) -> None:
    sealed = SEALER.seal(plaintext, **place)
    assert SEALER.open(sealed, **place) == plaintext
    assert len(plaintext) < 8 or plaintext not in sealed


@given(here=places, there=places)
def test_it_opens_in_no_other_place(here, there) -> None:
    sealed = SEALER.seal(b"secret", **here)
    if here != there:
        with pytest.raises(SealBroken):
            SEALER.open(sealed, **there)


@pytest.mark.parametrize(
    "moved",
    [
        {"account": "b"},
        {"kind": "hotp"},
        {"name": "c2"},
        {"version": 2},
        {"account": "atotp", "kind": ""},
        {"kind": "totpc1", "name": ""},
        {"kind": "totpc", "name": "1"},
    ],
)
def test_a_row_put_elsewhere_or_put_back_does_not_open(moved) -> None:
    sealed = SEALER.seal(b"secret", **PLACE)
    with pytest.raises(SealBroken):
        SEALER.open(sealed, **(PLACE | moved))


@given(data=st.data())
def test_no_bit_of_it_can_be_changed(data) -> None:
    sealed = bytearray(SEALER.seal(b"secret", **PLACE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        SEALER.open(bytes(sealed), **PLACE)


@given(junk=st.binary(max_size=60))
def test_junk_does_not_open(junk) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(junk, **PLACE)


def test_every_shorter_piece_is_refused() -> None:
    sealed = SEALER.seal(b"", **PLACE)
    for end in range(len(sealed)):
        with pytest.raises(SealBroken):
            SEALER.open(sealed[:end], **PLACE)


def test_an_older_key_opens_what_it_sealed_and_seals_nothing_more() -> None:
    old = SEALER.seal(b"secret", **PLACE)
    new_key = generate(Purpose.SEAL, NOW + 1, stream("new"))
    keys = [key for purpose in Purpose for key in RING.all(purpose)]
    rotated = Sealer(KeyRing([*keys, new_key]), stream("nonces 2"))
    assert rotated.open(old, **PLACE) == b"secret"
    new = rotated.seal(b"secret", **PLACE)
    assert new_key.id.encode() in new
    with pytest.raises(SealBroken):
        SEALER.open(new, **PLACE)


def test_the_same_value_twice_looks_different() -> None:
    assert SEALER.seal(b"secret", **PLACE) != SEALER.seal(b"secret", **PLACE)


def test_a_broken_seal_does_not_say_whose_it_was() -> None:
    place = PLACE | {"account": "the-account", "name": "the-name"}
    with pytest.raises(SealBroken) as caught:
        SEALER.open(SEALER.seal(b"the-secret", **PLACE), **place)
    assert "the-" not in str(caught.value)
