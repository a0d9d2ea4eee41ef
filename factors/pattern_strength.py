"""How much thought a pattern shows: measured on the drawing, never looked up in a list.

People draw what needs no thought. Nearly half begin in the upper left corner, three nodes in a
straight line are typical, one pattern in ten is a letter, and a fifth of all patterns is guessed
sooner than a random number of three digits (Uellenbeck et al., CCS 2013; Løge, NTNU 2015). Three
measures refuse that:

1. The meter of Song et al. (CHI 2015): how long the strokes are, how many cross, how many differ.
   `score` computes it on the scale from 0 to 1 of its reference implementation, APC (Golla et
   al., USEC 2019), and what falls into the band "weak" is refused. On a grid larger than the one
   the meter was made for, lengths count as on 3 by 3, because people draw the same figures larger
   (Aviv et al., ACSAC 2015).
2. At least five different strokes. That is ours: to and fro is three, a spiral is four, however
   large the grid and however long the line, and the meter takes length for strength.
3. No symmetry. That is ours too: who knows half of a symmetric pattern knows the other half.

What remains on 3 by 3 is 300,016 of 389,112 patterns: 3,176 of six nodes, 36,352 of seven, 122,696
of eight and 137,792 of nine. That is no entropy of 18 bits: nothing published measures what
people draw once these are refused, and Golla et al. found that meters of this kind rank patterns
less well than a model trained on users' own, which is not published. So the floor takes away the
first guesses and promises no more. The rest is the gate's limit on failures, and that a pattern
never stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Final

from factors.pattern_grid import SYMMETRIES, Grid, Nodes, Step, turned

WEAK: Final = 0.40
"""The top of the band that Song et al. call weak; medium ends at 0.56."""

DIFFERENT: Final = 5
"""Strokes that must differ in direction or length."""

LENGTH, DIFFERING, CROSSINGS = 0.81, 0.04, 0.15
"""The meter's weights, of length, of different strokes and of crossings (Song et al.)."""

LONGEST, MOST_CROSSINGS = 15, 5
"""What counts in full: no pattern on 3 by 3 is longer; more crossings add nothing."""

LEAST, GREATEST = 263 / 1500, 0.99
"""The meter's range over all patterns on 3 by 3, which the scale from 0 to 1 is laid over (APC)."""


def too_simple(nodes: Nodes, grid: Grid) -> bool:
    """Whether a pattern that can be drawn on `grid` is one that anybody might draw."""
    strokes = grid.strokes(nodes)
    return len(set(strokes)) < DIFFERENT or symmetric(strokes) or score(nodes, grid) <= WEAK


def score(nodes: Nodes, grid: Grid) -> float:
    """Return the strength by Song et al., from 0 to 1; a line of one node has none."""
    strokes = grid.strokes(nodes)
    if not strokes:
        return 0.0
    shapes = {(abs(step.rows), abs(step.columns)) for step in strokes}
    raw = (
        LENGTH * length(strokes, grid) / LONGEST
        + DIFFERING * len(shapes) / len(strokes)
        + CROSSINGS * min(crossings(nodes, grid), MOST_CROSSINGS) / MOST_CROSSINGS
    )
    return max(0.0, (raw - LEAST) / (GREATEST - LEAST))


def length(strokes: Sequence[Step], grid: Grid) -> float:
    """Return the length in the maximum norm, in steps of a grid of three nodes a side."""
    scale = 2 / (max(grid.rows, grid.columns) - 1)
    return scale * sum(max(abs(step.rows), abs(step.columns)) for step in strokes)


def crossings(nodes: Nodes, grid: Grid) -> int:
    """Return how many pairs of strokes cross inside both; to touch is not to cross."""
    lines = list(pairwise(grid.place(node) for node in nodes))
    return sum(_cross(*first, *second) for first, second in combinations(lines, 2))


def symmetric(strokes: Sequence[Step]) -> bool:
    """Whether a mirror or a turn shows the same figure, drawn on or drawn back."""
    back = [Step(-step.rows, -step.columns) for step in reversed(strokes)]
    return any(_shows(symmetry, strokes, back) for symmetry in SYMMETRIES) or any(
        _shows(symmetry, strokes, strokes) for symmetry in SYMMETRIES[1:]
    )


def _shows(symmetry: tuple[Step, Step], strokes: Sequence[Step], others: Sequence[Step]) -> bool:
    """Whether `symmetry` makes the others of the strokes."""
    pairs = zip(strokes, others, strict=True)
    return all(turned(step, symmetry) == other for step, other in pairs)


def _cross(a: Step, b: Step, c: Step, d: Step) -> bool:
    """Whether the open lines a-b and c-d have one point in common."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Step, b: Step, point: Step) -> int:
    """Return on which side of a-b a point lies, by its sign."""
    return (b.rows - a.rows) * (point.columns - a.columns) - (b.columns - a.columns) * (
        point.rows - a.rows
    )
