"""What a customer asks beyond the policy: it holds at once, everywhere, and only tightens."""

import pytest

from tests.identity.kit import problem

DEMANDS = "/v1/accounts/me/demands"


@pytest.fixture
def amy(world):
    """A customer with a password, an app, a telephone and a passkey; signed in, stepped up."""
    amy = world.customer().registers().begins_activation()
    bound = [amy.binds_password(), amy.binds_totp(), amy.binds_sms(), amy.binds_passkey()]
    assert [answer.status_code for answer in bound] == [201] * 4
    assert amy.ends_activation().status_code == 200
    amy.signs_in().world.clock.forward(301)
    return amy.approves("factor.remove")


def asks(amy, *demands):
    return amy.client.put(DEMANDS, json={"demands": list(demands)})


@pytest.mark.clause("CC-17010.d")
def test_never_by_sms_holds_from_the_next_login_on(amy):
    assert asks(amy, "unrestricted").status_code == 204
    assert amy.client.get(DEMANDS).json() == {"demands": ["unrestricted"]}
    transaction = amy.opens()
    transaction.password(amy.own)
    assert "sms_otp" not in transaction.methods()
    assert transaction.totp(amy.code()).json()["state"] == "succeeded"


def test_always_a_passkey_holds_for_this_session_too(amy):
    assert asks(amy, "phishing_resistant").status_code == 204
    transaction = amy.opens()
    transaction.password(amy.own)
    told = transaction.totp(amy.code()).json()
    assert told["state"] == "open"
    assert [missing["code"] for missing in told["missing"]] == ["phishing_resistant"]
    assert transaction.webauthn(amy.passkey).json()["state"] == "succeeded"


def test_a_demand_ends_the_other_sessions_and_is_told(amy):
    other = amy.world.client()
    amy.signs_in(client=other)
    assert asks(amy, "unrestricted").status_code == 204
    problem(other.get("/v1/session"), 401, "not_signed_in")
    assert amy.session().status_code == 200
    queued = amy.world.events(amy.id, "outbox:message:queued")
    assert "demands_changed" in {event.text_id for event in queued}
    assert amy.world.events(amy.id, "account:demands:changed")[0].demands == ("unrestricted",)


def test_a_demand_beyond_reach_is_refused(amy):
    told = problem(asks(amy, "device_bound"), 409, "conflict")
    assert told["reason"] == "last_needed"
    assert told["missing"][0]["code"] == "device_bound"
    assert amy.client.get(DEMANDS).json() == {"demands": []}


def test_setting_one_asks_the_proof_of_removing_a_factor(amy):
    amy.world.clock.forward(301)
    assert problem(asks(amy), 401, "step_up_required")["purpose"] == "factor.remove"


def test_the_factor_a_demand_needs_cannot_be_removed(amy):
    asks(amy, "phishing_resistant")
    amy.world.clock.forward(1)
    step_up = amy.steps_up("factor.remove")
    step_up.webauthn(amy.passkey)
    path = f"/v1/accounts/me/factors/{amy.factor_id('webauthn')}"
    assert problem(amy.client.delete(path), 409, "conflict")["reason"] == "last_needed"


def test_a_word_that_is_no_demand_is_refused(amy):
    problem(asks(amy, "nothing_at_all"), 400, "malformed")
