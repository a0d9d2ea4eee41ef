"""A password card's cells and a sheet of recovery codes, through the whole service."""

import pytest

from tests.identity.kit import problem


@pytest.fixture
def amy(world):
    """A customer with a password, a card and a sheet of recovery codes."""
    amy = world.customer().registers().begins_activation()
    bound = [amy.binds_password(), amy.binds_card(), amy.binds_recovery_codes()]
    assert [answer.status_code for answer in bound] == [201] * 3
    assert amy.ends_activation().status_code == 200
    return amy


def asked(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    return transaction, transaction.ask("grid_card").json()["challenge"]["asked"]


@pytest.mark.clause("CC-17010.d.b")
def test_the_same_cells_are_asked_until_they_are_answered(amy):
    _, first = asked(amy)
    elsewhere = amy.opens(client=amy.world.client("203.0.113.77"))
    elsewhere.password(amy.own)
    assert elsewhere.ask("grid_card").json()["challenge"]["asked"] == first
    transaction, cells = asked(amy)
    wrong = dict.fromkeys(cells, "ZZ")
    problem(transaction.answer("grid_card", cells=wrong), 401, "refused")
    assert asked(amy)[1] == first
    transaction.ask("grid_card")
    done = transaction.answer("grid_card", cells=amy.card.look_up(first))
    assert done.json()["state"] == "succeeded"
    assert asked(amy)[1] != first


@pytest.mark.clause("CC-17010.k")
def test_a_recovery_code_opens_once_and_its_owner_is_told(amy):
    for _ in range(2):
        transaction = amy.opens()
        transaction.password(amy.own)
        answer = transaction.answer("recovery_codes", code=amy.recovery[0])
        if answer.status_code == 200:
            assert answer.json()["state"] == "succeeded"
        else:
            problem(answer, 401, "refused")
    assert answer.status_code == 401
    assert len(amy.world.letters(amy.mail, "recovery code")) == 1


def test_using_a_recovery_code_is_no_rehashing(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    transaction.answer("recovery_codes", code=amy.recovery[0])
    assert not amy.world.events(amy.id, "factor:credential:rehashed")


def test_a_card_can_be_printed(world):
    amy = world.customer().registers().begins_activation()
    offer = amy.enrols("grid_card").json()["offer"]
    assert offer["svg"].startswith("data:image/svg+xml")
    assert offer["pdf"].startswith("data:application/pdf;base64,")
