"""The parts that the page is made of: texts in both languages, pictures with figures, tables."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Final

from demo_client.attack import plots, promises
from demo_client.attack.charts import thinned
from demo_client.attack.outcomes import KNOWN, NEW, Chart, Found, Promise
from demo_client.attack.texts import LANGUAGES, TEXTS, said

FEW: Final = 12
"""Points of a line that its table has."""


def text(text_id: str, values: Mapping[str, str] | None = None) -> str:
    """Return a text in both languages, one of which the sheet hides."""
    return "".join(
        f'<span class="t" lang="{language}">{html.escape(said(text_id, language, values))}</span>'
        for language in LANGUAGES
    )


def figure(chart: Chart, owner: str) -> str:
    """Return a picture with its caption, its legend and its figures."""
    key = f"{owner}-{chart.id}"
    legend = _legend(chart) if chart.lines[1:] and chart.kind != "intervals" else ""
    return (
        f'<figure><figcaption id="{key}-caption">{text(f"chart.{chart.id}")}</figcaption>'
        f"{plots.svg(chart, key)}{legend}"
        f"<details><summary>{text('figures')}</summary>"
        f'<div class="wide" tabindex="0" role="group" aria-labelledby="{key}-caption">'
        f"{_figures(chart)}</div></details></figure>"
    )


def _legend(chart: Chart) -> str:
    rows = "".join(
        f'<li><span class="swatch d{at % 4 if chart.kind != "stacked" else 0}" '
        f'style="border-color: var(--s{plots.colour_of(line.name, at)})"></span>'
        f"{text(line.name)}</li>"
        for at, line in enumerate(chart.lines)
    )
    return f'<ul class="legend">{rows}</ul>'


def _figures(chart: Chart) -> str:
    columns = (text("column.line"), text("column.point"))
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    rows = [(bar.name, f"{bar.value:.4g}") for bar in chart.bars]
    rows += [
        (line.name, "  ".join(f"({x:.3g}, {y:.4g})" for x, y in thinned(line.points, FEW)))
        for line in chart.lines
    ]
    told = "".join(
        f'<tr><th scope="row">{text(name)}</th><td class="words">{figures}</td></tr>'
        for name, figures in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{told}</tbody></table>"


def promised(found: Found) -> str:
    """Return what was promised and what was measured."""
    rows = [
        (text(each.id), html.escape(each.bound), html.escape(each.was), _kept(each))
        for each in found.promises
    ]
    return _table(found.name, "promises", ("promise", "bound", "was", "verdict"), rows)


def _kept(promise: Promise) -> str:
    look = "yes" if promise.kept else "slow" if promise.timed else "bad"
    sign = "✓" if promise.kept else "✗"
    speed = f" ({text('timed')})" if promise.timed else ""
    pill = f'<span class="pill {look}">{sign} {text("kept" if promise.kept else "broken")}</span>'
    return pill + speed


def answered(found: Found) -> str:
    """Return how requests were answered."""
    rows = [
        (
            text(f"status.{status}"),
            text(f"means.{status}") if f"means.{status}" in TEXTS else "",
            f"{count:,}",
        )
        for status, count in found.answered.items()
    ]
    return _table(found.name, "answered", ("status", "means", "count"), rows)


def felt(found: Found) -> str:
    """Return what customers felt."""
    rows = []
    for device in (KNOWN, NEW):
        before = found.unloaded.get(device)
        for when, felt in (("unloaded", before), ("felt", found.felt.get(device))):
            if felt is None or not felt.tried:
                continue
            slower = felt.p99 / before.p99 if before and before.p99 else 0.0
            rows.append(
                (
                    text(f"{when}.{device}"),
                    str(felt.tried),
                    promises.percent(felt.rate),
                    f"{felt.p50:.0f} ms",
                    f"{felt.p99:.0f} ms",
                    f"{slower:.1f} x" if when == "felt" and slower else "",
                    str(felt.worked),
                )
            )
    columns = ("who", "tried", "rate", "p50", "p99", "ratio", "work")
    return _table(found.name, "customers", columns, rows) if rows else ""


def _table(owner: str, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    key = f"{owner}-{name}"
    head = "".join(f'<th scope="col">{text(f"column.{column}")}</th>' for column in columns)
    told = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<h3 id="{key}">{text(name)}</h3>'
        f'<div class="wide" tabindex="0" role="group" aria-labelledby="{key}">'
        f'<table class="{name}"><thead><tr>{head}</tr></thead><tbody>{told}</tbody></table></div>'
    )
