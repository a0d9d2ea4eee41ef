"""Signing in, by HTTP: two classes of three, nothing told to strangers, every secret bound."""

import os

import pytest

from demo_client.soft_webauthn import SoftAuthenticator, Traits
from identity.web import cookies
from tests.identity.kit import (
    LOGINS,
    NOW,
    ORIGIN,
    STEP,
    SYNCED,
    Transaction,
    problem,
)


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.clause("CC-17010.d")
def test_knowledge_and_possession_sign_in(amy):
    transaction = amy.opens()
    first = transaction.password(amy.own)
    assert (first.status_code, first.json()["state"]) == (200, "open")
    assert first.json()["missing"][0]["classes"] == ["possession", "inherence"]
    assert amy.session().status_code == 401
    done = transaction.totp(amy.code())
    assert (done.status_code, done.json()["state"]) == (200, "succeeded")
    session = amy.session().json()
    assert session["account"]["name"] == "amy"
    assert [piece["method"] for piece in session["evidence"]] == ["password", "totp"]


@pytest.mark.clause("CC-17010.d.b")
def test_possession_may_come_first_by_a_passkey_that_names_its_owner(ben):
    transaction = ben.opens()
    asked = transaction.ask("webauthn").json()["challenge"]["publicKey"]
    assert not asked.get("allowCredentials")
    assert transaction.webauthn(ben.passkey).json()["state"] == "open"
    assert transaction.methods() == ["password"]
    assert transaction.password(ben.own).json()["state"] == "succeeded"


@pytest.mark.clause("CC-17010.d.c")
def test_possession_and_a_biometric_sign_in(biometric_world, maker):
    amy = biometric_world.customer().registers().begins_activation()
    amy.binds_password()
    amy.binds_biometric(maker)
    assert amy.ends_activation().status_code == 200
    done = amy.opens().webauthn(amy.passkey)
    assert done.json()["state"] == "succeeded"
    assert done.json()["satisfied"][0]["classes"] == ["inherence", "possession"]


@pytest.mark.clause("CC-17010.d.c")
def test_knowledge_and_a_biometric_sign_in(biometric_world, maker):
    """A synced passkey holds nothing in the hand, and its fingerprint reader is still one."""
    amy = biometric_world.customer().registers().begins_activation()
    amy.binds_password()
    amy.binds_biometric(maker, backup_eligible=True, counts=False)
    assert amy.ends_activation().status_code == 200
    transaction = amy.opens()
    assert transaction.webauthn(amy.passkey).json()["satisfied"][0]["classes"] == ["inherence"]
    assert transaction.password(amy.own).json()["state"] == "succeeded"


@pytest.mark.clause("CC-17010.d")
def test_knowledge_alone_never_signs_in(amy):
    transaction = amy.opens()
    assert transaction.password(amy.own).status_code == 200
    problem(transaction.password(amy.own), 409, "conflict")
    assert amy.session().status_code == 401


@pytest.mark.clause("CC-17010.d")
def test_two_possessions_never_sign_in(ben):
    for _ in range(3):
        ben.opens().password("wrong")
    transaction = ben.opens()
    assert transaction.webauthn(ben.passkey).json()["state"] == "open"
    problem(transaction.totp(ben.code()), 409, "conflict")
    assert ben.session().status_code == 401


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_beside_the_password_never_signs_in(world):
    amy = world.customer().registers().begins_activation()
    amy.binds_password()
    amy.binds_totp()
    assert amy.binds_passkey(SYNCED).status_code == 201
    assert amy.ends_activation().status_code == 200
    transaction = amy.opens()
    told = transaction.webauthn(amy.passkey).json()
    assert (told["state"], told["satisfied"][0]["classes"]) == ("open", [])
    assert transaction.password(amy.own).json()["state"] == "open"
    assert transaction.totp(amy.code()).json()["state"] == "succeeded"


def test_a_code_counts_once(amy):
    code = amy.code()
    first, second = amy.opens(), amy.opens(client=amy.world.client())
    assert first.password(amy.own).status_code == 200
    assert second.password(amy.own).status_code == 200
    assert first.totp(code).json()["state"] == "succeeded"
    problem(second.totp(code), 401, "refused")


