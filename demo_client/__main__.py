"""The virtual client: `python -m demo_client register | activate | enrol | login | order | walk`.

A customer with soft authenticators, for testers and for a first look: each step prints one line
(method, path, status, what it means), with `--json` one JSON object. The exit status is 1 where
something was refused or could not go on, 2 for a command line that makes no sense.
"""

# ruff: noqa: PLR0913 - a command takes as many arguments as it has options
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from demo_client import answers, journeys
from demo_client.attack.command import attack
from demo_client.lab.command import lab
from demo_client.terminal import Choice, customer, new_customer
from demo_client.visit import Visit
from demo_client.wallet import Wallet

app = typer.Typer(
    help="A virtual customer with soft authenticators, who knows the service by HTTP alone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

Url = Annotated[str, typer.Option("--url", help="The site's origin.")]
Account = Annotated[
    str, typer.Option("--account", help="Whose wallet; the latest one if left out.")
]
Service = Annotated[str, typer.Option("--service", help="The path it is mounted at there.")]
State = Annotated[Path, typer.Option("--state", help="The folder that wallets are kept in.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for machines.")]
With = Annotated[
    str, typer.Option("--with", "--by", help="Factors in order, commas between: password,hotp.")
]
Language = Annotated[Literal["en", "zh-TW"], typer.Option("--lang", help="Asked of the service.")]
Attested = Annotated[
    Literal["none", "self", "packed"],
    typer.Option("--attestation", help="What a new passkey says of its make."),
]
Synced = Annotated[bool, typer.Option("--synced", help="A passkey that may leave its device.")]
OnPhone = Annotated[bool, typer.Option("--on-phone", help="A device key made on a telephone.")]
Factor = Literal[
    "password",
    "pattern",
    "totp",
    "hotp",
    "sms_otp",
    "mail_otp",
    "grid_card",
    "device",
    "passkey",
    "recovery_codes",
]

HERE = "http://localhost:8000"
WALLETS = Path("var/client")


@app.command()
def register(
    *,
    account: Annotated[str, typer.Option("--account", help="The name to sign in by.")],
    url: Url = HERE,
    service: Service = "/identity",
    name: Annotated[str, typer.Option("--name", help="Shown on the account.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where mail goes.")] = "",
    phone: Annotated[
        str, typer.Option("--phone", help="Where SMS go, like +886912345678; made up if left out.")
    ] = "",
    lang: Language = "en",
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Ask for an account, and start a wallet for it."""
    choice = Choice(state, json)
    wallet = _new_wallet(account, url, service, lang)
    wallet.email = email or wallet.email
    wallet.phone = phone or choice.made_up_phone()
    with new_customer(choice, wallet) as visit:
        journeys.register(visit, name or account.title())


@app.command()
def activate(
    *,
    account: Account = "",
    enrol: Annotated[str, typer.Option("--enrol", help="Factors to bind.")] = "passkey,totp",
    attestation: Attested = "none",
    synced: Synced = False,
    on_phone: OnPhone = False,
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Sign in by the mailed password; bind an own one and more factors; end the activation."""
    choice = Choice(state, json, attestation=attestation, synced=synced, on_phone=on_phone)
    with customer(choice, account) as visit:
        journeys.activate(visit, _methods(enrol))


@app.command()
def enrol(
    factor: Annotated[Factor, typer.Argument(help="What to bind.")],
    *,
    account: Account = "",
    approve: With = "",
    to: Annotated[
        str, typer.Option("--to", help="Where codes are to go, if not where letters go.")
    ] = "",
    attestation: Attested = "none",
    synced: Synced = False,
    on_phone: OnPhone = False,
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Bind one more factor in the session that is open, after a step-up where one is asked."""
    choice = Choice(state, json, attestation=attestation, synced=synced, on_phone=on_phone)
    with customer(choice, account) as visit:
        approved_by = _methods(approve) or _usual(visit)
        journeys.enrol(visit, _NAMES.get(factor, factor), approved_by, to)


@app.command()
def login(
    *,
    account: Account = "",
    shown: With = "",
    counter_back: Annotated[
        int, typer.Option("--counter-back", min=0, help="Step passkey counters back: a clone.")
    ] = 0,
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Sign in, by password and what else is held unless `--with` says otherwise."""
    with customer(Choice(state, json), account) as visit:
        visit.authenticator.step_back(counter_back)
        journeys.sign_in(visit, _methods(shown) or ["password", *_usual(visit)])


@app.command()
def logout(
    *,
    account: Account = "",
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """End the session."""
    with customer(Choice(state, json), account) as visit:
        journeys.sign_out(visit)


@app.command()
def order(
    symbol: Annotated[str, typer.Argument(help="What.")] = "2330",
    quantity: Annotated[int, typer.Argument(help="How many shares.")] = 1000,
    price: Annotated[str, typer.Argument(help="Limit, in New Taiwan dollars.")] = "1000.00",
    *,
    side: Annotated[Literal["buy", "sell"], typer.Option("--side")] = "buy",
    account: Account = "",
    approve: With = "",
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Order in the session that is open: quote, step-up bound to the quote, placement."""
    ticket = {"symbol": symbol, "side": side, "quantity": quantity, "price": price}
    with customer(Choice(state, json), account) as visit:
        journeys.order(visit, ticket, _methods(approve) or _usual(visit))


@app.command()
def walk(
    *,
    account: Annotated[str, typer.Option("--account", help="A made-up one if left out.")] = "",
    url: Url = HERE,
    service: Service = "/identity",
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the login by TOTP, and its wait.")
    ] = False,
    lang: Language = "en",
    state: State = WALLETS,
    json: Json = False,
) -> None:
    """Walk the whole way with a new account: register, activate, sign in, order, sign out."""
    choice = Choice(state, json)
    wallet = _new_wallet(account or choice.made_up_name(), url, service, lang)
    wallet.phone = choice.made_up_phone()
    with new_customer(choice, wallet) as visit:
        journeys.walk(visit, wait_for_totp=not quick)


_NAMES = {"passkey": "webauthn"}


def _methods(names: str) -> list[str]:
    """Read `password,passkey` as the service's names for methods."""
    given = [name.strip() for name in names.split(",") if name.strip()]
    return [_NAMES.get(name, name) for name in given]


def _usual(visit: Visit) -> list[str]:
    return answers.usual_methods(visit.wallet)


def _new_wallet(account: str, url: str, service: str, lang: str) -> Wallet:
    address = account if "@" in account else f"{account}@example.com"
    return Wallet(account=account, url=url.rstrip("/"), service=service, locale=lang, email=address)


app.command()(lab)
app.command()(attack)

if __name__ == "__main__":
    app()
