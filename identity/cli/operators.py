"""`identity operators`: make the first operators, look at them, suspend and resume them.

What is done here is done by whoever has this machine, its database and its keys in hand; the log
says `cli` for it.
"""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.table import Table

from identity.accounts.operators import Applicant
from identity.accounts.roles import Role
from identity.app import open_counters
from identity.assembly import desk_over, grounded
from identity.cli.accounts import done_by_hand, every
from identity.cli.opening import Config, Name, console, opened
from identity.model import AccountKind, Profile
from identity.web.bodies import stamp

commands = typer.Typer(no_args_is_help=True, help="Operators' accounts.")

Roles = Annotated[list[Role], typer.Option("--role", help="A role. May be repeated.")]


@commands.command()
def add(  # noqa: PLR0913, PLR0917  # an option each
    name: Name,
    role: Roles,
    display_name: Annotated[str, typer.Option(help="What the operator is called.")],
    email: Annotated[str, typer.Option(help="Where letters go.")],
    locale: Annotated[str, typer.Option(help="zh-TW or en.")] = "en",
    config: Config = None,
) -> None:
    """Make an operator, and print the code to activate the account with: once, and never again.

    Refused as soon as two active operators could propose and approve the next one.
    """
    applicant = Applicant(
        name=name,
        profile=Profile(display_name=display_name, email=email),
        roles=tuple(role),
        locale=locale,
    )
    with opened(config) as (store, ring, design), closing(open_counters(design)) as counters:
        ground = grounded(design, store, counters, ring)
        code = desk_over(design, ground).operators.add_by_hand(applicant)
    console.print("Activate with a password of your own and a passkey. The initial password is:")
    console.print(f"\n    {code}\n", highlight=False)


@commands.command(name="list")
def list_(config: Config = None) -> None:
    """List operators: name, state, roles, since when. No personal data."""
    with opened(config) as (store, _, _):
        table = Table("name", "state", "roles", "created", "id")
        for account in every(store, AccountKind.OPERATOR):
            roles = ", ".join(account.roles)
            made = stamp(account.created_at)
            table.add_row(account.name, account.state, roles, made, account.id)
        console.print(table)


@commands.command()
def suspend(name: Name, config: Config = None) -> None:
    """Suspend an operator: what is open ends, and nothing opens it."""
    done_by_hand(config, name, "suspend", AccountKind.OPERATOR)


@commands.command()
def resume(name: Name, config: Config = None) -> None:
    """Resume a suspended operator."""
    done_by_hand(config, name, "resume", AccountKind.OPERATOR)
