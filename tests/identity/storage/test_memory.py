"""What memory alone does: it is bounded, and what has no room is not waved through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.model import Exceeded
from identity.storage.counters import Marked, News, Taken
from identity.storage.memory.counters import MemoryCounters
from identity.storage.memory.rooms import Room
from tests.identity.storage.counting import NOW, spend

MOST = 100


@pytest.fixture
def counters():
    return MemoryCounters(NOW - 60, remembers=60.0, most=MOST)


def crowd(counters, count=MOST, now=NOW):
    """Take a window for each of many keys."""
    return [counters.reserve(None, [spend(f"k{number}")], now) for number in range(count)]


def test_it_is_sure_after_as_long_as_the_longest_window_lasts():
    counters = MemoryCounters(NOW, remembers=60.0)
    assert counters.tend(NOW) == (News("emptied", until=NOW + 60.0),)
    assert counters.tend(NOW + 1) == ()
    assert [counters.sure(NOW + wait) for wait in (0, 59.5, 60)] == [False, False, True]


def test_while_there_is_no_room_it_is_not_sure(counters):
    assert counters.sure(NOW)
    crowd(counters)
    assert not counters.sure(NOW)
    counters.tend(NOW + 5.5)
    assert not counters.sure(NOW + 5.5)
    counters.tend(NOW + 6.0)
    assert counters.sure(NOW + 6.0)


@pytest.mark.clause("CC-17010.j.g")
def test_all_who_have_no_room_share_one_window(counters):
    crowd(counters)
    found = [counters.reserve(None, [spend(f"late {number}")], NOW) for number in range(12)]
    assert [isinstance(one, Taken) for one in found] == [True] * 10 + [False] * 2
    assert counters.look(None, [spend("yet another")], NOW) == Exceeded(limit="l", retry_after=6.0)


def test_who_has_a_window_keeps_it_however_many_come(counters):
    for _ in range(10):
        counters.reserve(None, [spend("k0")], NOW)
    crowd(counters, 10 * MOST)
    assert counters.look(None, [spend("k0")], NOW) is not None
    assert counters.look(None, [spend("k1", many=2)], NOW) is None


def test_an_empty_window_makes_room(counters):
    crowd(counters)
    counters.reserve(None, [spend("k0")], NOW)
    crowd(counters, MOST, NOW + 6.0)
    assert counters.look(None, [spend("k0", many=2)], NOW + 6.0) is not None
    found = [counters.reserve(None, [spend("late", many=1)], NOW + 12.5) for _ in range(2)]
    assert isinstance(found[0], Taken)
    assert isinstance(found[1], Exceeded)


def test_one_limits_flood_takes_no_room_from_another(counters):
    crowd(counters, 10 * MOST)
    for number in range(MOST):
        assert isinstance(
            counters.reserve(None, [spend(f"d{number}", "device", many=1)], NOW), Taken
        )
    assert counters.look(None, [spend("d7", "device", many=1)], NOW) is not None


def test_nothing_is_given_back_of_a_window_that_had_no_room(counters):
    crowd(counters)
    taken = [counters.reserve(None, [spend("late")], NOW) for _ in range(10)]
    for one in taken:
        counters.refund(None, one)
    assert counters.look(None, [spend("later")], NOW) is not None


def test_where_there_is_no_room_for_a_mark_nothing_is_spent_twice(counters):
    """A set of one says what was used up; a larger one counts what is distinct."""
    for number in range(MOST):
        assert counters.mark(None, f"work:{number}", b"", 1, NOW + 60, NOW).new
    assert counters.mark(None, "work:late", b"", 1, NOW + 60, NOW) == Marked(1, new=False)
    assert counters.mark(None, "work:many", b"a", 9, NOW + 60, NOW) == Marked(9, new=True)
    assert counters.mark(None, "other:kind", b"a", 9, NOW + 60, NOW) == Marked(1, new=True)
    assert not counters.sure(NOW)
    assert counters.mark(None, "work:late", b"", 1, NOW + 120, NOW + 60).new
    assert counters.sure(NOW + 60)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "put", "put", "drop", "sweep"]),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        max_size=60,
    )
)
def test_a_room_holds_what_was_put_and_has_not_ended_and_never_too_much(steps):
    room, model, now = Room(5), {}, 0
    for what, key, number in steps:
        if what == "put":
            fits = key in model or len(model) < 5
            assert room.put(key, now + number) is fits
            model |= {key: now + number} if fits else {}
        elif what == "drop":
            room.drop(key)
            model.pop(key, None)
        else:
            now += number
            gone = set(room.sweep(now))
            assert all(model[one] <= now for one in gone)
            model = {k: v for k, v in model.items() if k not in gone}
        assert len(room) == len(model) <= 5
        assert {k: room.get(k) for k in model} == model
    room.sweep(now + 100)
    assert len(room) == 0
