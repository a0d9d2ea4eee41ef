"""A pattern is drawn twice, hashed like a password, and never told apart from none."""

import msgspec
import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from factors import pattern as module
from factors.contract import Accepted, FactorClass, Refused
from factors.password_hashing import CHEAPEST, OWASP, Argon2Parameters, matches, outdated
from factors.pattern import Pattern, PatternCredential, PatternSettings
from factors.pattern_blocklist import common_patterns
from factors.pattern_grid import Grid
from factors.pattern_strength import too_simple
from tests.factors.test_pattern_grid import drawn
from tests.factors.world import Chance, context

GOOD = [4, 0, 5, 1, 3, 2, 7, 6, 8]
FACTOR = Pattern(PatternSettings(argon2=CHEAPEST))
LARGE = Pattern(PatternSettings(rows=4, columns=5, argon2=CHEAPEST))
OLDER = Argon2Parameters(memory_kib=16, time_cost=1, parallelism=1)


def confirm(pattern, again=None, factor=FACTOR):
    response = {"pattern": pattern, "again": pattern if again is None else again}
    return factor.confirm({}, response, context())


def own(pattern=GOOD, factor=FACTOR):
    return {"p": confirm(pattern, factor=factor).credential}


def verify(held, pattern, factor=FACTOR):
    return factor.verify(held, {}, {"pattern": pattern}, context())


def reason(verdict):
    assert isinstance(verdict, Refused)
    assert verdict.credential is None
    return verdict.reason


@pytest.mark.clause("CC-17010.d.a")
def test_a_pattern_drawn_twice_is_knowledge():
    verdict = verify(own(), GOOD)
    assert isinstance(verdict, Accepted)
    assert verdict.credential_id == "p"
    assert verdict.evidence.classes == (FactorClass.KNOWLEDGE,)
    assert verdict.evidence.amr == ("kba",)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([0, 1, 2, 0, 4, 5], "repeated_node"),
        ([0, 2, 1, 3, 4, 5], "impossible_stroke"),
        ([4, 0, 5, 1, 3, 9], "out_of_grid"),
        ([], "too_short"),
        ([4, 0, 5, 1, 3], "too_short"),
        ([0, 1, 2, 4, 6, 7, 8], "common_pattern"),
        ([0, 3, 6, 7, 8], "too_short"),
        ([0, 1, 2, 5, 8, 7, 6, 3, 4], "common_pattern"),
        ([0, 1, 2, 5, 4, 7, 8], "too_simple"),
        ([0, 5, 6, 1, 8, 3, 2], "too_simple"),
    ],
)
def test_each_fault_of_a_new_pattern_has_its_own_reason(pattern, expected):
    assert reason(confirm(pattern)) == expected


def test_what_is_drawn_the_second_time_must_be_the_same():
    assert reason(confirm(GOOD, GOOD[::-1])) == "not_the_same"
    assert reason(confirm(GOOD, [])) == "not_the_same"
    assert reason(confirm([0, 1, 0], GOOD)) == "repeated_node"


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (3, 6), (4, 4), (5, 6), (6, 6)])
def test_straight_lines_and_corners_are_refused_on_every_grid(rows, columns):
    factor = Pattern(PatternSettings(rows=rows, columns=columns, minimum=4, argon2=CHEAPEST))
    grid = Grid(rows, columns)
    line = grid.drawn((0, columns - 1))
    corner = grid.drawn((0, grid.size - columns, grid.size - 1))
    for pattern in (line, corner):
        for way in (pattern, pattern[::-1]):
            assert reason(confirm(list(way), factor=factor)) in {"too_short", "common_pattern"}
    slip = grid.drawn((0, grid.size - columns, grid.size - 2))
    assert reason(confirm(list(slip), factor=factor)) == "too_simple"


def test_a_larger_grid_takes_longer_patterns():
    longer = [7, 8, 9, 3, 12, 15, 4, 2]
    assert isinstance(verify(own(longer, LARGE), longer, LARGE), Accepted)
    assert LARGE.enroll({}, context()).public == {
        "rows": 4,
        "columns": 5,
        "minimum": 6,
        "maximum": 20,
    }


@given(drawn(st.just(Grid(3, 3))))
@settings(deadline=None)
def test_what_is_taken_at_enrolment_is_what_the_rules_leave(given_):
    grid, nodes = given_
    verdict = confirm(list(nodes))
    good = len(nodes) >= 6 and nodes not in common_patterns(grid) and not too_simple(nodes, grid)
    assert isinstance(verdict, Accepted) is good
    if good:
        assert isinstance(verify({"p": verdict.credential}, list(nodes)), Accepted)
        assert reason(verify({"p": verdict.credential}, list(nodes[::-1]))) == "wrong_pattern"


