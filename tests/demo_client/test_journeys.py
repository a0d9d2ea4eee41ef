"""The virtual client's journeys, by HTTP against the real service in a process of its own."""

from __future__ import annotations

import shutil
import time

import pytest
from typer.testing import CliRunner

from demo_client import journeys
from demo_client.__main__ import app
from demo_client.errors import Refused
from demo_client.soft_webauthn import Traits
from demo_client.wallet import Wallet, Wallets
from demo_client.world import World, real
from tests.demo_client.visiting import run, serving, visits

STEP = 30


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("broker")) as origin:
        yield origin


@pytest.fixture
def visit():
    with visits() as opened:
        yield opened


def one_step_ago():
    """A customer whose code is a step old, which still counts; the next one is then to be had.

    Not in the last seconds of a step, where the code could grow two steps old on its way.
    """
    left = STEP - time.time() % STEP
    if left < 3:
        time.sleep(left)
    ours = real()
    return World(clock=lambda: time.time() - STEP, entropy=ours.entropy, sleep=ours.sleep)


@pytest.fixture(scope="module")
def amy(url, tmp_path_factory):
    """The folder of a customer with password, passkey and TOTP; each test takes a copy."""
    folder = tmp_path_factory.mktemp("amy")
    assert run(folder, "register", "--account", "amy", "--url", url)[0] == 0
    assert run(folder, "activate")[0] == 0
    return folder


@pytest.fixture
def folder(amy, tmp_path):
    shutil.copytree(amy, tmp_path, dirs_exist_ok=True)
    yield tmp_path
    # The passkey's counter went on, and the next test's must not go back behind it.
    shutil.copytree(tmp_path, amy, dirs_exist_ok=True)


def test_the_whole_way_can_be_walked_in_one_command(url, tmp_path):
    status, lines = run(tmp_path, "walk", "--quick", "--url", url)
    assert status == 0, lines
    assert lines[-1] == {"result": "done"}
    assert all(200 <= line["status"] < 300 for line in lines if "status" in line)
    placed = [line for line in lines if line.get("path") == "/orders"]
    assert [line["status"] for line in placed] == [201]


def test_people_read_the_same_walk_as_lines(url, tmp_path):
    words = ["walk", "--quick", "--url", url, "--state", str(tmp_path), "--lang", "zh-TW"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "POST   /identity/v1/accounts  202" in result.output
    assert result.output.endswith("done\n")


def test_separate_commands_share_one_session(folder):
    for words in (["login"], ["order", "2330", "2000"], ["logout"]):
        status, lines = run(folder, *words)
        assert status == 0, lines


@pytest.mark.clause("CC-17010.c.c")
def test_a_password_alone_does_not_sign_in(folder):
    run(folder, "logout")
    status, lines = run(folder, "login", "--with", "password")
    assert status == 1
    assert (lines[-1]["result"], lines[-1]["code"]) == ("stopped", "Unfinished")
    assert run(folder, "order")[1][-1]["code"] == "not_signed_in"


def test_totp_signs_in_and_the_same_code_does_not_do_so_twice(url, visit):
    wallet = Wallet(account="tom", url=url, email="tom@example.com")
    journeys.register(visit(wallet), "Tom")
    journeys.activate(visit(wallet, world=one_step_ago()), ["totp"])
    journeys.sign_in(visit(wallet), ["password", "totp"])
    wallet.totp.last_step = -1
    with pytest.raises(Refused) as caught:
        journeys.sign_in(visit(wallet), ["password", "totp"])
    assert (caught.value.status, caught.value.code) == (401, "refused")


def test_a_wrong_password_is_refused_in_the_customers_language(url, visit):
    for locale in ("en", "zh-TW"):
        wallet = Wallet(account="nobody", url=url, locale=locale, password="wrong-7-password")
        with pytest.raises(Refused) as caught:
            journeys.sign_in(visit(wallet), ["password"])
        assert caught.value.code == "refused"
        assert str(caught.value).isascii() is (locale == "en")


def test_a_factor_is_added_in_an_open_session(url, tmp_path):
    assert run(tmp_path, "register", "--account", "ada", "--url", url)[0] == 0
    for words in (["activate", "--enrol", "passkey"], ["login"], ["enrol", "totp"]):
        status, lines = run(tmp_path, *words)
        assert status == 0, lines
    assert Wallets(tmp_path).load("ada").totp is not None


def test_a_clone_is_refused_and_the_status_says_so(url, tmp_path):
    assert run(tmp_path, "register", "--account", "cleo", "--url", url)[0] == 0
    for words in (["activate", "--enrol", "passkey"], ["login"]):
        assert run(tmp_path, *words)[0] == 0
    status, lines = run(tmp_path, "login", "--counter-back", "1")
    assert status == 1
    assert (lines[-1]["result"], lines[-1]["code"]) == ("refused", "refused")


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_is_no_possession_beside_a_password(url, visit):
    wallet = Wallet(account="sue", url=url, email="sue@example.com")
    synced = Traits(backup_eligible=True, backed_up=True, counts=False)
    journeys.register(visit(wallet), "Sue")
    with pytest.raises(Refused) as caught:
        journeys.activate(visit(wallet, synced), ["webauthn"])
    assert (caught.value.code, caught.value.problem["reason"]) == ("conflict", "policy_unmet")
    assert len(wallet.passkeys) == 1


@pytest.mark.clause("CC-17010.c.c")
def test_an_approval_is_for_one_order_and_for_once(folder, visit):
    customer = visit(Wallets(folder).load("amy"), kept_in=folder)
    ticket = dict(journeys.TICKET)
    journeys.sign_in(customer, ["password", "webauthn"])
    journeys.order(customer, ticket, ["webauthn"])
    for another in (ticket, {**ticket, "quantity": 9000}):
        with pytest.raises(Refused) as caught:
            customer.client.site("POST", "/orders", another, "placed again")
        assert caught.value.status in {401, 409}


def test_nobody_orders_after_signing_out(folder):
    assert run(folder, "login")[0] == 0
    assert run(folder, "logout")[0] == 0
    status, lines = run(folder, "order")
    assert status == 1
    assert lines[-1]["code"] == "not_signed_in"


def test_a_taken_name_is_not_told(url, amy, visit):
    answers = []
    for account in ("amy", "zoe"):
        body = {"account": account, "display_name": "S", "email": "s@example.com", "locale": "en"}
        stranger = visit(Wallet(account=account, url=url))
        answers.append(stranger.client.service("POST", "/accounts", body, "received"))
    assert answers[0] == answers[1]
    answered = [step.status for step in visit.steps if step.status != 428]  # others applied before
    assert answered == [202, 202]


@pytest.mark.clause("ECD.3.4")
def test_an_active_account_is_not_activated_again(folder, visit):
    customer = visit(Wallets(folder).load("amy"), kept_in=folder)
    with pytest.raises(Refused) as caught:
        journeys.prove(customer, "activation", ["password"], "")
    assert caught.value.code == "refused"
