"""A card's cells are asked until they are answered, and then not again."""

import hmac
import math
import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factors.contract import Accepted, FactorClass, Refused
from factors.grid_card import GridCard, GridCardCredential, GridCardSettings
from factors.grid_card_cells import ALPHABET, Geometry, below, characters, dealt
from tests.factors.world import Chance, context

FACTOR = GridCard(GridCardSettings())
SIZES = st.builds(
    GridCardSettings,
    columns=st.integers(4, 12),
    rows=st.integers(3, 10),
    asked=st.integers(2, 6),
    max_uses=st.integers(1, 30),
)


class Card:
    """A printed card, in somebody's hand."""

    def __init__(self, factor=FACTOR, seed=b"card"):
        self.factor = factor
        self.chance = Chance(seed)
        self.offer = factor.enroll({}, self.context())
        rows = zip(self.offer.public["rows"], self.offer.public["cells"], strict=True)
        self.cells = {
            column + number: text
            for number, row in rows
            for column, text in zip(self.offer.public["columns"], row, strict=True)
        }
        self.credential = None

    def context(self):
        return context(entropy=self.chance)

    def read(self, names):
        return {"cells": {name: self.cells[name] for name in names}}

    def confirms(self, response=None):
        response = response or self.read(self.offer.public["asked"])
        verdict = self.factor.confirm(self.offer.private, response, self.context())
        if isinstance(verdict, Accepted):
            self.credential = verdict.credential
        return verdict

    def asked(self):
        held = {"g": self.credential}
        return self.factor.challenge(held, self.context()).public["asked"]

    def answers(self, response=None):
        response = response or self.read(self.asked())
        verdict = self.factor.verify({"g": self.credential}, {}, response, self.context())
        if isinstance(verdict, Accepted):
            self.credential = verdict.credential
        return verdict


@pytest.fixture
def card():
    confirmed = Card()
    confirmed.confirms()
    return confirmed


def reason(verdict):
    assert isinstance(verdict, Refused)
    assert (verdict.credential, verdict.private) == (None, None)
    return verdict.reason


def wrong(text):
    """Return another cell."""
    return text[0] + next(other for other in ALPHABET if other != text[1])


@pytest.mark.clause("CC-17010.d.b")
def test_the_cells_of_a_card_show_possession(card):
    verdict = card.answers()
    assert verdict.credential_id == "g"
    assert verdict.evidence.classes == (FactorClass.POSSESSION,)
    assert verdict.evidence.amr == ("otp",)
    assert not verdict.evidence.phishing_resistant
    assert verdict.notes == ()


def test_a_card_is_offered_as_it_is_printed():
    public = Card().offer.public
    assert public["columns"] == list("ABCDEFGHIJ")
    assert public["rows"] == list("12345")
    assert [len(row) for row in public["cells"]] == [10] * 5
    assert all(
        len(cell) == 2 and set(cell) <= set(ALPHABET) for row in public["cells"] for cell in row
    )
    assert len(set(public["asked"])) == 3
    assert (public["uses"], public["issued"]) == (15, context().now)
    assert len(public["serial"]) == 9


def test_no_two_characters_of_a_card_look_alike():
    assert len(ALPHABET) == len(set(ALPHABET)) == 22
    assert set(ALPHABET) <= set(string.ascii_uppercase + string.digits)
    for alike in ("0DOQ", "1IL", "2Z", "5S", "6G", "8B", "UV"):
        assert len(set(alike) & set(ALPHABET)) <= 1


