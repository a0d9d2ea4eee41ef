"""The power goes again and again under a stream of logins: what a customer was told, stays told."""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle

import psycopg
import pytest

from demo_client.soft_webauthn import SoftAuthenticator, Traits
from tests.hard.customers import STEP, joins
from tests.hard.servers import WIDE, limits
from tests.hard.stored import Stored
from tests.hard.wire import Wire

pytestmark = pytest.mark.postgres

ORIGIN = "http://localhost:8000"
CUSTOMERS = 4
KILLS = 5
BETWEEN = 0.7
"""Seconds of logins between a start and the next kill."""


class Stream:
    """A customer who logs in again and again by password and passkey, on whatever server lives."""

    def __init__(self, customer, device, servers):
        self.customer = customer
        self.device = device
        self.seen = []
        self.broken = 0
        self._servers = cycle(servers)

    def run(self, stopping):
        while not stopping.is_set():
            try:
                self.seen.append(self.log_in())
            except OSError:  # the line does not open, or ends before its answer does
                self.broken += 1
                time.sleep(0.01)

    def log_in(self):
        """Log in; return the transaction's id."""
        customer = self.customer
        with closing(Wire(next(self._servers).port)) as customer.wire:
            transaction = customer.opens()
            assert customer.gives_password(transaction).status == 200
            path = f"/v1/logins/{transaction.id}/challenges"
            asked = customer.send("POST", path, {"method": "webauthn"}, transaction.headers)
            credential = self.device.get(asked.body["challenge"]["publicKey"], ORIGIN)
            done = customer.answers(transaction, "webauthn", {"credential": credential})
            assert done.body["state"] == "succeeded", done.body
            return transaction.id


def joined(deployment, servers, name):
    device = SoftAuthenticator([], os.urandom, Traits())
    confirm = {
        "webauthn": lambda offer: {"credential": device.create(offer["publicKey"], ORIGIN)},
    }
    return Stream(joins(deployment, servers[0], name, **confirm), device, servers)


def kill_in_turn(deployment, servers):
    """Kill one server after the other, and start each again on its port."""
    for number in range(KILLS):
        time.sleep(BETWEEN)
        killed = servers[number % len(servers)]
        killed.kill()
        servers[number % len(servers)] = deployment.again(killed)
    time.sleep(BETWEEN)


def rows(deployment, query):
    url = deployment.database.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def told(events, kind, name):
    """Count what events of a kind name."""
    return Counter(getattr(event, name) for event in events if type(event).__name__ == kind)


@pytest.mark.clause("CC-17010.j.g", "CC-17020.b.g", "CC-18000.4.d")
def test_kills_in_the_middle_of_logins_lose_nothing(postgres_url, deploy, looking):
    # Kills leave reservations spent, which is right and would stop the stream: hence so wide.
    wide = limits(windows=WIDE, failures={"burst": 10_000})
    deployment = deploy(database=postgres_url, limits=wide)
    servers = deployment.start(2)
    streams = [joined(deployment, servers, f"customer{number}") for number in range(CUSTOMERS)]
    stored = Stored(deployment, looking(deployment))

    stopping = threading.Event()
    with ThreadPoolExecutor(CUSTOMERS) as threads:
        running = [threads.submit(stream.run, stopping) for stream in streams]
        try:
            kill_in_turn(deployment, servers)
        finally:
            stopping.set()
        for stream in running:
            stream.result()
    assert all(stream.seen for stream in streams)
    assert sum(stream.broken for stream in streams), "no kill was felt"

    for stream in streams:
        check_whole(stored, stream)
    check_rows(deployment, stored, streams)

    # What failed can be done again, also by another factor.
    deployment.clock.forward(STEP)
    for stream in streams:
        assert stream.log_in()
        stream.customer.wire = servers[0].wire()
        assert stream.customer.signs_in().body["state"] == "succeeded"

    for server in servers:
        server.terminate()
    examined = deployment.identity("audit", "verify")
    assert examined.returncode == 0, examined.stdout
    assert {remark.code for remark in stored.examined().remarks} <= {"writer_silent"}


def check_whole(stored, stream):
    """Each login the customer saw succeed is in the log, and each in the log is there whole."""
    events = [
        event
        for event in stored.events(stream.customer.account)
        if getattr(event, "purpose", "") == "login"
    ]
    succeeded = told(events, "LoginSucceeded", "transaction")
    accepted = told(events, "AnswerAccepted", "transaction")
    assert set(stream.seen) <= set(succeeded)
    assert set(succeeded.values()) == {1}
    assert {accepted[each] for each in succeeded} == {2}
    assert told(events, "SessionOpened", "transaction") == succeeded


def check_rows(deployment, stored, streams):
    """What the tables hold and what the log tells is the same."""
    events = [event for stream in streams for event in stored.events(stream.customer.account)]
    logins = dict(rows(deployment, "SELECT id, state FROM logins"))
    assert set(logins) == set(told(events, "LoginOpened", "transaction"))
    succeeded = {each for each, state in logins.items() if state == "succeeded"}
    assert succeeded == set(told(events, "LoginSucceeded", "transaction"))
    sessions = {each for (each,) in rows(deployment, "SELECT id FROM sessions")}
    assert sessions == set(told(events, "SessionOpened", "session_id"))
