"""`index.html`: one page that fetches nothing and runs nothing, in both languages.

Every text is there twice, and two radio buttons say which is shown: the sheet does it, no script.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from demo_client.attack import parts, promises
from demo_client.attack.charts import bars
from demo_client.attack.outcomes import KNOWN, NEW, Felt, Found, Result

HERE: Final = Path(__file__).parent
SHEETS: Final = (HERE.parent / "lab" / "page.css", HERE / "page.css")

NONE: Final = "-"

COLUMNS: Final = ("requests", "reached", "opened", "known", "new", "slower", "cost", "memory")
"""Of the table on top, beside an attack's name and its verdict."""


def page(result: Result) -> str:
    """Return the page."""
    sections = [_head(result), _glance(result), *(_attack(found, result) for found in result.found)]
    sheet = "\n".join(file.read_text(encoding="utf-8") for file in SHEETS)
    left = (HERE / "page.html").read_text(encoding="utf-8")
    for mark, content in (
        ("/*STYLE*/", sheet),
        ("<!--SKIP-->", parts.text("skip")),
        ("<!--MAIN-->", "\n".join(sections)),
        ("<!--FOOT-->", parts.text("foot")),
    ):
        before, after = left.split(mark, 1)
        left = before + content + after
    return left


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
        f"<div><dt>{parts.text(name)}</dt><dd>{value}</dd></div>" for name, value in sums.items()
    )
    return (
        f'<h1>{parts.text("title")}</h1><p class="lead">{parts.text("lead")}</p>'
        f'<dl id="sums">{rows}</dl>{_verdict(result)}'
    )


def _verdict(result: Result) -> str:
    every = [promise for found in result.found for promise in found.promises]
    broken = sum(not promise.kept and not promise.timed for promise in every)
    late = sum(not promise.kept and promise.timed for promise in every)
    name = "some_broken" if broken else "speed_missed" if late else "all_kept"
    look = "bad" if broken else "good"
    return f'<p id="verdict" class="{look}">{parts.text(name, {"n": str(broken or late)})}</p>'


def _glance(result: Result) -> str:
    columns = ("attack", "verdict", *COLUMNS)
    head = "".join(f'<th scope="col">{parts.text(f"column.{name}")}</th>' for name in columns)
    rows = "".join(_row(found, result) for found in result.found)
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
    plotted = "".join(parts.figure(chart, "glance") for chart in drawn)
    return (
        f'<section aria-labelledby="h-glance"><h2 id="h-glance">{parts.text("summary")}</h2>'
        f'<p class="hint">{parts.text("summary.lead")}</p>'
        f'<div class="wide" tabindex="0" role="group" aria-labelledby="h-glance">'
        f'<table class="glance"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<div class="plots">{plotted}</div></section>'
    )


def _row(found: Found, result: Result) -> str:
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
        f'<td><span class="label">{parts.text(f"column.{name}")}</span>{cells[name]}</td>'
        for name in COLUMNS
    )
    return (
        f'<tr><th scope="row"><a href="#{found.name}">{parts.text(found.name)}</a></th>'
        f'<td class="left">{_mark(found)}</td>{told}</tr>'
    )


def _mark(found: Found) -> str:
    late = any(not promise.kept for promise in found.promises)
    name = "broken" if found.broken else "slow_only" if late else "kept"
    look = {"broken": "bad", "slow_only": "slow", "kept": "yes"}[name]
    sign = {"broken": "✗", "slow_only": "✓", "kept": "✓"}[name]
    return f'<span class="pill {look}">{sign} {parts.text(name)}</span>'


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
        f'<h2 id="h-{name}">{parts.text(name)} {_mark(found)}</h2>',
        f"<p>{parts.text(f'{name}.what', blanks)}</p>",
        f"<p>{parts.text(f'{name}.happened', blanks)} {parts.text('in_all', blanks)}</p>",
        *_costs(found, result),
        *_memory(found),
        *_left_out(found),
        f'<div class="plots">{"".join(parts.figure(chart, name) for chart in found.charts)}</div>',
        parts.promised(found),
        parts.answered(found),
        parts.felt(found),
        "</section>",
    ]
    return "\n".join(told)


def _left_out(found: Found) -> Iterable[str]:
    if found.left_out:
        rest = html.escape("; ".join(found.left_out))
        yield f'<p class="hint">{parts.text("left_out")}{rest}</p>'


def _costs(found: Found, result: Result) -> Iterable[str]:
    for cost in found.costs:
        part = f"{result.argon2_ms / cost.ms:.0f}" if cost.ms else "∞"
        values = {"ms": f"{cost.ms:.2f}", "part": part, "count": str(cost.count)}
        yield f"<p>{parts.text(f'cost.{cost.where}', values)}</p>"


def _memory(found: Found) -> Iterable[str]:
    if found.memory is not None:
        sizes = {name: f"{getattr(found.memory, name):.0f}" for name in ("before", "peak", "after")}
        yield f"<p>{parts.text('memory.told', sizes)}</p>"
