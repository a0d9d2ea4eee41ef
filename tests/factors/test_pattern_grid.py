"""What can be drawn on a grid, by Android's rules, and how often."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factors.pattern_grid import SYMMETRIES, Grid, Step, turned

ANDROID = Grid(3, 3)
GRIDS = st.builds(Grid, st.integers(3, 6), st.integers(3, 6))


def patterns(grid, start, fewest=4):
    """Yield every pattern from one node on, by going on wherever one can."""

    def longer(nodes):
        if len(nodes) >= fewest:
            yield tuple(nodes)
        for node in range(grid.size):
            if node not in nodes and set(grid.between(nodes[-1], node)) <= set(nodes):
                yield from longer([*nodes, node])

    return longer([start])


@st.composite
def drawn(draw, grids=GRIDS):
    """A grid and what a finger draws on it: wherever it goes, what it passes is taken in."""
    grid = draw(grids)
    corners = draw(st.lists(st.integers(0, grid.size - 1), min_size=1, max_size=12))
    return grid, grid.drawn(corners)


def test_there_are_as_many_patterns_as_everybody_counts():
    """389,112 in all: Uellenbeck et al. 2013; by length: the list AndroidPatternLock."""
    counts = Counter()
    for start, places in ((0, 4), (1, 4), (4, 1)):  # corners, sides and the centre are alike
        for pattern in patterns(ANDROID, start):
            counts[len(pattern)] += places
    assert counts == {4: 1624, 5: 7152, 6: 26016, 7: 72912, 8: 140704, 9: 140704}
    assert sum(counts.values()) == 389_112


def test_what_is_counted_is_what_is_found_without_fault():
    faultless = {pattern for pattern in patterns(ANDROID, 1) if len(pattern) == 5}
    every = [
        (1, a, b, c, d) for a in range(9) for b in range(9) for c in range(9) for d in range(9)
    ]
    assert {nodes for nodes in every if ANDROID.fault(nodes) is None} == faultless


@pytest.mark.parametrize(
    ("nodes", "fault"),
    [
        ((0, 1, 2, 5), None),
        ((0, 2), "impossible_stroke"),
        ((0, 8, 4), "impossible_stroke"),
        ((1, 0, 2, 5), None),  # over a node that is there already
        ((0, 5, 6, 1, 8, 3, 2, 7), None),  # a knight's strokes pass over nothing
        ((0, 1, 0), "repeated_node"),
        ((0, 1, 9), "out_of_grid"),
        ((0, 1, -1), "out_of_grid"),
        ((), None),
    ],
)
def test_androids_rule(nodes, fault):
    assert ANDROID.fault(nodes) == fault


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        (0, 5, [1, 2, 3, 4]),
        (0, 35, [7, 14, 21, 28]),
        (35, 1, []),
        (32, 2, [26, 20, 14, 8]),
        (0, 16, [8]),
        (16, 0, [8]),
        (5, 25, [10, 15, 20]),
        (25, 5, [20, 15, 10]),
    ],
)
def test_a_stroke_on_a_larger_grid_takes_in_all_it_passes(start, end, passed):
    assert list(Grid(6, 6).between(start, end)) == passed


@given(GRIDS, st.data())
def test_a_stroke_passes_the_same_nodes_both_ways(grid, data):
    start, end = data.draw(st.lists(st.integers(0, grid.size - 1), min_size=2, max_size=2))
    there, back = list(grid.between(start, end)), list(grid.between(end, start))
    assert there == back[::-1]
    step = grid.strokes((start, end))[0]
    assert len(there) == max(0, math.gcd(*step) - 1)


@given(drawn())
def test_what_a_finger_draws_can_be_drawn(given_):
    grid, nodes = given_
    assert grid.fault(nodes) is None
    assert grid.drawn(nodes) == nodes


@given(drawn())
def test_strokes_lead_from_node_to_node(given_):
    grid, nodes = given_
    for (at, to), step in zip(pairwise(nodes), grid.strokes(nodes), strict=True):
        assert grid.node(Step(*map(sum, zip(grid.place(at), step, strict=True)))) == to


def test_there_are_eight_symmetries_of_a_square():
    images = {(turned(Step(1, 0), s), turned(Step(0, 1), s)) for s in SYMMETRIES}
    assert len(images) == len(SYMMETRIES) == 8
    assert turned(Step(2, 5), SYMMETRIES[0]) == (2, 5)
    for s in SYMMETRIES:
        assert {abs(part) for part in turned(Step(2, 5), s)} == {2, 5}
