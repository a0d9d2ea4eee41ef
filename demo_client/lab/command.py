"""`python -m demo_client lab`: every combination of factors, tried against the running service.

Exit status 0 where service and lab agree in every run, 1 where they differ in any, 2 where the lab
could not run.
"""

# ruff: noqa: PLR0913 - a command takes as many arguments as it has options
from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit

import typer
from rich.console import Console

from demo_client.errors import ClientError
from demo_client.lab import (
    laboratory,
    report_html,
    report_json,
    report_junit,
    report_terminal,
    serving,
    tables,
)
from demo_client.lab.combinations import LARGEST
from demo_client.lab.errors import LabError
from demo_client.lab.facts import KINDS, chosen
from demo_client.lab.letters import Folder, Inbox, Page
from demo_client.lab.outcomes import Result
from demo_client.lab.planning import Plan, Wanted
from demo_client.lab.wire import Wire
from demo_client.wallet import Wallets
from demo_client.world import World, real

OUT: Final = Path("var/lab")

JOBS: Final = 6
"""Services at a time. Two cores are busy with four; the others wait for letters."""

DIFFERENT, COULD_NOT_RUN = 1, 2


def lab(
    *,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help="A shipped policy; all if left out.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="A policy file of your own, instead.")
    ] = None,
    operation: Annotated[
        list[str] | None, typer.Option("--operation", help="An operation; all if left out.")
    ] = None,
    factors: Annotated[
        str, typer.Option("--factors", help="Which, by name; commas between. All if left out.")
    ] = "",
    size: Annotated[
        int, typer.Option("--size", min=1, max=LARGEST, help="The largest combination.")
    ] = LARGEST,
    wrong_ways: Annotated[
        bool, typer.Option("--wrong-ways/--no-wrong-ways", help="Try misuse as well.")
    ] = True,
    out: Annotated[
        Path, typer.Option("--out", help="Where lab.html, lab.json and junit.xml go.")
    ] = OUT,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Services at a time.")] = JOBS,
    url: Annotated[
        str, typer.Option("--url", help="A deployment of your own, in lab mode, instead.")
    ] = "",
    service: Annotated[str, typer.Option("--service", help="The path it is mounted at.")] = "",
    inbox: Annotated[
        str, typer.Option("--inbox", help="Its letters: outbox folder, or an inbox.json's URL.")
    ] = "",
    clock: Annotated[
        Path | None, typer.Option("--clock", help="Its clock file (lab.clock_file).")
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option("--authority", help="A wallet folder whose attestation root it trusts."),
    ] = None,
) -> None:
    """Try every combination of one, two and three factors, and every wrong way with each."""
    console, world = Console(), real()
    try:
        with TemporaryDirectory(prefix="trifactor-lab-") as folder:
            wanted = _wanted(factors, operation, size, wrong_ways=wrong_ways)
            plan = Plan(wanted, world, Path(folder))
            if url:
                there = _There(url.rstrip("/"), service, inbox, clock, authority)
                deployment = _visited(there, world)
                plan.add_visited(deployment, _table(deployment, policy))
            elif policy:
                plan.add_own(str(policy))
            else:
                for name in profile or tables.profiles():
                    plan.add_own(name)
                if not profile:
                    plan.add_mailbox()
            result = _worked(console, plan, jobs, world)
    except KeyboardInterrupt:
        console.print("stopped before the end: no verdict", style="bold red")
        raise typer.Exit(COULD_NOT_RUN) from None
    except (ClientError, OSError) as error:
        console.print(f"the lab could not run: {error}", style="bold red", markup=False)
        for note in getattr(error, "__notes__", ()):
            console.print(note, style="dim", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_RUN) from error
    except Exception as error:  # an uncaught one would end with 1, which is a verdict
        console.print_exception()
        raise typer.Exit(COULD_NOT_RUN) from error
    write(result, out)
    report_terminal.told(console, result)
    console.print(f"{out / 'lab.html'}, lab.json, junit.xml", soft_wrap=True)
    if result.differences:
        raise typer.Exit(DIFFERENT)


def write(result: Result, out: Path) -> None:
    """Write the three files."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "lab.html").write_text(report_html.page(result), encoding="utf-8")
    (out / "lab.json").write_bytes(report_json.document(result))
    (out / "junit.xml").write_bytes(report_junit.document(result))


def _worked(console: Console, plan: Plan, jobs: int, world: World) -> Result:
    if not any(bench.planned() for bench in plan.benches):
        raise LabError("nothing is left to try")
    with report_terminal.watching(console, plan.benches) as watcher:
        result = laboratory.work(plan.in_order(), jobs, world, watcher)
    result.skipped = list(dict.fromkeys([*plan.skipped, *result.skipped]))
    return result


def _wanted(factors: str, operations: list[str] | None, size: int, *, wrong_ways: bool) -> Wanted:
    names = [name.strip() for name in factors.split(",") if name.strip()]
    try:
        kinds = chosen(names) if names else tuple(KINDS.values())
    except KeyError as error:
        known = ", ".join(KINDS)
        raise LabError(f"no soft factor is called {error.args[0]!r}; there are {known}") from error
    return Wanted(kinds=kinds, operations=tuple(operations or ()), size=size, wrong_ways=wrong_ways)


class _There(NamedTuple):
    """What the command line says of a tester's deployment."""

    url: str
    service: str
    inbox: str
    clock: Path | None
    authority: Path | None


def _visited(there: _There, world: World) -> serving.Deployment:
    folder = there.authority
    maker = Wallets(folder).authority(world.entropy, world.clock()) if folder else None
    inbox = _inbox(there.inbox) if there.inbox else None
    return serving.visited(there.url, there.service, there.clock, inbox, maker)


def _inbox(where: str) -> Inbox:
    if not serving.is_url(where):
        return Folder(Path(where))
    parts = urlsplit(where)
    return Page(Wire(f"{parts.scheme}://{parts.netloc}", parts.path))


def _table(deployment: serving.Deployment, policy: Path | None) -> tables.Table:
    """Return the policy that the deployment says is in force, from the file given or shipped."""
    table = tables.load(str(policy) if policy else deployment.policy)
    if table.name != deployment.policy:
        raise LabError(f"there, {deployment.policy} is in force, and not {table.name}: --policy")
    return table
