"""What every command does first: read the settings, open the store, and say no in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from identity import app as root
from identity import assembly, entropy, settings
from identity.assembly import Design
from identity.errors import IdentityError
from identity.keys.ring import KeyRing
from identity.storage.ports import Store

Config = Annotated[Path | None, typer.Option("--config", help="The settings file (TOML).")]
Name = Annotated[str, typer.Argument(help="A login name.")]

console = Console()
errors = Console(stderr=True)


class Opened(NamedTuple):
    """What a command works on."""

    store: Store
    ring: KeyRing
    design: Design


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the service refuses into a sentence and exit status 2."""
    try:
        yield
    except IdentityError as error:
        errors.print(f"[bold]{type(error).code}[/bold]: {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2) from error


@contextmanager
def opened(config: Path | None) -> Iterator[Opened]:
    """Open the store and the key ring of the settings; close the store afterwards."""
    with refusing():
        design = assembly.design(settings.load(config), clock=None, entropy=entropy.system)
        store = root.open_store(design.settings)
        try:
            yield Opened(store, root.open_ring(design), design)
        finally:
            store.close()
