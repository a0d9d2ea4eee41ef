"""Sessions end: by themselves, when asked, and when an account is suspended."""

import pytest

from identity.errors import Conflict
from identity.web import cookies
from tests.identity.kit import HOUR, problem


@pytest.mark.clause("CC-17020.b.h")
@pytest.mark.parametrize(("seconds", "status"), [(899, 200), (900, 401)])
def test_a_session_ends_when_it_was_idle_too_long(amy, seconds, status):
    amy.signs_in().world.clock.forward(seconds)
    assert amy.session().status_code == status


@pytest.mark.clause("CC-17020.b.h")
def test_use_keeps_it_alive_until_it_is_too_old(amy):
    amy.signs_in()
    start = amy.world.clock()
    while amy.world.clock() < start + 8 * HOUR - 600:
        amy.world.clock.forward(600)
        assert amy.session().status_code == 200
    amy.world.clock.forward(599)
    assert amy.session().status_code == 200
    amy.world.clock.forward(1)
    problem(amy.session(), 401, "not_signed_in")


@pytest.mark.clause("CC-17020.b.h")
def test_an_activation_has_half_an_hour(world):
    amy = world.customer().registers().begins_activation()
    for _ in range(2):
        world.clock.forward(890)
        assert amy.session().status_code == 200
    world.clock.forward(20)
    problem(amy.session(), 401, "not_signed_in")


def test_it_says_until_when(amy):
    told = amy.signs_in().session().json()
    assert told["created_at"] < told["idle_expires_at"] < told["expires_at"]


def test_signing_out_ends_it_and_twice_is_once(amy):
    amy.signs_in()
    kept = amy.cookie()
    assert amy.client.delete("/v1/session").status_code == 204
    assert amy.client.delete("/v1/session").status_code == 204
    stranger = amy.world.client(headers={"Cookie": f"{cookies.SESSION}={kept}"})
    problem(stranger.get("/v1/session"), 401, "not_signed_in")
    ended = amy.world.events(amy.id, "session:lifecycle:ended")
    assert [event.why for event in ended] == ["signed_out", "activated"]


@pytest.mark.parametrize("secret", ["", "x", "\xe9", "x" * 5000])
def test_a_secret_that_is_none_is_no_session(world, secret):
    cookie = f"{cookies.SESSION}={secret}".encode("latin-1")
    stranger = world.client(headers={"Cookie": cookie})
    problem(stranger.get("/v1/session"), 401, "not_signed_in")


@pytest.mark.clause("CC-18000.2.g")
def test_suspending_ends_sessions_and_resuming_revives_none(amy):
    amy.signs_in()
    amy.world.moves(amy, "suspend")
    problem(amy.session(), 401, "not_signed_in")
    problem(amy.opens().password(amy.own), 401, "refused")
    amy.world.moves(amy, "resume")
    problem(amy.session(), 401, "not_signed_in")
    amy.signs_in()
    kinds = [type(event).__name__ for event in amy.world.events(amy.id, "account:lifecycle")]
    assert kinds == ["AccountResumed", "AccountSuspended", "AccountActivated"]


def test_a_state_is_left_only_for_the_next_one(amy):
    with pytest.raises(Conflict, match="is_active"):
        amy.world.moves(amy, "resume")
    amy.world.moves(amy, "suspend")
    with pytest.raises(Conflict, match="is_suspended"):
        amy.world.moves(amy, "suspend")


@pytest.fixture
def twice(amy):
    """Amy, signed in on the device in hand and on another one, which is returned beside her."""
    other = amy.world.client("203.0.113.9")
    amy.signs_in().signs_in(client=other)
    return amy, other


def own(customer):
    return customer.client.get("/v1/sessions").json()["sessions"]


def test_ones_own_sessions_are_listed_with_where_they_were_opened(twice):
    amy, other = twice
    told = own(amy)
    assert [one["current"] for one in told] == [True, False]
    assert [one["prefix"] for one in told] == ["198.51.100.7/32", "203.0.113.9/32"]
    assert told[0]["device"] != told[1]["device"]
    assert [one["current"] for one in other.get("/v1/sessions").json()["sessions"]] == [False, True]
    amy.world.clock.forward(900)
    amy.signs_in()
    assert len(own(amy)) == 1


def test_another_session_is_ended_from_this_one(twice):
    amy, other = twice
    path = f"/v1/sessions/{own(amy)[1]['id']}"
    assert amy.client.delete(path).status_code == 204
    problem(other.get("/v1/session"), 401, "not_signed_in")
    problem(amy.client.delete(path), 404, "unknown")
    assert [one["current"] for one in own(amy)] == [True]
    ended = amy.world.events(amy.id, "session:lifecycle:ended")
    assert ended[0].why == "ended_by_owner"


def test_ending_this_very_session_is_signing_out(twice):
    amy, other = twice
    assert amy.client.delete(f"/v1/sessions/{own(amy)[0]['id']}").status_code == 204
    assert amy.cookie() is None
    assert other.get("/v1/session").status_code == 200


def test_another_customers_session_and_device_are_nowhere(amy, ben):
    amy.signs_in()
    ben.signs_in()
    session, device = own(ben)[0]["id"], own(ben)[0]["device"]
    problem(amy.client.delete(f"/v1/sessions/{session}"), 404, "unknown")
    problem(amy.client.delete(f"/v1/devices/{device}"), 404, "unknown")
    assert ben.session().status_code == 200


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/devices"])
def test_they_are_for_whoever_is_signed_in(world, path):
    amy = world.customer().registers()
    problem(amy.client.get(path), 401, "not_signed_in")
    problem(amy.begins_activation().client.get(path), 401, "not_signed_in")


def test_a_device_that_is_forgotten_is_signed_out_and_a_stranger_again(twice):
    amy, other = twice
    devices = amy.client.get("/v1/devices").json()["devices"]
    assert [device["current"] for device in devices] == [True, False]
    path = f"/v1/devices/{devices[1]['id']}"
    assert amy.client.delete(path).status_code == 204
    problem(amy.client.delete(path), 404, "unknown")
    problem(other.get("/v1/session"), 401, "not_signed_in")
    assert amy.session().status_code == 200
    amy.opens(client=other)
    opened = amy.world.events(amy.id, "login:transaction:opened")[0]
    assert (opened.known_device, opened.way) == (False, "prefix:203.0.113.9/32")
