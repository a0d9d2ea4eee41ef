"""Everything is sealed anew while others change it, and no change is lost: on every store."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from identity.keys.reseal import Resealer
from identity.keys.ring import Purpose, generate_ring
from identity.keys.rotation import rotated
from identity.keys.seal import Sealer
from identity.model import SealedPlace
from tests.identity.keys.sources import NOW
from tests.identity.storage.records import add_account, credential, message

RING = generate_ring(NOW, os.urandom)
NEW = rotated(RING, [Purpose.SEAL], NOW + 1, os.urandom)
OLD_SEALER, SEALER = Sealer(RING, os.urandom), Sealer(NEW, os.urandom)
MANY = 30


def sealed(sealer, number, row):
    text = str(number).encode()
    return sealer.seal(
        text, account=row.account_id, kind=row.kind, name=row.id, version=row.version
    )


def opened(row):
    return int(
        SEALER.open(
            row.sealed, account=row.account_id, kind=row.kind, name=row.id, version=row.version
        )
    )


@pytest.fixture
def filled(store):
    """Thirty credentials that each hold a number, and a message that does not open."""
    add_account(store)
    with store.write() as work:
        account = work.accounts.by_id("a1")
        profile = OLD_SEALER.seal(b"profile", account="a1", kind="profile", name="a1", version=0)
        assert work.accounts.replace(replace(account, profile=profile))
        for number in range(MANY):
            row = credential(f"c{number:02d}")
            assert work.credentials.add(replace(row, sealed=sealed(OLD_SEALER, 0, row)))
    return store


def resealer(store, done=lambda *_: None):
    return Resealer(store, SEALER, done)


def test_it_ends_with_nothing_left_and_everything_as_it_was(filled):
    told, done = [], []
    ours = resealer(filled, lambda work, place, count: done.append((place, count)))
    assert ours.left() == MANY + 1
    assert ours.run(told.append) == MANY + 1
    assert (ours.left(), ours.broken) == (0, set())
    assert sum(told) == MANY + 1
    assert done == [(SealedPlace.CREDENTIAL, MANY), (SealedPlace.PROFILE, 1)]
    with filled.read() as work:
        rows = work.credentials.of("a1")
    assert {(opened(row), row.version) for row in rows} == {(0, 2)}
    assert ours.run(told.append) == 0


def test_what_does_not_open_is_told_and_does_not_stop_it(filled):
    with filled.write() as work:
        work.outbox.add(message())
    ours = resealer(filled)
    ours.run(lambda _: None)
    assert ours.broken == {(SealedPlace.MESSAGE, "m1", "")}
    assert ours.left() == 1


def test_what_is_recorded_of_a_batch_and_the_batch_are_kept_together_or_not_at_all(filled):
    def fails(*_):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        resealer(filled, fails).run(lambda _: None)
    assert resealer(filled).left() == MANY + 1


def test_every_change_that_others_make_meanwhile_is_kept(filled, monkeypatch):
    monkeypatch.setattr("identity.keys.reseal.BATCH", 7)
    made, ended = [0] * MANY, threading.Event()

    def change(numbers):
        """Count up, as the gate does: a lost swap is judged again."""
        while not ended.is_set():
            for number in numbers:
                made[number] += counted_up(filled, f"c{number:02d}")

    with ThreadPoolExecutor(3) as pool:
        changing = [pool.submit(change, range(start, MANY, 3)) for start in range(3)]
        try:
            for _ in range(5):
                resealer(filled).run(lambda _: None)
        finally:
            ended.set()
    for done in changing:
        done.result()
    resealer(filled).run(lambda _: None)
    with filled.read() as work:
        rows = sorted(work.credentials.of("a1"), key=lambda row: row.id)
    assert [opened(row) for row in rows] == made
    assert sum(made) > 0
    assert resealer(filled).left() == 0


def counted_up(store, credential_id):
    with store.read() as work:
        row = next(row for row in work.credentials.of("a1") if row.id == credential_id)
    following = replace(row, version=row.version + 1)
    with store.write() as work:
        sealer = SEALER if row.version % 2 else OLD_SEALER  # a node that is behind, and one not
        new = sealed(sealer, opened(row) + 1, following)
        return work.credentials.swap(row.id, row.version, new, None)
