"""What came of the attacks, as values: what the page, the JSON and the terminal tell."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec

KNOWN, NEW = "known", "new"
"""A device that the customer signed in from before, and one that he did not."""


class Felt(msgspec.Struct, kw_only=True):
    """What a kind of customer felt: milliseconds of each login that came through."""

    tried: int = 0
    worked: int = 0
    waited: int = 0
    ms: list[float] = msgspec.field(default_factory=list)
    why: list[str] = msgspec.field(default_factory=list)

    @property
    def rate(self) -> float:
        """The part that came through, 1 where nobody tried."""
        return len(self.ms) / self.tried if self.tried else 1.0

    @property
    def p50(self) -> float:
        """The middle one, 0 where there is none."""
        return quantile(self.ms, 0.5)

    @property
    def p99(self) -> float:
        """The one that 99 in 100 are at or below; the slowest where there are fewer."""
        return quantile(self.ms, 0.99)


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one blocked attempt costs the service. `ms` of CPU, the average of `count`."""

    where: str
    count: int
    ms: float


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """The service's resident memory in MiB; `samples` are (seconds, MiB)."""

    before: float
    peak: float
    after: float
    samples: tuple[tuple[float, float], ...] = ()


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A promise, and whether it was kept. `said` and `was` are figures for its text.

    `timed`: it is about time on this machine, so it is shown and never fails a run.
    """

    id: str
    kept: bool
    was: str
    bound: str
    timed: bool = False


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of a chart: its name (a text's id, or a word as it is) and its height."""

    name: str
    value: float


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart: (x, y)."""

    name: str
    points: tuple[tuple[float, float], ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. `kind` says how it is drawn; `x` and `y` are text ids of what is counted.

    `mark` is a value to draw a line at, `mark_name` the text id that says what it is.
    """

    id: str
    kind: str
    x: str
    y: str
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    mark: float | None = None
    mark_name: str = ""
    log: bool = False


class Found(msgspec.Struct, kw_only=True):
    """All of one attack. `facts` are what its text tells beside what every attack does."""

    name: str
    seconds: float = 0.0
    requests: int = 0
    answered: dict[str, int] = msgspec.field(default_factory=dict)
    reached: int = 0
    solved: int = 0
    opened: int = 0
    unloaded: dict[str, Felt] = msgspec.field(default_factory=dict)
    felt: dict[str, Felt] = msgspec.field(default_factory=dict)
    costs: list[Cost] = msgspec.field(default_factory=list)
    memory: Remembered | None = None
    promises: list[Promise] = msgspec.field(default_factory=list)
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    charts: list[Chart] = msgspec.field(default_factory=list)
    left_out: list[str] = msgspec.field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether a promise was not kept that is no matter of this machine's speed."""
        return any(not promise.kept and not promise.timed for promise in self.promises)


class Result(msgspec.Struct, kw_only=True):
    """The whole run. `began` is ISO 8601."""

    began: str
    seconds: float
    scale: float
    argon2_ms: float
    cores: int
    found: list[Found]

    @property
    def broken(self) -> bool:
        """Whether any attack broke a promise that fails a run."""
        return any(found.broken for found in self.found)


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` of all are at or below (nearest rank), 0 for none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]
