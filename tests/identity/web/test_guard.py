"""The guard in somebody else's application: who passes, who is told what, what is remembered."""

import time
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from identity import settings
from identity.app import build
from identity.sessions.service import SignedIn
from identity.web import cookies
from tests.identity.kit import ORIGIN, World, configured, problem

REMEMBERED = 0.2  # seconds


async def inside(scope, receive, send):
    """What a broker has behind the guard: it says whom it sees."""
    found = scope["trifactor"]
    assert isinstance(found, SignedIn)
    told = {"account": found.account_name, "name": found.display_name}
    await JSONResponse(told)(scope, receive, send)


def host(identity, **more):
    """A broker's application that mounts the service and guards two places of its own."""
    desk = identity.guard(inside, operation="login", login_url="/enter")
    orders = identity.guard(inside, operation="order")
    return Starlette(
        routes=[
            Mount("/identity", app=identity),
            Mount("/desk", app=desk),
            Mount("/orders", app=orders),
            Route("/open", lambda _: JSONResponse({})),
        ],
        **more,
    )


@pytest.fixture
def broker(tmp_path):
    """The host, and a customer who is signed in at the service it mounts."""
    with World(tmp_path, sessions=settings.Sessions(remembered=REMEMBERED)) as world:
        amy = world.customer().activated().signs_in()
        client = TestClient(host(world.identity), base_url=ORIGIN, follow_redirects=False)
        client.portal = world.inside.portal
        yield SimpleNamespace(world=world, amy=amy, client=client)


def get(broker, path, method="GET", cookie=None, **headers):
    secret = broker.amy.cookie() if cookie is None else cookie
    headers = {"Cookie": f"{cookies.SESSION}={secret}", **headers}
    return broker.client.request(method, path, headers=headers)


@pytest.mark.clause("CC-17010.c.c")
def test_who_is_signed_in_passes_and_is_known_inside(broker):
    answer = get(broker, "/desk/portfolio")
    assert answer.json() == {"account": "amy", "name": "Amy Lin"}


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize("path", ["/desk", "/desk/portfolio", "/orders"])
@pytest.mark.parametrize("cookie", ["", "made-up", "\xe9"])
def test_a_program_without_a_session_is_told_so(broker, path, cookie):
    headers = {"Cookie": f"{cookies.SESSION}={cookie}".encode("latin-1")}
    problem(broker.client.get(f"{path}/", headers=headers), 401, "not_signed_in")


def test_a_page_without_a_session_is_sent_to_where_one_signs_in(broker):
    answer = broker.client.get("/desk/portfolio", headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/enter?next=%2Fdesk%2Fportfolio",
    )


def test_a_form_that_was_sent_is_not_redirected(broker):
    answer = broker.client.post("/desk/x", headers={"Accept": "text/html", "Origin": ORIGIN})
    problem(answer, 401, "not_signed_in")


def test_where_no_page_is_named_a_browser_too_is_told(broker):
    problem(broker.client.get("/orders/", headers={"Accept": "text/html"}), 401, "not_signed_in")


@pytest.mark.clause("CC-17010.c.c")
def test_an_order_asks_for_a_proof_of_the_last_minutes(broker):
    assert get(broker, "/orders/").status_code == 200
    broker.world.clock.forward(301)
    told = problem(get(broker, "/orders/"), 401, "step_up_required")
    assert (told["purpose"], told["missing"][0]["code"]) == ("order", "recent")
    assert get(broker, "/desk/").status_code == 200
    broker.amy.approves()
    assert get(broker, "/orders/").status_code == 200


def test_an_activation_is_no_way_in(broker):
    bob = broker.world.customer("bob").registers().begins_activation()
    told = problem(get(broker, "/desk/", cookie=bob.cookie()), 401, "step_up_required")
    assert told["purpose"] == "login"


def test_a_session_that_ended_is_refused_once_what_was_read_is_too_old(broker):
    cookie = broker.amy.cookie()
    assert get(broker, "/desk/").status_code == 200
    start = time.monotonic()
    assert broker.amy.client.delete("/v1/session").status_code == 204
    while get(broker, "/desk/", cookie=cookie).status_code == 200:
        assert time.monotonic() - start < REMEMBERED + 0.1
        time.sleep(0.02)
    problem(get(broker, "/desk/", cookie=cookie), 401, "not_signed_in")


def test_for_an_order_it_is_refused_at_once(broker):
    cookie = broker.amy.cookie()
    assert get(broker, "/desk/").status_code == 200
    assert get(broker, "/orders/").status_code == 200
    assert broker.amy.client.delete("/v1/session").status_code == 204
    problem(get(broker, "/orders/", cookie=cookie), 401, "not_signed_in")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_page_elsewhere_changes_nothing_behind_it(broker, method):
    for path in ("/desk/", "/orders/"):
        problem(get(broker, path, method, Origin="https://evil.example"), 403, "origin_refused")
        assert get(broker, path, method, Origin=ORIGIN).status_code == 200


def test_a_web_socket_does_not_pass(broker):
    headers = {"Cookie": f"{cookies.SESSION}={broker.amy.cookie()}"}
    with (
        pytest.raises(WebSocketDisconnect),
        broker.client.websocket_connect("/desk/", headers=headers),
    ):
        pass


def test_refusals_are_not_cached(broker):
    for answer in (
        broker.client.get("/desk/"),
        broker.client.get("/desk/", headers={"Accept": "text/html"}),
    ):
        assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_speaks_the_callers_language(broker):
    answer = broker.client.get("/desk/", headers={"Accept-Language": "zh-TW"})
    assert answer.json()["title"] == "請先登入。"


def test_the_service_is_where_it_is_mounted(broker):
    assert broker.client.get("/identity/healthz").json() == {"status": "ok"}
    problem(broker.client.get("/identity/nothing"), 404, "unknown")


def test_the_host_enters_our_lifespan_in_its_own(tmp_path):
    identity = build(configured(tmp_path))
    with TestClient(host(identity, lifespan=identity.lifespan), base_url=ORIGIN) as client:
        assert client.get("/identity/readyz").json()["status"] == "ready"
        problem(client.get("/desk/"), 401, "not_signed_in")
    problem(TestClient(host(identity), base_url=ORIGIN).get("/identity/readyz"), 503, "not_started")


@pytest.mark.parametrize(
    "path",
    [
        "/identity/healthz",
        "/identity/readyz",
        "/identity/metrics",
        "/identity/v1/session",
        "/desk/",
    ],
)
def test_without_the_lifespan_everything_says_that_it_was_not_started(tmp_path, path):
    client = TestClient(host(build(configured(tmp_path))), base_url=ORIGIN)
    problem(client.get(path), 503, "not_started")
    assert client.get("/open").status_code == 200
    assert list(tmp_path.iterdir()) == []  # and nothing was opened or made


def test_an_operation_the_policy_has_not_is_an_error_where_the_host_is_built(tmp_path):
    with pytest.raises(KeyError, match="withdraw"):
        build(configured(tmp_path)).guard(inside, operation="withdraw")
