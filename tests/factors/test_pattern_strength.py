"""The floor: a published meter, what it says of every pattern, and what is left of them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factors.pattern_blocklist import SHAPES, common_patterns
from factors.pattern_grid import SYMMETRIES, Grid, Step, turned
from factors.pattern_strength import (
    GREATEST,
    LEAST,
    score,
    symmetric,
    too_simple,
)
from tests.factors.test_pattern_grid import ANDROID, GRIDS, drawn, patterns

ALL_GRIDS = [Grid(rows, columns) for rows in range(3, 7) for columns in range(3, 7)]


def digits(text):
    return tuple(map(int, text.split(".")))


@pytest.mark.parametrize(
    ("pattern", "raw"),
    [
        ("0.1.2.5", 0.1886666666666667),
        ("0.3.6.7", 0.1886666666666667),
        ("0.1.2.5.8", 0.236),
        ("0.3.6.7.8", 0.236),
        ("0.3.6.7.8.5", 0.286),
        ("0.3.6.7.8.5.2", 0.3373333333333334),
        ("0.1.2.4", 0.1886666666666667),
        ("6.3.0.1", 0.1886666666666667),
        ("2.1.0.3", 0.1886666666666667),
        ("0.1.2.5.8.7.6.3", 0.3894285714285714),
    ],
)
def test_the_vectors_that_come_with_the_meter(pattern, raw):
    """The column "Song et al." of the table in the README of APC 1.0, before it is scaled."""
    assert score(digits(pattern), ANDROID) == pytest.approx((raw - LEAST) / (GREATEST - LEAST))


def test_the_meter_ranges_as_published_over_all_patterns_and_the_floor_leaves_what_it_says():
    """The range is that of the feature list in the README of APC 1.0, 3D: 0.1753 to 0.99."""
    scores, left = set(), Counter()
    for pattern, alike in one_of_each_image():
        scores.add(score(pattern, ANDROID))
        left[len(pattern)] += alike * (not too_simple(pattern, ANDROID))
    assert (min(scores), max(scores)) == pytest.approx((0, 1))
    assert +left == {6: 3176, 7: 36352, 8: 122696, 9: 137792}
    assert sum(left.values()) == 300_016


def one_of_each_image():
    """Yield patterns on 3 by 3, and how many are the same but for a turn or a mirror.

    Corners are alike, and sides; of what leaves an axis through the first node, one half is drawn.
    """
    sides = (
        (0, (0, 4, 8), (1, 2, 5), 8),
        (1, (1, 4, 7), (0, 3, 6), 8),
        (4, (1, 4, 7), (0, 3, 6), 2),
    )
    for start, axis, half, alike in sides:
        for pattern in patterns(ANDROID, start):
            if next(node for node in pattern if node not in axis) in half:
                yield pattern, alike


@pytest.mark.parametrize("grid", ALL_GRIDS, ids=lambda grid: f"{grid.rows}x{grid.columns}")
def test_every_figure_that_people_draw_is_refused_by_measure_alone(grid):
    listed = common_patterns(grid)
    assert len(listed) >= 196
    for pattern in listed:
        assert grid.fault(pattern) is None
        assert too_simple(pattern, grid), pattern


@pytest.mark.parametrize("grid", ALL_GRIDS, ids=lambda grid: f"{grid.rows}x{grid.columns}")
def test_lines_to_and_fro_and_spirals_are_too_simple_however_long(grid):
    rows = [[grid.node(Step(r, c)) for c in range(grid.columns)] for r in range(grid.rows)]
    to_and_fro = [node for r, row in enumerate(rows) for node in row[:: -1 if r % 2 else 1]]
    spiral, left = [], rows
    while left:
        spiral += left[0]
        left = [list(row) for row in zip(*left[1:], strict=True)][::-1]
    for pattern in (to_and_fro, spiral):
        assert sorted(pattern) == list(range(grid.size))
        assert grid.fault(pattern) is None
        assert too_simple(pattern, grid)


def test_the_list_names_its_source_for_every_figure_and_holds_all_positions():
    assert {source for _, source in SHAPES.values()} == {
        "Løge 2015",
        "Uellenbeck et al. 2013",
        "Golla et al. 2019",
    }
    z = {(0, 1, 2, 4, 6, 7, 8), (2, 1, 0, 4, 8, 7, 6), (6, 3, 0, 4, 8, 5, 2), (0, 3, 6, 4, 2, 5, 8)}
    assert z | {pattern[::-1] for pattern in z} <= common_patterns(ANDROID)
    assert (0, 1, 2, 3, 6, 9, 12, 13, 14, 15) in common_patterns(Grid(4, 4))
    assert all(len(set(pattern)) == len(pattern) for pattern in common_patterns(ANDROID))


@pytest.mark.parametrize("pattern", [(4, 0, 5, 1, 3, 2, 7, 6, 8), (0, 4, 5, 1, 3, 2, 6)])
def test_what_is_neither_short_nor_plain_nor_symmetric_will_do(pattern):
    assert ANDROID.fault(pattern) is None
    assert not too_simple(pattern, ANDROID)


def test_a_star_is_symmetric_and_so_too_simple_whatever_the_meter_says():
    star = (0, 5, 6, 1, 8, 3, 2)
    assert score(star, ANDROID) > 0.56
    assert symmetric(ANDROID.strokes(star))
    assert too_simple(star, ANDROID)
    assert not too_simple((*star, 7), ANDROID)


@given(drawn(), st.sampled_from(SYMMETRIES))
def test_no_turn_nor_mirror_nor_the_other_way_changes_the_verdict(given_, symmetry):
    """On a square grid; on others, the symmetries are those of the strokes."""
    grid, nodes = given_
    strokes = grid.strokes(nodes)
    images = [turned(step, symmetry) for step in strokes]
    assert symmetric(images) == symmetric(strokes)
    if grid.rows != grid.columns:
        return
    middle = grid.rows - 1
    placed = [(2 * r - middle, 2 * c - middle) for r, c in map(grid.place, nodes)]
    moved = [turned(Step(*place), symmetry) for place in placed]
    image = [grid.node(Step((r + middle) // 2, (c + middle) // 2)) for r, c in moved]
    assert grid.fault(image) is None
    assert score(image, grid) == pytest.approx(score(nodes, grid))
    assert too_simple(image, grid) == too_simple(nodes, grid)


@given(drawn())
def test_a_pattern_and_its_mirror_image_drawn_on_are_symmetric(given_):
    grid, nodes = given_
    strokes = grid.strokes(nodes)
    assert symmetric(strokes + strokes[::-1])


@given(GRIDS)
def test_one_node_has_no_strength(grid):
    assert score((0,), grid) == 0.0
    assert too_simple((0,), grid)
