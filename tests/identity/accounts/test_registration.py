"""Applying and activating: told to the owner of the address alone, void after a month."""

import re

import pytest

from tests.identity.kit import DAY, OWN, SYNCED, initial_in, problem


@pytest.mark.clause("CC-18000.2.g")
@pytest.mark.clause("ECD.3.4")
def test_an_account_is_applied_for_activated_and_entered(world):
    amy = world.customer().registers()
    with world.store.read() as work:
        assert work.accounts.by_name("amy").state == "registered"
    amy.begins_activation()
    assert amy.session().json()["purpose"] == "activation"
    assert [amy.binds_password().status_code, amy.binds_totp().status_code] == [201, 201]
    assert amy.ends_activation().json() == {"state": "active"}
    problem(amy.session(), 401, "not_signed_in")
    amy.signs_in()
    kinds = {"account:registration:requested", "account:initial_password:issued"}
    kinds |= {"account:lifecycle:activated", "login:transaction:succeeded"}
    found = {type(event).__struct_config__.tag for event in world.events(amy.id)}
    assert kinds <= found


@pytest.mark.clause("CC-17010.k")
def test_the_customer_is_told_of_the_activation(amy):
    assert amy.world.letters(amy.mail, "Your account is active")


def test_whether_the_name_was_free_or_taken_the_answer_is_the_same(amy):
    free = amy.world.customer("free").applies()
    taken = amy.applies(email="thief@mail.example")
    assert (
        (free.status_code, free.content)
        == (taken.status_code, taken.content)
        == (
            202,
            b'{"state":"received"}',
        )
    )
    assert dict(free.headers) == dict(taken.headers)


def test_a_repeated_application_is_told_to_the_owner_and_changes_nothing(amy):
    amy.applies(email="thief@mail.example", display_name="Thief")
    assert len(amy.world.letters(amy.mail, "applied for an account")) == 1
    assert amy.world.letters("thief@mail.example") == []
    assert amy.world.events(amy.id, "account:registration:repeated")
    amy.signs_in()


def test_a_name_is_the_same_however_it_is_spelled(amy):
    for spelling in ("AMY", " amy ", "\uff41\uff4d\uff59"):
        amy.applies(account=spelling)
    assert len(amy.world.letters(amy.mail, "applied for an account")) == 3
    amy.account = "\uff21MY"
    amy.signs_in()


@pytest.mark.clause("ECD.3.1")
@pytest.mark.clause("ECD.3.2")
def test_the_initial_password_is_random_and_of_quality(wide_world):
    found = {wide_world.customer(f"amy{i}").registers().initial for i in range(8)}
    assert len(found) == 8
    for initial in found:
        assert re.search(r"[a-z]", initial)
        assert re.search(r"[0-9]", initial)
        assert not re.search(r"amy|mail|example|lin", initial)
        assert len(initial) >= 16


def test_the_initial_password_signs_nobody_in(amy):
    transaction = amy.opens()
    problem(transaction.password(amy.initial), 401, "refused")
    ben = amy.world.customer("ben").registers()
    problem(ben.opens().password(ben.initial), 401, "refused")


@pytest.mark.clause("ECD.3.4")
@pytest.mark.parametrize(("seconds", "status"), [(30 * DAY - 1, 200), (30 * DAY, 401)])
def test_the_initial_password_is_void_after_a_month(world, seconds, status):
    amy = world.customer().registers()
    world.clock.forward(seconds)
    assert amy.opens("activation").password(amy.initial).status_code == status


@pytest.mark.clause("ECD.3.4")
def test_whoever_was_too_late_applies_again(world):
    amy = world.customer().registers()
    first, old = amy.id, amy.initial
    world.clock.forward(30 * DAY)
    amy.registers()
    assert amy.id != first
    assert amy.initial != old
    problem(amy.opens("activation").password(old), 401, "refused")
    amy.begins_activation()
    amy.binds_password()
    amy.binds_totp()
    assert amy.ends_activation().status_code == 200
    amy.signs_in()


@pytest.mark.clause("ECD.3.4")
def test_nobody_applies_over_an_application_that_still_runs(world):
    amy = world.customer().registers()
    world.clock.forward(30 * DAY - 1)
    amy.applies(email="thief@mail.example")
    assert world.letters("thief@mail.example") == []
    assert amy.opens("activation").password(amy.initial).status_code == 200


@pytest.mark.clause("ECD.3.4")
def test_an_activation_that_runs_past_the_month_activates_nothing(world):
    amy = world.customer().registers()
    world.clock.forward(30 * DAY - 60)
    amy.begins_activation()
    amy.binds_password()
    amy.binds_totp()
    world.clock.forward(120)
    assert amy.ends_activation().status_code != 200
    assert amy.opens().password(amy.own).status_code == 401


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize(
    "bound",
    [
        (),
        ("password",),
        ("totp",),
        ("passkey",),
        ("totp", "passkey"),
        ("password", "synced"),
    ],
)
def test_nothing_is_activated_that_could_not_sign_in(world, bound):
    amy = world.customer().registers().begins_activation()
    ways = {
        "password": amy.binds_password,
        "totp": amy.binds_totp,
        "passkey": amy.binds_passkey,
        "synced": lambda: amy.binds_passkey(SYNCED),
    }
    assert [ways[name]().status_code for name in bound] == [201] * len(bound)
    told = problem(amy.ends_activation(), 409, "conflict")
    assert told["reason"] == "policy_unmet"
    assert told["missing"]


def test_an_active_account_is_not_activated_again(amy):
    problem(amy.opens("activation").password(amy.own), 401, "refused")
    problem(amy.opens("activation").password(amy.initial), 401, "refused")
    amy.signs_in()
    problem(amy.ends_activation(), 401, "not_signed_in")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("a1b2", "too_short"),
        ("x7" * 80, "too_long"),
        ("onlyletterswithoutany", "needs_letters_and_digits"),
        ("amy-and-7-others", "contains_name"),
        ("harbour777ferry", "repeats"),
        ("harbour-4567-ferry", "sequence"),
    ],
)
@pytest.mark.clause("ECD.3.2")
def test_a_password_of_no_quality_is_refused_with_its_reason(world, password, reason):
    amy = world.customer().registers().begins_activation()
    begun = amy.enrols("password")
    told = problem(amy.confirms(begun, password=password), 422, "enrolment_refused")
    assert told["reason"] == reason
    assert amy.confirms(begun, password=OWN).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", "am"),
        ("account", "amy lin"),
        ("account", "a" * 65),
        ("email", "no address"),
        ("email", "a@b\r\nBcc: c@d"),
        ("phone", "call me"),
        ("display_name", ""),
        ("locale", "fr"),
    ],
)
def test_what_cannot_be_is_said_to_be_wrong_by_its_name(world, field, value):
    answer = world.customer().applies(**{field: value})
    assert problem(answer, 400, "malformed")["field"] == field


def test_a_letter_speaks_the_customers_language(world):
    amy = world.customer()
    amy.applies(locale="zh-TW")
    (letter,) = world.letters(amy.mail)
    assert "電子密碼" in letter["subject"]
    assert initial_in(letter)


def test_an_unconfirmed_address_is_told_no_words_of_whoever_gave_it(world):
    amy = world.customer()
    amy.applies(display_name="Visit evil.example now")
    (letter,) = world.letters(amy.mail)
    assert "evil" not in letter["subject"] + letter["body"]
