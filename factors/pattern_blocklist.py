"""The figures everybody draws, so that the page can say why a pattern was refused.

No study has published its list: Munyendo et al. (SOUPS 2021) recommend to block the 100 most used
patterns, and give their data to researchers on request. What the studies do say in words is which
figures they are, and those are drawn here:

- letters, as one pattern in ten is (Løge, NTNU 2015), Z, L and W before others (Munyendo et al.);
- straight lines, from the corners first (Uellenbeck et al., CCS 2013);
- square, spiral, triangle and diamond, from the examples that come with the meters' reference
  implementation APC (Golla et al., USEC 2019).

Each is listed in all eight positions and drawn from both ends, because users' patterns are full
of such pairs (Aviv et al., ACSAC 2015), and stretched over larger grids, because there they draw
the same figures larger (the same). It is a second opinion: `pattern_strength` refuses every one
of them by measure alone, and a test holds that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from types import MappingProxyType
from typing import Final

from factors.pattern_grid import SYMMETRIES, Grid, Step, turned

LETTERS = "Løge 2015"
LINES = "Uellenbeck et al. 2013"
FIGURES = "Golla et al. 2019"

SHAPES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "line": ("02", LINES),
        "diagonal": ("08", LINES),
        "C, U": ("2068", LETTERS),
        "D": ("06751", LETTERS),
        "G, 6, 9": ("206854", LETTERS),
        "J": ("2863", LETTERS),
        "L": ("068", LETTERS),
        "M, W": ("60428", LETTERS),
        "N, Z": ("0268", LETTERS),
        "P": ("60254", LETTERS),
        "S, 2, 5": ("203586", LETTERS),
        "V": ("072", LETTERS),
        "4": ("03528", LETTERS),
        "7": ("026", LETTERS),
        "square": ("02863", FIGURES),
        "spiral": ("028634", FIGURES),
        "triangle": ("0684", FIGURES),
        "diamond": ("1573", FIGURES),
    }
)
"""Each figure by its corners on 3 by 3, and who says that it is common."""


@cache
def common_patterns(grid: Grid) -> frozenset[tuple[int, ...]]:
    """Return every position of every figure on `grid`, both ways."""
    return frozenset(
        grid.drawn(corners)
        for shape, _ in SHAPES.values()
        for end_first in (shape, shape[::-1])
        for placed in _positions(end_first)
        for corners in _stretched(placed, grid)
    )


def _positions(shape: str) -> Iterator[list[Step]]:
    """Yield the figure's corners, from the centre of the grid, as every symmetry shows them."""
    corners = [Step(int(node) // 3 - 1, int(node) % 3 - 1) for node in shape]
    for symmetry in SYMMETRIES:
        yield [turned(corner, symmetry) for corner in corners]


def _stretched(corners: list[Step], grid: Grid) -> Iterator[list[int]]:
    """Yield the corners' nodes on `grid`; where no node is in the middle, take both beside it."""
    for down, right in product((0, 1), repeat=2):
        row = (0, (grid.rows - down) // 2, grid.rows - 1)
        column = (0, (grid.columns - right) // 2, grid.columns - 1)
        yield [grid.node(Step(row[at.rows + 1], column[at.columns + 1])) for at in corners]
