"""`identity clients`: programs that may call the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from identity.audit.record import Journal
from identity.cli.opening import Config, console, opened
from identity.clients.registry import LONGEST, SCOPES, ClientRegistry
from identity.errors import Malformed
from identity.model import Client
from identity.web.bodies import stamp

commands = typer.Typer(no_args_is_help=True, help="API clients: programs that may call.")

Scopes = Annotated[list[str], typer.Option("--scope", help=f"One of: {', '.join(SCOPES)}.")]
Audiences = Annotated[
    list[str] | None, typer.Option("--audience", help="Whose access tokens it may ask about.")
]
Jwks = Annotated[
    Path | None, typer.Option("--jwks", help="A file with its public keys: it will sign.")
]
WithSecret = Annotated[bool, typer.Option("--secret", help="Draw a secret for it instead.")]
Days = Annotated[int, typer.Option("--days", help=f"How long it lives, at most {LONGEST}.")]


@commands.command()
def add(  # noqa: PLR0913, PLR0917  # each argument is a word of the command
    name: Annotated[str, typer.Argument(help="What people call it.")],
    scope: Scopes,
    audience: Audiences = None,
    jwks: Jwks = None,
    secret: WithSecret = False,  # noqa: FBT002  # a flag of the command line
    days: Days = 90,
    config: Config = None,
) -> None:
    """Add a client; print its id, and its secret this once."""
    with _registry(config) as (registry, audiences):
        if bool(jwks) == secret:
            raise Malformed("say --jwks FILE or --secret, and not both")
        foreign = sorted(set(audience or ()) - audiences)
        if foreign:
            raise Malformed(f"not in tokens.audiences of the settings: {', '.join(foreign)}")
        keys = _keys(jwks) if jwks else None
        added = registry.add(name, scopes=scope, audiences=audience or (), days=days, keys=keys)
    console.print(f"id      {added.client.id}")
    if added.secret:
        console.print(f"secret  {added.secret}", soft_wrap=True)
    console.print(f"until   {stamp(added.client.expires_at)}")


@commands.command(name="list")
def list_(config: Config = None) -> None:
    """List clients: what each may do, how it proves itself, until when."""
    with _registry(config) as (registry, _):
        table = Table("name", "scopes", "audiences", "proves by", "until", "revoked", "id")
        for client in registry.listed():
            table.add_row(*(escape(cell) for cell in _row(client)))
        console.print(table)


@commands.command()
def revoke(client: Annotated[str, typer.Argument(help="Its id.")], config: Config = None) -> None:
    """End a client for good, at once."""
    with _registry(config) as (registry, _):
        registry.revoke(client)


@contextmanager
def _registry(config: Path | None) -> Iterator[tuple[ClientRegistry, frozenset[str]]]:
    with opened(config) as (store, ring, design):
        settings = design.settings
        registry = ClientRegistry(
            store=store,
            journal=Journal(ring, lab=settings.mode == "lab"),
            clock=design.clock,
            entropy=design.entropy,
        )
        yield registry, frozenset(settings.tokens.audiences)


def _keys(file: Path) -> list[dict[str, Any]]:
    """Read a JWK set; whether its keys will do, the registry says."""
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["keys"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Malformed(f"{file} is not a JWK set (RFC 7517 section 5)") from error


def _row(client: Client) -> tuple[str, ...]:
    revoked = "" if client.revoked_at is None else stamp(client.revoked_at)
    return (
        client.name,
        " ".join(client.scopes),
        " ".join(client.audiences),
        "signature" if client.keys else "secret",
        stamp(client.expires_at),
        revoked,
        client.id,
    )
