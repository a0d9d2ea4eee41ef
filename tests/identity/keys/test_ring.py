"""The ring: one key in use for each purpose, and no secret in anything that is printed."""

from __future__ import annotations

import pytest

from identity.errors import SettingsError
from identity.keys.ring import Key, KeyRing, Purpose, generate
from identity.keys.signing import ed25519, p256

NOW = 1_767_225_600.0


def _keys(ring: KeyRing) -> list[Key]:
    return [key for purpose in Purpose for key in ring.all(purpose)]


def test_the_newest_key_is_in_use_and_the_older_one_still_found(ring, entropy) -> None:
    old = ring.current(Purpose.SEAL)
    new = generate(Purpose.SEAL, NOW + 1, entropy)
    rotated = KeyRing([*_keys(ring), new])
    assert rotated.current(Purpose.SEAL) == new
    assert rotated.get(Purpose.SEAL, old.id) == old
    assert rotated.all(Purpose.SEAL) == (new, old)


def test_a_key_is_found_for_its_own_purpose_only(ring) -> None:
    assert ring.get(Purpose.MAC, ring.current(Purpose.SEAL).id) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_ring_without_a_purpose_is_refused_and_the_purpose_named(ring, purpose) -> None:
    rest = [key for key in _keys(ring) if key.purpose is not purpose]
    with pytest.raises(SettingsError, match=purpose.value):
        KeyRing(rest)


@pytest.mark.parametrize("damage", [{"secret": b"short"}, {"id": "no/good!"}, {"id": "tooshort1"}])
def test_a_damaged_key_is_refused(ring, damage) -> None:
    first, *rest = _keys(ring)
    fields = {"id": first.id, "purpose": first.purpose, "created_at": NOW, "secret": first.secret}
    with pytest.raises(SettingsError, match="damaged"):
        KeyRing([Key(**(fields | damage)), *rest])


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32])
def test_a_token_key_must_be_a_scalar_of_the_curve(ring, secret) -> None:
    bad = Key(id="AAAAAAAA", purpose=Purpose.TOKEN, created_at=NOW, secret=secret)
    with pytest.raises(SettingsError, match="token"):
        KeyRing([*_keys(ring), bad])


def test_two_keys_with_one_id_are_refused(ring, entropy) -> None:
    twin = Key(
        id=ring.current(Purpose.MAC).id, purpose=Purpose.SEAL, created_at=NOW, secret=entropy(32)
    )
    with pytest.raises(SettingsError, match="same id"):
        KeyRing([*_keys(ring), twin])


def test_printing_a_ring_or_a_key_shows_ids_and_no_secret(ring) -> None:
    for key in _keys(ring):
        for shown in (repr(ring), repr(key), str(key), f"{[key]}"):
            assert key.id in shown
            assert repr(key.secret) not in shown
            assert key.secret.hex() not in shown


def test_a_key_signs_only_what_it_is_for(ring) -> None:
    assert ed25519(ring.current(Purpose.CHECKPOINT)).sign(b"text")
    assert p256(ring.current(Purpose.TOKEN)).curve.name == "secp256r1"
    with pytest.raises(ValueError, match="signs no"):
        ed25519(ring.current(Purpose.TOKEN))
    with pytest.raises(ValueError, match="signs no"):
        p256(ring.current(Purpose.CHECKPOINT))
