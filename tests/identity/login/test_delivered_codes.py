"""Codes that travel: sent after a first proof only, tried three times, told when they fail."""

import pytest

from identity import settings
from tests.identity.kit import BINDING, PHONE, World, problem


@pytest.fixture
def amy(world):
    """A customer with a password and a telephone, and no app."""
    return enrolled(world)


def enrolled(world):
    amy = world.customer().registers().begins_activation()
    assert amy.binds_password().status_code == 201
    assert amy.binds_sms().status_code == 201
    assert amy.ends_activation().status_code == 200
    return amy


def at_the_second_step(amy, purpose="login"):
    transaction = amy.opens(purpose)
    assert transaction.password(amy.own).json()["state"] == "open"
    return transaction


def texts(amy):
    return amy.world.letters(PHONE)


def deliveries(transaction):
    return {told["method"]: told["state"] for told in transaction.look().json()["deliveries"]}


def another(code):
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.clause("CC-17010.c.c")
def test_a_login_by_password_and_a_code_by_sms(amy):
    transaction = at_the_second_step(amy)
    asked = transaction.ask("sms_otp").json()["challenge"]
    assert asked == {"channel": "sms", "to": "•••• 678", "digits": 6, "expires_in": 600}
    done = transaction.answer("sms_otp", code=amy.texted())
    assert done.json()["state"] == "succeeded"
    assert done.json()["satisfied"][1]["classes"] == ["possession"]


def test_nothing_is_sent_before_a_first_proof(amy):
    before = len(texts(amy))
    for name in (amy.account, "nobody-at-all"):
        transaction = amy.opens(account=name)
        problem(transaction.ask("sms_otp"), 409, "conflict")
    assert len(texts(amy)) == before


def test_nothing_is_sent_where_the_password_waits_for_another_factor(amy):
    transaction = amy.opens()
    for _ in range(3):
        transaction.password("wrong")
    assert "sms_otp" not in transaction.methods()
    assert "totp" in transaction.methods()
    problem(transaction.ask("sms_otp"), 409, "conflict")


def test_a_mistyped_code_may_be_tried_again_and_the_third_takes_it_away(amy):
    transaction = at_the_second_step(amy)
    transaction.ask("sms_otp")
    code = amy.texted()
    for _ in range(2):
        problem(transaction.answer("sms_otp", code=another(code)), 401, "refused")
    assert transaction.answer("sms_otp", code=code).json()["state"] == "succeeded"
    transaction = at_the_second_step(amy)
    transaction.ask("sms_otp")
    code = amy.texted()
    for _ in range(3):
        problem(transaction.answer("sms_otp", code=another(code)), 401, "refused")
    problem(transaction.answer("sms_otp", code=code), 401, "refused")
    transaction.ask("sms_otp")
    assert transaction.answer("sms_otp", code=amy.texted()).json()["state"] == "succeeded"


def test_at_an_enrolment_too_the_third_wrong_code_takes_it_away(world):
    amy = world.customer().registers().begins_activation()
    amy.binds_password()
    begun = amy.enrols("sms_otp", address=PHONE)
    code = amy.texted()
    for _ in range(3):
        problem(amy.confirms(begun, code=another(code)), 422, "enrolment_refused")
    problem(amy.confirms(begun, code=code), 422, "enrolment_refused")


def test_a_code_of_another_transaction_is_worth_nothing(amy):
    first, second = at_the_second_step(amy), at_the_second_step(amy)
    first.ask("sms_otp")
    code = amy.texted()
    second.ask("sms_otp")
    if amy.texted() != code:
        problem(second.answer("sms_otp", code=code), 401, "refused")
    assert first.answer("sms_otp", code=code).json()["state"] == "succeeded"


def test_a_code_is_worth_nothing_after_ten_minutes(world):
    amy = enrolled(world)
    transaction = at_the_second_step(amy)
    world.clock.forward(1)
    transaction.ask("sms_otp")
    code = amy.texted()
    world.clock.forward(599)
    problem(transaction.answer("sms_otp", code=code), 410, "expired")


@pytest.mark.clause("CC-17010.j.g")
def test_nobody_rings_a_telephone_all_night(amy):
    transaction = at_the_second_step(amy)
    answers = [transaction.ask("sms_otp").status_code for _ in range(6)]
    assert answers == [200] * 4 + [429] * 2  # one was sent when the number was bound
    told = problem(transaction.ask("sms_otp"), 429, "too_many")
    assert told["limit"] == "delivery"
    amy.world.clock.forward(121)
    assert transaction.ask("sms_otp").status_code == 200


def test_how_far_a_code_has_come_is_told_to_whoever_waits_for_it(amy):
    transaction = at_the_second_step(amy)
    assert deliveries(transaction) == {}
    transaction.ask("sms_otp")
    assert texts(amy)
    assert deliveries(transaction) == {"sms_otp": "sent"}


def test_a_gateway_that_is_down_is_told_and_another_factor_taken(tmp_path):
    with World(tmp_path) as world:
        amy = world.customer().registers().begins_activation()
        amy.binds_password()
        amy.binds_sms()
        amy.binds_totp()
        amy.ends_activation()
    gateway = settings.Sms(url="http://127.0.0.1:9/sms", form={"to": "$phone", "m": "$text"})
    outbox = settings.Outbox(folder=str(tmp_path / "inbox"), sms=gateway)
    with World(tmp_path, outbox=outbox) as broken:
        broken.clock.forward(60)
        amy.world, amy.client = broken, broken.client()
        transaction = at_the_second_step(amy)
        transaction.ask("sms_otp")
        broken.running.courier.run_once()
        assert deliveries(transaction) == {"sms_otp": "failed"}
        assert broken.events(kind="outbox:message:failed")[0].channel == "sms"
        assert transaction.totp(amy.code()).json()["state"] == "succeeded"


def test_an_order_is_approved_by_a_code_that_names_what_it_is_for(amy):
    transaction = at_the_second_step(amy)
    transaction.ask("sms_otp")
    assert transaction.answer("sms_otp", code=amy.texted()).status_code == 200
    amy.world.clock.forward(301)
    step_up = amy.steps_up("order", binding=BINDING)
    step_up.ask("sms_otp")
    assert "order" in texts(amy)[-1]["body"]
    assert step_up.answer("sms_otp", code=amy.texted()).json()["state"] == "succeeded"


def test_no_code_is_in_a_log_or_an_event(amy, capsys):
    transaction = at_the_second_step(amy)
    transaction.ask("sms_otp")
    code = amy.texted()
    transaction.answer("sms_otp", code=code)
    with amy.world.store.read() as work:
        bodies = [row.body for row in work.events.of_account(amy.id, 1000)]
    assert bodies
    assert not any(code.encode() in body or PHONE.encode() in body for body in bodies)
    told = capsys.readouterr()
    assert code not in told.out + told.err