def test_the_code_that_confirmed_the_app_signs_nobody_in(world):
    amy = world.customer().registers().begins_activation()
    amy.binds_password()
    begun = amy.enrols("totp")
    amy.secret = begun.json()["offer"]["secret"]
    code = amy.code()
    assert amy.confirms(begun, code=code).status_code == 201
    assert amy.ends_activation().status_code == 200
    transaction = amy.opens()
    transaction.password(amy.own)
    problem(transaction.totp(code), 401, "refused")


def test_a_wrong_answer_tells_where_the_transaction_stands_and_no_more(amy):
    refused = amy.opens().password("wrong")
    told = problem(refused, 401, "refused")
    assert told["state"] == "open"
    assert {"id", "purpose", "expires_at", "satisfied", "missing", "methods"} <= told.keys()
    assert "reason" not in told
    assert "session" not in told


def test_after_success_there_is_nothing_to_answer(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    assert transaction.totp(amy.code()).status_code == 200
    late = {"Trifactor-Transaction": transaction.secret}
    body = {"method": "totp", "response": {"code": amy.code()}}
    again = amy.client.post(f"{transaction.path}/answers", json=body, headers=late)
    problem(again, 409, "conflict")
    assert amy.client.get(transaction.path, headers=late).json()["state"] == "succeeded"


@pytest.mark.parametrize("secret", ["", "wrong", "\xe9" * 40, "x" * 5000])
def test_a_transaction_without_its_secret_is_nowhere(amy, secret):
    transaction = amy.opens()
    stranger = amy.world.client(headers={"Trifactor-Transaction": secret.encode("latin-1")})
    known = problem(stranger.get(transaction.path), 404, "unknown")
    nowhere = problem(stranger.get(f"{LOGINS}/nowhere"), 404, "unknown")
    assert known == nowhere
    body = {"method": "password", "response": {"password": amy.own}}
    problem(stranger.post(f"{transaction.path}/answers", json=body), 404, "unknown")
    problem(
        stranger.post(f"{transaction.path}/challenges", json={"method": "webauthn"}), 404, "unknown"
    )


def test_one_transactions_secret_opens_no_other(amy):
    one, other = amy.opens(), amy.opens()
    stranger = amy.world.client(headers={"Trifactor-Transaction": one.secret})
    assert stranger.get(one.path).status_code == 200
    problem(stranger.get(other.path), 404, "unknown")


def test_a_transaction_ends_with_its_time(amy):
    transaction = amy.opens()
    amy.world.clock.forward(599)
    assert transaction.look().status_code == 200
    amy.world.clock.forward(1)
    late = {"Trifactor-Transaction": transaction.secret}
    problem(amy.client.get(transaction.path, headers=late), 410, "expired")
    body = {"method": "password", "response": {"password": amy.own}}
    problem(amy.client.post(f"{transaction.path}/answers", json=body, headers=late), 410, "expired")
    stranger = amy.world.client(headers={"Trifactor-Transaction": "wrong"})
    problem(stranger.get(transaction.path), 404, "unknown")


def test_a_browser_keeps_the_secret_where_no_script_reads_it(amy):
    browser = amy.world.client(headers={"Origin": ORIGIN})
    transaction = amy.opens(client=browser)
    assert transaction.secret == ""
    assert browser.cookies.get(cookies.TRANSACTION + transaction.id)
    assert transaction.password(amy.own).status_code == 200


def test_an_account_suspended_on_the_way_is_not_let_in(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    suspend(amy)
    assert transaction.totp(amy.code()).json().get("state") != "succeeded"
    assert amy.session().status_code == 401


def test_a_proof_by_a_password_that_was_changed_since_is_none(amy):
    thief = amy.opens(client=amy.world.client())
    assert thief.password(amy.own).status_code == 200
    amy.signs_in().approves("password.change")
    assert amy.binds_password("another9harbour-boat").status_code == 201
    assert thief.totp(amy.code()).json().get("state") != "succeeded"
    assert thief.client.get("/v1/session").status_code == 401


@pytest.mark.clause("CC-17010.k")
def test_the_customer_is_told_of_a_login_from_a_device_not_seen_before(amy):
    amy.signs_in()
    assert len(amy.world.letters(amy.mail, "new device")) == 1
    amy.signs_in()
    assert len(amy.world.letters(amy.mail, "new device")) == 1
    amy.signs_in(client=amy.world.client())
    assert len(amy.world.letters(amy.mail, "new device")) == 2


@pytest.mark.clause("CC-19000.12")
@pytest.mark.clause("CC-17010.j.g")
def test_strangers_cannot_tell_what_accounts_there_are(wide_world):
    """At every step, past the hold and past the closed share: status, headers and body alike."""
    code = wide_world.customer("amy").activated().wrong_code()
    suspend(wide_world.customer("sue").activated())
    wide_world.customer("reg").registers()
    assert wide_world.customer("app").applies(review=True).status_code == 202
    wide_world.operator("otto", "clerk")
    names = ["amy", "sue", "reg", "app", "otto", "nobody"]
    told = [attack(wide_world, name, f"192.0.2.{i}", code) for i, name in enumerate(names)]
    assert {status for status, _, _ in told[0]} == {200, 201, 401, 409, 429}
    for name, other in zip(names[1:], told[1:], strict=True):
        for step, (expected, found) in enumerate(zip(told[0], other, strict=True)):
            assert found == expected, f"{name} differs at step {step}"


def attack(world, account, address, code):
    """Do what a stranger may; return (status, headers, body) of every answer, ids blotted out."""
    client = world.client(address)
    opened = client.post(LOGINS, json={"purpose": "login", "account": account})
    transaction = Transaction(client, opened)
    foreign = SoftAuthenticator([], os.urandom, Traits())
    foreign.create(_creation(), ORIGIN)
    answers = [opened]
    answers += [transaction.ask(method) for method in ("password", "webauthn", "totp")]
    answers += [transaction.webauthn(foreign)]
    answers += [transaction.password("wrong") for _ in range(4)]
    answers += [
        transaction.look(),
        client.post(LOGINS, json={"purpose": "login", "account": account}),
    ]
    answers += [transaction.ask("totp"), transaction.webauthn(foreign)]
    answers += [transaction.totp(code) for _ in range(52)]
    answers += [transaction.look()]
    return [_blotted(answer, transaction) for answer in answers]


def _creation():
    return {
        "rp": {"id": "testserver"},
        "user": {"id": "eA"},
        "challenge": "eA",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    }


def _blotted(answer, transaction):
    own = [transaction.id, transaction.secret]
    body = answer.json()
    own += [body.get("id", ""), body.get("secret", "")]
    own += [body["challenge"]["publicKey"]["challenge"]] if "publicKey" in str(body) else []
    text, headers = answer.text, str(sorted(answer.headers.multi_items()))
    for value in filter(None, own):
        text, headers = text.replace(value, "..."), headers.replace(value, "...")
    for cookie in answer.cookies.values():
        headers = headers.replace(cookie, "...")
    return answer.status_code, headers, text


def suspend(customer):
    customer.world.moves(customer, "suspend")


def test_a_step_waited_out_gives_a_new_code(amy):
    """The kit's own promise: codes never repeat."""
    codes = {amy.code() for _ in range(3)}
    assert len(codes) == 3
    assert amy.world.clock() >= NOW + 2 * STEP


@pytest.mark.clause("CC-17010.d.c")
def test_a_login_begun_by_a_device_may_end_by_a_fingerprint(biometric_world, maker):
    amy = biometric_world.customer().registers().begins_activation()
    amy.binds_password()
    assert amy.binds_device().status_code == 201
    amy.binds_biometric(maker)
    assert amy.ends_activation().status_code == 200
    transaction = amy.opens()
    asked = transaction.ask("device").json()["challenge"]
    assert transaction.answer("device", **amy.device.prove(asked, ORIGIN)).status_code == 200
    assert transaction.methods() == ["password", "webauthn"]
    done = transaction.webauthn(amy.passkey).json()
    assert done["state"] == "succeeded"
    assert "indirect" in {remark["code"] for remark in done["remarks"]}
    (event,) = amy.world.events(amy.id, "login:transaction:succeeded")[:1]
    assert (event.policy, "indirect" in event.remarks) == ("twse", True)


def test_a_login_begun_by_a_device_is_not_led_to_a_passkey_that_adds_nothing(world):
    amy = world.customer().registers().begins_activation()
    bound = [amy.binds_password(), amy.binds_device(), amy.binds_passkey()]
    assert [answer.status_code for answer in bound] == [201] * 3
    assert amy.ends_activation().status_code == 200
    transaction = amy.opens()
    asked = transaction.ask("device").json()["challenge"]
    transaction.answer("device", **amy.device.prove(asked, ORIGIN))
    assert transaction.methods() == ["password"]
