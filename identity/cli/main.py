"""`identity`: serve, migrate, find a clause, and the groups of commands."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn
from rich.markup import escape

from identity import app as root
from identity import settings
from identity.cli import accounts, audit, clients, keys, operators, policy
from identity.cli.opening import Config, console, errors, refusing
from identity.compliance import register, where
from identity.storage.sql.store import migrate as migrate_schema

app = typer.Typer(
    no_args_is_help=True,
    help="The Trifactor identity service.",
    pretty_exceptions_enable=False,
)
app.add_typer(accounts.commands, name="accounts")
app.add_typer(operators.commands, name="operators")
app.add_typer(audit.commands, name="audit")
app.add_typer(clients.commands, name="clients")
app.add_typer(keys.commands, name="keys")
app.add_typer(policy.commands, name="policy")


BACKLOG = 2048
"""Connections that the system holds for us until we take them. We take them fast, to refuse some:
one that was turned away here would be a known device's as likely as a stranger's."""

IDLE = 5
"""Seconds an idle connection is kept. The proxy's are in use all the time; others hold memory."""

GRACE = 30
"""Seconds that answers in flight have when the service is told to stop. Behind a full queue of
hashes an answer comes within a few; a customer's line that never ends must not hold the stop."""


@app.command()
def serve(config: Config = None) -> None:
    """Serve the API on the host and port of the settings, with as many processes as they say."""
    with refusing():
        chosen = settings.load(config)
        root.prepare(chosen)
        settings.hand_down(config)
        uvicorn.run(
            "identity.app:configured",
            factory=True,
            workers=chosen.workers,
            host=chosen.host,
            port=chosen.port,
            lifespan="on",
            proxy_headers=False,  # `proxies.trusted` decides whose word counts, not the server
            server_header=False,
            access_log=False,  # the service writes its own, without addresses
            backlog=BACKLOG,
            limit_concurrency=None,  # it would refuse known devices along with strangers
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=GRACE,
            log_level="warning",
        )


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database to this program's schema."""
    with refusing():
        migrate_schema(settings.load(config).database.url)
        console.print("The schema is up to date.")


@app.command(name="where")
def where_(clause: Annotated[str, typer.Argument(help="A clause, like CC-17010.d")]) -> None:
    """Show the code and the tests that keep a clause."""
    known = register.load()
    if clause not in known:
        errors.print(f"No clause {escape(clause)}. Known: {', '.join(known)}")
        raise typer.Exit(2)
    console.print(f"{clause} ({known[clause].status}): {escape(known[clause].text)}")
    console.print(escape(where.told(where.find(clause, where.here()))), soft_wrap=True)
