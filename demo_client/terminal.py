"""Put a virtual customer together for one command, and put the wallet back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console

from demo_client.client import Client, connect
from demo_client.cookies import CookieJar
from demo_client.errors import ClientError
from demo_client.report import ForMachines, ForPeople, Report
from demo_client.soft_attestation import Attestation, none, packed_self
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from demo_client.visit import Visit
from demo_client.wallet import Wallet, Wallets
from demo_client.world import World, real

MODEL = b"trifactor-demo-1"
"""The AAGUID of attested soft authenticators, 16 bytes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says of wallets, output, and passkeys and device keys to come."""

    state: Path
    json: bool
    attestation: str = "none"
    synced: bool = False
    on_phone: bool = False
    world: World = field(default_factory=real)

    def report(self) -> Report:
        """Write to the standard output as asked."""
        console = Console()
        return ForMachines(console) if self.json else ForPeople(console)

    def made_up_name(self) -> str:
        """Make up an account name that nobody has."""
        return f"walk-{self.world.entropy(4).hex()}"

    def made_up_phone(self) -> str:
        """Make up a mobile number of Taiwan. The demo sends nothing anywhere but its inbox."""
        return f"+88690000{int.from_bytes(self.world.entropy(8), 'big') % 10**4:04}"


@contextmanager
def new_customer(choice: Choice, wallet: Wallet) -> Iterator[Visit]:
    """Open the visit of somebody new, with an empty wallet."""
    with _told(choice.report()) as report:
        Wallets(choice.state).require_free(wallet.account)
        with _visit(choice, wallet, report) as visit:
            yield visit


@contextmanager
def customer(choice: Choice, account: str) -> Iterator[Visit]:
    """Open the visit of somebody who has a wallet."""
    with _told(choice.report()) as report:
        wallet = Wallets(choice.state).load(account)
        with _visit(choice, wallet, report) as visit:
            yield visit


@contextmanager
def _told(report: Report) -> Iterator[Report]:
    try:
        yield report
    except ClientError as error:
        report.failed(error)
        raise typer.Exit(1) from error
    report.done()


@contextmanager
def _visit(choice: Choice, wallet: Wallet, report: Report) -> Iterator[Visit]:
    wallets, outside = Wallets(choice.state), choice.world
    device = _authenticator(choice, wallet, wallets, report)
    jar = CookieJar(wallet.url, wallet.cookies)
    with connect(wallet.url, wallet.locale, None) as http:
        client = Client(http, jar, outside.clock, report.step, wallet.service)
        try:
            yield Visit(client, wallet, device, outside, report.note, choice.on_phone)
        finally:
            # Cookies, counters and used time steps are true also after a refusal.
            wallets.save(wallet)


def _authenticator(
    choice: Choice, wallet: Wallet, wallets: Wallets, report: Report
) -> SoftAuthenticator:
    traits = Traits(
        aaguid=MODEL if choice.attestation == "packed" else bytes(16),
        backup_eligible=choice.synced,
        backed_up=choice.synced,
        counts=not choice.synced,
    )
    attestation = _attestation(choice, wallets, report)
    # A list of its own: the wallet gets a new passkey when the service has taken it.
    return SoftAuthenticator(list(wallet.passkeys), choice.world.entropy, traits, attestation)


def _attestation(choice: Choice, wallets: Wallets, report: Report) -> Attestation:
    if choice.attestation != "packed":
        return packed_self if choice.attestation == "self" else none
    now, entropy = choice.world.clock(), choice.world.entropy
    root = wallets.folder / "attestation-root.pem"
    report.note(f"attested as {UUID(bytes=MODEL)}; the root to trust is {root}")
    return wallets.authority(entropy, now).model(MODEL, entropy, now)
