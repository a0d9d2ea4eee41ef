"""The question a reverse proxy asks before it passes a request on."""

import time

import pytest

from identity import settings
from identity.web import cookies
from tests.identity.kit import problem
from tests.identity.tokens.kit import AAL, API, OTHER, bearer, token, token_world
from tests.identity.tokens.test_guard import parameters, refused

CHECK = "/v1/session/check"
TOLD = {"trifactor-account", "trifactor-session", "trifactor-acr", "trifactor-amr"}


@pytest.fixture
def world(tmp_path):
    with token_world(tmp_path, sessions=settings.Sessions(remembered=0.2)) as started:
        yield started


@pytest.fixture
def amy(world):
    return world.customer().activated().signs_in()


def told(answer):
    return {name: value for name, value in answer.headers.items() if name in TOLD}


def test_who_is_signed_in_passes_and_the_proxy_learns_who_it_is(amy):
    answer = amy.client.get(CHECK)
    assert (answer.status_code, answer.content) == (204, b"")
    assert told(answer) == {
        "trifactor-account": amy.id,
        "trifactor-session": amy.session().json()["id"],
        "trifactor-acr": AAL.format(2),
        "trifactor-amr": "pwd otp mfa",
    }
    assert answer.headers["cache-control"] == "no-store"


def test_who_is_not_is_refused(world):
    answer = world.client().get(CHECK)
    refused(answer, error="")
    assert told(answer) == {}


def test_what_a_caller_says_of_himself_is_not_believed(world, amy):
    forged = dict.fromkeys(TOLD, "forged")
    assert "forged" not in told(amy.client.get(CHECK, headers=forged)).values()
    assert told(world.client().get(CHECK, headers=forged)) == {}


@pytest.mark.clause("CC-17010.c.c")
def test_an_operation_asks_for_its_fresh_proof(world, amy):
    assert amy.client.get(CHECK, params={"operation": "order"}).status_code == 204
    world.clock.forward(301)
    answer = amy.client.get(CHECK, params={"operation": "order"})
    document = problem(answer, 401, "step_up_required")
    assert (document["purpose"], document["missing"][0]["code"]) == ("order", "recent")
    assert (parameters(answer)["acr_values"], parameters(answer)["max_age"]) == (
        AAL.format(2),
        "300",
    )
    assert amy.client.get(CHECK).status_code == 204
    amy.approves()
    assert amy.client.get(CHECK, params={"operation": "order"}).status_code == 204


def test_a_level_may_be_asked(amy):
    for level in (1, 2):
        assert amy.client.get(CHECK, params={"acr": AAL.format(level)}).status_code == 204
    answer = amy.client.get(CHECK, params={"acr": AAL.format(3)})
    problem(answer, 401, "step_up_required")
    assert parameters(answer)["acr_values"] == AAL.format(3)
    assert "max_age" not in parameters(answer)


def test_a_token_passes_where_its_audience_is_named(world, amy):
    program = world.client()
    headers = bearer(token(amy))
    assert program.get(CHECK, params={"audience": API}, headers=headers).status_code == 204
    refused(program.get(CHECK, params={"audience": OTHER}, headers=headers))
    refused(program.get(CHECK, headers=headers), error="")
    refused(program.get(CHECK, params={"audience": API}, headers=bearer("x")))


def test_an_activation_does_not_pass(world):
    bob = world.customer("bob").registers().begins_activation()
    problem(bob.client.get(CHECK), 401, "step_up_required")
    activation = {"operation": "activation"}
    problem(bob.client.get(CHECK, params=activation), 401, "step_up_required")


@pytest.mark.parametrize(
    "query",
    [
        "operation=withdraw",
        "operation=",
        "acr=aal2",
        "acr=urn:trifactor:acr:aal4",
        "audience=https://x.example",
        "opperation=order",
        "operation=order&operation=login",
    ],
)
def test_a_slip_of_the_proxys_is_told_and_lets_nobody_pass(amy, query):
    problem(amy.client.get(f"{CHECK}?{query}"), 400, "malformed")


def test_a_session_that_ended_passes_no_longer_than_it_is_remembered(world, amy):
    proxy = world.client(headers={"Cookie": f"{cookies.SESSION}={amy.cookie()}"})
    assert proxy.get(CHECK).status_code == 204
    assert proxy.get(CHECK, params={"operation": "order"}).status_code == 204
    assert amy.client.delete("/v1/session").status_code == 204
    start = time.monotonic()
    refused(proxy.get(CHECK, params={"operation": "order"}), error="")
    while proxy.get(CHECK).status_code == 204:
        assert time.monotonic() - start < 0.3
        time.sleep(0.02)
    refused(proxy.get(CHECK), error="")


def test_what_a_page_elsewhere_sends_does_not_pass_by_the_cookie(world, amy):
    """The proxy asks by GET also for what would change something."""
    evil = {"Origin": "https://evil.example"}
    problem(amy.client.get(CHECK, headers=evil), 403, "origin_refused")
    problem(amy.client.get(CHECK, headers={"Origin": "null"}), 403, "origin_refused")
    assert amy.client.get(CHECK, headers={"Origin": "https://testserver"}).status_code == 204
    assert amy.client.get(CHECK, headers={"Sec-Fetch-Site": "none"}).status_code == 204
    headers = bearer(token(amy)) | evil
    answer = world.client().get(CHECK, params={"audience": API}, headers=headers)
    assert answer.status_code == 204