@given(st.integers(1, 256))
@settings(max_examples=30)
def test_every_number_is_drawn_as_often_as_any(bound):
    """Over all bytes there are: whole rounds of the numbers count, and the rest is thrown away."""
    fair = range(256 - 256 % bound)
    drawn = [below(bound, one_by_one(byte)) for byte in fair]
    assert {drawn.count(number) for number in range(bound)} == {len(fair) // bound}
    assert {below(bound, one_by_one(byte, 0)) for byte in range(len(fair), 256)} <= {0}


def one_by_one(*given_):
    left = iter(given_)
    return lambda size: bytes(next(left) for _ in range(size))


def test_cards_differ_and_all_chance_is_given():
    assert Card(seed=b"1").cells != Card(seed=b"2").cells
    assert Card(seed=b"1").offer == Card(seed=b"1").offer
    assert characters(3, Chance()) == characters(3, Chance())
    assert dealt(range(9), 9, Chance()) == tuple(range(9))


def test_a_card_is_good_once_its_first_cells_were_typed(card):
    begun = Card()
    first = begun.offer.public["asked"]
    spoilt = begun.read(first)
    spoilt["cells"][first[1]] = wrong(spoilt["cells"][first[1]])
    assert reason(begun.confirms(spoilt)) == "wrong_cells"
    assert reason(begun.confirms(begun.read([*first[:2], "J5" if first[2] != "J5" else "A1"]))) == (
        "other_cells"
    )
    assert isinstance(begun.confirms(), Accepted)


def test_the_same_cells_are_asked_until_they_are_answered(card):
    asked = card.asked()
    for _ in range(20):
        assert card.asked() == asked
        spoilt = card.read(asked)
        spoilt["cells"][asked[0]] = wrong(spoilt["cells"][asked[0]])
        assert reason(card.answers(spoilt)) == "wrong_cells"
    assert isinstance(card.answers(), Accepted)
    assert not set(card.asked()) & set(asked)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_every_cell_counts(card, at):
    asked = card.asked()
    spoilt = card.read(asked)
    spoilt["cells"][asked[at]] = wrong(spoilt["cells"][asked[at]])
    assert reason(card.answers(spoilt)) == "wrong_cells"
    fewer = card.read(asked[:at] + asked[at + 1 :])
    assert reason(card.answers(fewer)) == "other_cells"
    assert reason(card.answers(card.read(card.cells))) == "other_cells"


def test_an_answer_counts_once_and_so_does_that_of_the_enrolment(card):
    assert reason(card.answers(card.read(card.offer.public["asked"]))) == "other_cells"
    answer = card.read(card.asked())
    assert isinstance(card.answers(answer), Accepted)
    assert reason(card.answers(answer)) == "other_cells"


def test_as_set_here_no_cell_is_ever_asked_twice():
    card = Card()
    seen = list(card.offer.public["asked"])
    card.confirms()
    for _ in range(15):
        seen += card.asked()
        assert isinstance(card.answers(), Accepted)
    assert len(seen) == len(set(seen)) == 48
    assert not set(card.asked()) & set(seen[-3:])


@given(SIZES, st.binary(min_size=1, max_size=4))
@settings(deadline=None)
def test_cells_are_never_asked_twice_in_a_round_nor_twice_running(size, seed):
    card = Card(GridCard(size), seed)
    rounds, last = [set()], set()
    for given_ in [card.confirms, *[card.answers] * size.max_uses]:
        asked = set(card.asked() if card.credential else card.offer.public["asked"])
        assert len(asked) == size.asked
        assert asked <= set(card.cells)
        assert not asked & last
        if rounds[-1] & asked or len(rounds[-1]) + size.asked > len(card.cells):
            assert len(card.cells) - len(rounds[-1]) < size.asked
            rounds.append(set())
        rounds[-1] |= asked
        assert isinstance(given_(), Accepted)
        last = asked
    assert reason(card.answers()) == "card_used_up"


def test_a_card_says_when_it_is_nearly_used_up_and_then_is(card):
    notes = [card.answers().notes for _ in range(15)]
    assert notes == [()] * 11 + [("card_used_up_soon",)] * 4
    assert reason(card.answers()) == "card_used_up"
    assert reason(card.answers(card.read(["A1"]))) == "card_used_up"


def test_a_firm_that_allows_more_or_fewer_uses_means_the_cards_in_hand_too(card):
    for _ in range(15):
        last = card.asked()
        card.answers()
    more = GridCard(GridCardSettings(max_uses=30))
    assert isinstance(
        more.verify({"g": card.credential}, {}, card.read(card.asked()), context()), Accepted
    )
    assert not set(card.asked()) & set(last)
    fewer = GridCard(GridCardSettings(max_uses=1))
    assert reason(fewer.verify({"g": card.credential}, {}, card.read(card.asked()), context())) == (
        "card_used_up"
    )


def test_a_card_keeps_its_own_size_when_new_ones_are_made_larger(card):
    large = GridCard(GridCardSettings(columns=12, rows=10, asked=6))
    asked = large.challenge({"g": card.credential}, context()).public["asked"]
    assert asked == card.asked()
    verdict = large.verify({"g": card.credential}, {}, card.read(asked), context())
    assert len(verdict.credential.names) == 6
    assert set(verdict.credential.names) <= set(card.cells)


@pytest.mark.parametrize(
    "typed",
    [
        lambda text: text.lower(),
        lambda text: f" {text[0]} {text[1]}\n",
        lambda text: "".join(chr(ord(character) + 0xFEE0) for character in text),
        lambda text: text.lower() + "\u3000",
    ],
)
def test_small_letters_spaces_and_full_width_are_no_matter(card, typed):
    answer = {"cells": {name: typed(card.cells[name]) for name in card.asked()}}
    assert isinstance(card.answers(answer), Accepted)


@pytest.mark.parametrize(
    "response",
    [
        None,
        [],
        {},
        {"cells": None},
        {"cells": "7K"},
        {"cells": ["7K"]},
        {"cells": {"A1": 7}},
        {"cells": {"A1": None}},
        {"cells": {"A1": "7" * 17}},
        {"cells": {"A1": "\ud800"}},
        {"cells": {}, "serial": "x"},
    ],
)
def test_what_is_no_answer_is_malformed(card, response):
    begun = Card()
    assert reason(FACTOR.verify({"g": card.credential}, {}, response, context())) == "malformed"
    assert reason(FACTOR.verify({}, {}, response, context())) == "malformed"
    assert reason(FACTOR.confirm(begun.offer.private, response, context())) == "malformed"


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("rows", [3, 5, 10])
@pytest.mark.parametrize("columns", [4, 5, 10, 12])
def test_without_a_card_the_same_cells_are_asked_of_everybody(columns, rows):
    factor = GridCard(GridCardSettings(columns=columns, rows=rows, asked=columns * rows // 2))
    asked = factor.challenge({}, context()).public
    assert asked == factor.challenge({}, context(account="x", entropy=Chance(b"x"))).public
    assert len(set(asked["asked"])) == columns * rows // 2
    assert not set(asked["serial"]) & set(ALPHABET)


@pytest.mark.clause("CC-17010.j.g")
def test_every_cell_is_compared_whoever_is_asked_for(card, monkeypatch):
    compared, compare = [], hmac.compare_digest

    def counting(typed, right):
        compared.append(len(right))
        return compare(typed, right)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    first = {"cells": {card.asked()[0]: "33"}}
    for held in ({}, {"g": card.credential}):
        for response in (first, {"cells": {}}, card.read(card.asked())):
            compared.clear()
            FACTOR.verify(held, {}, response, context())
            assert compared == [len("7K|7K|7K")], "all at once, so that none ends it early"


def test_the_cells_of_nobodys_card_are_refused():
    asked = FACTOR.challenge({}, context()).public["asked"]
    guessed = {"cells": dict.fromkeys(asked, ALPHABET[0] * 2)}
    assert reason(FACTOR.verify({}, {}, guessed, context())) == "no_credential"


def test_the_odds_are_as_the_docstring_says():
    cells = len(ALPHABET) ** 2
    assert cells == 484
    assert round(cells**3 / 1e6) == 113
    assert 100 / cells**3 < 1e-6
    overheard = {known: math.comb(known, 3) / math.comb(50, 3) for known in (24, 48)}
    assert round(overheard[24], 2) == 0.10
    assert round(overheard[48], 2) == 0.88


@pytest.mark.parametrize(
    "fault",
    [
        {"columns": 3},
        {"columns": 13},
        {"rows": 2},
        {"rows": 11},
        {"asked": 1},
        {"asked": 26},
        {"max_uses": 0},
    ],
)
def test_a_card_that_would_not_do_is_refused_when_it_is_set(fault):
    with pytest.raises(ValueError, match=r"card|cells|max_uses"):
        GridCardSettings(**fault)


def test_cells_are_named_by_column_and_row():
    geometry = Geometry(10, 5)
    assert [geometry.name(cell) for cell in (0, 9, 10, 49)] == ["A1", "J1", "A2", "J5"]


def test_a_credential_survives_json_and_shows_nothing(card):
    stored = msgspec.json.encode(card.credential)
    assert msgspec.json.decode(stored, type=GridCardCredential) == card.credential
    assert repr(card.credential) == "GridCardCredential(...)"
    assert card.credential.cells not in repr(card.offer)
