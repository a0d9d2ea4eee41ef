"""A real Redis is killed in the middle and started again, and customers go on signing in."""

import pytest

from identity import settings
from identity.periodic import Periodic
from tests.identity.kit import ELSEWHERE, HOUR, World, lab_limits, problem, worked
from tests.redis_server import redis_server

pytestmark = [pytest.mark.redis_server, pytest.mark.clause("CC-17010.j.g")]


@pytest.fixture
def redis(tmp_path):
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as started:
        yield started


@pytest.fixture
def world(tmp_path, redis):
    """A service whose Redis has remembered for an hour; its watch looks when it is told to."""
    counters = settings.Counters(kind="redis", url=redis.url, timeout=5.0)
    with World(tmp_path, counters=counters) as world:
        yield remembering(world)


def remembering(world):
    Periodic.stop(world.running.counting)
    looks(world)
    world.clock.forward(HOUR)
    return world


def looks(world):
    """Let the watch look once; return the names of what it has told so far, oldest first."""
    assert world.running.counting.run_once()
    told = world.events(kind="throttling:counters:")
    return [type(event).__name__ for event in reversed(told)]


def asks(world, amy, headers=None):
    """Open amy's login from a device nobody knows; return the answer."""
    return amy.asks_to_open(client=world.client(ELSEWHERE), headers=headers)


def sure(world):
    lines = world.inside.get("/metrics").text.splitlines()
    return next(line for line in lines if line.startswith("trifactor_counters_sure "))[-3:]


def test_known_devices_go_on_and_others_work_until_it_is_back_and_remembers(world, redis):
    amy = world.customer().activated().signs_in()
    assert asks(world, amy).status_code == 201
    assert sure(world) == "1.0"
    before = looks(world)

    redis.kill()
    amy.signs_in()
    assert looks(world) == [*before, "CountersLost"]
    asked = asks(world, amy)
    problem(asked, 428, "work_needed")
    assert asks(world, amy, worked(asked)).status_code == 201
    amy.signs_in()
    assert looks(world) == [*before, "CountersLost"]
    assert sure(world) == "0.0"
    assert world.running.sequencer.run_once()
    assert world.inside.get("/readyz").status_code == 200

    redis.start()
    assert looks(world) == [*before, "CountersLost", "CountersReturned", "CountersEmptied"]
    problem(asks(world, amy), 428, "work_needed")
    assert sure(world) == "0.0"
    amy.signs_in()

    world.clock.forward(HOUR)
    assert asks(world, amy).status_code == 201
    assert sure(world) == "1.0"
    amy.signs_in()
    assert looks(world)[-1] == "CountersEmptied"


def test_while_it_is_lost_limits_hold_all_the_same(tmp_path, redis):
    counters = settings.Counters(kind="redis", url=redis.url, timeout=5.0)
    rows = lab_limits(tmp_path, {"device": {"burst": 2, "interval": 60}})
    with World(tmp_path, counters=counters, **rows) as world:
        amy = remembering(world).customer().activated().signs_in()
        redis.kill()
        transaction = amy.opens()
        found = [transaction.password("wrong").status_code for _ in range(3)]
    assert found == [401, 401, 429]


def test_work_that_was_spent_while_it_was_lost_is_not_spent_again(world, redis):
    amy = world.customer().activated().signs_in()
    redis.kill()
    looks(world)
    header = worked(asks(world, amy))
    assert asks(world, amy, header).status_code == 201
    problem(asks(world, amy, header), 428, "work_needed")


def test_what_is_counted_is_in_redis_and_not_in_the_database(world, redis):
    amy = world.customer().activated().signs_in()
    transaction = amy.opens(client=world.client(ELSEWHERE))
    transaction.password("wrong")
    with redis.client(decode_responses=True) as client:
        found = {key.split("/")[0] for key in client.scan_iter("trifactor:w:*")}
    assert {"trifactor:w:opening", "trifactor:w:account", "trifactor:w:prefix_1"} <= found
    with world.store.write() as work:
        assert work.windows.prune(world.clock() + 9e9) == 0


def test_it_starts_while_redis_is_down(tmp_path, redis):
    redis.kill()
    counters = settings.Counters(kind="redis", url=redis.url, timeout=5.0)
    with World(tmp_path, counters=counters) as world:
        Periodic.stop(world.running.counting)
        amy = world.customer()
        problem(amy.asks_to_open(), 428, "work_needed")
        assert looks(world)[-1] == "CountersLost"
        redis.start()
        assert looks(world)[-2:] == ["CountersReturned", "CountersEmptied"]
