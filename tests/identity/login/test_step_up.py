"""Step-ups: a proof counts for the transaction it was given in, and an approval once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from identity.web import cookies
from tests.identity.kit import BINDING, LOGINS, ORIGIN, Transaction, problem

OTHER = "cd" * 32


@pytest.fixture
def signed_in(ben):
    """Ben, signed in a minute ago with his password and his passkey."""
    transaction = ben.opens()
    transaction.password(ben.own)
    assert transaction.webauthn(ben.passkey).json()["state"] == "succeeded"
    ben.world.clock.forward(60)
    return ben


def spends(customer, binding=BINDING, purpose="order", cookie=""):
    """Spend an approval as a host does, for the session in the cookie."""
    world = customer.world
    found = world.running.services.sessions.signed_in(cookie or customer.cookie())
    spend = partial(world.identity.spend, found, purpose=purpose, binding=binding)
    return world.inside.portal.call(spend)


def assertion_for(customer, transaction, authenticator=None):
    options = transaction.ask("webauthn").json()["challenge"]["publicKey"]
    return (authenticator or customer.passkey).get(options, ORIGIN)


@pytest.mark.clause("CC-17010.c.c")
def test_a_session_alone_is_not_enough_for_an_order(signed_in):
    transaction = signed_in.steps_up("order", binding=BINDING)
    told = transaction.look().json()
    assert (told["state"], told["binding"]) == ("open", BINDING)
    assert [lack["code"] for lack in told["missing"]] == ["recent"]
    assert transaction.methods() == ["totp", "webauthn"]
    assert transaction.webauthn(signed_in.passkey).json()["state"] == "succeeded"


def test_a_step_up_in_the_very_moment_of_the_login_asks_too(amy):
    amy.signs_in()
    assert amy.steps_up("order", binding=BINDING).methods() == ["totp"]


def test_the_account_of_a_step_up_is_the_sessions_and_never_the_bodys(signed_in):
    body = {"purpose": "order", "account": "somebody", "binding": BINDING}
    problem(signed_in.client.post(LOGINS, json=body), 401, "not_signed_in")


@pytest.mark.parametrize("purpose", ["order", "factor.add", "factor.remove", "password.change"])
def test_a_step_up_needs_a_session(ben, purpose):
    problem(ben.client.post(LOGINS, json={"purpose": purpose}), 401, "not_signed_in")


def test_an_activation_is_no_session_to_step_up_from(world):
    amy = world.customer().registers().begins_activation()
    problem(amy.client.post(LOGINS, json={"purpose": "order"}), 401, "not_signed_in")


def test_an_answer_to_one_transaction_is_none_to_another(signed_in):
    one = signed_in.steps_up("order", binding=BINDING)
    other = signed_in.steps_up("order", binding=OTHER)
    answer = assertion_for(signed_in, one)
    other.ask("webauthn")
    problem(other.answer("webauthn", credential=answer), 401, "refused")
    assert one.answer("webauthn", credential=answer).json()["state"] == "succeeded"


def test_an_answer_for_one_purpose_is_none_for_another(signed_in):
    order = signed_in.steps_up("order", binding=BINDING)
    removal = signed_in.steps_up("factor.remove")
    answer = assertion_for(signed_in, order)
    removal.ask("webauthn")
    problem(removal.answer("webauthn", credential=answer), 401, "refused")


def test_an_answer_of_one_account_is_none_of_another(signed_in, amy):
    amy.signs_in()
    transaction = amy.opens()
    asked = transaction.ask("webauthn").json()["challenge"]["publicKey"]
    problem(
        transaction.answer("webauthn", credential=signed_in.passkey.get(asked, ORIGIN)),
        401,
        "refused",
    )


def test_an_answer_without_a_challenge_is_none(signed_in):
    transaction = signed_in.steps_up("order", binding=BINDING)
    answer = assertion_for(signed_in, transaction)
    assert transaction.answer("webauthn", credential={}).status_code == 401  # uses it up
    problem(transaction.answer("webauthn", credential=answer), 401, "refused")


def test_a_proof_in_one_step_up_is_none_in_another_that_was_open(signed_in):
    order = signed_in.steps_up("order", binding=BINDING)
    removal = signed_in.steps_up("factor.remove")
    assert removal.webauthn(signed_in.passkey).json()["state"] == "succeeded"
    told = order.look().json()
    assert [lack["code"] for lack in told["missing"]] == ["recent"]
    assert order.totp(signed_in.code()).json()["state"] == "succeeded"


def test_a_code_spent_in_one_step_up_is_none_in_another(signed_in):
    code = signed_in.code()
    assert signed_in.steps_up("order", binding=BINDING).totp(code).status_code == 200
    signed_in.world.clock.forward(1)
    problem(signed_in.steps_up("order", binding=OTHER).totp(code), 401, "refused")


def test_a_transaction_belongs_to_the_session_that_opened_it(signed_in, amy):
    transaction = signed_in.steps_up("order", binding=BINDING)
    amy.signs_in().client.headers["Trifactor-Transaction"] = transaction.secret
    theirs = Transaction(amy.client, transaction.opened)
    problem(theirs.look(), 401, "not_signed_in")
    problem(theirs.totp(amy.code()), 401, "not_signed_in")


def test_a_step_up_ends_with_its_session(signed_in):
    transaction = signed_in.steps_up("order", binding=BINDING)
    kept = signed_in.cookie()
    assert signed_in.client.delete("/v1/session").status_code == 204
    signed_in.client.cookies.set(cookies.SESSION, kept, domain="testserver.local")
    problem(transaction.totp(signed_in.code()), 401, "not_signed_in")


def test_a_level_is_not_raised_under_the_old_name(signed_in):
    before = signed_in.cookie()
    signed_in.approves()
    assert signed_in.cookie() != before
    assert signed_in.session().status_code == 200
    stranger = signed_in.world.client(headers={"Cookie": f"{cookies.SESSION}={before}"})
    problem(stranger.get("/v1/session"), 401, "not_signed_in")


def test_a_login_never_takes_over_a_name_that_was_there(amy):
    amy.signs_in()
    first = amy.cookie()
    amy.signs_in()
    assert amy.cookie() != first


@pytest.mark.clause("CC-17010.c.c")
def test_an_approval_is_spent_once(signed_in):
    signed_in.approves()
    assert spends(signed_in) is True
    assert spends(signed_in) is False
    (spent,) = signed_in.world.events(signed_in.id, "approval:binding:spent")
    assert (spent.purpose, spent.binding) == ("order", BINDING)


def test_of_many_that_spend_it_at_once_one_does(signed_in):
    signed_in.approves()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: spends(signed_in), range(8))) == 1


def test_an_approval_is_for_what_was_approved(signed_in):
    signed_in.approves()
    assert spends(signed_in, binding=OTHER) is False
    assert spends(signed_in, purpose="factor.add") is False
    assert spends(signed_in) is True


def test_a_step_up_that_bound_nothing_approved_nothing(signed_in):
    assert signed_in.steps_up("order").totp(signed_in.code()).status_code == 200
    assert spends(signed_in) is False
    assert spends(signed_in, binding="") is False


def test_two_approvals_are_two(signed_in):
    signed_in.approves().approves(binding=OTHER)
    assert [spends(signed_in), spends(signed_in, binding=OTHER), spends(signed_in)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("seconds", "spent"), [(300, True), (301, False)])
def test_an_approval_is_good_for_its_time(signed_in, seconds, spent):
    signed_in.approves()
    signed_in.world.clock.forward(seconds)
    assert spends(signed_in) is spent


def test_an_approval_is_good_in_its_session_alone(signed_in):
    signed_in.approves()
    other = signed_in.world.client()
    signed_in.signs_in(client=other)
    assert spends(signed_in, cookie=other.cookies[cookies.SESSION]) is False


def test_an_approval_ends_with_its_session(signed_in):
    signed_in.approves()
    world = signed_in.world
    found = world.running.services.sessions.signed_in(signed_in.cookie())
    assert signed_in.client.delete("/v1/session").status_code == 204
    spend = partial(world.identity.spend, found, purpose="order", binding=BINDING)
    assert world.inside.portal.call(spend) is False


@pytest.mark.parametrize("binding", ["AB" * 32, "ab" * 31, "zz" * 32, 7, None])
def test_a_binding_is_a_sha_256_in_hexadecimal(signed_in, binding):
    answer = signed_in.client.post(LOGINS, json={"purpose": "order", "binding": binding})
    assert problem(answer, 400, "malformed")["field"] == "binding"


def test_a_login_binds_nothing(ben):
    body = {"purpose": "login", "account": "ben", "binding": BINDING}
    assert problem(ben.client.post(LOGINS, json=body), 400, "malformed")["field"] == "binding"
