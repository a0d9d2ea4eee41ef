"""The service inside a web application: `python -m demo_client.embedded`.

Everything an integrator has to write is in `make_app`: mount the service, enter its lifespan, and
put its guard before the routes that need a customer, a customer's approval, or an operator.

With `--operators` it makes two of those instead of serving, as a firm makes its first ones: by
the service's own command line, which prints a code for each.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from demo_client import staff
from demo_client.headers import OneOrigin, PageHeaders
from demo_client.orders import OrderDesk
from demo_client.site import Site
from identity import settings
from identity.app import build

ORIGIN = "http://localhost:8000"

FIRM = settings.Firm(name="Formosa Securities")
"""The broker whose site this is: its name is on mail, cards and in authenticator apps."""


def chosen(root: Path, origin: str = ORIGIN, **changes: Any) -> settings.Settings:
    """Return the settings the demo runs with, `changes` laid over them."""
    return settings.embedded(root, origin, **({"firm": FIRM} | changes))


def make_app(root: Path, origin: str = ORIGIN, **changes: Any) -> Starlette:
    """Return the broker with the service mounted; state is kept under `root`.

    `changes` replace members of `identity.settings.Settings`, such as `mode` or `lab`.
    """
    root.mkdir(parents=True, exist_ok=True)
    in_force = chosen(root, origin, **changes)
    identity = build(in_force)
    known = [Middleware(identity.guard, operation="login", login_url="/login")]
    approved = [Middleware(identity.guard, operation="order", login_url=None)]
    at_work = [Middleware(identity.guard, operation="operator", login_url="/operator/login")]
    site = Site(inbox=Path(in_force.outbox.folder))
    desk = OrderDesk(spend=identity.spend)
    return Starlette(
        routes=[
            Mount("/identity", app=identity),
            Route("/account", site.account, middleware=known),
            Route("/order", site.order, middleware=known),
            Route("/operator", site.operator, middleware=at_work),
            Route("/operator/account", site.operator_account, middleware=at_work),
            Route("/orders/quote", desk.quote, methods=["POST"], middleware=known),
            Route("/orders", desk.place, methods=["POST"], middleware=approved),
            *site.open_to_all(),
        ],
        middleware=[Middleware(OneOrigin, origin=origin), Middleware(PageHeaders)],
        lifespan=identity.lifespan,
    )


def add_operators(root: Path, origin: str) -> int:
    """Make the demo's operators, beside the demo or before its first start."""
    in_force = chosen(root, origin)
    kept = {
        "database.url": in_force.database.url,
        "keys.file": in_force.keys.file,
        "outbox.folder": in_force.outbox.folder,
        "firm.name": FIRM.name,
    }
    return staff.make(root / "identity.toml", origin, kept)


def main() -> int:
    """Serve the demo on this machine and say where to click, or make its operators."""
    asked = argparse.ArgumentParser(prog="python -m demo_client.embedded")
    asked.add_argument("--port", type=int, default=8000)
    asked.add_argument("--root", type=Path, default=Path("var"), help="where state is kept")
    asked.add_argument("--operators", action="store_true", help="make two operators, and stop")
    chosen = asked.parse_args()
    origin = f"http://localhost:{chosen.port}"
    if chosen.operators:
        return add_operators(chosen.root, origin)
    again = shlex.join([sys.executable, "-m", "demo_client.embedded", *sys.argv[1:], "--operators"])
    print(WELCOME.format(origin=origin, operators=again), flush=True)  # noqa: T201  # the terminal is its page
    uvicorn.run(make_app(chosen.root, origin), port=chosen.port, log_level="warning")
    return 0


WELCOME = """
  Formosa Securities (demo)   {origin}

    1  open an account        {origin}/register
    2  read the demo's mail   {origin}/inbox
    3  activate it            {origin}/activate
    4  sign in                {origin}/login
    5  place an order         {origin}/order

  An operator's day           {origin}/operator
    two operators are made in a second terminal by
    {operators}

  English: {origin}/?lang=en   中文: {origin}/?lang=zh-TW   Ctrl+C stops it
"""

if __name__ == "__main__":
    sys.exit(main())
