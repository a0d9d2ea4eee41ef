"""While strangers fill every queue, a customer signs in from a device that is known."""

import pytest

from tests.hard.customers import STEP, joins
from tests.hard.flooding import flood
from tests.hard.servers import WIDE, limits, until

CONNECTIONS = 24
LOGINS = 5
PATIENCE = 60

NARROW = {"hash": 1, "light": 4, "hash_queue": 8, "light_queue": 4096}


def refused(wire):
    """Return how many strangers the queue for hashing had no room for."""
    metrics = wire.call("GET", "/metrics").content.decode()
    row = 'trifactor_queue_refused_total{lane="stranger",pool="hash"} '
    return float(metrics.partition(row)[2].partition("\n")[0] or 0)


@pytest.mark.clause("CC-17010.j.g")
def test_a_known_device_signs_in_every_time_while_strangers_flood(deploy):
    deployment = deploy(limits=limits(windows=WIDE, failures=WIDE), settings={"pools": NARROW})
    (server,) = deployment.start()
    amy = joins(deployment, server, "amy")
    assert amy.signs_in().status == 200
    watching = server.wire()

    with flood(server.port, CONNECTIONS) as seen:
        until(lambda: refused(watching) > CONNECTIONS, PATIENCE)
        answers = []
        for _ in range(LOGINS):
            deployment.clock.forward(STEP)
            answers.append(amy.signs_in())
        during = refused(watching)

    assert [answer.body["state"] for answer in answers] == ["succeeded"] * LOGINS
    assert during > CONNECTIONS
    assert seen["guess 429"] > 0, "the flood was a flood"
    assert '"status": 429' not in server.log.read_text(encoding="utf-8"), "nor does it fill a disk"
    assert [line for line in server.errors() if '"level": "error"' in line] == []
