"""`identity accounts`: look at customers' accounts, suspend and resume them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from identity.accounts.lifecycle import CLI, Deed
from identity.accounts.names import login_name
from identity.app import open_counters
from identity.assembly import desk_over, grounded
from identity.cli.opening import Config, Name, console, opened
from identity.errors import Unknown
from identity.model import Account, AccountKind
from identity.storage.ports import Store, Work
from identity.web.bodies import stamp

commands = typer.Typer(no_args_is_help=True, help="Customers' accounts.")


@commands.command(name="list")
def list_(config: Config = None) -> None:
    """List accounts: name, state, since when. No personal data."""
    with opened(config) as (store, _, _):
        table = Table("name", "state", "created", "id")
        for account in every(store, AccountKind.CUSTOMER):
            table.add_row(account.name, account.state, stamp(account.created_at), account.id)
        console.print(table)


@commands.command()
def show(name: Name, config: Config = None) -> None:
    """Show an account's factors and the failures counted against it."""
    with opened(config) as (store, _, _), store.read() as work:
        account = named(work, name)
        console.print(f"{account.name}  {account.state}  {account.id}")
        table = Table("factor", "label", "bound", "last used")
        for row in work.credentials.of(account.id):
            used = stamp(row.last_used_at) if row.last_used_at is not None else ""
            table.add_row(row.kind, escape(row.label), stamp(row.bound_at), used)
        console.print(table)
        for (kind, bucket), count in sorted(work.failures.counts(account.id).items()):
            console.print(f"failures: {kind} {bucket}: {count}")


@commands.command()
def suspend(name: Name, config: Config = None) -> None:
    """Suspend an account: its sessions end, it looks unknown to a login, its owner is told."""
    done_by_hand(config, name, "suspend", AccountKind.CUSTOMER)


@commands.command()
def resume(name: Name, config: Config = None) -> None:
    """Resume a suspended account."""
    done_by_hand(config, name, "resume", AccountKind.CUSTOMER)


def named(work: Work, name: str, kind: AccountKind | None = None) -> Account:
    """Return the account with this login name, of this kind or of any, or raise `Unknown`."""
    account = work.accounts.by_name(login_name(name))
    if account is None or kind not in {None, account.kind}:
        raise Unknown("no such account")
    return account


def done_by_hand(config: Path | None, name: str, verb: str, kind: AccountKind) -> None:
    """Move an account on by a verb of `Lifecycle`, as whoever has this machine in hand."""
    with opened(config) as (store, ring, design), closing(open_counters(design)) as counters:
        ground = grounded(design, store, counters, ring)
        lifecycle = desk_over(design, ground).lifecycle
        with store.write() as work:
            account = named(work, name, kind)
            lifecycle.do(work, verb, account, Deed(by=CLI, now=design.clock()))


def every(store: Store, kind: AccountKind) -> Iterator[Account]:
    """Yield every account of a kind in order of name, a page a unit of work."""
    after = ""
    while True:
        with store.read() as work:
            page = work.accounts.listed(after, kind=kind)
        yield from page
        if not page:
            return
        after = page[-1].name
