"""Promises of the port `Clients`, on every store."""

import threading
from contextlib import suppress

from msgspec.structs import replace

from identity.housekeeping import JOURNEYS, Housekeeper
from identity.model import Client

SIGNS = Client(
    id="client.1",
    name="對帳系統",
    scopes=("introspect",),
    audiences=("https://api.example.com",),
    secret_hash=None,
    keys=({"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},),
    created_at=1.5,
    expires_at=2.5,
)
KNOWS = replace(SIGNS, id="client.2", secret_hash=b"\x00\xff", keys=(), created_at=1.25)


def add(store, *clients):
    with store.write() as work:
        for client in clients:
            work.clients.add(client)


def test_a_client_comes_back_as_it_was(store):
    add(store, SIGNS, KNOWS)
    with store.read() as work:
        assert [work.clients.get(client.id) for client in (SIGNS, KNOWS)] == [SIGNS, KNOWS]
        assert work.clients.get("client.3") is None
        assert work.clients.listed() == [KNOWS, SIGNS]


def test_a_client_ends_once(store):
    add(store, SIGNS)
    with store.write() as work:
        assert work.clients.revoke(SIGNS.id, 7.5)
        assert not work.clients.revoke(SIGNS.id, 9.5)
        assert not work.clients.revoke("client.3", 9.5)
        assert work.clients.get(SIGNS.id) == replace(SIGNS, revoked_at=7.5)


def test_an_assertion_is_used_once_by_each(store):
    add(store, SIGNS, KNOWS)
    with store.write() as work:
        assert work.clients.spend(SIGNS.id, "one", 5.0)
        assert not work.clients.spend(SIGNS.id, "one", 9.0)
        assert work.clients.spend(SIGNS.id, "two", 5.0)
        assert work.clients.spend(KNOWS.id, "one", 5.0)


def test_of_many_who_use_an_assertion_at_once_one_does(store):
    add(store, SIGNS)
    together, won = threading.Barrier(4), []

    def use():
        together.wait()
        with store.write() as work:
            won.append(work.clients.spend(SIGNS.id, "one", 5.0))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]


def test_what_was_not_committed_was_not_used(store):
    add(store, SIGNS)
    with suppress(ZeroDivisionError), store.write() as work:
        assert work.clients.spend(SIGNS.id, "one", 5.0)
        1 / 0  # noqa: B018  # what the caller does next fails
    with store.write() as work:
        assert work.clients.spend(SIGNS.id, "one", 5.0)


def test_assertions_are_forgotten_when_they_are_over_a_few_at_a_time(store):
    add(store, SIGNS)
    with store.write() as work:
        for number in range(5):
            work.clients.spend(SIGNS.id, str(number), 5.0 + number)
    with store.write() as work:
        assert work.clients.prune(8.0, 2) == 2
        assert work.clients.prune(8.0, 2) == 1
        assert work.clients.prune(8.0, 2) == 0
        assert not work.clients.spend(SIGNS.id, "3", 9.0)
        assert work.clients.spend(SIGNS.id, "0", 9.0)


def test_the_housekeeper_leaves_an_assertion_until_no_node_can_take_it(store):
    add(store, SIGNS)
    with store.write() as work:
        assert work.clients.spend(SIGNS.id, "one", 5.0)

    def again(now):
        assert Housekeeper(store, lambda: now).run_once()
        with store.write() as work:
            return work.clients.spend(SIGNS.id, "one", 5.0)

    assert [again(now) for now in (5.0, 5.0 + JOURNEYS, 5.1 + JOURNEYS)] == [False, False, True]
