"""A pattern that a careful customer remembers: chosen by chance, and no figure that has a name.

A grid's nodes are numbered row by row from 0. A line takes in every free node that it passes over,
so a stroke that would leap over one cannot be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from typing import Any, TypeAlias

import msgspec

from demo_client.world import Entropy

Json: TypeAlias = Any

NODES = 9
"""How many nodes a chosen pattern has, where its grid does not ask for more."""

LONG = 10.0
"""How long it is at least: a stroke counts its longer side, on a grid two steps wide."""


class SoftPattern(msgspec.Struct, kw_only=True):
    """The nodes in the order they are drawn."""

    nodes: list[int]

    @classmethod
    def chosen(cls, offer: Json, entropy: Entropy) -> SoftPattern:
        """Choose one for the grid of an enrolment's offer: long, and no stroke in it twice."""
        rows, columns = offer["rows"], offer["columns"]
        count = min(offer["maximum"], max(offer["minimum"], NODES))
        while True:
            nodes = _walk(rows, columns, count, entropy)
            strokes = _strokes(nodes, columns)
            whole = len(nodes) == count and len(set(strokes)) == len(strokes)
            if whole and _length(strokes, max(rows, columns)) >= LONG:
                return cls(nodes=nodes)


def _walk(rows: int, columns: int, count: int, entropy: Entropy) -> list[int]:
    """Go from node to node by chance, until there are `count` or there is no way on."""
    nodes: list[int] = []
    while len(nodes) < count:
        free = [
            node
            for node in range(rows * columns)
            if node not in nodes and (not nodes or _passed(nodes[-1], node, columns) <= set(nodes))
        ]
        if not free:
            break
        # 64 bits for a choice of 36 at most: some come more often by less than one in 10^17.
        nodes.append(free[int.from_bytes(entropy(8), "big") % len(free)])
    return nodes


def _passed(start: int, end: int, columns: int) -> set[int]:
    """Return the nodes that the stroke from `start` to `end` passes over."""
    ((down, right),) = _strokes([start, end], columns)
    parts = gcd(down, right)
    step = (down * columns + right) // parts
    return {start + step * part for part in range(1, parts)}


def _strokes(nodes: Sequence[int], columns: int) -> list[tuple[int, int]]:
    """Return how far each stroke goes down and to the right."""
    places = [divmod(node, columns) for node in nodes]
    return [(end[0] - start[0], end[1] - start[1]) for start, end in pairwise(places)]


def _length(strokes: Sequence[tuple[int, int]], side: int) -> float:
    """Return the length in the maximum norm, on a grid of `side` nodes drawn two steps wide."""
    return 2 / (side - 1) * sum(max(abs(down), abs(right)) for down, right in strokes)
