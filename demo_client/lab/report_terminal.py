"""What the terminal shows: bars while the lab works, then a table, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo_client.lab.laboratory import Bench, Outcome, Watcher
from demo_client.lab.outcomes import Result, Run, Skipped, WrongRun
from demo_client.lab.texts import english

MOST: Final = 20
"""How many differences are told one by one; the files have them all."""

FEW: Final = 8
"""How many things left out for one reason are named."""


@contextmanager
def watching(console: Console, benches: Sequence[Bench]) -> Iterator[Watcher]:
    """Show a bar for each policy while the lab works."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]}", style="bold red"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        planned = {bench.profile: 0 for bench in benches}
        for bench in benches:
            planned[bench.profile] += bench.planned()
        bars = {name: progress.add_task(name, total=runs, bad="") for name, runs in planned.items()}
        bad = dict.fromkeys(planned, 0)

        def ran(profile: str, run: Outcome) -> None:
            if not isinstance(run, Skipped) and run.differs:
                bad[profile] += 1
                progress.update(bars[profile], bad=f"{bad[profile]} !")
            progress.advance(bars[profile])

        def fell_away(profile: str, runs: int) -> None:
            planned[profile] -= runs
            progress.update(bars[profile], total=planned[profile])

        yield Watcher(ran, fell_away)


def told(console: Console, result: Result) -> None:
    """Tell what was found."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("policy", "operation"):
        table.add_column(column, no_wrap=True)
    for column in ("runs", "allowed", "refused", "differ", "median ms"):
        table.add_column(column, justify="right", no_wrap=True)
    for profile in result.profiles:
        for operation in result.operations(profile):
            runs = [r for r in result.runs if (r.profile, r.operation) == (profile, operation)]
            table.add_row(profile, operation, *_counted(runs))
        wrong = [run for run in result.wrong if run.profile == profile]
        if wrong:
            bad = _flagged(run.differs for run in wrong)
            ms = f"{median(run.ms for run in wrong):.1f}"
            table.add_row(profile, "wrong ways", str(len(wrong)), "", "", bad, ms)
        table.add_section()
    console.print(table)
    _skipped(console, result.skipped)
    _differences(console, result)


def _counted(runs: Sequence[Run]) -> tuple[str, ...]:
    allowed = sum(run.allowed for run in runs)
    bad = _flagged(run.differs for run in runs)
    ms = f"{median(run.ms for run in runs):.1f}"
    return str(len(runs)), str(allowed), str(len(runs) - allowed), bad, ms


def _flagged(differs: Iterable[bool]) -> str:
    count = sum(differs)
    return f"[bold red]{count}[/]" if count else "0"


def _skipped(console: Console, skipped: Sequence[Skipped]) -> None:
    """Tell what was left out, one line for each reason."""
    by_reason: dict[str, list[Skipped]] = {}
    for each in skipped:
        by_reason.setdefault(each.why, []).append(each)
    for why, found in by_reason.items():
        names = dict.fromkeys(each.what for each in found)
        what = ", ".join(names) if len(names) <= FEW else f"{len(found)} wrong ways"
        console.print(escape(f"left out: {what}: {english(why)}"), style="dim", soft_wrap=True)


def _differences(console: Console, result: Result) -> None:
    found = [run for run in result.runs if run.differs]
    wrong = [run for run in result.wrong if run.differs]
    lines = [*map(_line, found), *map(_wrong_line, wrong)]
    for line in lines[:MOST]:
        console.print(escape(line), style="red", soft_wrap=True)
    if len(lines) > MOST:
        console.print(f"and {len(lines) - MOST} more", style="red")
    counted = f"{len(result.runs)} combinations, {len(result.wrong)} wrong ways"
    style = "bold red" if lines else "bold green"
    said = f"{len(lines)} differences" if lines else "no difference"
    console.print(f"{counted} in {result.seconds:.0f} s: {said}", style=style)


def _line(run: Run) -> str:
    said = "; ".join(attempt.difference for attempt in run.attempts if attempt.differs)
    return f"{run.profile}, {run.operation}, {' + '.join(run.kinds)}: {said}"


def _wrong_line(run: WrongRun) -> str:
    said = f"expected {run.expected}, came {run.actual}"
    return f"{run.profile}, {run.way} with {run.kind}: {said}"
