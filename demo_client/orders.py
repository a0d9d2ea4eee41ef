"""The order desk: what a ticket says, what its approval is bound to, and when it is accepted.

A ticket is quoted first. The quote's `binding` is the SHA-256 of the ticket and the account; the
customer proves again who they are in a step-up for exactly that hash, and the desk accepts the
ticket once for each such approval. Change one share and the hash is another one.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo_client.language import language_of
from demo_client.market import BOARD
from demo_client.texts import text

LARGEST_BODY = 4096
"""Bytes; a ticket has about a hundred."""

HIGHEST_PRICE = Decimal(100_000)
NAMES = {quote.symbol: quote.name for quote in BOARD}


class SignedIn(Protocol):
    """What the service's guard says of the customer, under ``scope["trifactor"]``."""

    @property
    def account_id(self) -> str: ...
    @property
    def display_name(self) -> str: ...


class Spend(Protocol):
    """Uses up an approval: True exactly once for one given in this session for this binding."""

    def __call__(self, signed_in: Any, *, purpose: str, binding: str) -> Awaitable[bool]: ...


class Ticket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as the customer writes it: shares at a limit price in New Taiwan dollars."""

    symbol: Annotated[str, Meta(pattern=r"^[0-9]{4,6}[A-Z]?$")]
    side: Literal["buy", "sell"]
    quantity: Annotated[int, Meta(ge=1, le=499_000)]
    price: Decimal


class Refused(Exception):
    """The ticket will not do. `field` names the member at fault, "" the whole."""

    def __init__(self, status: int, code: str, field: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.field = field


def binding_of(account_id: str, ticket: Ticket) -> str:
    """Return what an approval of `ticket` is bound to, as 64 lower-case hexadecimal digits."""
    said = ["order", account_id, ticket.symbol, ticket.side, ticket.quantity, _plain(ticket.price)]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def summary_of(ticket: Ticket, language: str) -> str:
    """Say a ticket in one line, as the customer approves it."""
    name = NAMES.get(ticket.symbol)
    return text(
        language,
        f"order.summary.{ticket.side}",
        stock=f"{ticket.symbol} {text(language, name)}" if name else ticket.symbol,
        quantity=f"{ticket.quantity:,}",
        price=f"{ticket.price:,.2f}",
        total=f"{ticket.price * ticket.quantity:,.2f}",
    )


class OrderDesk:
    """Two routes: a quote for a ticket, and the order itself. Both stand behind the guard."""

    def __init__(self, spend: Spend) -> None:
        self._spend = spend
        self._numbers = itertools.count(1)

    async def quote(self, request: Request) -> Response:
        """Answer a ticket with its binding and the line to approve."""
        return await _told(request, self._quoted)

    async def place(self, request: Request) -> Response:
        """Accept a ticket that was approved in a step-up, once."""
        return await _told(request, self._placed)

    async def _quoted(self, request: Request, ticket: Ticket) -> Response:
        binding = binding_of(request.scope["trifactor"].account_id, ticket)
        summary = summary_of(ticket, language_of(request))
        return JSONResponse({"binding": binding, "summary": summary})

    async def _placed(self, request: Request, ticket: Ticket) -> Response:
        signed_in: SignedIn = request.scope["trifactor"]
        binding = binding_of(signed_in.account_id, ticket)
        if not await self._spend(signed_in, purpose="order", binding=binding):
            raise Refused(409, "not_approved")
        number = f"F{next(self._numbers):06d}"
        summary = summary_of(ticket, language_of(request))
        return JSONResponse({"id": number, "binding": binding, "summary": summary}, 201)


async def _told(
    request: Request, answer: Callable[[Request, Ticket], Awaitable[Response]]
) -> Response:
    """Read the ticket and answer it, or say what is wrong as RFC 9457 asks."""
    try:
        return await answer(request, await _ticket(request))
    except Refused as refused:
        return _problem(refused, language_of(request))


async def _ticket(request: Request) -> Ticket:
    # A page elsewhere can make a browser post a form, but not JSON: that would ask us first.
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise Refused(415, "malformed")
    try:
        ticket = msgspec.json.decode(await _body(request), type=Ticket)
    except msgspec.DecodeError as error:
        _, _, member = str(error).partition("`$.")
        raise Refused(422, "malformed", member.rstrip("`")) from error
    if not _is_price(ticket.price):
        raise Refused(422, "malformed", "price")
    return ticket


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refused(413, "too_large")
    return body


def _is_price(price: Decimal) -> bool:
    """Whether it is a sum of money: finite, above nothing, and no finer than a cent."""
    return (
        price.is_finite()
        and 0 < price <= HIGHEST_PRICE
        and price == price.quantize(Decimal("0.01"))
    )


def _plain(price: Decimal) -> str:
    return f"{price:.2f}"


def _problem(refused: Refused, language: str) -> Response:
    body = {
        "type": "about:blank",
        "title": text(language, f"say.error.{refused.code}"),
        "status": refused.status,
        "code": refused.code,
        **({"field": refused.field} if refused.field else {}),
    }
    return JSONResponse(body, refused.status, media_type="application/problem+json")
