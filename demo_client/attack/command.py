"""`python -m demo_client attack`: real attacks on a freshly started service of this machine.

Exit status 0 where every promise was kept that does not hang on the machine's speed, 1 where one
was not, 2 where the lab could not run.
"""

# ruff: noqa: PLR0913 - a command takes as many arguments as it has options
from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer
from rich.console import Console

from demo_client.attack import (
    loopback,
    meter,
    registry,
    report_json,
    report_terminal,
    stores,
)
from demo_client.attack.outcomes import Result
from demo_client.attack.stage import Run
from demo_client.attack.texts import english
from demo_client.errors import ClientError
from demo_client.lab.errors import LabError
from demo_client.lab.process import Tables
from demo_client.lab.wire import stopwatch
from demo_client.world import World, real

OUT: Final = Path("var/attack")

BROKEN, COULD_NOT_RUN = 1, 2


def attack(
    *,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="An attack; all if left out.")
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", min=0.01, max=1.0, help="How much of each: 0.1 is a tenth.")
    ] = 1.0,
    out: Annotated[Path, typer.Option("--out", help="Where index.html and attack.json go.")] = OUT,
    limits: Annotated[
        Path | None, typer.Option("--limits", help="A limits file (lab.limits_file) to try.")
    ] = None,
    postgres: Annotated[
        str, typer.Option("--postgres", help='Where databases may be made; "" for none.')
    ] = stores.POSTGRES,
    redis: Annotated[
        str, typer.Option("--redis", help='Where counters may be kept; "" for none.')
    ] = stores.REDIS,
) -> None:
    """Attack a service of our own, by HTTP, and see what it promises kept or not."""
    console, world = Console(), real()
    try:
        names = registry.chosen(only or ())
        _check_drawing()
        for url in filter(None, (postgres, redis)):
            loopback.checked(url)
        with TemporaryDirectory(prefix="trifactor-attack-") as folder:
            run = Run(
                folder=Path(folder),
                world=world,
                argon2_ms=meter.argon2_ms(),
                scale=scale,
                limits=_rows(limits),
                postgres=postgres,
                redis=redis,
            )
            result = _worked(console, run, names, world)
    except KeyboardInterrupt:
        console.print("stopped before the end: no verdict", style="bold red")
        raise typer.Exit(COULD_NOT_RUN) from None
    except (ClientError, OSError) as error:
        console.print(f"the attack lab could not run: {error}", style="bold red", markup=False)
        for note in getattr(error, "__notes__", ()):
            console.print(note, style="dim", markup=False, soft_wrap=True)
        raise typer.Exit(COULD_NOT_RUN) from error
    except Exception as error:  # an uncaught one would end with 1, which is a verdict
        console.print_exception()
        raise typer.Exit(COULD_NOT_RUN) from error
    write(result, out)
    report_terminal.told(console, result)
    console.print(f"{out / 'index.html'}, attack.json ({result.seconds:.0f} s)", soft_wrap=True)
    if result.broken:
        raise typer.Exit(BROKEN)


def write(result: Result, out: Path) -> None:
    """Write both files."""
    out.mkdir(parents=True, exist_ok=True)
    from demo_client.attack import report_html  # noqa: PLC0415  # not without matplotlib

    (out / "index.html").write_text(report_html.page(result), encoding="utf-8")
    (out / "attack.json").write_bytes(report_json.document(result))


def _worked(console: Console, run: Run, names: tuple[str, ...], world: World) -> Result:
    began, start = datetime.fromtimestamp(world.clock(), UTC), stopwatch()
    found = []
    for name in names:
        console.print(f"{english(name)} ...", style="dim")
        found.append(registry.ATTACKS[name](run))
    return Result(
        began=began.isoformat(timespec="seconds"),
        seconds=stopwatch() - start,
        scale=run.scale,
        argon2_ms=run.argon2_ms,
        cores=os.cpu_count() or 1,
        found=found,
    )


def _check_drawing() -> None:
    if find_spec("matplotlib") is None:
        raise LabError("matplotlib is not installed; `make attack` does it (the extra `attack`)")


def _rows(file: Path | None) -> Tables:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabError(f"limits file {file}: {error}") from error
