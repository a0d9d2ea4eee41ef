"""Beside an application: an API client that introspects, and a step-up by RFC 9470."""

import hashlib
import json

import pytest
from joserfc.jwk import ECKey, KeySet
from starlette.testclient import TestClient

from tests.identity.tokens.kit import API, OTHER, add_client, bearer, token, token_world

ORDER = b'{"buy": "2330", "lots": 1}'
ISSUER = "https://testserver"


@pytest.fixture
def world(tmp_path):
    with token_world(tmp_path) as started:
        yield started


@pytest.fixture
def amy(world):
    return world.customer().activated().signs_in()


def test_an_api_client_introspects(world, amy, example):
    key = ECKey.generate_key("P-256")
    public = json.loads(example("api_client").public_keys(key))["keys"]
    assert not [member for member in public if "d" in member]
    client = add_client(world, keys=public).client
    asking = example("api_client").Introspection(
        world.client(), issuer=ISSUER, client_id=client.id, key=key
    )
    good = token(amy)
    said = asking.ask(good, world.clock())
    assert (said["sub"], said["aud"]) == (amy.id, API)
    assert asking.ask(good, world.clock())  # each call says who it is anew
    assert asking.ask(token(amy, OTHER), world.clock()) is None
    amy.client.delete("/v1/session")
    assert asking.ask(good, world.clock()) is None


@pytest.fixture
def api(world, example):
    """An API that knows the service's public keys and nothing else of it."""
    keys = KeySet.import_key_set(world.client().get("/.well-known/jwks.json").json())
    made = example("step_up").OrderApi(keys, issuer=ISSUER, audience=API, clock=world.clock)
    return TestClient(made.app)


def place(example, api, amy):
    """Place an order as the example does; return the answer, and what was asked of the customer."""
    asked = []

    def step_up(approved):
        asked.append(approved)
        amy.approves(binding=approved)

    def get_token(approved):
        more = {"purpose": "order", "binding": approved} if approved else {}
        return token(amy, **more)

    return example("step_up").place(api, ORDER, get_token, step_up), asked


def test_a_client_steps_up_when_the_last_proof_is_too_old_and_tries_again(world, amy, api, example):
    world.clock.forward(400)
    old = api.post("/orders", content=ORDER, headers=bearer(token(amy)))
    assert old.status_code == 401
    assert old.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", '
        'acr_values="urn:trifactor:acr:aal2", max_age="300"'
    )
    answer, asked = place(example, api, amy)
    assert (answer.status_code, answer.json()) == (201, {"placed": amy.id})
    assert asked == [hashlib.sha256(ORDER).hexdigest()]


def test_it_steps_up_too_where_this_very_order_was_not_approved(amy, api, example):
    answer, asked = place(example, api, amy)
    assert (answer.status_code, len(asked)) == (201, 1)


def test_a_token_places_one_order_and_no_other(amy, api):
    approved = hashlib.sha256(ORDER).hexdigest()
    amy.approves(binding=approved)
    headers = bearer(token(amy, purpose="order", binding=approved))
    assert api.post("/orders", content=ORDER + b" ", headers=headers).status_code == 403
    assert api.post("/orders", content=ORDER, headers=headers).status_code == 201
    assert api.post("/orders", content=ORDER, headers=headers).status_code == 403


def test_the_api_refuses_what_is_not_for_it(world, amy, api):
    for bad in (token(amy, OTHER), "x", "", token(amy)[:-2]):
        answer = api.post("/orders", content=ORDER, headers=bearer(bad))
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    text = token(amy)
    world.clock.forward(300)
    assert api.post("/orders", content=ORDER, headers=bearer(text)).status_code == 401
