"""`identity policy`: try a policy before it is in force, and ask what would be enough.

Nothing is opened: no store, no key ring. Exit status 1: the evidence is not enough. 2: the policy,
or the question, will not do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table as Grid

from factors import registry
from identity import assembly, clock, settings
from identity.cli.opening import Config, console, errors, refusing
from identity.policy import explain, matrix
from identity.policy.decide import Decision, decide
from identity.policy.scenarios import NOW, scenario, vocabulary
from identity.policy.table import DEMANDS, Table, load
from identity.web.texts import LOCALES, speaking

commands = typer.Typer(no_args_is_help=True, help="What is asked for each operation.")

Profile = Annotated[str, typer.Argument(help="A shipped profile's name, or a TOML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@commands.command()
def check(profile: Profile, config: Config = None, *, json: AsJson = False) -> None:
    """Look a policy over: every fault with its line, or what it holds."""
    with refusing():
        table = _table(profile, config)
    if json:
        _print_json({"name": table.name, "extends": table.extends, "faults": []})
        return
    console.print(f"{escape(profile)}: {escape(table.name)} will do.")
    console.print(escape(matrix.summary(table)), soft_wrap=True)


@commands.command(name="explain")
def explain_(  # noqa: PLR0913 - one parameter is one option
    *,
    have: Annotated[
        str, typer.Option("--have", help=f"Comma-separated: {', '.join(vocabulary())}.")
    ],
    operation: Annotated[str, typer.Option("--for", help="An operation, like order.")],
    profile: Annotated[str, typer.Option("--profile", help="A profile's name or file.")] = "",
    demand: Annotated[
        list[str] | None,
        typer.Option("--demand", help=f"What the account asks: {', '.join(DEMANDS)}."),
    ] = None,
    locale: Annotated[str, typer.Option("--locale", help=" or ".join(LOCALES))] = "en",
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Say whether some evidence is enough for an operation, met by what, missing what.

    A method may be followed by `:fresh` (bound less than a day ago), by `:earlier` (given when
    the session was opened) and by a variant of its own: `webauthn:synced`, `device:phone`.
    """
    with refusing():
        table = _table(profile or _configured(config).policy.profile, config)
    with _asking():
        shown = scenario(have)
        _check_one_of(operation, table.operations, "operation")
        _check_one_of(locale, LOCALES, "language")
        decision = decide(table, operation, shown.shown, NOW, shown.earlier, demands=demand or ())
    told = explain.explained(decision, speaking(locale))
    if json:
        _print_json({"policy": table.name, "decision": decision, "explanation": told})
    else:
        _print_explanation(decision, told)
    raise typer.Exit(0 if decision.satisfied else 1)


@commands.command()
def show(profile: Profile, config: Config = None, *, json: AsJson = False) -> None:
    """Show the table in effect, with all it extends: methods against operations."""
    with refusing():
        table = _table(profile, config)
    if json:
        _print_json(table)
        return
    title = f"{table.name} (extends {table.extends})" if table.extends else table.name
    console.print(_grid(escape(title), matrix.worth(table)))
    console.print(_grid("asked", matrix.asks(table)))
    for line in matrix.legend(table):
        console.print(escape(line), soft_wrap=True)


def _configured(config: Any) -> settings.Settings:
    """Return the settings of a file, or the defaults: a policy is tried where no service runs."""
    return settings.load(config) if config else settings.Settings()


def _table(profile: str, config: Any) -> Table:
    factors = registry.build(assembly.factor_settings(_configured(config), clock.system()))
    firsts = frozenset(name for name, factor in factors.items() if factor.may_be_first)
    return load(profile, frozenset(factors), firsts)


def _print_explanation(decision: Decision, told: explain.Explanation) -> None:
    console.print(f"[bold]{escape(told.verdict)}[/bold]", soft_wrap=True)
    marks = (("[green]✓[/green]", told.met), ("[red]✗[/red]", told.missing), ("•", told.remarks))
    for mark, sentences in marks:
        for sentence in sentences:
            console.print(f"  {mark} {escape(sentence)}", soft_wrap=True)
    console.print(escape(told.levels), soft_wrap=True)
    console.print(escape(", ".join(decision.clauses)), soft_wrap=True)


def _grid(title: str, rows: matrix.Rows) -> Grid:
    head, *body = rows
    grid = Grid(title=title, title_justify="left", box=SIMPLE_HEAD)
    for at, name in enumerate(head):
        grid.add_column(escape(name), no_wrap=not at, overflow="fold")
    for row in body:
        grid.add_row(*map(escape, row))
    return grid


def _print_json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _check_one_of(word: str, known: Any, what: str) -> None:
    if word not in known:
        raise ValueError(f"no such {what}: {word}; there are {', '.join(known)}")


@contextmanager
def _asking() -> Iterator[None]:
    """Turn a question that nobody can answer into a sentence and exit status 2."""
    try:
        yield
    except ValueError as error:
        errors.print(escape(str(error)), soft_wrap=True)
        raise typer.Exit(2) from error
