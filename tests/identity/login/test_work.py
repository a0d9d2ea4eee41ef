"""Work over HTTP: asked where it is hot, good for one attempt, and never of a device that is known.

"Looked at" is what reached a verifier: an event for each. "Taken" is what windows and counts say.
"""

import base64
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle, permutations

import pytest

from demo_client.soft_work import HEADER, solve
from identity.throttling import work
from identity.throttling.limits import TABLE
from identity.throttling.refusals import MOMENT
from tests.identity.kit import (
    BINDING,
    ELSEWHERE,
    LOGINS,
    Transaction,
    World,
    lab_limits,
    problem,
    worked,
)

FREE = {"free": 0}
HOT = {"account_prefix": FREE}
WRONG = "guessed-wrong-1"
DRAWN = cycle(map(list, permutations(range(9), 6)))
"""What nobody here has bound, and is not held back after three: guesses that go on, each new."""

pytestmark = pytest.mark.clause("CC-17010.j.g")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Ask for a sixteenth of the tries; how hard it really is, `identity.throttling.work` tells."""
    monkeypatch.setattr(work, "PREFIX", "00")


@pytest.fixture
def hot(tmp_path):
    """Amy, on a service where an answer from a new device is never free."""
    with World(tmp_path, **lab_limits(tmp_path, HOT)) as world:
        yield activated(world)


def activated(world):
    """Return Amy, activated where even her own new device has to work for it."""
    amy = world.customer().registers()
    transaction = amy.opens("activation")
    assert transaction.does(transaction.opened).password(amy.initial).status_code == 200
    assert [amy.binds_password().status_code, amy.binds_totp().status_code] == [201, 201]
    assert amy.ends_activation().status_code == 200
    return amy


def looked_at(world):
    """Return how many answers reached a verifier, through whichever process."""
    with closing(sqlite3.connect(world.root / "identity.db")) as opened:
        told = opened.execute("SELECT COUNT(*) FROM events WHERE kind LIKE 'login:answer:%'")
        return told.fetchone()[0]


def taken(world):
    """Return what is counted anywhere: windows, failures, marks."""
    with closing(sqlite3.connect(world.root / "identity.db")) as opened:
        return {
            table: opened.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("windows", "failures", "marks")
        }


def asked(answer):
    """Check that an answer asks for work; return the work."""
    return problem(answer, 428, "work_needed")["work"]


def cost(answer):
    return asked(answer)["parameters"]["cost"]


def guess(transaction, payload=""):
    transaction.headers = {HEADER: payload} if payload else {}
    return transaction.answer("pattern", pattern=next(DRAWN))


def broken(payload, **parameters):
    """Return the payload with something else in its challenge's parameters."""
    sent = json.loads(base64.b64decode(payload))
    sent["challenge"]["parameters"] |= parameters
    return base64.b64encode(json.dumps(sent).encode()).decode()


def unsolved(challenge):
    sent = {"challenge": challenge, "solution": {"counter": 0, "derivedKey": "00" * 32}}
    return base64.b64encode(json.dumps(sent).encode()).decode()


def test_an_answer_that_is_not_paid_for_is_not_looked_at(hot):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    before, seen = taken(hot.world), looked_at(hot.world)
    works = [asked(transaction.password(text)) for text in (WRONG, hot.own)]
    assert works[0]["signature"] != works[1]["signature"]
    assert (taken(hot.world), looked_at(hot.world)) == (before, seen)


def test_what_an_opening_tells_is_the_work_that_the_first_answer_is_asked(hot):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    assert transaction.does(transaction.opened).password(hot.own).status_code == 200
    assert transaction.does(transaction.totp("000000")).totp(hot.code()).status_code == 200


