"""What an approval is bound to, and what the order desk takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient

from demo_client.orders import OrderDesk, Ticket, binding_of, summary_of

TICKET = {"symbol": "9101", "side": "buy", "quantity": 2000, "price": "128.50"}
TICKETS = st.builds(
    Ticket,
    symbol=st.from_regex(r"[0-9]{4,6}[A-Z]?", fullmatch=True),
    side=st.sampled_from(["buy", "sell"]),
    quantity=st.integers(1, 499_000),
    price=st.decimals("0.01", "100000", places=2),
)


@dataclass(frozen=True)
class Somebody:
    account_id: str
    display_name: str = "Amy Lin"


@dataclass
class Approvals:
    """Approvals that were given in a step-up; each can be used up once."""

    given: list[str] = field(default_factory=list)

    async def spend(self, signed_in, *, purpose, binding):
        if purpose != "order" or binding not in self.given:
            return False
        self.given.remove(binding)
        return True


class LetIn:
    """Stands where the service's guard stands, and lets everybody in as `amy`."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        await self._app({**scope, "trifactor": Somebody("amy")}, receive, send)


@pytest.fixture
def approvals():
    return Approvals()


@pytest.fixture
def broker(approvals):
    desk = OrderDesk(spend=approvals.spend)
    guarded = [Middleware(LetIn)]
    routes = [
        Route("/orders/quote", desk.quote, methods=["POST"], middleware=guarded),
        Route("/orders", desk.place, methods=["POST"], middleware=guarded),
    ]
    with TestClient(Starlette(routes=routes), headers={"Accept-Language": "en"}) as client:
        yield client


@given(one=TICKETS, other=TICKETS)
def test_different_tickets_are_bound_differently(one, other):
    assume(one != other)
    assert binding_of("amy", one) != binding_of("amy", other)


@given(ticket=TICKETS)
def test_the_same_ticket_of_another_account_is_bound_differently(ticket):
    assert binding_of("amy", ticket) != binding_of("bob", ticket)


@given(ticket=TICKETS)
def test_a_price_is_the_same_however_it_is_written(ticket):
    longer = msgspec.structs.replace(ticket, price=ticket.price.quantize(Decimal("0.0000")))
    assert binding_of("amy", ticket) == binding_of("amy", longer)


def test_a_quote_says_what_is_approved_in_the_readers_language(broker):
    english = broker.post("/orders/quote", json=TICKET).json()
    chinese = broker.post("/orders/quote", json=TICKET, headers={"Accept-Language": "zh-TW"}).json()

    assert english["binding"] == chinese["binding"] == binding_of("amy", _ticket())
    assert english["summary"] == (
        "Buy 2,000 shares of 9101 Jade Peak Tea at up to 128.50 TWD, 257,000.00 TWD in all"
    )
    assert "買進 9101 玉山茶業 2,000 股" in chinese["summary"]


def test_an_approved_order_is_taken_once(broker, approvals):
    approvals.given.append(broker.post("/orders/quote", json=TICKET).json()["binding"])

    first = broker.post("/orders", json=TICKET)
    second = broker.post("/orders", json=TICKET)

    assert (first.status_code, first.json()["summary"]) == (201, summary_of(_ticket(), "en"))
    assert (second.status_code, second.json()["code"]) == (409, "not_approved")


@pytest.mark.parametrize(
    "change",
    [{"symbol": "9102"}, {"side": "sell"}, {"quantity": 2001}, {"price": "128.51"}],
)
def test_an_approval_is_for_that_ticket_alone(broker, approvals, change):
    approvals.given.append(broker.post("/orders/quote", json=TICKET).json()["binding"])
    assert broker.post("/orders", json={**TICKET, **change}).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": "../etc"}, "symbol"),
        ({"side": "short"}, "side"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 499_001}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"price": "0"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "1.001"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "Infinity"}, "price"),
        ({"price": "1e999999"}, "price"),
        ({"price": "dear"}, "price"),
        ({"account_id": "bob"}, ""),
    ],
)
def test_a_ticket_that_will_not_do_is_named(broker, change, field):
    refused = broker.post("/orders/quote", json={**TICKET, **change})

    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    assert refused.json().get("field", "") == field
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'"order"', b"\xff"])
def test_what_is_no_ticket_is_refused(broker, body):
    headers = {"Content-Type": "application/json"}
    assert broker.post("/orders/quote", content=body, headers=headers).status_code == 422


def test_a_form_of_another_site_is_not_read(broker):
    headers = {"Content-Type": "text/plain"}
    body = msgspec.json.encode(TICKET)
    assert broker.post("/orders", content=body, headers=headers).status_code == 415


def test_a_body_too_large_is_not_read_to_its_end(broker):
    body = msgspec.json.encode({**TICKET, "symbol": "9" * 5000})
    headers = {"Content-Type": "application/json"}
    assert broker.post("/orders", content=body, headers=headers).status_code == 413


def _ticket():
    return msgspec.convert(TICKET, Ticket, strict=False)
