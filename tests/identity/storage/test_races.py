"""However many ask at once, a thing is granted as often as it may be: on every store."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from msgspec.structs import replace

from identity.errors import StoreUnavailable
from identity.storage.sql.engine import Waits
from identity.storage.sql.store import SqlStore
from tests.conftest import new_writer
from tests.identity.storage import process
from tests.identity.storage.records import (
    account,
    add_account,
    credential,
    enrolment,
    login,
    message,
)

NOW = 1_700_000_000.0


def granted(store, ask, many):
    """Let `many` threads do `ask` in a unit of work each, all at once; count what was true."""
    started = Barrier(many)

    def one(_):
        started.wait(30)
        with store.write() as work:
            return bool(ask(work))

    with ThreadPoolExecutor(many) as pool:
        return sum(pool.map(one, range(many)))


def test_of_200_swaps_of_one_credential_one_wins(store):
    add_account(store)
    with store.write() as work:
        work.credentials.add(credential())
    assert granted(store, lambda work: work.credentials.swap("c1", 1, b"new", NOW), 200) == 1
    with store.read() as work:
        assert work.credentials.of("a1")[0].version == 2


def test_an_enrolment_is_taken_by_one(store):
    add_account(store)
    with store.write() as work:
        work.enrolments.add(enrolment())
    assert granted(store, lambda work: work.enrolments.take("e1"), 40) == 1


def test_a_name_is_given_to_one_of_many_who_take_it(store):
    accounts = [account(f"a{number}") for number in range(20)]
    with store.write() as work:
        for one in accounts:
            work.accounts.add(one)
    asking = iter(replace(one, name="same") for one in accounts)
    assert granted(store, lambda work: work.accounts.replace(next(asking)), 20) == 1
    with store.read() as work:
        renamed = work.accounts.by_name("same")
        untouched = [one for one in accounts if one.id != renamed.id]
        assert sorted(work.accounts.listed(), key=lambda one: one.id) == sorted(
            [renamed, *untouched], key=lambda one: one.id
        )


def test_a_message_is_claimed_by_one_of_many(store):
    messages(store, 30)
    claimed = granted(store, lambda work: work.outbox.claim(NOW, lambda attempts: NOW + 60), 50)
    assert claimed == 30
    assert attempts(store) == [1] * 30


def test_many_threads_of_two_processes_claim_each_message_once(store, store_url, together):
    messages(store, 150)
    assert sum(map(int, together("claim", store_url, 2))) == 150
    assert attempts(store) == [1] * 150


def messages(store, many):
    with store.write() as work:
        for number in range(many):
            work.outbox.add(message(f"m{number}", attempts=0))


def attempts(store):
    with store.read() as work:
        return [found.attempts for found in work.outbox.due(1e11, 1000)]


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_who_prunes_waits_for_nobody(store):
    """On SQLite a unit of work that writes is alone."""
    with store.write() as work:
        for name in ("l1", "l2"):
            work.logins.add(login(name, expires_at=1.0))
    with store.write() as holding:
        assert holding.logins.replace(login("l1", expires_at=1.0))
        with store.write() as work:
            assert work.logins.prune(2.0) == 1
    with store.read() as work:
        assert work.logins.get("l1") is not None


@pytest.mark.clause("CC-17010.j.g")
def test_of_60_parallel_attempts_10_failures_are_counted(store):
    assert granted(store, lambda work: work.failures.reserve("a", "k", "b", 10, NOW), 60) == 10
    with store.read() as work:
        assert work.failures.counts("a") == {("k", "b"): 10}


def test_many_threads_of_two_processes_write_and_nobody_is_locked_out(store, store_url, together):
    each = process.THREADS * process.TURNS
    assert list(map(int, together("count", store_url, 2))) == [each, each]
    with store.read() as work:
        assert work.failures.counts("many") == {("totp", "any"): 2 * each}


def test_readers_go_on_while_somebody_writes(store):
    add_account(store)
    with store.write() as writing, store.read() as reading:
        writing.failures.reserve("a", "k", "b", 10, NOW)
        assert reading.failures.counts("a") == {}
        assert reading.accounts.by_id("a1") is not None


def test_one_sequencer_at_a_time(store, store_url):
    with closing(SqlStore(store_url, writer_id=new_writer, waits=Waits(lock=0.2))) as other:
        with store.write() as work:
            assert work.log.lock()
            assert not locks(other)
        assert locks(other)


def locks(store):
    """Whether the lock is had. On SQLite it is the writing transaction: there is none to be had."""
    try:
        with store.write() as work:
            return work.log.lock()
    except StoreUnavailable:
        return False
