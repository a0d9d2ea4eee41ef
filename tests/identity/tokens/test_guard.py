"""The guard of an API that takes access tokens, and what it tells whoever is short of a level."""

import re
import time
from types import SimpleNamespace

import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from identity import settings
from identity.app import build
from identity.web import cookies
from tests.identity.kit import ORIGIN, configured, problem
from tests.identity.tokens.kit import AAL, API, OTHER, bearer, token, token_world
from tests.identity.tokens.test_access import signed

REMEMBERED = 0.2


async def inside(scope, receive, send):
    found = scope["trifactor"]
    await JSONResponse({"account": found.account_name})(scope, receive, send)


def host(identity):
    return Starlette(
        routes=[
            Mount("/desk", app=identity.guard(inside, operation="login", audience=API)),
            Mount("/orders", app=identity.guard(inside, operation="order", audience=API)),
            Mount("/pages", app=identity.guard(inside, operation="login")),
        ]
    )


@pytest.fixture
def api(tmp_path):
    with token_world(tmp_path, sessions=settings.Sessions(remembered=REMEMBERED)) as world:
        amy = world.customer().activated().signs_in()
        yield SimpleNamespace(world=world, amy=amy, client=world.client(app=host(world.identity)))


def get(api, path, text, **headers):
    return api.client.get(path, headers={**bearer(text), **headers})


def parameters(answer):
    """Return the parameters of the Bearer challenge."""
    scheme, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


def refused(answer, error="invalid_token"):
    """Check that a caller learns that it was refused, and nothing of why."""
    told = problem(answer, 401, "not_signed_in")
    assert told.keys() == {"type", "title", "status", "code"}
    expected = {"realm": "trifactor"} | ({"error": error} if error else {})
    assert parameters(answer) == expected


@pytest.mark.parametrize("path", ["/desk/", "/orders/"])
def test_a_token_passes_and_says_who_it_is(api, path):
    assert get(api, path, token(api.amy)).json() == {"account": "amy"}
    lower = {"Authorization": f"bearer {token(api.amy)}"}
    assert api.client.get(path, headers=lower).status_code == 200


def test_without_one_the_answer_says_what_is_taken(api):
    refused(api.client.get("/desk/"), error="")
    refused(api.client.get("/desk/", headers={"Authorization": "Basic YTpi"}), error="")


@pytest.mark.parametrize("path", ["/desk/", "/orders/"])
def test_what_is_no_token_of_ours_is_refused_and_told_nothing(api, path):
    good = token(api.amy)
    head, body, signature = good.split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    for bad in (
        token(api.amy, OTHER),
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        signed(ECKey.generate_key("P-256")),
        f"{head}.{body}.{signature[::-1]}",
        good[:-1],
        "x",
        "",
    ):
        refused(get(api, path, bad))


@pytest.mark.parametrize("path", ["/desk/", "/orders/"])
def test_an_expired_token_is_refused(api, path):
    text = token(api.amy)
    api.world.clock.forward(299.5)
    assert get(api, path, text).status_code == 200
    api.world.clock.forward(0.5)
    time.sleep(REMEMBERED + 0.05)
    refused(get(api, path, text))


@pytest.mark.clause("CC-17020.b.h")
def test_a_token_of_a_session_that_ended_is_refused_at_once_or_in_a_moment(api):
    text = token(api.amy)
    assert get(api, "/desk/", text).status_code == 200
    assert get(api, "/orders/", text).status_code == 200
    api.amy.client.delete("/v1/session")
    refused(get(api, "/orders/", text))
    start = time.monotonic()
    while get(api, "/desk/", text).status_code == 200:
        assert time.monotonic() - start < REMEMBERED + 0.1
        time.sleep(0.02)
    refused(get(api, "/desk/", text))


def test_what_is_remembered_of_one_audience_is_no_other_ones(api):
    other = host_for(api.world.identity, OTHER)
    text = token(api.amy)
    assert get(api, "/desk/", text).status_code == 200
    refused(api.world.client(app=other).get("/", headers=bearer(text)))


def host_for(identity, audience):
    guarded = identity.guard(inside, operation="login", audience=audience)
    return Starlette(routes=[Mount("/", app=guarded)])


@pytest.mark.clause("CC-17010.c.c")
def test_short_of_a_fresh_proof_the_answer_is_rfc_9470s(api):
    text = token(api.amy)
    api.world.clock.forward(200)
    text = token(api.amy)
    api.world.clock.forward(150)
    answer = get(api, "/orders/", text)
    problem(answer, 401, "step_up_required")
    assert parameters(answer) == {
        "realm": "trifactor",
        "error": "insufficient_user_authentication",
        "error_description": "More or more recent authentication is needed",
        "acr_values": AAL.format(2),
        "max_age": "300",
    }
    assert get(api, "/desk/", text).status_code == 200


def test_a_step_up_counts_for_the_next_token_and_not_for_the_last(api):
    api.world.clock.forward(301)
    before = token(api.amy)
    api.amy.approves()
    problem(get(api, "/orders/", before), 401, "step_up_required")
    assert get(api, "/orders/", token(api.amy)).status_code == 200


def test_whoever_sends_a_token_is_judged_by_it_alone(api):
    cookie = {"Cookie": f"{cookies.SESSION}={api.amy.cookie()}"}
    assert api.client.get("/desk/", headers=cookie).status_code == 200
    refused(get(api, "/desk/", "x", **cookie))
    stranger = {"Cookie": f"{cookies.SESSION}=made-up"}
    assert get(api, "/desk/", token(api.amy), **stranger).status_code == 200


def test_where_no_audience_is_named_a_token_is_no_way_in(api):
    refused(get(api, "/pages/", token(api.amy)), error="")
    cookie = {"Cookie": f"{cookies.SESSION}={api.amy.cookie()}"}
    assert get(api, "/pages/", "x", **cookie).status_code == 200


def test_a_token_may_come_from_any_page_and_a_cookie_may_not(api):
    """No browser sends a token by itself; a cookie it does."""
    evil = {"Origin": "https://evil.example"}
    assert api.client.post("/desk/", headers=bearer(token(api.amy)) | evil).status_code == 200
    cookie = {"Cookie": f"{cookies.SESSION}={api.amy.cookie()}"}
    problem(api.client.post("/desk/", headers=cookie | evil), 403, "origin_refused")


def test_a_session_cookie_short_of_a_level_is_told_the_same_way(api):
    cookie = {"Cookie": f"{cookies.SESSION}={api.amy.cookie()}"}
    api.world.clock.forward(301)
    answer = api.client.get("/orders/", headers=cookie)
    problem(answer, 401, "step_up_required")
    assert parameters(answer)["error"] == "insufficient_user_authentication"


def test_an_audience_the_settings_have_not_is_an_error_where_the_host_is_built(tmp_path):
    with pytest.raises(KeyError, match=re.escape(API)):
        build(configured(tmp_path)).guard(inside, operation="login", audience=API)


def test_a_guard_whose_service_was_not_started_says_so(tmp_path):
    identity = build(configured(tmp_path, tokens=settings.Tokens(audiences=(API,))))
    client = TestClient(host(identity), base_url=ORIGIN)
    problem(client.get("/desk/", headers=bearer("x")), 503, "not_started")
