"""Before any hash: who is let into the queue, by HTTP and with real services behind it."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from starlette.requests import Request

from identity import settings
from identity.errors import Malformed
from identity.web import cookies, transport
from identity.web.lanes import Lane, Ticket
from identity.web.pools import Pool
from tests.identity.kit import ELSEWHERE, LOGINS, World, problem

SECONDS = 30
QUEUE = 8
ROOM = 2
"""What strangers have of it."""


@pytest.fixture
def narrow(tmp_path):
    """A service with one thread that hashes and a short queue before it."""
    pools = settings.Pools(hash=1, light=4, hash_queue=QUEUE)
    with World(tmp_path, pools=pools) as started:
        yield started


@pytest.fixture
def amy(narrow):
    """A customer with a device that is known."""
    return narrow.customer().activated().signs_in()


class Counting:
    """Counts how often a factor's verifier is reached."""

    def __init__(self, factor):
        self._factor = factor
        self.reached = 0

    def __getattr__(self, name):
        return getattr(self._factor, name)

    def verify(self, *given):
        self.reached += 1
        return self._factor.verify(*given)


@contextmanager
def crowded(world, pool=Pool.HASH, room=ROOM):
    """Keep the pool's threads at work, and `room` strangers waiting."""
    let_go, begun = threading.Event(), threading.Semaphore(0)
    services = world.running.services
    threads = services.pools._pools[pool].queue.threads

    def held():
        begun.release()
        assert let_go.wait(SECONDS)

    start = world.inside.portal.start_task_soon
    calls = [start(services.pools.run, pool, held) for _ in range(threads)]
    for _ in range(threads):
        assert begun.acquire(timeout=SECONDS)
    stranger = Ticket(Lane.STRANGER)
    calls += [start(services.pools.run, pool, lambda: None, stranger) for _ in range(room)]
    world.inside.portal.call(lambda: None)  # the loop has come to all of them
    try:
        yield let_go
    finally:
        let_go.set()
        for call in calls:
            call.result(SECONDS)


def counted(world):
    """Let the service count what reaches its password verifier; return the count."""
    logins = world.running.services.logins
    factors = dict(logins._ground.factors)
    counting = factors["password"] = Counting(factors["password"])
    object.__setattr__(logins._ground, "factors", factors)
    return counting


@pytest.mark.clause("CC-17010.j.g")
def test_over_the_bound_a_stranger_is_told_to_wait_and_no_hash_is_made(narrow, amy):
    counting = counted(narrow)
    stranger = amy.opens(client=narrow.client(ELSEWHERE))
    with crowded(narrow):
        answer = stranger.password("guessed-wrong-1")
    told = problem(answer, 429, "too_many")
    assert told["limit"] == "hashing"
    assert int(answer.headers["Retry-After"]) >= 1
    assert counting.reached == 0
    assert narrow.events(amy.id, "login:answer") == narrow.events(amy.id, "login:answer:accepted")


@pytest.mark.clause("CC-17010.j.g")
def test_a_known_device_finds_room_however_many_strangers_wait(narrow, amy):
    with crowded(narrow) as let_go:
        transaction = amy.opens()
        thread = threading.Thread(target=lambda: told.append(transaction.password(amy.own)))
        told = []
        thread.start()
        _until_waiting(narrow, Lane.KNOWN)
        let_go.set()
        thread.join(SECONDS)
    assert [answer.status_code for answer in told] == [200]


def test_the_light_pool_is_busy_for_strangers_first_too(narrow, amy):
    room = narrow.settings.pools.light_queue // 4
    with crowded(narrow, Pool.LIGHT, room):
        body = {"purpose": "login", "account": "amy"}
        answer = narrow.client(ELSEWHERE).post(LOGINS, json=body)
        assert problem(answer, 429, "too_many")["limit"] == "busy"
        assert narrow.inside.get("/healthz").status_code == 200


def test_what_was_refused_before_the_gate_is_counted_by_lane(narrow, amy):
    stranger = amy.opens(client=narrow.client(ELSEWHERE))
    with crowded(narrow):
        stranger.password("guessed-wrong-1")
        told = narrow.inside.get("/metrics").text
    assert 'trifactor_queue_refused_total{lane="stranger",pool="hash"} 1.0' in told
    assert 'trifactor_queue_length{lane="stranger",pool="hash"} 2.0' in told


def test_while_the_queue_is_long_strangers_are_asked_for_work_and_known_devices_are_not(
    narrow, amy
):
    stranger = narrow.client(ELSEWHERE)
    body = {"purpose": "login", "account": "amy"}
    with crowded(narrow):
        problem(stranger.post(LOGINS, json=body), 428, "work_needed")
        assert amy.opens().opened.json().get("work") is None


def test_openings_from_a_known_device_and_of_a_session_carry_the_mark(narrow, amy):
    marks, now = narrow.running.services.tickets._marks, narrow.clock()
    at_home = amy.opens()
    step_up = amy.steps_up("order", binding="ab" * 32)
    away = amy.opens(client=narrow.client(ELSEWHERE))
    nobody = amy.opens(account="nobody", client=narrow.client(ELSEWHERE))
    assert marks.bearer(at_home.secret, now)
    assert marks.bearer(step_up.secret, now)
    assert marks.bearer(amy.cookie(), now)
    assert marks.bearer(at_home.secret, now + narrow.settings.logins.lifetime) == ""
    assert [marks.bearer(each.secret, now) for each in (away, nobody)] == ["", ""]
    assert len(away.secret) == len(nobody.secret)


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("name", [cookies.SESSION, cookies.DEVICE])
def test_a_forged_secret_finds_no_room_among_the_known(narrow, amy, name):
    thief = narrow.client(ELSEWHERE)
    thief.cookies.set(name, amy.cookie(name)[:-1] + "!")
    stranger = amy.opens(client=thief)
    with crowded(narrow):
        answer = stranger.password("guessed-wrong-1")
    assert problem(answer, 429, "too_many")["limit"] == "hashing"


def _until_waiting(world, lane):
    """Come back when somebody waits in a lane for a hash."""
    pools = world.running.services.pools
    for _ in range(SECONDS * 1000):
        if pools.waiting(Pool.HASH, lane):
            return
        threading.Event().wait(0.001)
    raise AssertionError("nobody waits")


def test_a_body_that_does_not_come_is_given_up_and_held_no_place(narrow, monkeypatch):
    """No time at all here, in place of ten seconds."""
    monkeypatch.setattr(transport, "SLOWEST", 0)
    asked = []

    async def silent():
        asked.append(narrow.running.services.pools.waiting(Pool.LIGHT, Lane.STRANGER))
        await asyncio.Event().wait()

    async def read():
        scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
        return await transport.body(Request(scope, silent), "application/json")

    with pytest.raises(Malformed):
        asyncio.run(read())
    assert asked == [0]
