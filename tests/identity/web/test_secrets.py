"""Secrets stay where they belong: not in a log line, a problem, an address, a repr or the store."""

import io
import os
import sys
import threading

import pytest
import structlog

from factors.contract import Context
from identity import logs
from identity.gate.attempt import Attempt
from identity.login.opening import NewSecrets
from identity.login.service import Secrets
from identity.model import Profile
from identity.sessions.caller import Caller
from identity.throttling.way import Way
from identity.web import bodies, cookies
from identity.web.endpoint import Call, Reply
from tests.identity.kit import OWN, World

SECRET = "swordfish-0815"
CONTEXT = Context(
    now=0.0,
    entropy=os.urandom,
    account="a",
    login_name="",
    display_name="",
    transaction="t",
    purpose="login",
)


class Chance:
    """The machine's chance, until it fails: as when the device it comes from is gone."""

    def __init__(self):
        self.failing = threading.Event()

    def __call__(self, size):
        if self.failing.is_set():
            raise OSError("no chance left")
        return os.urandom(size)


@pytest.fixture
def told(monkeypatch):
    """What the service's own log says, as it is set up for production."""
    before, log = structlog.get_config(), io.StringIO()
    structlog.reset_defaults()
    monkeypatch.setattr(sys, "stderr", log)
    logs.configure("production")
    yield log
    structlog.reset_defaults()
    structlog.configure(**before)


def secrets_of(customer):
    """Return everything that only the customer, or nobody, should be able to read."""
    jar = {name: customer.cookie(name) for name in (cookies.SESSION, cookies.DEVICE)}
    return {
        "password": customer.own,
        "initial password": customer.initial,
        "secret of the app": customer.secret,
        "mail address": customer.mail,
        "name": "Amy Lin",
        **jar,
    }


@pytest.mark.clause("CC-19000.12")
def test_a_fault_of_ours_tells_the_customer_nothing_and_the_log_no_secret(tmp_path, told):
    chance = Chance()
    with World(tmp_path, entropy=chance) as world:
        amy = world.customer().activated().signs_in().approves("password.change")
        begun = amy.enrols("password")
        transaction = amy.opens(client=world.client())
        assert transaction.password(OWN).status_code == 200
        chance.failing.set()
        answers = [
            amy.confirms(begun, password=SECRET),
            amy.applies(account="bob"),
            transaction.totp(amy.code()),
        ]
        chance.failing.clear()
    assert [answer.status_code for answer in answers] == [500] * 3
    for answer in answers:
        assert set(answer.json()) == {"type", "title", "status", "code"}
    said = told.getvalue()
    assert said.count('"internal"') >= 3
    hidden = secrets_of(amy) | {"new password": SECRET, "transaction": transaction.secret}
    assert not [name for name, value in hidden.items() if value in said]


def test_a_fault_is_told_to_the_log_with_its_place(tmp_path, told):
    chance = Chance()
    with World(tmp_path, entropy=chance) as world:
        chance.failing.set()
        world.customer().applies()
        chance.failing.clear()
    assert "OSError" in told.getvalue()
    assert "registration.py" in told.getvalue()


def test_a_whole_journey_leaves_no_secret_in_the_log(tmp_path, told):
    with World(tmp_path) as world:
        amy = world.customer().activated().signs_in().approves()
        amy.opens().password("wrong")
        amy.client.get("/v1/session", headers={"Accept-Language": "zh-TW"})
    assert not [name for name, value in secrets_of(amy).items() if value in told.getvalue()]


def test_no_secret_is_ever_in_an_address_and_none_but_the_new_ones_in_an_answer(world):
    amy = world.customer()
    seen = []
    amy.client.event_hooks = {"response": [seen.append]}
    amy.activated().signs_in().approves()
    amy.opens().password("wrong")
    hidden = secrets_of(amy)
    assert len(seen) > 10
    for answer in seen:
        assert not [name for name, value in hidden.items() if value in str(answer.request.url)]
    bodies_ = [answer.text for answer in seen]
    for name in ("password", "initial password", "mail address", cookies.SESSION, cookies.DEVICE):
        assert not [body for body in bodies_ if hidden[name] in body]
    assert sum(hidden["secret of the app"] in body for body in bodies_) == 1


@pytest.mark.parametrize(
    "holder",
    [
        Caller(prefixes=(), session_secret=SECRET, device_secrets=(SECRET,)),
        Secrets(transaction=SECRET, session=SECRET, devices=(SECRET,)),
        NewSecrets(session=SECRET, devices=(SECRET,)),
        bodies.Answering(method="password", response={"password": SECRET}),
        bodies.Confirming(response={"password": SECRET}),
        bodies.EnrolmentView(id="i", method="totp", expires_at="", offer={"secret": SECRET}),
        Reply(cookies=(f"a={SECRET}",), body=bodies.Confirming(response=SECRET)),
        Call(
            services=None,
            caller=Caller(prefixes=()),
            body=bodies.Answering(method="password", response={"password": SECRET}),
            path={},
            secret=SECRET,
            browser=False,
        ),
        Attempt(
            account_id="a",
            decoy=False,
            method="password",
            response={"password": SECRET},
            private={"secret": SECRET},
            held=(),
            ctx=CONTEXT,
            way=Way(device_id="", prefixes=("local",)),
            holdable=True,
        ),
        Profile(display_name=SECRET, email=SECRET, phone=SECRET),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_what_holds_a_secret_does_not_say_it(holder):
    assert SECRET not in repr(holder)


@pytest.mark.clause("CC-17020.b.g")
@pytest.mark.clause("ECD.3.3")
def test_nothing_that_opens_anything_and_no_personal_data_is_in_the_store(world):
    """Every file of the database, the journal beside it too; the inbox is the demo's mailbox."""
    amy = world.customer().activated(passkey=True).signs_in().approves()
    amy.enrols("totp")
    amy.opens()
    files = [file for file in world.root.iterdir() if file.name.startswith("identity.db")]
    stored = b"".join(file.read_bytes() for file in files)
    assert b"amy" in stored  # the login name is looked up by; so the files are the right ones
    hidden = secrets_of(amy)
    assert not [name for name, value in hidden.items() if value.encode() in stored]


@pytest.mark.clause("CC-17020.b.g")
def test_the_keys_are_in_a_file_of_their_own_that_only_we_read(world):
    assert (world.root / "keys.json").stat().st_mode & 0o777 == 0o600
    assert (world.root / "identity.db").stat().st_mode & 0o077 == 0


@pytest.mark.clause("CC-17020.b.g")
def test_yesterdays_row_put_back_does_not_open(amy):
    """A TOTP credential put back to before a code was spent would let it be spent again."""
    store = amy.world.store
    with store.read() as work:
        (before,) = work.credentials.of(amy.id, "totp")
    code = amy.code()
    transaction = amy.opens()
    transaction.password(amy.own)
    assert transaction.totp(code).json()["state"] == "succeeded"
    with store.write() as work:
        (after,) = work.credentials.of(amy.id, "totp")
        assert work.credentials.swap(after.id, after.version, before.sealed, None)
    again = amy.opens()
    again.password(amy.own)
    answer = again.totp(code)
    assert (answer.status_code, answer.json()["code"]) == (503, "seal_broken")
