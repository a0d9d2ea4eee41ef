"""Promises of the ports `Enrolments`, `Logins`, `Sessions` and `Devices`, on every store."""

from msgspec.structs import replace

from identity.model import LoginState
from tests.identity.storage.records import (
    account,
    add_account,
    device,
    enrolment,
    login,
    session,
)


def test_an_enrolment_is_taken_once(store):
    add_account(store)
    with store.write() as work:
        work.enrolments.add(enrolment())
        assert work.enrolments.get("e1") == enrolment()
        assert work.enrolments.take("e1")
        assert not work.enrolments.take("e1")
        assert work.enrolments.get("e1") is None


def test_a_login_comes_back_as_it_was_also_a_decoys(store):
    with store.write() as work:
        work.logins.add(login())
    with store.read() as work:
        assert work.logins.get("l1") == login()
        assert work.logins.get("l2") is None


def test_a_login_moves_on_once_for_each_version(store):
    done = replace(login(), state=LoginState.SUCCEEDED, challenges={}, shown=())
    with store.write() as work:
        work.logins.add(login())
        assert work.logins.replace(done)
        assert not work.logins.replace(done)
        assert work.logins.get("l1") == replace(done, version=2)


def test_a_session_is_found_by_id_and_by_secret(store):
    add_account(store)
    with store.write() as work:
        work.sessions.add(session())
        assert work.sessions.get("s1") == session()
        assert work.sessions.by_secret(b"secret of s1") == session()
        assert work.sessions.get("s2") is None
        assert work.sessions.by_secret(b"secret of s2") is None


def test_an_ended_session_is_found_and_not_listed(store):
    ended = replace(session(), ended_at=9.5)
    add_account(store)
    with store.write() as work:
        work.sessions.add(session())
        assert work.sessions.replace(ended)
        assert not work.sessions.replace(ended)
        assert work.sessions.get("s1") == replace(ended, version=2)
        assert work.sessions.of("a1") == []


def test_all_sessions_of_the_account_end_but_one(store):
    add_account(store)
    with store.write() as work:
        work.accounts.add(account("a2"))
        for id_ in ("s1", "s2", "s3"):
            work.sessions.add(session(id_))
        work.sessions.add(session("s4", account_id="a2"))
        assert work.sessions.end_all("a1", 9.5, but="s2") == 2
        assert work.sessions.of("a1") == [session("s2")]
        assert work.sessions.of("a2") == [session("s4", account_id="a2")]
        assert work.sessions.get("s1").ended_at == 9.5
        assert work.sessions.end_all("a1", 10.5) == 1


def test_who_read_a_session_before_it_ended_cannot_write_it_back(store):
    add_account(store)
    with store.write() as work:
        work.sessions.add(session())
        work.sessions.end_all("a1", 9.5)
        assert not work.sessions.replace(replace(session(), last_seen_at=9.0))


def test_a_device_is_known_to_the_account_that_used_it(store):
    add_account(store)
    with store.write() as work:
        work.accounts.add(account("a2"))
        work.devices.seen(device())
        work.devices.seen(device(last_seen_at=7.5, created_at=7.5))
        assert work.devices.of("a1") == [device(last_seen_at=7.5)]
        assert work.devices.known("d1", "a1")
        assert not work.devices.known("d1", "a2")
        work.devices.seen(device(account_id="a2"))
        assert work.devices.known("d1", "a2")


def test_a_revoked_device_stays_revoked(store):
    add_account(store)
    with store.write() as work:
        work.devices.seen(device("d1"))
        work.devices.seen(device("d2"))
        assert work.devices.revoke_all("a1", 9.5) == 2
        assert work.devices.revoke_all("a1", 9.5) == 0
        work.devices.seen(device("d1", last_seen_at=10.5))
        assert not work.devices.known("d1", "a1")
        assert work.devices.of("a1") == []


def test_one_device_is_revoked_and_the_others_stay(store):
    add_account(store)
    with store.write() as work:
        work.accounts.add(account("a2"))
        for id_, of in (("d1", "a1"), ("d2", "a1"), ("d1", "a2")):
            work.devices.seen(device(id_, account_id=of))
        assert work.devices.revoke("a1", "d1", 9.5)
        assert not work.devices.revoke("a1", "d1", 10.5)
        assert not work.devices.revoke("a1", "d3", 9.5)
        assert [kept.id for kept in work.devices.of("a1")] == ["d2"]
        assert work.devices.known("d1", "a2")


def left(find, ids):
    return [id_ for id_ in ids if find(id_) is not None]


def test_logins_that_expired_before_are_pruned_a_few_at_a_time(store):
    with store.write() as work:
        for number in range(1, 5):
            work.logins.add(login(f"l{number}", expires_at=float(number)))
        assert work.logins.prune(1.0) == 0
        assert work.logins.prune(4.0, limit=2) == 2
        assert work.logins.prune(4.0, limit=2) == 1
        assert work.logins.prune(4.0) == 0
        assert left(work.logins.get, ["l1", "l2", "l3", "l4"]) == ["l4"]


def test_enrolments_that_expired_before_are_pruned_a_few_at_a_time(store):
    add_account(store)
    with store.write() as work:
        for number in range(1, 5):
            work.enrolments.add(enrolment(f"e{number}", expires_at=float(number)))
        assert work.enrolments.prune(1.0) == 0
        assert work.enrolments.prune(4.0, limit=2) == 2
        assert work.enrolments.prune(4.0) == 1
        assert left(work.enrolments.get, ["e1", "e2", "e3", "e4"]) == ["e4"]


def test_sessions_that_ended_or_expired_before_are_pruned_a_few_at_a_time(store):
    add_account(store)
    with store.write() as work:
        work.sessions.add(session("s1", expires_at=5.0))
        work.sessions.add(session("s2", expires_at=99.0, ended_at=5.0))
        work.sessions.add(session("s3", expires_at=5.0, ended_at=4.0))
        work.sessions.add(session("s4", expires_at=6.0))
        work.sessions.add(session("s5", expires_at=99.0, ended_at=6.0))
        assert work.sessions.prune(4.0) == 0
        assert work.sessions.prune(6.0, limit=2) == 2
        assert work.sessions.prune(6.0, limit=2) == 1
        assert left(work.sessions.get, ["s1", "s2", "s3", "s4", "s5"]) == ["s4", "s5"]
