"""`identity keys`: what is in the key ring, new keys, and old ones taken out.

A running service takes a change of the ring's file by itself, within seconds. Key material is never
printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from identity import entropy
from identity.audit import events
from identity.audit.record import Journal
from identity.cli.opening import Config, Opened, console, opened
from identity.errors import Conflict
from identity.keys import file, rotation
from identity.keys.reseal import Resealer
from identity.keys.ring import Key, KeyRing, Purpose
from identity.keys.rotation import ROTATED
from identity.keys.seal import Sealer
from identity.model import SealedPlace
from identity.storage.ports import Work
from identity.web.bodies import stamp

commands = typer.Typer(no_args_is_help=True, help="The key ring.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="A key's id, as `keys list` shows it.")]
Purposes = Annotated[
    list[Purpose] | None,
    typer.Argument(help="What for. Without: all but name."),
]

STILL_SEALING = "still_sealing"
_WHY = {
    "kept_for_the_audit_log": "The audit log could not be examined without it, so it stays.",
    "in_use": "It is the one in use: rotate first.",
    "succeeded_less_than_an_hour_ago": (
        "Its successor is younger than an hour. Until then a service may still use it."
    ),
    STILL_SEALING: "Older keys have sealed what is stored: run `identity keys reseal` first.",
}


@commands.command(name="list")
def list_(config: Config = None) -> None:
    """List keys: what for, id, since when. The newest of each purpose is the one in use."""
    with opened(config) as (_, ring, design):
        table = Table("purpose", "id", "created", "days", "")
        for key in ring.every():
            days = int(design.clock() - key.created_at) // 86400
            use = "in use" if key == ring.current(key.purpose) else "still opens"
            table.add_row(key.purpose, key.id, stamp(key.created_at), str(days), use)
        console.print(table)


@commands.command()
def rotate(purposes: Purposes = None, config: Config = None) -> None:
    """Put new keys into use. The old ones stay, to open and to verify.

    Rotate `name` only where it was betrayed: failures counted for names that nobody has start
    again then, and those of customers do not, which tells the two apart.
    """
    with opened(config) as place, place.store.write() as work:
        chosen = purposes or list(ROTATED)
        now = place.design.clock()
        ring = _changed(place, lambda ring: rotation.rotated(ring, chosen, now, entropy.system))
        for purpose in dict.fromkeys(chosen):
            key = ring.current(purpose)
            _journal(place, ring).write(work, events.KeyAdded(purpose=purpose, key_id=key.id), now)
            console.print(f"{purpose}: {key.id} is in use.")
    if Purpose.SEAL in chosen:
        console.print("Run `identity keys reseal`, so that the old seal key can go.")


@commands.command()
def reseal(config: Config = None) -> None:
    """Seal everything stored under the key in use, while the service serves.

    May be stopped and started again at any time.
    """
    with opened(config) as place, Progress(console=console) as progress:
        resealer = _resealer(place)
        task = progress.add_task("sealing anew", total=resealer.left())
        done = resealer.run(partial(progress.advance, task))
        left = resealer.left()
    console.print(f"{done} sealed anew, {left} left.")
    for at, record, _ in sorted(resealer.broken):
        console.print(f"[red]seal_broken[/red] {at} {record}: it does not open.")
    raise typer.Exit(1 if left else 0)


@commands.command(context_settings={"ignore_unknown_options": True})
def retire(key_id: KeyId, config: Config = None) -> None:
    """Take an old key out of the ring: of `seal` only where nothing sealed by it is left."""
    with opened(config) as place, _told():
        now = place.design.clock()
        key = rotation.found(place.ring, key_id)
        rotation.without(place.ring, key_id, now)
        _check_nothing_left(place, key)
        with place.store.write() as work:
            ring = _changed(place, lambda ring: rotation.without(ring, key_id, now))
            event = events.KeyRemoved(purpose=key.purpose, key_id=key.id)
            _journal(place, ring).write(work, event, now)
        console.print(f"{key.purpose}: {key.id} is out of the ring.")


def _changed(place: Opened, to: Callable[[KeyRing], KeyRing]) -> KeyRing:
    return file.change(Path(place.design.settings.keys.file), to, entropy.system)


def _journal(place: Opened, ring: KeyRing) -> Journal:
    return Journal(ring, lab=place.design.settings.mode == "lab")


def _resealer(place: Opened) -> Resealer:
    def done(work: Work, at: SealedPlace, count: int) -> None:
        key_id = place.ring.current(Purpose.SEAL).id
        event = events.Resealed(place=at, key_id=key_id, count=count)
        _journal(place, place.ring).write(work, event, place.design.clock())

    return Resealer(place.store, Sealer(place.ring, entropy.system), done)


def _check_nothing_left(place: Opened, key: Key) -> None:
    if key.purpose is Purpose.SEAL and _resealer(place).left():
        raise Conflict(STILL_SEALING)


@contextmanager
def _told() -> Iterator[None]:
    """Say why a key stays in a sentence."""
    try:
        yield
    except Conflict as error:
        console.print(_WHY[error.reason])
        raise typer.Exit(2) from error