@pytest.mark.parametrize(
    "drawing",
    [None, "0.1.2", {"0": 1}, 5, [True, 2], [0.0], ["0"], [-1], [36], [10**30], [[0]], [0] * 37],
)
def test_what_is_no_list_of_nodes_is_malformed(drawing):
    assert reason(verify(own(), drawing)) == "malformed"
    assert reason(confirm(drawing)) == "malformed"
    assert reason(confirm(GOOD, again=drawing or "no")) == "malformed"


@pytest.mark.parametrize(
    "response", [None, [], {}, {"pattern": GOOD, "again": GOOD}, {"again": GOOD}]
)
def test_a_login_draws_once(response):
    assert reason(FACTOR.verify(own(), {}, response, context())) == "malformed"
    assert reason(FACTOR.verify({}, {}, response, context())) == "malformed"
    assert reason(FACTOR.confirm({}, {"pattern": GOOD}, context())) == "malformed"


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("pattern", [GOOD, GOOD[::-1], [], [0, 2, 0], [35], list(range(36))])
@pytest.mark.parametrize("held", [{}, own(), own([7, 8, 9, 3, 12, 15, 4, 2], LARGE)])
def test_exactly_one_hash_is_made_whoever_is_asked_for_and_whatever_is_drawn(
    monkeypatch, held, pattern
):
    spent = []

    def counting(encoded, text):
        spent.append(encoded.rsplit("$", 2)[0])
        return matches(encoded, text)

    monkeypatch.setattr(module, "matches", counting)
    verdict = verify(held, pattern)
    assert isinstance(verdict, Accepted) is (held == own() and pattern == GOOD)
    assert spent == [own()["p"].encoded.rsplit("$", 2)[0]]


def test_what_cannot_be_drawn_is_only_wrong_at_login():
    for pattern in ([0, 2, 1, 3, 4, 5], [0, 1, 2, 0], [9], []):
        assert reason(verify(own(), pattern)) == "wrong_pattern"
        assert reason(verify({}, pattern)) == "no_credential"


def test_a_pattern_of_another_grid_is_another_pattern():
    square = Pattern(PatternSettings(rows=4, columns=4, argon2=CHEAPEST))
    assert reason(verify(own(), GOOD, square)) == "grid_changed"
    moved = msgspec.structs.replace(own()["p"], rows=4, columns=4)
    assert reason(verify({"p": moved}, GOOD, square)) == "wrong_pattern"


def test_the_hash_is_argon2id_over_a_text_no_password_is():
    first, second = (
        FACTOR.confirm({}, {"pattern": GOOD, "again": GOOD}, context(entropy=Chance(s))).credential
        for s in (b"1", b"2")
    )
    assert first.encoded != second.encoded
    assert first.encoded.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    text = "trifactor:pattern:3x3:4-0-5-1-3-2-7-6-8"
    assert PasswordHasher().verify(first.encoded, text)
    assert PatternSettings().argon2 == OWASP


def test_an_older_hash_is_made_anew_and_nothing_else_changes():
    held = own(factor=Pattern(PatternSettings(argon2=OLDER)))
    assert outdated(held["p"].encoded, CHEAPEST)
    renewed = verify(held, GOOD).credential
    assert not outdated(renewed.encoded, CHEAPEST)
    assert verify({"p": renewed}, GOOD).credential is renewed
    assert reason(verify(held, GOOD[::-1])) == "wrong_pattern"


def test_what_is_shown_before_any_proof_is_the_grid():
    assert FACTOR.challenge(own(), context()).public == {"rows": 3, "columns": 3}
    assert FACTOR.challenge(own(), context()) == FACTOR.challenge({}, context())


@pytest.mark.parametrize(
    "wrong",
    [{"rows": 2}, {"columns": 7}, {"minimum": 3}, {"minimum": 10}, {"rows": 6, "minimum": 19}],
)
def test_a_grid_that_will_not_do_is_refused_when_it_is_set(wrong):
    with pytest.raises(ValueError, match=r"nodes"):
        PatternSettings(**wrong)


@given(st.integers(3, 6), st.integers(3, 6))
def test_every_other_grid_will_do(rows, columns):
    most = PatternSettings(rows=rows, columns=columns, minimum=rows * columns)
    assert Pattern(most).enroll({}, context()).public["minimum"] == rows * columns


def test_a_credential_survives_json_and_shows_nothing():
    credential = own()["p"]
    assert (
        msgspec.json.decode(msgspec.json.encode(credential), type=PatternCredential) == credential
    )
    assert repr(credential) == "PatternCredential(...)"
