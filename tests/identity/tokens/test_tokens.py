"""Tokens of a session: who gets one, what it says, and when it is worth nothing."""

import base64
import json

import pytest
from msgspec.structs import replace

from identity.model import AccountState
from identity.tokens.levels import ACR, asked, reached
from tests.identity.kit import BINDING, problem
from tests.identity.tokens.kit import AAL, API, OTHER, add_client, asks, issued, token, token_world


@pytest.fixture
def world(tmp_path):
    with token_world(tmp_path) as started:
        yield started


@pytest.fixture
def amy(world):
    return world.customer().activated().signs_in()


@pytest.fixture
def backend(world):
    return add_client(world)


def said(text):
    body = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_whoever_is_signed_in_gets_a_token_for_five_minutes(world, amy):
    answer = issued(amy)
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 300)
    claims = said(answer.json()["access_token"])
    assert claims == {
        "iss": "https://testserver",
        "sub": amy.id,
        "aud": API,
        "client_id": "pages",
        "jti": claims["jti"],
        "iat": int(world.clock()),
        "exp": int(world.clock()) + 300,
        "auth_time": int(world.clock()),
        "acr": AAL.format(2),
        "amr": ["pwd", "otp", "mfa"],
        "sid": amy.session().json()["id"],
    }


def test_every_token_is_another_and_is_in_the_log_by_name(world, amy):
    names = [said(token(amy))["jti"] for _ in range(2)]
    logged = world.events(amy.id, "session:token:issued")
    assert [event.jti for event in logged] == names[::-1]
    assert len(set(names)) == 2


def test_a_passkey_bound_to_its_device_is_told_as_level_3(tmp_path):
    with token_world(tmp_path) as world:
        ben = world.customer("ben").activated(totp=False, passkey=True).signs_in()
        assert said(token(ben))["acr"] in {AAL.format(2), AAL.format(3)}


def test_who_is_not_signed_in_gets_none(world, amy):
    stranger = world.client()
    answer = stranger.post("/v1/session/tokens", json={"audience": API})
    problem(answer, 401, "not_signed_in")


def test_an_activation_gets_none(world):
    bob = world.customer("bob").registers().begins_activation()
    problem(issued(bob), 401, "step_up_required")


@pytest.mark.parametrize("audience", ["https://elsewhere.example", API + "/", "*"])
def test_an_audience_that_is_not_ours_gets_none(amy, audience):
    assert problem(issued(amy, audience), 400, "malformed")["field"] == "audience"


def test_a_page_elsewhere_gets_none(amy):
    headers = {"Origin": "https://evil.example"}
    answer = amy.client.post("/v1/session/tokens", json={"audience": API}, headers=headers)
    problem(answer, 403, "origin_refused")


@pytest.mark.clause("CC-17010.e.c")
def test_what_was_approved_is_told_in_one_token_and_no_second(world, amy, backend):
    problem(issued(amy, purpose="order", binding=BINDING), 409, "conflict")
    amy.approves()
    claims = said(token(amy, purpose="order", binding=BINDING))
    assert (claims["purpose"], claims["binding"]) == ("order", BINDING)
    problem(issued(amy, purpose="order", binding=BINDING), 409, "conflict")
    assert "binding" not in said(token(amy))


def test_an_approval_is_told_for_what_it_was_given_and_while_it_is_fresh(world, amy):
    amy.approves()
    problem(issued(amy, purpose="order", binding="cd" * 32), 409, "conflict")
    problem(issued(amy, purpose="factor.add", binding=BINDING), 409, "conflict")
    world.clock.forward(301)
    problem(issued(amy, purpose="order", binding=BINDING), 409, "conflict")


@pytest.mark.parametrize(
    "more", [{"purpose": "order"}, {"binding": BINDING}, {"purpose": "x", "binding": BINDING}]
)
def test_a_purpose_goes_with_a_binding(amy, more):
    problem(issued(amy, **more), 400, "malformed")


def test_a_good_token_is_told_to_be_good_with_what_it_says(world, amy, backend):
    text = token(amy)
    answer = asks(world, text, backend)
    assert answer.status_code == 200
    assert answer.json() == {"active": True, **said(text)}


def nothing(answer):
    assert (answer.status_code, answer.json()) == (200, {"active": False})


@pytest.mark.clause("CC-17020.b.h")
def test_a_token_of_a_session_that_ended_is_not_good(world, amy, backend):
    text = token(amy)
    assert amy.client.delete("/v1/session").status_code == 204
    nothing(asks(world, text, backend))


def test_a_token_is_not_good_once_it_expired(world, amy, backend):
    text = token(amy)
    world.clock.forward(299)
    assert asks(world, text, backend).json()["active"]
    world.clock.forward(1)
    nothing(asks(world, text, backend))


def test_a_token_of_a_suspended_account_is_not_good(world, amy, backend):
    text = token(amy)
    with world.store.write() as work:
        account = work.accounts.by_name("amy")
        assert work.accounts.replace(replace(account, state=AccountState.SUSPENDED))
    nothing(asks(world, text, backend))


def test_a_token_for_an_api_the_client_does_not_serve_is_not_good(world, amy, backend):
    nothing(asks(world, token(amy, OTHER), backend))
    assert asks(world, token(amy, OTHER), add_client(world, audiences=(OTHER,))).json()["active"]


def test_a_client_without_audiences_learns_nothing(world, amy):
    nothing(asks(world, token(amy), add_client(world, audiences=())))


@pytest.mark.parametrize("text", ["x", "a.b.c", "", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_not_good(world, backend, text):
    nothing(asks(world, text, backend))


def test_the_keys_are_where_everybody_looks_and_may_be_kept(world):
    answer = world.client().get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [key["alg"] for key in answer.json()["keys"]] == ["ES256"]


def test_what_an_operation_asks_is_told_as_a_level_and_an_age(world):
    table = world.running.design.table.operations
    assert asked(table["login"]) == (ACR[2], None)
    assert asked(table["order"]) == (ACR[2], 300)


def test_levels_are_in_order():
    assert [reached(2, acr) for acr in ACR.values()] == [True, True, False]
