"""What is remembered of refusals: for a moment, for so many keys, and never against who works."""

import pytest

from identity.throttling import refusals
from identity.throttling.limits import Use
from identity.throttling.refusals import MOMENT, Hot, Refusals

NOW = 1_800_000_000.0
ONE, OTHER = Use("account", "a"), Use("account", "b")

pytestmark = pytest.mark.clause("CC-17010.j.g")


def test_a_key_that_asked_for_work_is_hot_for_a_moment():
    remembered = Refusals()
    remembered.note(ONE, 0.5, NOW)
    assert remembered.found([OTHER, ONE], NOW) == Hot("account", 0.5, NOW + MOMENT)
    assert remembered.found([OTHER, ONE], NOW + MOMENT / 2)
    assert remembered.found([OTHER, ONE], NOW + MOMENT) is None
    assert remembered.found([OTHER], NOW) is None


def test_what_was_given_back_is_asked_of_the_store_again():
    remembered = Refusals()
    remembered.note(ONE, 0.5, NOW)
    remembered.forget([OTHER, ONE])
    assert remembered.found([ONE], NOW) is None


def test_a_clock_that_is_set_back_makes_no_moment_long():
    remembered = Refusals()
    remembered.note(ONE, 0.5, NOW)
    assert remembered.found([ONE], NOW - 3600) is None


def test_so_many_keys_are_remembered_and_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 2)
    remembered = Refusals()
    for use in (ONE, OTHER, ONE, Use("account", "c")):
        remembered.note(use, 0.5, NOW)
    assert remembered.found([OTHER], NOW) is None
    assert remembered.found([ONE], NOW)
