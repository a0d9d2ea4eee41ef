"""A new key is in use at once, an old one stays for as long as something needs it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.audit.checkpoint import origin_of
from identity.errors import Conflict, Unknown
from identity.keys.ring import Purpose, generate_ring
from identity.keys.rotation import KEPT, OVERLAP, ROTATED, found, rotated, without
from tests.identity.keys.sources import NOW, stream

RING = generate_ring(NOW, stream("rotation"))
LATER = NOW + 10 * OVERLAP


@given(purposes=st.lists(st.sampled_from(Purpose)))
def test_every_purpose_named_has_one_new_key_and_keeps_the_old(purposes) -> None:
    ring = rotated(RING, purposes, LATER, stream("new"))
    for purpose in Purpose:
        assert len(ring.all(purpose)) == 1 + (purpose in purposes)
        assert ring.all(purpose)[-1] == RING.current(purpose)
        assert (ring.current(purpose) == RING.current(purpose)) == (purpose not in purposes)
    assert origin_of(ring) == origin_of(RING)


def test_what_tells_customers_from_decoys_is_rotated_only_where_it_is_named() -> None:
    assert set(Purpose) - set(ROTATED) == {Purpose.NAME}


def test_a_clock_that_was_set_back_does_not_leave_the_old_key_in_use() -> None:
    ring = rotated(RING, [Purpose.SEAL], NOW - 1e6, stream("new"))
    ring = rotated(ring, [Purpose.SEAL], NOW - 2e6, stream("newer"))
    held = ring.all(Purpose.SEAL)
    assert held[-1] == RING.current(Purpose.SEAL)
    assert len(held) == 3
    assert held[0].created_at > held[1].created_at > held[2].created_at


def why(ring, key_id, now) -> str:
    with pytest.raises(Conflict) as caught:
        without(ring, key_id, now)
    return caught.value.reason


@pytest.mark.parametrize("purpose", Purpose)
def test_the_key_in_use_stays(purpose) -> None:
    reason = "kept_for_the_audit_log" if purpose in KEPT else "in_use"
    assert why(RING, RING.current(purpose).id, LATER) == reason


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - set(KEPT)))
def test_an_old_key_goes_an_hour_after_its_successor_came(purpose) -> None:
    old = RING.current(purpose).id
    ring = rotated(RING, [purpose], LATER, stream("new"))
    assert why(ring, old, LATER + OVERLAP - 1) == "succeeded_less_than_an_hour_ago"
    left = without(ring, old, LATER + OVERLAP)
    assert left.all(purpose) == (ring.current(purpose),)
    assert len(left.every()) == len(RING.every())


@pytest.mark.parametrize("purpose", KEPT)
def test_what_the_audit_log_needs_stays_for_good(purpose) -> None:
    ring = rotated(RING, [purpose], LATER, stream("new"))
    assert why(ring, RING.current(purpose).id, LATER + 1e9) == "kept_for_the_audit_log"


def test_a_key_that_is_not_there_is_unknown() -> None:
    with pytest.raises(Unknown):
        without(RING, "AAAAAAAA", LATER)
    assert found(RING, RING.current(Purpose.MAC).id).purpose is Purpose.MAC
