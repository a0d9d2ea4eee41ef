"""The grid a pattern is drawn on, and which strokes are possible there.

Nodes are numbered row by row from 0. Android's rule, for a grid of any size: a stroke takes in
every node it passes over unless the pattern has that node already, and no node is taken in twice.
So a sequence that leaps over a free node, or comes back to a node, cannot have been drawn.

Source: `LockPatternView` of the Android Open Source Project; Tao and Adams, "Pass-Go", 2008.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd
from typing import Final, NamedTuple, TypeAlias

Nodes: TypeAlias = Sequence[int]
"""A pattern: its nodes in the order they are drawn."""


class Step(NamedTuple):
    """A place, or the way from one to another, in rows down and columns to the right."""

    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of `rows` times `columns` nodes."""

    rows: int
    columns: int

    @property
    def size(self) -> int:
        """How many nodes there are, and so the most that a pattern can have."""
        return self.rows * self.columns

    def fault(self, nodes: Nodes) -> str | None:
        """Return why `nodes` cannot have been drawn here, or None.

        The reasons are `out_of_grid`, `repeated_node` and `impossible_stroke`.
        """
        if any(node not in range(self.size) for node in nodes):
            return "out_of_grid"
        if len(set(nodes)) < len(nodes):
            return "repeated_node"
        return "impossible_stroke" if self._leaps(nodes) else None

    def place(self, node: int) -> Step:
        """Return where a node is."""
        return Step(*divmod(node, self.columns))

    def node(self, place: Step) -> int:
        """Return the node at `place`."""
        return place.rows * self.columns + place.columns

    def strokes(self, nodes: Nodes) -> list[Step]:
        """Return the steps from each node to the next."""
        places = [self.place(node) for node in nodes]
        return [Step(to[0] - at[0], to[1] - at[1]) for at, to in pairwise(places)]

    def between(self, start: int, end: int) -> Iterator[int]:
        """Yield the nodes that the stroke from `start` to `end` passes over, in order."""
        at, (step,) = self.place(start), self.strokes((start, end))
        parts = gcd(step.rows, step.columns)
        for part in range(1, parts):
            yield self.node(
                Step(at.rows + step.rows * part // parts, at.columns + step.columns * part // parts)
            )

    def drawn(self, corners: Nodes) -> tuple[int, ...]:
        """Return the pattern of a finger that goes from corner to corner, and takes in the rest."""
        nodes = list(corners[:1])
        for corner in corners[1:]:
            if corner not in nodes:
                passed = [node for node in self.between(nodes[-1], corner) if node not in nodes]
                nodes += [*passed, corner]
        return tuple(nodes)

    def _leaps(self, nodes: Nodes) -> bool:
        """Whether a stroke passes over a node that is still free."""
        return any(
            not set(self.between(start, end)) <= set(nodes[:drawn])
            for drawn, (start, end) in enumerate(pairwise(nodes), 1)
        )


SYMMETRIES: Final = (
    (Step(1, 0), Step(0, 1)),
    (Step(0, 1), Step(-1, 0)),
    (Step(-1, 0), Step(0, -1)),
    (Step(0, -1), Step(1, 0)),
    (Step(1, 0), Step(0, -1)),
    (Step(-1, 0), Step(0, 1)),
    (Step(0, 1), Step(1, 0)),
    (Step(0, -1), Step(-1, 0)),
)
"""The quarter turns, then the mirrors: what becomes of a step down, and of a step right."""


def turned(step: Step, symmetry: tuple[Step, Step]) -> Step:
    """Return a step as one of the `SYMMETRIES` shows it."""
    down, right = symmetry
    return Step(
        step.rows * down.rows + step.columns * right.rows,
        step.rows * down.columns + step.columns * right.columns,
    )
