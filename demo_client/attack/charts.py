"""Which pictures are worth looking at, as data. How they are drawn is `plots`' to say. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from demo_client.attack.auc import Area
from demo_client.attack.outcomes import Bar, Chart, Felt, Found, Line

BINS: Final = 40
"""Columns of a chart over time."""

DAY: Final = 86_400.0


def usual(found: Found, times: Sequence[tuple[float, int]], unit: float) -> list[Chart]:
    """Return what is shown of every attack: the answers over its time, and what customers felt."""
    charts = [answers(times, unit)] if any(at for at, _ in times) else []
    charts += [logins(found.unloaded, found.felt)] if found.felt else []
    if found.memory is not None and len(found.memory.samples) > 1:
        charts.append(
            Chart(
                id="memory",
                kind="lines",
                x="axis.seconds",
                y="axis.mib",
                lines=(Line(name="memory", points=thinned(found.memory.samples)),),
            )
        )
    return charts


def answers(times: Sequence[tuple[float, int]], unit: float) -> Chart:
    """Return how requests were answered, over the time of the attack: one line a status."""
    last = max(at for at, _ in times)
    width = (last or 1.0) / BINS
    counts = Counter((min(BINS - 1, int(at / width)), status) for at, status in times)
    statuses = sorted({status for _, status in times})
    lines = tuple(
        Line(
            name=f"status.{status}",
            points=tuple(
                ((column + 0.5) * width / unit, float(counts[column, status]))
                for column in range(BINS)
            ),
        )
        for status in statuses
    )
    x = "axis.days" if unit == DAY else "axis.seconds"
    return Chart(id="answers", kind="stacked", x=x, y="axis.answers", lines=lines)


def logins(unloaded: Mapping[str, Felt], felt: Mapping[str, Felt]) -> Chart:
    """Return how long logins took: which part of them came through within so many seconds."""
    lines = [
        Line(name=f"{when}.{device}", points=share(each.ms, each.tried))
        for when, table in (("unloaded", unloaded), ("felt", felt))
        for device, each in table.items()
        if each.ms
    ]
    return Chart(
        id="logins", kind="steps", x="axis.login", y="axis.part", lines=tuple(lines), log=True
    )


def share(ms: Sequence[float], tried: int) -> tuple[tuple[float, float], ...]:
    """Return (seconds, percent of all that were tried), a step each."""
    return thinned([(one / 1000, (n + 1) * 100 / tried) for n, one in enumerate(sorted(ms))])


def tries(points: Sequence[float], unit: float, x: str, limit: int) -> Chart:
    """Return how many guesses reached a verifier, added up over time."""
    steps = [(at / unit, float(n + 1)) for n, at in enumerate(sorted(points))]
    return Chart(
        id="reached",
        kind="steps",
        x=x,
        y="axis.reached",
        lines=(Line(name="reached", points=thinned(steps)),),
        mark=float(limit),
        mark_name="mark.share",
    )


def bars(name: str, values: Mapping[str, float], y: str, **more: object) -> Chart:
    """Return a bar for each value."""
    made = tuple(Bar(name=key, value=value) for key, value in values.items())
    return Chart(id=name, kind="bars", x="", y=y, bars=made, **more)  # type: ignore[arg-type]


def spread(times: Mapping[tuple[str, str], Sequence[float]], kinds: Sequence[str]) -> Chart:
    """Return how long answers to each kind of account took: percent within so many milliseconds."""
    lines = tuple(
        Line(name=f"kind.{kind}", points=_percents(times[kind, "answer"])) for kind in kinds
    )
    return Chart(id="spread", kind="steps", x="axis.ms", y="axis.part", lines=lines)


def intervals(areas: Mapping[str, Area]) -> Chart:
    """Return each comparison's area with its interval: low, middle and high."""
    lines = tuple(
        Line(name=name, points=((area.low, at), (area.area, at), (area.high, at)))
        for at, (name, area) in enumerate(areas.items())
    )
    return Chart(id="auc", kind="intervals", x="axis.auc", y="", lines=lines, mark=0.5)


def _percents(ms: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return percent over milliseconds, without the slowest hundredth, which is the machine's."""
    ordered = sorted(ms)
    points = [(one, (n + 1) * 100 / len(ordered)) for n, one in enumerate(ordered)]
    return thinned(points[: max(2, len(points) * 99 // 100)])


def thinned(
    points: Sequence[tuple[float, float]], most: int = 200
) -> tuple[tuple[float, float], ...]:
    """Return no more points than anybody can see, the first and the last among them."""
    if len(points) <= most:
        return tuple(points)
    return tuple(points[round(n * (len(points) - 1) / (most - 1))] for n in range(most))