def test_work_that_is_no_good_buys_nothing_and_is_asked_anew(hot):
    world = hot.world
    client = world.client(ELSEWHERE)
    transaction = hot.opens(client=client)
    good = solve(transaction.opened.json()["work"])
    elsewhere = hot.opens(client=world.client("203.0.113.77")).opened.json()["work"]
    recovery = hot.opens("recovery", client=client).opened.json()["work"]
    nobody = world.customer("nobody").opens(client=client).opened.json()["work"]
    bad = {
        "malformed": "x",
        "empty": base64.b64encode(b"{}").decode(),
        "easier": broken(good, cost=1, keyPrefix=""),
        "unsolved": unsolved(asked(transaction.password(WRONG))),
        "another network's": solve(elsewhere),
        "another purpose's": solve(recovery),
        "another account's": solve(nobody),
    }
    before, seen = taken(world), looked_at(world)
    told = {name: asked(guess(transaction, payload))["signature"] for name, payload in bad.items()}
    world.clock.forward(300)
    told["expired"] = asked(guess(transaction, good))["signature"]
    assert len(set(told.values())) == len(told)
    assert (taken(world), looked_at(world)) == (before, seen)


def test_a_solution_buys_one_attempt(hot):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    payload = solve(transaction.opened.json()["work"])
    problem(guess(transaction, payload), 401, "refused")
    before, seen = taken(hot.world), looked_at(hot.world)
    asked(guess(transaction, payload))
    assert (taken(hot.world), looked_at(hot.world)) == (before, seen)


def raced(transactions, payload):
    """Send one solution with a guess on each transaction at once; return the statuses."""
    with ThreadPoolExecutor(len(transactions)) as threads:
        answers = threads.map(lambda each: guess(each, payload), transactions)
        return sorted(answer.status_code for answer in answers)


def test_of_twenty_attempts_at_once_with_one_solution_one_is_looked_at(hot):
    transactions = [hot.opens(client=hot.world.client(ELSEWHERE)) for _ in range(20)]
    payload, seen = solve(transactions[0].opened.json()["work"]), looked_at(hot.world)
    assert raced(transactions, payload) == [401] + [428] * 19
    assert looked_at(hot.world) == seen + 1


def test_two_processes_on_one_store_sell_one_attempt_for_one_solution(hot, tmp_path):
    """Each has judged nothing before: what was spent is in the store."""
    with World(tmp_path, **lab_limits(tmp_path, HOT)) as second:
        worlds = (hot.world, second)
        for race in range(3):
            address = f"203.0.113.{race}"
            transactions = [hot.opens(client=world.client(address)) for world in worlds]
            payload, seen = solve(transactions[0].opened.json()["work"]), looked_at(second)
            assert raced(transactions, payload) == [401, 428]
            assert looked_at(second) == seen + 1


def test_work_grows_with_what_was_guessed(hot):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    costs = []
    for _ in range(5):
        asking = guess(transaction)
        costs.append(cost(asking))
        problem(guess(transaction, solve(asked(asking))), 401, "refused")
    assert costs == sorted(set(costs))
    hot.world.clock.forward(3600)
    again = hot.opens(client=hot.world.client(ELSEWHERE))
    assert cost(guess(again)) == costs[0]


def test_beyond_the_burst_work_buys_nothing_and_waiting_does(tmp_path):
    row = {"account_prefix": {"free": 0, "burst": 2, "interval": 60}}
    with World(tmp_path, **lab_limits(tmp_path, row)) as world:
        nobody = world.customer("nobody")
        transaction = nobody.opens()
        for _ in range(2):
            problem(guess(transaction, solve(asked(guess(transaction)))), 401, "refused")
        told = guess(transaction)
        problem(told, 429, "too_many")
        assert int(told.headers["Retry-After"]) == 60
        world.clock.forward(60)
        problem(guess(transaction, solve(asked(guess(transaction)))), 401, "refused")


