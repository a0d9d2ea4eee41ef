"""The first operators are made on the machine itself; what is done there says so in the log."""

import time

import pytest

from tests.identity.kit import Operator, World, problem

ADD = ("operators", "add", "Otto", "--display-name", "Otto Wu", "--email", "otto@mail.example")


@pytest.fixture
def lived(tmp_path):
    with World(tmp_path) as world:
        world.clock.now = time.time()  # a command goes by the machine's clock
        yield world


def code_in(said):
    return said.rpartition("The initial password is:")[2].strip()


@pytest.mark.clause("CC-18000.2.g")
@pytest.mark.clause("ECD.3.1")
def test_the_first_operator_is_made_with_a_code_told_once(lived, run):
    status, said = run(*ADD, "--role", "admin", "--role", "auditor")
    assert status == 0
    otto = Operator(world=lived, account="otto", client=lived.client(), initial=code_in(said))
    assert lived.letters(otto.mail) == []
    otto.activates().signs_in()
    assert otto.client.get("/v1/operators").json()["accounts"][0]["roles"] == ["admin", "auditor"]
    (added,) = lived.events(otto.id, "operator:account:added")
    assert (added.by, added.roles) == ("cli", ("admin", "auditor"))
    assert otto.initial not in str(lived.events())
    status, listed = run("operators", "list")
    assert (status, "otto" in listed, "admin, auditor" in listed) == (0, True, True)
    assert "Otto Wu" not in listed
    assert otto.mail not in listed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((*ADD,), "--role"),
        ((*ADD, "--role", "boss"), "boss"),
        (("operators", "add", "o o", *ADD[3:], "--role", "admin"), "malformed"),
        ((*ADD[:-1], "no address", "--role", "admin"), "malformed"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(lived, run, arguments, word):
    status, said = run(*arguments)
    assert (status, word in said) == (2, True), said
    with lived.store.read() as work:
        assert work.accounts.listed() == []


def test_a_name_that_is_taken_and_two_who_could_do_it_themselves(lived, run):
    lived.operator("otto", "admin")
    status, said = run(*ADD, "--role", "admin")
    assert (status, "taken" in said) == (2, True)
    lived.operator("olga", "admin")
    status, said = run("operators", "add", "oskar", *ADD[3:], "--role", "clerk")
    assert (status, "propose_instead" in said) == (2, True)


@pytest.mark.clause("CC-18000.2.g")
def test_an_operator_is_suspended_and_resumed_by_hand(lived, run):
    otto = lived.operator("otto", "admin").signs_in()
    assert run("operators", "suspend", "otto")[0] == 0
    problem(otto.session(), 401, "not_signed_in")
    assert run("operators", "resume", "otto")[0] == 0
    otto.signs_in()
    lived.clock.forward(60)
    (suspended,) = lived.events(otto.id, "account:lifecycle:suspended")
    assert suspended.by == "cli"
    assert lived.letters(otto.mail, "is suspended")


def test_customers_and_operators_are_not_taken_for_each_other(lived, run):
    lived.operator("otto", "admin")
    lived.customer("amy").activated()
    assert run("accounts", "suspend", "otto") == (2, "unknown: no such account")
    assert run("operators", "suspend", "amy") == (2, "unknown: no such account")
    assert "otto" not in run("accounts", "list")[1]
    assert "amy" not in run("operators", "list")[1]


@pytest.mark.clause("CC-17010.k")
def test_a_customer_suspended_by_hand_is_told(lived, run):
    amy = lived.customer("amy").activated()
    assert run("accounts", "suspend", "amy")[0] == 0
    lived.clock.forward(60)
    assert lived.letters(amy.mail, "is suspended")
    (suspended,) = lived.events(amy.id, "account:lifecycle:suspended")
    assert suspended.by == "cli"
