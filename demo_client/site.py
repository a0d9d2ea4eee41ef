"""The broker's pages, rendered on the server; what happens on them is done by the browser.

The pages know the service by its URL alone: each loads one module from `static/`, and that one
speaks to `/identity/static/trifactor.js`. Who may see `account`, `order` and the operator's pages
is for the host to say (see `demo_client.embedded`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from demo_client.inbox import messages
from demo_client.language import language_of, remember, switches
from demo_client.market import BOARD
from demo_client.texts import spoken, text

HERE = Path(__file__).parent


class Site:
    """Every page of the broker. `inbox` is the folder that messages are left in."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._pages = Environment(
            loader=FileSystemLoader(HERE / "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def open_to_all(self) -> list[BaseRoute]:
        """Return the routes that nobody needs to be known for."""
        return [
            Route("/", self.front),
            *(Route(f"/{name.replace('.', '/')}", partial(self._page, name)) for name in OPEN),
            Route("/inbox", self.inbox),
            Route("/inbox.json", self.inbox_json),
            Mount("/static", app=StaticFiles(directory=HERE / "static")),
        ]

    def front(self, request: Request) -> Response:
        """Show the board."""
        return self._page("front", request, board=BOARD)

    def account(self, request: Request) -> Response:
        """Show a customer's own factors, password, sessions and devices."""
        return self._page("account", request)

    def operator(self, request: Request) -> Response:
        """Show the operator's corner: applications, proposals, accounts, operators."""
        return self._page("operator", request)

    def operator_account(self, request: Request) -> Response:
        """Show an operator's own factors, password, sessions and devices."""
        return self._page("operator.account", request)

    def order(self, request: Request) -> Response:
        """Show the order ticket."""
        return self._page("order", request, board=BOARD, chosen=request.query_params.get("symbol"))

    def inbox(self, request: Request) -> Response:
        """Show the demo's mailbox to people."""
        return self._page("inbox", request, mails=messages(self._inbox))

    def inbox_json(self, _request: Request) -> Response:
        """Show the demo's mailbox to programs."""
        mails = messages(self._inbox)
        return JSONResponse([{**msgspec.to_builtins(mail), "at": mail.when} for mail in mails])

    def _page(self, name: str, request: Request, **values: Any) -> Response:
        language = language_of(request)
        page = self._pages.get_template(f"{name.rpartition('.')[2]}.html").render(
            page=name,
            corner=name.startswith("operator"),
            lang=language,
            t=partial(text, language),
            spoken=spoken(language),
            switches=switches(request),
            signed_in=request.scope.get("trifactor"),
            **values,
        )
        return remember(request, HTMLResponse(page))


OPEN = ("register", "activate", "login", "recover", "operator.login", "operator.activate")
"""Pages that are only a template. `operator.x` is the template `x`, for operators."""
