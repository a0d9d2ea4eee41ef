"""What the terminal shows: a line when an attack begins, a table at the end, and what broke."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo_client.attack import promises
from demo_client.attack.outcomes import KNOWN, NEW, Found, Result
from demo_client.attack.texts import english


def told(console: Console, result: Result) -> None:
    """Tell what came of it."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("attack", no_wrap=True)
    for column in ("sent", "looked at", "in", "known", "new", "p99", "block"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for found in result.found:
        table.add_row(found.name, *_row(found, result))
    console.print(table)
    for found in result.found:
        for promise in found.promises:
            if not promise.kept:
                said = ": ".join((english(found.name), english(promise.id), promise.was))
                said = f"{said}, bound {promise.bound}"
                style, how = ("yellow", "missed") if promise.timed else ("bold red", "NOT kept")
                console.print(escape(f"{how}: {said}"), style=style, soft_wrap=True)
        if found.left_out:
            line = f"{english(found.name)}: left out: {'; '.join(found.left_out)}"
            console.print(escape(line), style="dim", soft_wrap=True)


def _row(found: Found, result: Result) -> tuple[str, ...]:
    costs = [f"1/{result.argon2_ms / cost.ms:.0f}" for cost in found.costs if cost.ms]
    rates = [
        promises.percent(felt.rate) if felt and felt.tried else ""
        for felt in (found.felt.get(KNOWN), found.felt.get(NEW))
    ]
    slower = next((each.was for each in found.promises if each.id == "quick"), "")
    verdict = "[bold red]NOT kept[/]" if found.broken else "[green]kept[/]"
    counts = (f"{found.requests:,}", f"{found.reached:,}", str(found.opened))
    return (*counts, *rates, slower, ", ".join(costs), verdict)
