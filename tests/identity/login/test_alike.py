"""A stranger learns from no answer who has an account: same shape, same statements, same writes.

What takes the same steps takes the same time; `make bench` measures that it does.
"""

from collections import Counter

import pytest

from identity.throttling import work
from identity.throttling.signals import TABLE
from tests.identity.kit import ELSEWHERE, LOGINS, World, lab_limits, worked

KINDS = ("known", "suspended", "unknown")

HOT = {
    "account": {"free": 2, "burst": 6, "interval": 3600, "refuses": "false"},
    "account_prefix": {"free": 2, "burst": 4, "interval": 3600},
    "prefix_1": {"free": 1000, "burst": 2000, "interval": 1},
    "prefix_2": {"free": 1000, "burst": 2000, "interval": 1},
    "opening": {"free": 1000, "burst": 2000, "interval": 1},
    "registration": {"free": 1000, "burst": 2000, "interval": 1},
    "failures": {"burst": 5},
}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A service on which accounts get hot soon and networks do not, and where work is light."""
    monkeypatch.setattr(work, "LEAST", 1)
    monkeypatch.setattr(work, "MOST", 1)
    monkeypatch.setattr(work, "PREFIX", "0")
    with World(tmp_path, **lab_limits(tmp_path, HOT)) as started:
        for kind in KINDS[:2]:
            started.customer(kind).activated()
        started.moves(started.customer("suspended"), "suspend")
        yield started


def shape(value):
    """Return what an answer looks like: names, types and lengths, but none of its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return (
        len(value) if isinstance(value, str) else value if isinstance(value, bool) else type(value)
    )


def looks(answer):
    headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
    headers.pop("content-length"), headers.pop("retry-after", None)
    plain = shape(answer.json())
    plain.get("work", {}).get("parameters", {}).pop("data", None)
    return answer.status_code, headers, plain


class Watched:
    """A stranger's calls, each with what it looked like and the statements it took."""

    def __init__(self, world, statements, address=ELSEWHERE):
        self.client = world.client(address)
        self.statements = statements
        self.seen = []

    def post(self, path, body, *, works=False):
        self.statements.clear()
        answer = self.client.post(path, json=body)
        if works and answer.status_code == 428:
            headers = worked(answer)
            self.statements.clear()
            answer = self.client.post(path, json=body, headers=headers)
        self.seen.append((looks(answer), tuple(self.statements)))
        return answer

    def opens(self, account, purpose="login", **how):
        return self.post(LOGINS, {"purpose": purpose, "account": account}, **how)

    def guesses(self, opened, method="password", **how):
        response = how.pop("response", {"password": "guessed-wrong-1"})
        assert opened.status_code == 201, opened.text
        path = f"{LOGINS}/{opened.json()['id']}/answers"
        return self.post(path, {"method": method, "response": response}, **how)


def compared(seen):
    """Hold what was seen of each kind against the others, call by call; return the statuses."""
    known, suspended, unknown = (seen[kind] for kind in KINDS)
    assert [look for look, _ in known] == [look for look, _ in suspended]
    assert [look for look, _ in known] == [look for look, _ in unknown]
    for calls in zip(known, suspended, unknown, strict=True):
        first, *others = [Counter(statements) for _, statements in calls]
        for other in others:
            assert first - other == Counter()
            assert other - first == Counter()
    return [look[0] for look, _ in known]


def watched(world, statements, walk, address=ELSEWHERE):
    """Let a stranger walk the same way for each kind, each from a network of its own."""
    seen = {}
    for number, kind in enumerate(KINDS):
        stranger = Watched(world, statements, address or f"192.0.{number}.1")
        walk(stranger, kind)
        seen[kind] = stranger.seen
    return compared(seen)


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
@pytest.mark.parametrize("address", ["", ELSEWHERE], ids=["three networks", "one network"])
def test_guessing_until_nothing_passes_looks_and_costs_alike(world, statements, works, address):
    def walk(stranger, kind):
        opened = stranger.opens(kind)
        for number in range(7):
            later = stranger.opens(kind, works=works)
            opened = later if later.status_code == 201 else opened
            for again in range(2):
                guess = {"password": f"guessed-wrong-{number}-{again}"}
                stranger.guesses(opened, response=guess, works=works)

    statuses = watched(world, statements, walk, address)
    assert set(statuses) == {201, 401, 409 if works else 428}


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_answering_until_there_is_no_room_looks_and_costs_alike(world, statements):
    def walk(stranger, kind):
        opened = stranger.opens(kind)
        for _ in range(8):
            stranger.guesses(opened, "webauthn", response={}, works=True)

    assert set(watched(world, statements, walk, "")) == {201, 401, 429}


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_the_same_wrong_password_again_and_again_looks_and_costs_alike(world, statements):
    def walk(stranger, kind):
        opened = stranger.opens(kind)
        for _ in range(8):
            stranger.guesses(opened, works=True)

    assert set(watched(world, statements, walk, "")) >= {201, 401}


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
@pytest.mark.parametrize("purpose", ["login", "recovery", "activation", "operator"])
def test_every_entrance_and_method_looks_and_costs_alike(world, statements, purpose):
    def walk(stranger, kind):
        opened = stranger.opens(kind, purpose)
        for method in [offer["method"] for offer in opened.json()["methods"]]:
            path = f"{LOGINS}/{opened.json()['id']}/challenges"
            stranger.post(path, {"method": method})
            stranger.guesses(opened, method, response={})

    statuses = watched(world, statements, walk, "")
    assert statuses[0] == 201
    assert 401 in statuses


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_after_many_names_that_nobody_has_the_next_look_and_cost_alike(world, statements):
    """What is counted of a network must be no other set for those who have an account."""

    def walk(stranger, kind):
        opened = stranger.opens(kind, works=True)
        guess = {"password": f"guess-{world.clock()}"}
        stranger.guesses(opened, response=guess, works=True)

    first = TABLE["unknown_accounts"].threshold // 2
    for names in (range(first), range(first, 20), range(20, 30)):
        stranger = Watched(world, statements)
        for number in names:
            opened = stranger.opens(f"nobody{number}", works=True)
            stranger.guesses(opened, response={"password": f"wrong-{number}"}, works=True)
        assert set(watched(world, statements, walk, ELSEWHERE)) == {201, 401}
        world.clock.forward(4 * 3600)


@pytest.mark.clause("CC-17010.c.c", "CC-19000.12")
def test_an_application_for_a_name_that_is_taken_is_answered_alike(world, statements):
    def walk(stranger, kind):
        body = {"account": kind, "display_name": "A", "email": "a@mail.example"}
        stranger.post("/v1/accounts", body)

    seen = {}
    for kind in KINDS:
        stranger = Watched(world, statements)
        walk(stranger, kind)
        seen[kind] = stranger.seen
    assert len({repr(calls[0][0]) for calls in seen.values()}) == 1
    assert seen["known"] == seen["suspended"]
