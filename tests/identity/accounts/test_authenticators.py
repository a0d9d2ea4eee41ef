"""Adding and removing factors: asked anew, distrusted for a day, told, and never the last."""

import pytest

from tests.identity.kit import BINDING, DAY, FACTORS, problem

ANOTHER = "another9harbour-boat"


@pytest.fixture
def signed_in(amy):
    amy.signs_in().world.clock.forward(301)
    return amy


def binds_second_totp(customer):
    """Bind another app, whose codes the customer gives from now on."""
    assert customer.binds_totp().status_code == 201


def test_factors_are_listed_oldest_first_and_the_initial_password_is_none(world):
    amy = world.customer().registers().begins_activation()
    assert amy.factors() == []
    amy.binds_password()
    world.clock.forward(1)
    amy.binds_totp()
    assert [factor["method"] for factor in amy.factors()] == ["password", "totp"]
    assert all(factor["fresh_until"] is None for factor in amy.factors())


@pytest.mark.parametrize(
    ("method", "purpose"), [("password", "password.change"), ("totp", "factor.add")]
)
def test_a_signed_in_session_is_not_enough_to_add_one(signed_in, method, purpose):
    told = problem(signed_in.enrols(method), 401, "step_up_required")
    assert told["purpose"] == purpose
    assert told["missing"][0]["code"] == "recent"


def test_a_signed_in_session_is_not_enough_to_remove_one(signed_in):
    path = f"{FACTORS}/{signed_in.factor_id('totp')}"
    assert (
        problem(signed_in.client.delete(path), 401, "step_up_required")["purpose"]
        == "factor.remove"
    )


@pytest.mark.clause("CC-17010.k")
def test_a_factor_added_is_told_and_ends_the_other_sessions(signed_in):
    other = signed_in.world.client()
    signed_in.signs_in(client=other)
    signed_in.approves("factor.add")
    assert other.get("/v1/session").status_code == 200
    assert signed_in.binds_totp().status_code == 201
    problem(other.get("/v1/session"), 401, "not_signed_in")
    assert signed_in.session().status_code == 200
    assert len(signed_in.world.letters(signed_in.mail, "was added")) == 1


@pytest.mark.clause("CC-17010.k")
def test_a_password_changed_ends_the_other_sessions_and_is_the_only_one(signed_in):
    old, other = signed_in.own, signed_in.world.client()
    signed_in.signs_in(client=other)
    signed_in.approves("password.change")
    assert signed_in.binds_password(ANOTHER).status_code == 201
    problem(other.get("/v1/session"), 401, "not_signed_in")
    assert [f["method"] for f in signed_in.factors()].count("password") == 1
    problem(signed_in.opens().password(old), 401, "refused")
    signed_in.signs_in()


@pytest.mark.clause("CC-17010.k")
def test_a_factor_removed_is_told_and_ends_the_other_sessions(ben):
    ben.signs_in().approves("factor.remove")
    other = ben.world.client()
    ben.signs_in(client=other)
    path = f"{FACTORS}/{ben.factor_id('webauthn')}"
    assert ben.client.delete(path).status_code == 204
    assert sorted(factor["method"] for factor in ben.factors()) == ["password", "totp"]
    problem(other.get("/v1/session"), 401, "not_signed_in")
    assert len(ben.world.letters(ben.mail, "was removed")) == 1
    problem(ben.client.delete(path), 404, "unknown")


@pytest.mark.clause("CC-17010.j.g")
def test_a_password_change_asks_the_current_one_and_a_second_factor_both_anew(signed_in):
    step_up = signed_in.steps_up("password.change")
    assert step_up.methods() == ["password", "totp"]
    assert step_up.totp(signed_in.code()).json()["state"] == "open"
    problem(signed_in.enrols("password"), 401, "step_up_required")
    problem(step_up.password("wrong"), 401, "refused")
    assert step_up.password(signed_in.own).json()["state"] == "succeeded"
    assert signed_in.binds_password(ANOTHER).status_code == 201
    assert len(signed_in.world.letters(signed_in.mail, "password was changed")) == 1
    assert signed_in.world.letters(signed_in.mail, "was added") == []


def test_a_factor_is_renamed_by_its_owner_alone(signed_in, ben):
    ben.signs_in()
    path = f"{FACTORS}/{signed_in.factor_id('totp')}"
    assert signed_in.client.patch(path, json={"label": "My phone"}).status_code == 204
    labels = {factor["method"]: factor["label"] for factor in signed_in.factors()}
    assert labels == {"password": "", "totp": "My phone"}
    problem(ben.client.patch(path, json={"label": "Mine"}), 404, "unknown")
    problem(signed_in.client.patch(path, json={"label": "a\nb"}), 400, "malformed")
    problem(signed_in.world.client().patch(path, json={"label": "x"}), 401, "not_signed_in")
    (renamed,) = signed_in.world.events(signed_in.id, "factor:lifecycle:renamed")
    assert "phone" not in str(renamed)


