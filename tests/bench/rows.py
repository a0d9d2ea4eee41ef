"""A row of the table: what was measured, what came out, what was hoped for."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One line. `met` None: there is no goal to meet, the figure is for comparison."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None
    remark: str = ""

    @property
    def verdict(self) -> str:
        """The last column's word."""
        return {True: "met", False: "NOT met", None: ""}[self.met]


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