@pytest.mark.clause("CC-17010.j.g")
def test_a_new_device_gets_into_an_account_that_is_under_attack_with_work_and_a_known_one_without(
    amy,
):
    """Twelve networks, by the limits as shipped."""
    amy.signs_in()
    world = amy.world
    transactions = [amy.opens(client=world.client(f"192.0.2.{n}")) for n in range(12)]
    statuses = [guess(transaction).status_code for transaction in transactions]
    free = TABLE["account"].free
    assert statuses == [401] * free + [428] * (12 - free)
    for transaction in transactions:
        guess(transaction)  # for nothing: it makes nothing harder
    new = world.client(ELSEWHERE)
    transaction = amy.opens(client=new)
    assert transaction.does(transaction.opened).password(amy.own).status_code == 200
    done = transaction.does(transaction.totp("0")).totp(amy.code())
    assert done.json()["state"] == "succeeded"
    known = amy.opens()
    assert "work" not in known.opened.json()
    assert known.password(amy.own).status_code == 200
    assert known.totp(amy.code()).json()["state"] == "succeeded"


def test_a_right_answer_gives_back_what_it_took_and_the_solution_stays_spent(hot):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    payload = solve(transaction.opened.json()["work"])
    transaction.headers = {HEADER: payload}
    assert transaction.password(hot.own).status_code == 200
    another = hot.opens(client=hot.world.client(ELSEWHERE))
    works = [each.opened.json()["work"]["parameters"] for each in (transaction, another)]
    assert works[0]["cost"] == works[1]["cost"]
    asked(guess(another, payload))


@pytest.mark.parametrize("purpose", ["login", "recovery"])
def test_a_known_and_an_unknown_account_are_asked_alike(hot, purpose):
    told = []
    for name in (hot.account, "nobody"):
        transaction = hot.world.customer(name).opens(purpose)
        works = [transaction.opened.json()["work"], asked(guess(transaction))]
        told.append([(sorted(each["parameters"]), each["parameters"]["cost"]) for each in works])
        problem(guess(transaction, solve(works[0])), 401, "refused")
    assert told[0] == told[1]


def test_a_hot_network_is_asked_at_opening_and_another_is_not(tmp_path):
    with World(tmp_path, **lab_limits(tmp_path, {"opening": {"free": 2}})) as world:
        names = [world.customer(name) for name in ("amy", "ben", "cat", "dan")]
        answers = [each.asks_to_open() for each in names]
        assert [answer.status_code for answer in answers] == [201, 201, 428, 428]
        opened = names[2].asks_to_open(headers=worked(answers[2]))
        assert opened.status_code == 201
        asked(names[2].asks_to_open(headers=worked(answers[3])))  # it was another name's
        assert names[3].asks_to_open(client=world.client(ELSEWHERE)).status_code == 201


def test_nothing_is_opened_where_work_is_asked_instead(tmp_path):
    with World(tmp_path, **lab_limits(tmp_path, {"opening": FREE})) as world:
        nobody = world.customer("nobody")
        before = (taken(world), len(world.events()))
        for _ in range(5):
            asked(nobody.asks_to_open())
        assert (taken(world), len(world.events())) == before


@pytest.mark.parametrize("name", ["amy", "nobody"])
def test_where_the_first_answer_would_be_asked_nobody_opens_for_nothing_but_a_known_device(
    wide_open, name
):
    """So that a botnet writes nothing into the store on an account that is hot."""
    amy, world = wide_open, wide_open.world
    customer = amy if name == amy.account else world.customer(name)
    before = (taken(world), looked_at(world), len(world.events()))
    for number in range(12):
        asked(customer.asks_to_open(client=world.client(f"192.0.2.{number}")))
    assert (taken(world), looked_at(world), len(world.events())) == before
    assert customer.opens(client=world.client(ELSEWHERE)).opened.json()["work"]
    assert "work" not in amy.opens().opened.json()