def test_a_removed_factor_proves_nothing_any_more(ben):
    ben.signs_in().approves("factor.remove")
    assert ben.client.delete(f"{FACTORS}/{ben.factor_id('webauthn')}").status_code == 204
    problem(ben.opens().webauthn(ben.passkey), 401, "refused")


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize("method", ["password", "totp"])
def test_the_last_one_that_a_login_needs_stays(signed_in, method):
    signed_in.approves("factor.remove")
    told = problem(
        signed_in.client.delete(f"{FACTORS}/{signed_in.factor_id(method)}"), 409, "conflict"
    )
    assert told["reason"] == "last_needed"
    assert len(signed_in.factors()) == 2


def test_another_customers_factor_is_nowhere(signed_in, ben):
    ben.signs_in()
    theirs = ben.factor_id("totp")
    signed_in.approves("factor.remove")
    problem(signed_in.client.delete(f"{FACTORS}/{theirs}"), 404, "unknown")
    assert len(ben.factors()) == 3


def test_another_sessions_enrolment_is_nowhere(signed_in):
    signed_in.approves("factor.add")
    begun = signed_in.enrols("totp")
    other = signed_in.world.client()
    signed_in.signs_in(client=other)
    path = f"{FACTORS}/enrolments/{begun.json()['id']}/confirmations"
    problem(other.post(path, json={"response": {"code": "000000"}}), 404, "unknown")


@pytest.mark.parametrize("operation", ["factor.add", "factor.remove", "password.change"])
def test_a_factor_bound_a_moment_ago_may_not_touch_the_others(signed_in, operation):
    signed_in.approves("factor.add")
    binds_second_totp(signed_in)
    assert signed_in.factors()[-1]["fresh_until"]
    signed_in.world.clock.forward(301)
    told = signed_in.steps_up(operation).totp(signed_in.code()).json()
    assert told["state"] == "open"
    assert "recent" in [lack["code"] for lack in told["missing"]]


def test_nor_may_it_in_another_session_for_a_day(signed_in):
    signed_in.approves("factor.add")
    binds_second_totp(signed_in)
    signed_in.world.clock.forward(DAY - 300)
    signed_in.signs_in().world.clock.forward(1)
    told = signed_in.steps_up("factor.remove").totp(signed_in.code()).json()
    assert told["state"] == "open"


def test_after_a_day_it_may(signed_in):
    signed_in.approves("factor.add")
    binds_second_totp(signed_in)
    signed_in.world.clock.forward(DAY)
    signed_in.signs_in().approves("factor.remove")
    assert all(factor["fresh_until"] is None for factor in signed_in.factors())
    path = f"{FACTORS}/{signed_in.factor_id('totp')}"
    assert signed_in.client.delete(path).status_code == 204


def test_a_fresh_factor_approves_an_order_all_the_same(signed_in):
    """What it may not do is touch other factors; `distrust_fresh` is per operation."""
    signed_in.approves("factor.add")
    binds_second_totp(signed_in)
    signed_in.world.clock.forward(1)
    done = signed_in.steps_up("order", binding=BINDING).totp(signed_in.code())
    assert done.json()["state"] == "succeeded"


def test_a_factor_bound_in_the_activation_is_trusted_at_once(amy):
    amy.signs_in().approves("factor.add")
    assert amy.enrols("totp").status_code == 201


def test_an_enrolment_may_be_tried_again_until_its_time(signed_in):
    signed_in.approves("factor.add")
    begun = signed_in.enrols("totp", label="Spare phone")
    signed_in.secret = begun.json()["offer"]["secret"]
    told = problem(signed_in.confirms(begun, code=signed_in.wrong_code()), 422, "enrolment_refused")
    assert told["reason"] == "wrong_code"
    assert signed_in.confirms(begun, code=signed_in.code()).json()["label"] == "Spare phone"
    problem(signed_in.confirms(begun, code=signed_in.code()), 404, "unknown")


def test_an_enrolment_ends_with_its_time(signed_in):
    signed_in.approves("factor.add")
    begun = signed_in.enrols("totp")
    signed_in.world.clock.forward(600)
    problem(signed_in.confirms(begun, code="000000"), 410, "expired")


@pytest.mark.clause("CC-17010.j.g")
def test_guesses_at_an_enrolment_are_limited(signed_in):
    signed_in.approves("factor.add")
    begun = signed_in.enrols("totp")
    signed_in.secret = begun.json()["offer"]["secret"]
    code = signed_in.wrong_code()
    statuses = [signed_in.confirms(begun, code=code).status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]


def test_a_passkey_is_bound_to_one_account_only(amy, ben):
    """The same credential id again: the handle is unique among all accounts."""
    amy.signs_in().approves("factor.add")
    begun = amy.enrols("webauthn")
    options = begun.json()["offer"]["publicKey"]
    stolen = ben.passkey.passkeys[0]
    forged = ben.passkey.clone()
    forged._new_passkey = lambda rp_id, handle: stolen
    forged.passkeys.clear()
    made = forged.create(options, "https://testserver")
    problem(amy.confirms(begun, credential=made), 409, "conflict")


def test_a_qr_code_stands_beside_the_secret_and_is_drawn_here(signed_in):
    signed_in.approves("factor.add")
    offer = signed_in.enrols("totp").json()["offer"]
    assert offer["uri"].startswith("otpauth://totp/")
    assert offer["secret"] in offer["uri"]
    assert offer["qr"].startswith("data:image/svg+xml")
