"""`identity audit`: examine the audit log, write it out, and prove what is in it.

What `prove`, `consistency`, `checkpoint` and `keys` print goes to standard output as it is, to be
kept in a file. Exit status 1: something was found. 2: nothing could be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from identity import clock, settings
from identity.audit import offline, proofs
from identity.audit.checkpoint import Head, Reader, reader_of, verifier_keys
from identity.audit.export import export
from identity.audit.findings import Report
from identity.audit.proofs import Inclusion, Proof
from identity.audit.verify import verify
from identity.cli.accounts import named
from identity.cli.opening import Config, Name, console, opened, refusing
from identity.errors import Malformed, Unknown
from identity.keys import file as key_file
from identity.keys.ring import KeyRing
from identity.storage.ports import Work

commands = typer.Typer(no_args_is_help=True, help="The audit log.")

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key, as `audit keys` prints it. May be repeated."),
]
Size = Annotated[
    int, typer.Option("--size", help="Under the checkpoint of this size. 0: the last.")
]


@commands.command(name="verify")
def verify_(
    config: Config = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Examine this export and no store.")
    ] = None,
    key: Keys = None,
    *,
    macs: Annotated[
        bool, typer.Option("--macs", help="With --export: check MACs too, with the key ring.")
    ] = False,
) -> None:
    """Examine the whole log: events, chain of hashes, signatures, and what each writer said."""
    if export is None:
        with opened(config) as (store, ring, _):
            report = verify(store, ring, clock.system())
    else:
        with refusing():
            report = _offline(export, key or (), _ring(config) if macs else None)
    told(report)
    raise typer.Exit(0 if report.ok else 1)


@commands.command(name="export")
def export_(
    out: Annotated[Path, typer.Option("--out", help="A file that is not there yet (JSON Lines).")],
    config: Config = None,
) -> None:
    """Write the whole log to one file, for `verify --export` on any machine."""
    with opened(config) as (store, ring, _):
        try:
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Malformed(f"{out}: {error.strerror}") from error
        with os.fdopen(descriptor, "wb") as to:
            ending = export(store, ring, to, clock.system())
    console.print(f"{ending.leaves} events in the log and {ending.events} outside it are written.")


# a writer's id may begin with a hyphen
@commands.command(context_settings={"ignore_unknown_options": True})
def prove(
    event: Annotated[str, typer.Argument(help="WRITER/SEQ, or an index in the log.")],
    config: Config = None,
    size: Size = 0,
) -> None:
    """Print the proof that an event is in the log (RFC 9162), with the checkpoint that signs it."""
    with opened(config) as (store, _, _), store.read() as work:
        _print(proofs.prove(work, *_event(work, event), size))


@commands.command()
def consistency(
    old_size: Annotated[int, typer.Argument(help="How many events an older checkpoint signed.")],
    config: Config = None,
    size: Size = 0,
) -> None:
    """Print the proof that the log has only grown since it had this size (RFC 9162)."""
    with opened(config) as (store, _, _), store.read() as work:
        _print(proofs.prove_growth(work.log, old_size, size))


@commands.command(name="check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="What `prove` or `consistency` printed.")],
    key: Annotated[list[str], typer.Option("--key", help="A public key. May be repeated.")],
    kept: Annotated[
        Path | None, typer.Option("--kept", help="The older checkpoint, from where it was kept.")
    ] = None,
) -> None:
    """Check a proof with public keys alone: no store and no key ring is needed."""
    with refusing():
        proof = proofs.decode(_bytes(file))
        if proof is None:
            raise Malformed(f"{file} holds no proof")
        head = proofs.check(proof, _reader(key), _bytes(kept) if kept else None)
    console.print(_said(proof, head), soft_wrap=True)
    raise typer.Exit(0 if head else 1)


@commands.command()
def keys(config: Config = None) -> None:
    """Print the public keys that sign checkpoints, newest first: give them to the examiner."""
    with refusing():
        for key in verifier_keys(_ring(config)):
            typer.echo(key)


@commands.command()
def checkpoint(config: Config = None, size: Size = 0) -> None:
    """Print a checkpoint, the last one by default: keep it where nobody here can change it."""
    with opened(config) as (store, _, _), store.read() as work:
        head = work.log.checkpoint(size) if size else work.log.last_checkpoint()
        if head is None:
            raise Unknown("there is no such checkpoint")
        typer.echo(head.note, nl=False)


@commands.command()
def events(name: Name, config: Config = None, limit: int = 50) -> None:
    """Show what the log has of one account, newest first."""
    with opened(config) as (store, _, _), store.read() as work:
        for row in work.events.of_account(named(work, name).id, limit):
            console.print(escape(row.body.decode("utf-8")), soft_wrap=True)


def told(report: Report) -> None:
    """Print a report: what was found, then the sum."""
    for finding in report.findings:
        console.print(f"[red]{finding.code}[/red] {escape(finding.where)}: {finding.sentence}")
    for remark in report.remarks:
        console.print(f"[yellow]{remark.code}[/yellow] {escape(remark.where)}: {remark.sentence}")
    if report.omitted:
        console.print(f"... and {report.omitted} more.")
    state = "[green]whole[/green]" if report.ok else "[red]NOT whole[/red]"
    console.print(
        f"The log is {state}: {report.events} events, {report.leaves} in the tree, "
        f"{report.checkpoints} checkpoints, {report.writers} writers."
    )


def _offline(path: Path, keys: Sequence[str], ring: KeyRing | None) -> Report:
    reader = _reader(keys) if keys else None
    try:
        with path.open("rb") as lines:
            return offline.examine(lines, clock.system(), reader, ring)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from error


def _event(work: Work, text: str) -> tuple[str, int]:
    writer, slash, seq = text.rpartition("/")
    if slash and seq.isdecimal():
        return writer, int(seq)
    found = work.log.leaves(int(text), 1) if text.isdecimal() else ()
    if not found:
        raise Unknown(f"{text} is no event: write WRITER/SEQ, or an index in the log")
    return found[0].writer, found[0].seq


def _said(proof: Proof, head: Head | None) -> str:
    if head is None:
        return "The proof does [red]NOT[/red] hold."
    if isinstance(proof, Inclusion):
        what = f"event {escape(proof.writer)}/{proof.seq} is at {proof.index} of the log"
    else:
        what = f"the log has only grown since it had {proof.old_size} events"
    return f"The proof [green]holds[/green]: {what} of {head.size} that the checkpoint signs."


def _print(proof: Proof) -> None:
    typer.echo(msgspec.json.encode(proof))


def _ring(config: Path | None) -> KeyRing:
    path = Path(settings.load(config).keys.file)
    try:
        return key_file.load(path)
    except FileNotFoundError as error:
        raise Unknown(f"there is no key ring {path}") from error


def _reader(keys: Sequence[str]) -> Reader:
    try:
        return reader_of(keys)
    except ValueError as error:
        raise Malformed(f"--key: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from error
