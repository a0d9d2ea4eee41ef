"""`index.html`: one page that fetches nothing and runs nothing, in both languages.

Every text is there twice, and two radio buttons say which is shown: the sheet does it, no script.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from demo_client.attack import plots, promises
from demo_client.attack.charts import bars, thinned
from demo_client.attack.outcomes import KNOWN, NEW, Chart, Felt, Found, Promise, Result
from demo_client.attack.texts import LANGUAGES, TEXTS, said

HERE: Final = Path(__file__).parent
SHEETS: Final = (HERE.parent / "lab" / "page.css", HERE / "page.css")

NONE: Final = "-"

FEW: Final = 12
"""Points of a line that its table has."""


def page(result: Result) -> str:
    """Return the page."""
    parts = [_head(result), _glance(result), *(_attack(found, result) for found in result.found)]
    sheet = "\n".join(file.read_text(encoding="utf-8") for file in SHEETS)
    left = (HERE / "page.html").read_text(encoding="utf-8")
    for mark, content in (
        ("/*STYLE*/", sheet),
        ("<!--SKIP-->", text("skip")),
        ("<!--MAIN-->", "\n".join(parts)),
        ("<!--FOOT-->", text("foot")),
    ):
        before, after = left.split(mark, 1)
        left = before + content + after
    return left


def text(text_id: str, values: Mapping[str, str] | None = None) -> str:
    """Return a text in both languages, one of which the sheet hides."""
    return "".join(
        f'<span class="t" lang="{language}">{html.escape(said(text_id, language, values))}</span>'
        for language in LANGUAGES
    )


def _head(result: Result) -> str:
    found = result.found
    came = sum(len(felt.ms) for each in found for felt in each.felt.values())
    tried = sum(felt.tried for each in found for felt in each.felt.values())
    began = datetime.fromisoformat(result.began).strftime("%Y-%m-%d %H:%M UTC")
    sums = {
        "sum.requests": f"{sum(each.requests for each in found):,}",
        "sum.reached": f"{sum(each.reached for each in found):,}",
        "sum.opened": str(sum(each.opened for each in found)),
        "sum.logins": f"{came} / {tried}",
        "sum.argon2": f"{result.argon2_ms:.1f} ms",
        "sum.time": f"{result.seconds:.0f} s",
        "sum.scale": f"{result.scale:g}",
        "sum.began": began,
    }
    rows = "".join(
        f"<div><dt>{text(name)}</dt><dd>{value}</dd></div>" for name, value in sums.items()
    )
    return (
        f'<h1>{text("title")}</h1><p class="lead">{text("lead")}</p>'
        f'<dl id="sums">{rows}</dl>{_verdict(result)}'
    )


def _verdict(result: Result) -> str:
    every = [promise for found in result.found for promise in found.promises]
    broken = sum(not promise.kept and not promise.timed for promise in every)
    late = sum(not promise.kept and promise.timed for promise in every)
    name = "some_broken" if broken else "speed_missed" if late else "all_kept"
    look = "bad" if broken else "good"
    return f'<p id="verdict" class="{look}">{text(name, {"n": str(broken or late)})}</p>'


def _glance(result: Result) -> str:
    columns = (
        "attack",
        "verdict",
        "requests",
        "reached",
        "opened",
        "known",
        "new",
        "slower",
        "cost",
        "memory",
    )
    head = "".join(f'<th scope="col">{text(f"column.{name}")}</th>' for name in columns)
    rows = "".join(_row(found, result, columns[2:]) for found in result.found)
    slower = {
        found.name: found.felt[KNOWN].p99 / found.unloaded[KNOWN].p99
        for found in result.found
        if KNOWN in found.felt and KNOWN in found.unloaded and found.unloaded[KNOWN].ms
    }
    costs = {
        f"blocked.{found.name}.{cost.where}": cost.ms / result.argon2_ms
        for found in result.found
        for cost in found.costs
    }
    drawn = [
        *([bars("slower", slower, "axis.slower", mark=promises.SLOWER)] if slower else []),
        *([bars("cost", costs, "axis.cost", mark=promises.CHEAP)] if costs else []),
    ]
    plotted = "".join(_figure(chart, "glance") for chart in drawn)
    return (
        f'<section aria-labelledby="h-glance"><h2 id="h-glance">{text("summary")}</h2>'
        f'<p class="hint">{text("summary.lead")}</p>'
        f'<div class="wide" tabindex="0" role="group" aria-labelledby="h-glance">'
        f'<table class="glance"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<div class="plots">{plotted}</div></section>'
    )


def _row(found: Found, result: Result, columns: Sequence[str]) -> str:
    cost = min((result.argon2_ms / each.ms for each in found.costs if each.ms), default=0.0)
    slower = next((each.was for each in found.promises if each.id == "quick"), NONE)
    cells = {
        "requests": f"{found.requests:,}",
        "reached": f"{found.reached:,}",
        "opened": str(found.opened),
        "known": _rate(found.felt.get(KNOWN)),
        "new": _rate(found.felt.get(NEW)),
        "slower": slower,
        "cost": f"1/{cost:.0f}" if cost else NONE,
        "memory": f"+{found.memory.peak - found.memory.before:.0f} MiB" if found.memory else NONE,
    }
    told = "".join(
        f'<td><span class="label">{text(f"column.{name}")}</span>{cells[name]}</td>'
        for name in columns
    )
    return (
        f'<tr><th scope="row"><a href="#{found.name}">{text(found.name)}</a></th>'
        f'<td class="left">{_mark(found)}</td>{told}</tr>'
    )


def _mark(found: Found) -> str:
    late = any(not promise.kept for promise in found.promises)
    name = "broken" if found.broken else "slow_only" if late else "kept"
    look = {"broken": "bad", "slow_only": "slow", "kept": "yes"}[name]
    sign = {"broken": "✗", "slow_only": "✓", "kept": "✓"}[name]
    return f'<span class="pill {look}">{sign} {text(name)}</span>'


def _rate(felt: Felt | None) -> str:
    return promises.percent(felt.rate) if felt and felt.tried else NONE


def _attack(found: Found, result: Result) -> str:
    name = found.name
    blanks = {
        **found.facts,
        "seconds": f"{found.seconds:.1f}",
        "requests": f"{found.requests:,}",
        "solved": str(found.solved),
    }
    told = [
        f'<section class="attack" id="{name}" aria-labelledby="h-{name}">',
        f'<h2 id="h-{name}">{text(name)} {_mark(found)}</h2>',
        f"<p>{text(f'{name}.what', blanks)}</p>",
        f"<p>{text(f'{name}.happened', blanks)} {text('in_all', blanks)}</p>",
        *_costs(found, result),
        *_memory(found),
        *_left_out(found),
        f'<div class="plots">{"".join(_figure(chart, name) for chart in found.charts)}</div>',
        _promises(found),
        _answered(found),
        _customers(found),
        "</section>",
    ]
    return "\n".join(told)


def _left_out(found: Found) -> Iterable[str]:
    if found.left_out:
        rest = html.escape("; ".join(found.left_out))
        yield f'<p class="hint">{text("left_out")}{rest}</p>'


def _costs(found: Found, result: Result) -> Iterable[str]:
    for cost in found.costs:
        part = f"{result.argon2_ms / cost.ms:.0f}" if cost.ms else "∞"
        values = {"ms": f"{cost.ms:.2f}", "part": part, "count": str(cost.count)}
        yield f"<p>{text(f'cost.{cost.where}', values)}</p>"


def _memory(found: Found) -> Iterable[str]:
    if found.memory is not None:
        sizes = {name: f"{getattr(found.memory, name):.0f}" for name in ("before", "peak", "after")}
        yield f"<p>{text('memory.told', sizes)}</p>"


def _figure(chart: Chart, owner: str) -> str:
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


def _promises(found: Found) -> str:
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


def _answered(found: Found) -> str:
    rows = [
        (
            text(f"status.{status}"),
            text(f"means.{status}") if f"means.{status}" in TEXTS else "",
            f"{count:,}",
        )
        for status, count in found.answered.items()
    ]
    return _table(found.name, "answered", ("status", "means", "count"), rows)


def _customers(found: Found) -> str:
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
