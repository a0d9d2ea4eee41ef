"""How charts are drawn: SVG to be put into the page. The only module that knows matplotlib.

Texts go in as marks (`@text.id@`) and come out in both languages, one of which the page hides;
colours go in as stand-ins and come out as the page's own, light or dark. Legends are the page's.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from demo_client.attack.outcomes import Chart
from demo_client.attack.texts import LANGUAGES, said

ROOM: Final = 1.2
"""How much wider a chart of bars is than its longest: for the figure at the end."""

WIDE, HIGH, A_BAR = 4.8, 2.7, 0.42
"""Inches; a bar or an interval has its own."""

INK, SOFT, LINE = "#010101", "#010102", "#010103"

SERIES: Final = tuple(f"#0101{number:02x}" for number in range(0x10, 0x18))

COLOURS: Final = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    **{stand_in: f"var(--s{number})" for number, stand_in in enumerate(SERIES)},
}
"""What stands in for what."""

BY_STATUS: Final = {"200": 0, "201": 1, "401": 2, "409": 3, "428": 4, "429": 5, "0": 6}
"""The colour of an answer, the same in every picture."""

DASHES: Final = ("-", "--", "-.", ":")

_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "trifactor",
    "font.size": 10,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
}

_TEXT = re.compile(r"<text([^>]*)>@(.*?)@</text>")


def svg(chart: Chart, key: str) -> str:
    """Return a chart as an `svg` element; `key` begins every id in it."""
    rows = len(chart.bars) or len(chart.lines)
    high = 0.75 + A_BAR * rows if chart.kind in {"bars", "intervals"} else HIGH
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDE, high))
        axes = figure.add_subplot()
        _KINDS[chart.kind](axes, chart)
        _labelled(axes, chart)
        figure.subplots_adjust(
            left=0.04 if chart.kind in {"bars", "intervals"} else 0.13,
            right=0.97,
            top=1 - 0.1 / high,
            bottom=0.5 / high,
        )
        into = io.StringIO()
        figure.savefig(into, format="svg", transparent=True, metadata={"Date": None})
    return _ours(into.getvalue(), chart, key)


def colour_of(name: str, at: int) -> int:
    """Return the number of a series' colour: an answer has its own, others go by their place."""
    stem, _, rest = name.partition(".")
    return BY_STATUS.get(rest, 7) if stem == "status" else at


def _stacked(axes: Axes, chart: Chart) -> None:
    bottom = [0.0] * len(chart.lines[0].points)
    at = [x for x, _ in chart.lines[0].points]
    width = (at[1] - at[0]) if len(at) > 1 else 1.0
    for line in chart.lines:
        heights = [y for _, y in line.points]
        shade = SERIES[colour_of(line.name, 0)]
        axes.bar(at, heights, width, bottom=bottom, color=shade, linewidth=0)
        bottom = [low + high for low, high in zip(bottom, heights, strict=True)]
    axes.margins(x=0)


def _lines(axes: Axes, chart: Chart) -> None:
    style: dict[str, Any] = {"drawstyle": "steps-post"} if chart.kind == "steps" else {}
    for at, line in enumerate(chart.lines):
        xs, ys = zip(*line.points, strict=True)
        dashes = DASHES[at % len(DASHES)] if len(chart.lines) > 1 else "-"
        axes.plot(xs, ys, dashes, color=SERIES[colour_of(line.name, at)], linewidth=2, **style)
    if chart.log:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda _value, _at: "")
    if chart.mark is not None:
        axes.axhline(chart.mark, color=INK, linewidth=1, linestyle="--")
        _said(axes, 0.99, chart.mark, chart.mark_name, ha="right", transform=_beside(axes))
    axes.set_ylim(bottom=0)