@pytest.fixture
def wide_open(tmp_path):
    """Amy, signed in, on a service where a stranger's answer to any account is never free."""
    with World(tmp_path, **lab_limits(tmp_path, {"account": FREE})) as world:
        amy = activated(world)
        first = amy.opens()
        assert first.does(first.opened).password(amy.own).status_code == 200
        done = first.does(first.totp("0")).totp(amy.code())
        assert done.json()["state"] == "succeeded"
        yield amy


def test_a_refusal_is_repeated_for_a_moment_and_then_the_store_is_asked_again(tmp_path):
    row = {"opening": {"free": 2, "interval": 0.25}}
    with World(tmp_path, **lab_limits(tmp_path, row)) as world:
        nobody = world.customer("nobody")
        answers = [nobody.asks_to_open() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 428]
        world.clock.forward(MOMENT / 2)  # there is room again, and another second is not long
        asked(nobody.asks_to_open())
        assert nobody.opens().opened.status_code == 201
        world.clock.forward(MOMENT / 2)
        assert nobody.asks_to_open().status_code == 201


def test_an_application_is_asked_for_work(tmp_path):
    with World(tmp_path, **lab_limits(tmp_path, {"registration": FREE})) as world:
        amy = world.customer()
        told = amy.applies()
        asked(told)
        assert not world.letters(amy.mail)
        amy.client.headers.update(worked(told))
        assert amy.applies().status_code == 202
        asked(amy.applies())  # the same work again


def test_an_operators_login_is_asked_for_work(tmp_path):
    with World(tmp_path, **lab_limits(tmp_path, HOT)) as world:
        otto = world.customer("otto")
        transaction = otto.opens("operator")
        asked(transaction.password(WRONG))
        problem(transaction.does(transaction.opened).password(WRONG), 401, "refused")


@pytest.mark.parametrize("purpose", ["order", "password.change", "factor.add"])
def test_a_step_up_in_a_session_on_a_device_that_is_not_known_is_asked_for_work(hot, purpose):
    """Whoever stole a session's cookie alone has still to guess, and to work for it."""
    first = hot.opens()
    first.does(first.opened).password(hot.own)
    done = first.does(first.totp("0")).totp(hot.code())
    assert done.json()["state"] == "succeeded"
    thief = hot.world.client(ELSEWHERE)
    thief.cookies.update(hot.client.cookies)
    del thief.cookies["__Host-trifactor-device"]
    hot.world.clock.forward(1)
    body = {"purpose": purpose} | ({"binding": BINDING} if purpose == "order" else {})
    transaction = Transaction(thief, thief.post(LOGINS, json=body))
    method = transaction.methods()[0]
    told = transaction.answer(method, password=WRONG, code="0")
    asked(told)
    problem(transaction.does(told).answer(method, password=WRONG, code="0"), 401, "refused")
    # and the customer, from the device that is known, is not
    mine = Transaction(hot.client, hot.client.post(LOGINS, json=body))
    problem(mine.answer(method, password=WRONG, code="0"), 401, "refused")


def test_whoever_does_not_work_heats_nothing_for_others(tmp_path):
    row = {"account": {"free": 3}, "opening": {"free": 1000}}
    with World(tmp_path, **lab_limits(tmp_path, row)) as world:
        nobody = world.customer("nobody")
        bots = [nobody.opens(client=world.client(f"192.0.2.{number}")) for number in range(4)]
        assert [guess(bot).status_code for bot in bots] == [401, 401, 401, 428]
        other = nobody.opens(client=world.client(ELSEWHERE))
        before, least = taken(world), cost(guess(other))
        for _ in range(25):
            asked(guess(bots[0]))
        assert cost(guess(other)) == least
        assert taken(world) == before


def test_a_solution_never_shows_in_the_log(hot, caplog):
    transaction = hot.opens(client=hot.world.client(ELSEWHERE))
    payload = solve(transaction.opened.json()["work"])
    guess(transaction, payload)
    guess(transaction, payload)
    assert payload not in caplog.text
    assert payload not in "".join(map(repr, hot.world.events()))
