"""Told to end, the service finishes what it has begun; nothing reserved stays open."""

import signal
import time

import pytest

from tests.hard.customers import PASSWORD, joins
from tests.hard.servers import SECONDS_TO_END, deployed, until
from tests.hard.stored import Stored
from tests.hard.wire import encoded

SLOW = {"memory_kib": 64 * 1024, "time_cost": 15}
"""A second of hashing: time enough to be told to end in."""

AT_ONCE = 3
PATIENCE = 30

READING = 0.2
"""Seconds in which a server has surely read the other answers too: they wait behind the first."""


@pytest.fixture(
    params=[
        pytest.param(("sqlite", 1), id="sqlite"),
        pytest.param(("postgres", 1), id="postgres", marks=pytest.mark.postgres),
        pytest.param(("postgres", 2), id="postgres-two-workers", marks=pytest.mark.postgres),
    ]
)
def deployment(request, tmp_path):
    """A deployment whose password hashes are about to become slow, and how many workers it has."""
    kind, workers = request.param
    postgres = kind == "postgres"
    url = request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path / 'i.db'}"
    settings = {"": {"workers": workers}, "pools": {"hash": 1}}
    with deployed(root=tmp_path, database=url, lab=False, settings=settings) as deployment:
        yield deployment, workers


@pytest.mark.clause("CC-17010.j.g", "CC-18000.4.d")
def test_answers_in_flight_are_given_and_settled_before_the_end(deployment, looking):
    deployment, workers = deployment
    (server,) = deployment.start()
    amy = joins(deployment, server, "amy")
    server.terminate()
    deployment.settings["password.argon2"] = SLOW
    (server,) = deployment.start()
    amy.wire = server.wire()
    transactions = [amy.opens() for _ in range(AT_ONCE)]
    stored = Stored(deployment, looking(deployment))

    lines = [sent(server, transaction) for transaction in transactions]
    until(lambda: stored.counts("amy") != {}, PATIENCE)
    time.sleep(READING)
    server.process.send_signal(signal.SIGTERM)
    answers = [line.answer() for line in lines]
    ended = server.process.wait(SECONDS_TO_END)

    assert [answer.status for answer in answers] == [200] * AT_ONCE
    assert ended in {0, -signal.SIGTERM}
    assert stored.counts("amy") == {}, "everything reserved was settled"
    accepted = [event for event in stored.events("amy") if type(event).__name__ == "AnswerAccepted"]
    assert {t.id for t in transactions} <= {event.transaction for event in accepted}
    assert stored.lifecycle() == {"started": 2 * workers, "stopped": 2 * workers}
    assert stored.sequenced()[-1] == "audit:writer:closed", "the end itself is in the log"
    report = stored.examined()
    assert (report.findings, report.remarks, report.waiting) == ((), (), 0)
    assert server.errors() == []


def sent(server, transaction):
    """Send the right password on a line of its own; return the line, which has the answer."""
    wire = server.wire()
    body = {"method": "password", "response": {"password": PASSWORD}}
    wire.send(encoded("POST", transaction.path, body, transaction.headers))
    return wire
