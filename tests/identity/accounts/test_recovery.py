"""A password is reset by as much proof as a login asks, and by nothing less."""

import pytest

from identity.web import cookies
from tests.identity.kit import DAY, FACTORS, LOGINS, problem

ANOTHER = "another9harbour-boat"
FIRST = ["webauthn", "device", "pattern"]


@pytest.fixture
def forgetful(biometric_world, maker):
    """A customer with a biometric passkey, a password and an app, who forgot the password."""
    amy = biometric_world.customer().registers().begins_activation()
    amy.binds_biometric(maker)
    amy.binds_password()
    amy.binds_totp()
    assert amy.ends_activation().status_code == 200
    return amy


def recovers(customer):
    """Open a session to set a new password in, on a device not seen before."""
    customer.client = customer.world.client()
    done = customer.opens("recovery").webauthn(customer.passkey)
    assert done.json().get("state") == "succeeded", done.text
    return customer


@pytest.mark.clause("CC-17010.d")
def test_a_password_is_reset_by_two_other_classes(forgetful):
    old = forgetful.own
    elsewhere = forgetful.signs_in().client
    recovers(forgetful)
    assert forgetful.session().json()["purpose"] == "recovery"
    assert forgetful.binds_password(ANOTHER).status_code == 201
    problem(forgetful.session(), 401, "not_signed_in")
    assert forgetful.cookie() is None
    problem(elsewhere.get("/v1/session"), 401, "not_signed_in")
    problem(forgetful.opens().password(old), 401, "refused")
    assert len(forgetful.world.letters(forgetful.mail, "password was reset")) == 1
    forgetful.client = elsewhere
    assert len(forgetful.world.letters(forgetful.mail, "new device")) == 1
    forgetful.signs_in()  # the device that was known is none any more
    assert len(forgetful.world.letters(forgetful.mail, "new device")) == 2


def test_a_recovery_does_nothing_else(forgetful):
    recovers(forgetful)
    client = forgetful.client
    kept = f"{FACTORS}/anything"
    for answer in (
        client.get(FACTORS),
        client.get("/v1/sessions"),
        client.get("/v1/devices"),
        client.delete(kept),
        client.patch(kept, json={"label": "x"}),
        forgetful.enrols("totp"),
        forgetful.enrols("webauthn"),
        client.post(LOGINS, json={"purpose": "order"}),
        client.post(LOGINS, json={"purpose": "password.change"}),
        forgetful.ends_activation(),
    ):
        problem(answer, 401, "not_signed_in")
    answer = client.post(f"{FACTORS}/reopenings", json={"method": "password"})
    assert answer.status_code == 401
    problem(client.get("/v1/accounts"), 403, "forbidden")
    assert forgetful.enrols("password").status_code == 201


def test_a_recovery_has_ten_minutes(forgetful):
    recovers(forgetful).world.clock.forward(600)
    problem(forgetful.session(), 401, "not_signed_in")


def test_a_bad_new_password_is_refused_and_the_recovery_goes_on(forgetful):
    recovers(forgetful)
    begun = forgetful.enrols("password")
    problem(forgetful.confirms(begun, password="short"), 422, "enrolment_refused")
    assert forgetful.confirms(begun, password=ANOTHER).status_code == 201
    forgetful.own = ANOTHER
    forgetful.signs_in()


def test_a_passkey_that_is_one_class_alone_resets_nothing(world):
    ben = world.customer("ben").activated(passkey=True)
    ben.client = world.client()
    transaction = ben.opens("recovery")
    told = transaction.webauthn(ben.passkey).json()
    assert (told["state"], told["methods"]) == ("open", [])
    assert [lack["code"] for lack in told["missing"]] == ["classes"]
    assert problem(transaction.totp(ben.code()), 409, "conflict")["reason"] == "not_offered"
    problem(ben.session(), 401, "not_signed_in")


def test_a_fresh_passkey_resets_nothing(biometric_world, maker):
    amy = biometric_world.customer().activated().signs_in()
    amy.binds_biometric(maker)
    amy.client = biometric_world.client()
    assert amy.opens("recovery").webauthn(amy.passkey).json()["state"] == "open"
    biometric_world.clock.forward(DAY)
    assert amy.opens("recovery").webauthn(amy.passkey).json()["state"] == "succeeded"


@pytest.mark.clause("CC-19000.12")
def test_everybody_is_told_the_same_also_where_to_go_instead(wide_world):
    wide_world.customer("amy").activated()
    wide_world.customer("ben").activated(passkey=True)
    told = []
    for name in ("amy", "ben", "nobody"):
        answer = wide_world.client().post(LOGINS, json={"purpose": "recovery", "account": name})
        body = answer.json()
        assert "identification" in body["note"]
        told.append({k: v for k, v in body.items() if k not in {"id", "secret"}})
    assert told[0] == told[1] == told[2]
    assert [method["method"] for method in told[0]["methods"]] == FIRST


def test_wrong_passwords_open_no_other_way_to_reset_one(amy):
    transaction = amy.opens()
    for _ in range(3):
        transaction.password("wrong")
    assert amy.opens("recovery").methods() == FIRST


def test_no_cookie_of_a_recovery_outlives_it(forgetful):
    recovers(forgetful)
    kept = forgetful.cookie()
    assert forgetful.binds_password(ANOTHER).status_code == 201
    thief = forgetful.world.client(headers={"Cookie": f"{cookies.SESSION}={kept}"})
    problem(thief.post(f"{FACTORS}/enrolments", json={"method": "password"}), 401, "not_signed_in")
