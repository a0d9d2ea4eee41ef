"""A factor in another's place: one proof, one notice, and never less than a login needs."""

import pytest

from identity import settings
from tests.identity.kit import DAY, PHONE, World, problem

OTHER = "+886987654321"


@pytest.fixture
def amy(world):
    """A customer with a password, an app and a telephone, signed in and stepped up."""
    amy = world.customer(phone=PHONE).registers().begins_activation()
    bound = [amy.binds_password(), amy.binds_totp(), amy.binds_sms()]
    assert [answer.status_code for answer in bound] == [201] * 3
    assert amy.ends_activation().status_code == 200
    amy.signs_in().world.clock.forward(301)
    return amy.approves("factor.add")


def test_one_comes_and_the_other_goes_with_one_notice(amy):
    old = amy.factor_id("totp")
    begun = amy.enrols("webauthn", replaces=old)
    assert begun.status_code == 201
    assert old in {factor["id"] for factor in amy.factors()}
    amy.binds_passkey(replaces=old)
    methods = [factor["method"] for factor in amy.factors()]
    assert (methods.count("totp"), methods.count("webauthn")) == (0, 1)
    assert len(amy.world.letters(amy.mail, "replaced")) == 1
    assert amy.world.events(amy.id, "factor:lifecycle:removed")


@pytest.mark.clause("CC-17010.k")
def test_a_change_is_told_by_mail_and_by_sms(amy):
    amy.binds_recovery_codes()
    assert len(amy.world.letters(amy.mail, "was added")) == 1
    assert any("added" in letter["body"] for letter in amy.world.letters(PHONE))


@pytest.mark.clause("CC-17010.k")
def test_the_owner_of_the_old_number_is_told(amy):
    before = len(amy.world.letters(PHONE))
    assert amy.binds_sms(OTHER).status_code == 201
    told = amy.world.letters(PHONE)[before:]
    assert any(letter["to"] == PHONE for letter in told)
    assert amy.world.events(amy.id, "outbox:message:queued")
    assert {event.text_id for event in amy.world.events(amy.id, "outbox:message:queued")} >= {
        "address_changed",
        "factor_replaced",
    }


def test_a_number_just_changed_is_distrusted_for_a_day(amy):
    amy.binds_sms(OTHER)
    (sms,) = [factor for factor in amy.factors() if factor["method"] == "sms_otp"]
    assert sms["fresh_until"]
    amy.world.clock.forward(301)
    step_up = amy.steps_up("factor.add")
    assert "sms_otp" in step_up.methods()
    step_up.ask("sms_otp")
    assert step_up.answer("sms_otp", code=amy.texted(OTHER)).json()["state"] == "open"
    amy.world.clock.forward(DAY)
    amy.signs_in().world.clock.forward(301)
    step_up = amy.steps_up("factor.add")
    step_up.ask("sms_otp")
    assert step_up.answer("sms_otp", code=amy.texted(OTHER)).json()["state"] == "succeeded"


def test_a_replacement_that_would_leave_too_little_is_refused(amy):
    sms = amy.factor_id("sms_otp")
    assert amy.client.delete(f"/v1/accounts/me/factors/{sms}").status_code == 204
    begun = amy.enrols("mail_otp", replaces=amy.factor_id("totp"))
    code = amy.mailed_code()
    told = problem(amy.confirms(begun, code=code), 409, "conflict")
    assert told["reason"] == "last_needed"
    assert {factor["method"] for factor in amy.factors()} == {"password", "totp"}


def test_what_is_replaced_must_be_ones_own(amy, world):
    ben = world.customer("ben").activated()
    ben.signs_in()
    problem(amy.enrols("webauthn", replaces=ben.factor_id("totp")), 404, "unknown")


def test_an_address_that_is_none_is_refused_with_its_name(amy):
    told = problem(amy.enrols("sms_otp", address="call me"), 400, "malformed")
    assert told["field"] == "phone"
    told = problem(amy.enrols("mail_otp", address="a b@c"), 400, "malformed")
    assert told["field"] == "email"


@pytest.mark.clause("CC-17010.d")
def test_a_lost_telephone_is_replaced_by_a_recovery_code(amy):
    amy.binds_recovery_codes()
    amy.world.clock.forward(DAY)
    transaction = amy.opens()
    transaction.password(amy.own)
    done = transaction.answer("recovery_codes", code=amy.recovery[0])
    assert done.json()["state"] == "succeeded"
    amy.world.clock.forward(301)
    step_up = amy.steps_up("factor.add")
    assert "recovery_codes" in step_up.methods()
    step_up.answer("recovery_codes", code=amy.recovery[1])
    assert amy.binds_passkey(replaces=amy.factor_id("totp")).status_code == 201


def test_a_number_in_the_place_of_another_asks_what_removing_it_asks(tmp_path):
    """Where a firm asks more for taking a factor away, binding another over it is no way round."""
    stricter = 'extends = "twse"\nname = "firm"\n["operations"."factor.remove"]\nmax_age = 60\n'
    (tmp_path / "firm.toml").write_text(stricter, encoding="utf-8")
    policy = settings.Policy(profile=str(tmp_path / "firm.toml"))
    with World(tmp_path, policy=policy) as world:
        amy = world.customer(phone=PHONE).registers().begins_activation()
        bound = [amy.binds_password(), amy.binds_totp(), amy.binds_sms()]
        assert [answer.status_code for answer in bound] == [201] * 3
        amy.ends_activation()
        amy.signs_in().world.clock.forward(301)
        amy.approves("factor.add").world.clock.forward(61)
        told = problem(amy.enrols("sms_otp", address=OTHER), 401, "step_up_required")
        assert told["purpose"] == "factor.remove"
        assert amy.enrols("mail_otp").status_code == 201
