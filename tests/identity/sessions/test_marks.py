"""Marks: read without the store, made by nobody but us, and worth a place in a queue."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.keys.ring import Purpose, generate_ring
from identity.keys.rotation import OVERLAP, rotated, without
from identity.sessions.marks import Marks
from tests.identity.keys.sources import NOW, stream

UNTIL = NOW + 600


RING = generate_ring(NOW, stream("marks"))
NEWER = rotated(RING, [Purpose.DEVICE], NOW + 1, stream("newer"))
MARKS = Marks(RING, stream("secrets"))
SECRET = MARKS.marked("amy's telephone", UNTIL)


def test_a_mark_says_that_two_secrets_are_one_bearers_and_never_whose():
    again, other = MARKS.marked("amy's telephone", UNTIL), MARKS.marked("ben's", UNTIL)
    assert MARKS.bearer(SECRET, NOW) == MARKS.bearer(again, NOW) != ""
    assert MARKS.bearer(other, NOW) not in {"", MARKS.bearer(SECRET, NOW)}
    assert "amy" not in SECRET
    assert again != SECRET


@pytest.mark.clause("CC-17010.j.g")
@given(at=st.integers(0, len(SECRET) - 1), to=st.sampled_from(string.printable + "\u00e9\u0100"))
def test_a_secret_with_one_character_changed_carries_no_mark(at, to):
    forged = SECRET[:at] + to + SECRET[at + 1 :]
    assert bool(MARKS.bearer(forged, NOW)) == (forged == SECRET)


@pytest.mark.clause("CC-17010.j.g")
@given(st.text(alphabet=string.ascii_letters + string.digits + "-_~", max_size=200))
def test_nothing_that_somebody_makes_up_is_marked(text):
    assert MARKS.bearer(text, NOW) == ""


def test_a_mark_is_over_when_its_time_is():
    assert MARKS.bearer(SECRET, UNTIL - 1)
    assert MARKS.bearer(SECRET, UNTIL) == ""


def test_a_mark_cannot_be_moved_to_another_secret():
    plain = MARKS.plain()
    moved = plain + SECRET[len(plain) :]
    assert MARKS.bearer(moved, NOW) == ""


def test_a_mark_by_a_key_that_was_rotated_still_counts_and_by_one_retired_no_more():
    old = RING.current(Purpose.DEVICE).id
    retired = without(NEWER, old, NOW + 1 + OVERLAP)
    assert Marks(NEWER, stream("any")).bearer(SECRET, NOW)
    assert Marks(retired, stream("any")).bearer(SECRET, NOW) == ""


def test_another_service_does_not_take_it():
    foreign = Marks(generate_ring(NOW, stream("another firm")), stream("any"))
    assert foreign.bearer(SECRET, NOW) == ""
