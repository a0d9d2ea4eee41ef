"""How well a number tells two groups apart: the area under the ROC curve, with its error.

0.5 is a coin, 1.0 is certainty. It is the chance that one of `left` is larger than one of `right`
(the Mann-Whitney statistic), so it depends on no scale and on no outlier.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

NORMAL_95 = 1.96
"""Standard errors on each side of a 95 % interval."""


class Area(NamedTuple):
    """An area, and the two ends of its 95 % interval."""

    low: float
    area: float
    high: float


def auc(left: Sequence[float], right: Sequence[float]) -> Area:
    """Return the chance that `left` is larger, ties half, with the interval of Hanley and McNeil.

    Source: Hanley and McNeil, Radiology 143 (1982), 29-36.
    """
    ordered = sorted(right)
    over = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in left) / 2
    area = over / (len(left) * len(right))
    error = NORMAL_95 * _standard_error(area, len(left), len(right))
    return Area(area - error, area, area + error)


def _standard_error(area: float, left: int, right: int) -> float:
    both_left = area / (2 - area)
    both_right = 2 * area**2 / (1 + area)
    spread = area * (1 - area)
    spread += (left - 1) * (both_left - area**2) + (right - 1) * (both_right - area**2)
    return sqrt(max(spread, 0.0) / (left * right))
