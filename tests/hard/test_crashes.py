"""The power goes while the service is at it: what was reserved stays spent, nothing is half."""

import time
from contextlib import closing

import pytest

from identity.audit.verify import verify
from identity.keys.file import load
from tests.hard.customers import PASSWORD, joins
from tests.hard.servers import CHEAP, until
from tests.hard.wire import Wire, encoded

SLOW = {"memory_kib": 64 * 1024, "time_cost": 100}
"""Seconds of hashing: time enough to be killed in."""

PATIENCE = 30

RESERVED = {("password", "elsewhere"): 1, ("password", "prefix:127.0.0.1/32"): 1}
"""What one answer takes before it is verified: of the share of failures, and of ECD.4's entries."""


class Stored:
    """What the store has of amy, read beside the servers."""

    def __init__(self, store):
        self.store = store

    def _read(self, read):
        with self.store.read() as work:
            return read(work, work.accounts.by_name("amy").id)

    def counts(self):
        return self._read(lambda work, amy: work.failures.counts(amy))

    def credentials(self):
        return self._read(lambda work, amy: work.credentials.of(amy))

    def events(self):
        return self._read(lambda work, amy: work.events.of_account(amy, 10_000))


@pytest.fixture
def amy(deploy, looking):
    """Amy with a cheap hash, the server gone, and her deployment on the machine's own clock."""
    deployment = deploy(lab=False, settings={"password": {"wrong_entries": 3}})
    (server,) = deployment.start()
    customer = joins(deployment, server, "amy")
    server.terminate()
    return deployment, customer, Stored(looking(deployment))


def restart(deployment, customer, argon2):
    deployment.settings["password.argon2"] = argon2
    (server,) = deployment.start()
    customer.wire = server.wire()
    return server


def send_password(server, transaction):
    """Send the right answer, and do not wait for what comes of it."""
    wire = Wire(server.port)
    body = {"method": "password", "response": {"password": PASSWORD}}
    wire.send(encoded("POST", transaction.path, body, transaction.headers))
    return closing(wire)


def kill_while_it_hashes(deployment, customer, stored):
    """Answer a password and kill the server before the answer is settled."""
    # A right password under new parameters is hashed anew before it is settled: slowly, here.
    server = restart(deployment, customer, SLOW)
    transaction = customer.opens()
    before = stored.credentials(), stored.events()
    assert stored.counts() == {}
    with send_password(server, transaction):
        until(lambda: stored.counts() == RESERVED, PATIENCE)
        server.kill()
    return transaction, before


@pytest.mark.clause("CC-17010.j.g", "CC-17020.b.g")
def test_a_kill_between_reservation_and_settlement_leaves_only_a_spent_reservation(amy):
    deployment, customer, stored = amy
    transaction, before = kill_while_it_hashes(deployment, customer, stored)
    assert stored.counts() == RESERVED
    assert (stored.credentials(), stored.events()) == before

    restart(deployment, customer, CHEAP)
    # The transaction is where it was, and the customer goes on in it.
    assert customer.gives_password(transaction).status == 200
    assert stored.counts()[("password", "prefix:127.0.0.1/32")] == 1, "only her own is given back"
    assert customer.gives_code(transaction).body["state"] == "succeeded"
    # Another factor lifts the hold; the share was refilled this month, by her activation.
    assert stored.counts() == {("password", "elsewhere"): 1}


@pytest.mark.clause("CC-18000.4.d")
def test_the_log_is_whole_after_a_kill_and_names_the_writer_that_fell_silent(amy):
    deployment, customer, stored = amy
    kill_while_it_hashes(deployment, customer, stored)
    silent = {writer for writer in writers(stored) if not writer.closed}
    assert len(silent) == 1
    restart(deployment, customer, CHEAP).terminate()

    examined = deployment.identity("audit", "verify")
    assert examined.returncode == 0, examined.stdout
    # A writer counts as silent after a minute without a beat: an examination two minutes later.
    report = verify(stored.store, load(deployment.root / "keys.json"), time.time() + 120)
    assert report.findings == ()
    told = [(remark.code, remark.where) for remark in report.remarks]
    assert told == [("writer_silent", f"writer {writer.id}") for writer in silent]


def writers(stored):
    with stored.store.read() as work:
        return work.events.writers()
