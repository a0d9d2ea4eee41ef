"""Promises of the port `Seals`, on every store."""

import threading

import pytest
from msgspec.structs import replace

from identity.model import SealedPlace
from tests.identity.storage.records import (
    account,
    add_account,
    credential,
    enrolment,
    login,
    message,
)

OLD, NEW = b"\x01old-key-", b"\x01new-key-"
STORED = {
    SealedPlace.CREDENTIAL: "c1",
    SealedPlace.PROFILE: "a1",
    SealedPlace.ENROLMENT: "e1",
    SealedPlace.CHALLENGE: "l1",
    SealedPlace.MESSAGE: "m1",
}
PLACES = pytest.mark.parametrize("place", SealedPlace)


@pytest.fixture
def sealed(store):
    """A store with one value in each place, under the old key."""
    with store.write() as work:
        assert work.accounts.add(account(profile=OLD + b"profile"))
        assert work.credentials.add(credential(sealed=OLD + b"credential"))
        work.enrolments.add(enrolment(sealed=OLD + b"enrolment"))
        work.logins.add(login(challenges={"totp": OLD + b"challenge"}))
        work.outbox.add(message(sealed=OLD + b"message"))
    return store


def taken(store, place, header=NEW, **more):
    with store.write() as work:
        return work.seals.stale(place, header, **more)


@PLACES
def test_a_value_comes_with_what_says_whose_it_is(sealed, place):
    [value] = taken(sealed, place)
    kind = {"credential": "totp", "enrolment": "webauthn", "challenge": "totp"}.get(place, "")
    owner = "nobody's" if place is SealedPlace.CHALLENGE else "a1"
    version = int(place in {SealedPlace.CREDENTIAL, SealedPlace.CHALLENGE})
    assert (value.place, value.id) == (place, STORED[place])
    assert (value.account_id, value.kind, value.version) == (owner, kind, version)
    assert value.sealed == OLD + place.encode()


@PLACES
def test_what_begins_with_the_header_is_passed_over_and_not_counted(sealed, place):
    with sealed.write() as work:
        assert work.seals.count(place, NEW) == 1
        [value] = work.seals.stale(place, NEW)
        assert work.seals.put(value, NEW + b"again")
    left = [] if place is not SealedPlace.CHALLENGE else [NEW + b"again"]
    assert [value.sealed for value in taken(sealed, place)] == left
    with sealed.read() as work:
        assert work.seals.count(place, NEW) == len(left)
        assert work.seals.count(place, OLD) == 1


@PLACES
def test_a_value_is_put_once(sealed, place):
    [value] = taken(sealed, place)
    with sealed.write() as work:
        assert work.seals.put(value, NEW + b"first")
        assert not work.seals.put(value, NEW + b"second")
    [value] = taken(sealed, place, b"\x01another")
    assert value.sealed == NEW + b"first"


@PLACES
def test_nothing_else_of_the_record_changes(sealed, place):
    with sealed.write() as work:
        for value in work.seals.stale(place, NEW):
            assert work.seals.put(value, NEW)
    challenges = {"totp": NEW} if place is SealedPlace.CHALLENGE else {"totp": OLD + b"challenge"}

    def kept(at, name):
        return NEW if place is at else OLD + name

    with sealed.read() as work:
        assert work.accounts.by_id("a1") == account(profile=kept(SealedPlace.PROFILE, b"profile"))
        assert work.credentials.of("a1") == [
            credential(
                sealed=kept(SealedPlace.CREDENTIAL, b"credential"),
                version=2 if place is SealedPlace.CREDENTIAL else 1,
            )
        ]
        assert work.enrolments.get("e1") == enrolment(
            sealed=kept(SealedPlace.ENROLMENT, b"enrolment")
        )
        assert work.logins.get("l1") == login(challenges=challenges)
        assert work.outbox.due(9.0) == [message(sealed=kept(SealedPlace.MESSAGE, b"message"))]


def test_a_credential_that_moved_on_is_left_alone(sealed):
    [value] = taken(sealed, SealedPlace.CREDENTIAL)
    with sealed.write() as work:
        assert work.credentials.swap("c1", 1, OLD + b"moved", None)
        assert not work.seals.put(value, NEW)
        assert not work.seals.put(replace(value, version=2), NEW)
        assert work.credentials.of("a1")[0].version == 2
    assert [value.sealed for value in taken(sealed, SealedPlace.CREDENTIAL)] == [OLD + b"moved"]


def test_a_login_that_moved_on_is_left_alone(sealed):
    [value] = taken(sealed, SealedPlace.CHALLENGE)
    with sealed.write() as work:
        assert work.logins.replace(login(challenges={}))
        assert not work.seals.put(value, NEW)
        assert work.logins.get("l1").challenges == {}


def test_a_login_gives_every_challenge_it_has(sealed):
    with sealed.write() as work:
        work.logins.add(login("l2", challenges={"totp": OLD, "webauthn": NEW}))
        work.logins.add(login("l3", challenges={}))
    values = taken(sealed, SealedPlace.CHALLENGE, after="l1", limit=1)
    assert {(value.id, value.kind, value.sealed) for value in values} == {
        ("l2", "totp", OLD),
        ("l2", "webauthn", NEW),
    }


def test_a_place_is_gone_through_in_pages(store):
    add_account(store)
    with store.write() as work:
        for number in range(5):
            assert work.credentials.add(credential(f"c{number}", sealed=OLD))
    pages, after = [], ""
    while page := taken(store, SealedPlace.CREDENTIAL, after=after, limit=2):
        pages.append([value.id for value in page])
        after = page[-1].id
    assert pages == [["c0", "c1"], ["c2", "c3"], ["c4"]]


@pytest.mark.postgres
def test_what_somebody_is_changing_is_passed_over_and_nobody_waits(sealed, store_url):
    if not store_url.startswith("postgresql"):
        pytest.skip("on SQLite a writing transaction is alone")
    changing, done = threading.Event(), threading.Event()

    def change():
        with sealed.write() as work:
            work.credentials.swap("c1", 1, OLD + b"moved", None)
            changing.set()
            done.wait(10)

    thread = threading.Thread(target=change)
    thread.start()
    assert changing.wait(10)
    assert taken(sealed, SealedPlace.CREDENTIAL) == []
    assert len(taken(sealed, SealedPlace.PROFILE)) == 1
    done.set()
    thread.join()
    assert len(taken(sealed, SealedPlace.CREDENTIAL)) == 1
