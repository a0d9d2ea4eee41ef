"""Promises of the port `Outbox`, on every store."""

import math

import pytest
from msgspec.structs import replace

from identity.model import MessageState
from tests.identity.storage.records import message


def ids(messages):
    return [found.id for found in messages]


def test_messages_are_due_the_longest_first(store):
    with store.write() as work:
        work.outbox.add(message("m1", created_at=1.0, due_at=5.0))
        work.outbox.add(message("m2", created_at=3.0, due_at=3.0))
        work.outbox.add(message("m3", created_at=2.0, due_at=6.0))
    with store.read() as work:
        assert ids(work.outbox.due(5.0)) == ["m2", "m1"]
        assert ids(work.outbox.due(6.0, limit=2)) == ["m2", "m1"]
        assert work.outbox.due(3.0) == [message("m2", created_at=3.0, due_at=3.0)]


def test_what_was_carried_is_gone_once(store):
    with store.write() as work:
        work.outbox.add(message())
        assert work.outbox.sent("m1")
        assert not work.outbox.sent("m1")
        assert work.outbox.due(1e10) == []


def test_a_claim_counts_the_attempt_and_says_when_it_is_due_again(store):
    claimed = replace(message(), attempts=3, due_at=60.5)
    with store.write() as work:
        work.outbox.add(message(attempts=2, due_at=2.5))
        assert work.outbox.claim(2.4, lambda attempts: 60.5) == []
        assert work.outbox.claim(2.5, lambda attempts: 60.5) == [claimed]
        assert work.outbox.claim(60.4, lambda attempts: 90.5) == []
    with store.read() as work:
        assert work.outbox.due(60.4) == []
        assert work.outbox.due(60.5) == [claimed]


def test_each_message_of_a_claim_waits_by_its_own_attempts(store):
    with store.write() as work:
        for attempts in (0, 1, 5):
            work.outbox.add(message(f"m{attempts}", attempts=attempts, due_at=float(attempts)))
        claimed = work.outbox.claim(9.0, lambda attempts: 100.0 + attempts, limit=2)
        assert [(m.id, m.attempts, m.due_at) for m in claimed] == [
            ("m0", 1, 100.0),
            ("m1", 2, 101.0),
        ]
        assert ids(work.outbox.claim(9.0, lambda attempts: 100.0, limit=2)) == ["m5"]
        assert work.outbox.claim(9.0, lambda attempts: 100.0) == []


def test_a_claim_that_is_rolled_back_never_was(store):
    def fail():
        with store.write() as work:
            assert work.outbox.claim(9.0, lambda attempts: 100.0)
            raise InterruptedError

    with store.write() as work:
        work.outbox.add(message())
    with pytest.raises(InterruptedError):
        fail()
    with store.read() as work:
        assert work.outbox.due(9.0) == [message()]


def test_what_expires_soonest_comes_first_so_that_a_code_overtakes_a_backlog(store):
    with store.write() as work:
        work.outbox.add(message("notice", due_at=1.0))
        work.outbox.add(message("later", due_at=1.0, expires_at=700.0))
        work.outbox.add(message("sooner", due_at=2.0, expires_at=600.0))
        assert ids(work.outbox.due(5.0)) == ["sooner", "later", "notice"]
        claimed = work.outbox.claim(5.0, lambda attempts: 35.0, limit=3)
        assert ids(claimed) == ["sooner", "later", "notice"]
        assert [found.expires_at for found in claimed] == [600.0, 700.0, math.inf]


def test_a_channel_gets_its_own_messages_and_no_others(store):
    with store.write() as work:
        for name, channel in (("m1", "mail"), ("m2", "sms"), ("m3", "mail")):
            work.outbox.add(message(name, channel=channel))
        assert ids(work.outbox.due(9.0, channel="mail")) == ["m1", "m3"]
        assert ids(work.outbox.claim(9.0, lambda attempts: 100.0, 9, "sms")) == ["m2"]
        assert work.outbox.due(9.0, channel="sms") == []
        assert work.outbox.due(9.0, channel="pigeon") == []
        assert ids(work.outbox.due(9.0)) == ["m1", "m3"]


def test_it_is_told_how_far_a_message_has_come(store):
    with store.write() as work:
        work.outbox.add(message(attempts=0, due_at=1.0))
        assert work.outbox.state("m1") is MessageState.QUEUED
        [claimed] = work.outbox.claim(1.0, lambda attempts: 31.0)
        assert work.outbox.state("m1") is MessageState.QUEUED, "being carried is no failure"
        assert work.outbox.failed(claimed, 3.0)
        assert work.outbox.state("m1") is MessageState.FAILED
    with store.write() as work:
        assert work.outbox.due(2.9) == []
        [again] = work.outbox.claim(3.0, lambda attempts: 33.0)
        assert (again.attempts, again.due_at, again.state) == (2, 33.0, MessageState.FAILED)
        assert work.outbox.sent("m1")
        assert work.outbox.state("m1") is MessageState.SENT


def test_who_is_late_to_say_that_it_failed_changes_nothing(store):
    """Another node took it over meanwhile, or settled it."""
    with store.write() as work:
        work.outbox.add(message(attempts=0, due_at=1.0))
        [slow] = work.outbox.claim(1.0, lambda attempts: 31.0)
        [quick] = work.outbox.claim(31.0, lambda attempts: 61.0)
        assert not work.outbox.failed(slow, 33.0)
        assert work.outbox.due(60.9) == []
        assert work.outbox.state("m1") is MessageState.QUEUED
        assert work.outbox.sent("m1")
        assert not work.outbox.failed(quick, 63.0)
        assert work.outbox.state("m1") is MessageState.SENT


def test_what_was_dropped_is_never_carried_and_never_called_sent(store):
    with store.write() as work:
        work.outbox.add(message(due_at=1.0))
        [claimed] = work.outbox.claim(1.0, lambda attempts: 31.0)
        assert work.outbox.dropped("m1")
        assert not work.outbox.dropped("m1")
        assert not work.outbox.failed(claimed, 2.0)
    with store.write() as work:
        assert work.outbox.due(1e10) == []
        assert work.outbox.claim(1e10, lambda attempts: 2e10) == []
        assert work.outbox.state("m1") is MessageState.DROPPED
    with store.write() as work:
        assert not work.outbox.dropped("never heard of")


def test_what_was_dropped_is_forgotten_in_its_time_and_nothing_else_is(store):
    with store.write() as work:
        for name in ("d1", "d2", "d3"):
            work.outbox.add(message(name, expires_at=600.0))
            work.outbox.dropped(name)
        work.outbox.add(message("no gateway", created_at=500.0))
        work.outbox.dropped("no gateway")
        work.outbox.add(message("expired, not seen yet", expires_at=1.0))
        work.outbox.add(message("notice", created_at=1.0))
        assert work.outbox.prune(500.0) == 0
        assert work.outbox.prune(600.0) == 1
        assert work.outbox.state("no gateway") is MessageState.SENT, "long after anybody asks"
        assert work.outbox.prune(600.5, limit=2) == 2
        assert work.outbox.prune(600.5, limit=2) == 1
        assert len(work.outbox.due(1e10)) == 2