def _bars(axes: Axes, chart: Chart) -> None:
    for at, bar in enumerate(reversed(chart.bars)):
        axes.barh(at, bar.value, 0.36, color=SERIES[4], linewidth=0)
        _said(axes, 0.0, at + 0.2, bar.name, transform=_beside(axes))
        axes.annotate(
            f"{bar.value:.3g}",
            (bar.value, at),
            (4, 0),
            textcoords="offset points",
            va="center",
        )
    _rows(axes, chart, len(chart.bars))
    axes.set_xlim(0, ROOM * max([chart.mark or 0.0, *(bar.value for bar in chart.bars)]) or 1.0)


def _intervals(axes: Axes, chart: Chart) -> None:
    for at, line in enumerate(reversed(chart.lines)):
        (low, _), (middle, _), (high, _) = line.points
        axes.plot([low, high], [at, at], color=SERIES[4], linewidth=3)
        axes.plot([middle], [at], "o", color=INK)
        _said(axes, 0.0, at + 0.18, line.name, transform=_beside(axes))
    _rows(axes, chart, len(chart.lines))
    axes.set_xlim(0.4, 0.6)
    axes.set_xticks([0.4, 0.45, 0.5, 0.55])


def _rows(axes: Axes, chart: Chart, count: int) -> None:
    axes.set_yticks([])
    axes.set_ylim(-0.5, count - 0.2)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    if chart.mark is not None:
        axes.axvline(chart.mark, color=INK, linewidth=1, linestyle="--")


def _labelled(axes: Axes, chart: Chart) -> None:
    upright = chart.kind in {"bars", "intervals"}
    below = chart.x or chart.y
    if below:
        axes.set_xlabel(f"@{below}@")
    if chart.y and not upright:
        axes.set_ylabel(f"@{chart.y}@")


def _said(axes: Axes, x: float, y: float, text_id: str, **more: Any) -> None:
    axes.text(x, y, f"@{text_id}@", va="bottom", **more)


def _beside(axes: Axes) -> Any:
    """Return a place told by the picture's width and by the value on the other axis."""
    return axes.get_yaxis_transform()


_KINDS: Final = {
    "stacked": _stacked,
    "lines": _lines,
    "steps": _lines,
    "bars": _bars,
    "intervals": _intervals,
}


def _ours(drawn: str, chart: Chart, key: str) -> str:
    """Turn matplotlib's file into an element of our page."""
    inner = drawn[drawn.index("<svg") :]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{key}-", inner)
    for stand_in, colour in COLOURS.items():
        inner = inner.replace(stand_in, colour)
    inner = _TEXT.sub(_in_both, inner)
    box = re.search(r'viewBox="([^"]+)"', inner)
    head = (
        f'<svg class="plot" viewBox="{box[1] if box else ""}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{key}-title">{_both(f"chart.{chart.id}")}</title>'
        f'<desc id="{key}-desc">{html.escape(described(chart))}</desc>'
    )
    return head + inner[inner.index(">") + 1 :]


def described(chart: Chart) -> str:
    """Return what a picture shows, in a sentence of figures for each language."""
    return " / ".join(_described(chart, language) for language in LANGUAGES)


def _described(chart: Chart, language: str) -> str:
    bars = [f"{said(bar.name, language)} {bar.value:.3g}" for bar in chart.bars]
    lines = [f"{said(line.name, language)} {_range(line.points)}" for line in chart.lines]
    axes = [said(axis, language) for axis in (chart.x, chart.y) if axis]
    return f"{', '.join(axes)}: {'; '.join([*bars, *lines])}"


def _range(points: Sequence[tuple[float, float]]) -> str:
    (x0, y0), (x1, y1) = points[0], points[-1]
    return f"({x0:.3g}, {y0:.3g}) … ({x1:.3g}, {y1:.3g})"


def _both(text_id: str) -> str:
    return html.escape(" / ".join(said(text_id, language) for language in LANGUAGES))


def _in_both(found: re.Match[str]) -> str:
    words: Mapping[str, str] = {
        language: html.escape(said(html.unescape(found[2]), language)) for language in LANGUAGES
    }
    return "".join(
        f'<text class="t" lang="{language}"{found[1]}>{text}</text>'
        for language, text in words.items()
    )
