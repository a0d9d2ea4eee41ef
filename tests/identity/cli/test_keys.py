"""Keys are rotated, used and taken out while customers come and go."""

import base64
import itertools
import json
import os
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from identity.audit.checkpoint import read
from identity.audit.verify import verify
from identity.keys.file import load
from identity.keys.live import LiveRing
from identity.keys.reseal import Resealer
from identity.keys.ring import Purpose
from identity.keys.rotation import OVERLAP
from identity.keys.seal import Sealer, header_of
from tests.identity.kit import NOW

pytestmark = pytest.mark.clause("CC-17020.b.g")


@pytest.fixture(autouse=True)
def on_our_clock(monkeypatch):
    """The commands' time is the world's: `clock.system` is what they are built with."""
    moment = [NOW]
    monkeypatch.setattr("identity.clock.system", lambda: moment[0])
    return moment


@pytest.fixture
def ring(world):
    return lambda: load(world.root / "keys.json")


def sealed_by(root, key_id):
    """Return the tables and columns that hold anything the key has sealed, in any form."""
    header = header_of(key_id)
    forms = (header, base64.b64encode(header))
    with closing(sqlite3.connect(root / "identity.db")) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {
            (table, column[0])
            for (table,) in tables
            for cursor in [connection.execute(f"SELECT * FROM {table}")]
            for row in cursor
            for column, value in zip(cursor.description, row, strict=True)
            if isinstance(value, bytes) and any(form in value for form in forms)
        }


def in_the_middle(world):
    """A customer with everything that is sealed: factors, a challenge, an enrolment, a letter."""
    amy = world.customer().activated(passkey=True).signs_in()
    amy.approves("factor.add")
    begun = amy.enrols("totp")
    transaction = amy.opens(client=world.client())
    assert transaction.password(amy.own).status_code == 200
    assert transaction.ask("webauthn").status_code == 200
    world.running.courier.stop()
    world.customer("ben").applies()
    return amy, begun, transaction


PLACES = {
    ("credentials", "sealed"),
    ("accounts", "profile"),
    ("enrolments", "sealed"),
    ("logins", "challenges"),
    ("outbox", "sealed"),
}


def test_the_list_tells_what_there_is_and_nothing_of_the_keys(world, run, ring):
    run("keys", "rotate", "seal")
    status, said = run("keys", "list")
    assert status == 0
    for key in ring().every():
        assert key.id in said
        assert base64.b64encode(key.secret).decode()[:8] not in said
    assert said.count("in use") == len(Purpose)
    assert said.count("still opens") == 1


def test_without_a_purpose_all_but_name_are_rotated_and_each_is_an_event(world, run, ring):
    before = ring()
    status, _ = run("keys", "rotate")
    after = ring()
    changed = {p for p in Purpose if after.current(p) != before.current(p)}
    assert (status, changed) == (0, set(Purpose) - {Purpose.NAME})
    world.running.sequencer.run_once()
    with closing(sqlite3.connect(world.root / "identity.db")) as connection:
        bodies = connection.execute("SELECT body FROM events WHERE kind = 'keys:ring:added'")
        told = [json.loads(body)["event"] for (body,) in bodies]
    assert {(event["purpose"], event["key_id"]) for event in told} == {
        (purpose, after.current(purpose).id) for purpose in changed
    }


def test_what_is_no_purpose_is_refused(world, run, ring):
    before = ring().every()
    assert run("keys", "rotate", "everything")[0] == 2
    assert ring().every() == before


def test_everything_is_sealed_anew_while_it_is_in_use(world, run, ring):
    """Whatever is sealed in the store is found: this guards what is added to it later, too."""
    amy, begun, transaction = in_the_middle(world)
    old = ring().current(Purpose.SEAL).id
    assert sealed_by(world.root, old) == PLACES
    assert run("keys", "rotate", "seal")[0] == 0
    status, said = run("keys", "reseal")
    assert (status, "0 left" in said) == (0, True), said
    assert sealed_by(world.root, old) == set()
    assert sealed_by(world.root, ring().current(Purpose.SEAL).id) == PLACES
    asked = transaction.look().json()
    assert asked["state"] == "open"
    assert transaction.webauthn(amy.passkey).json()["state"] == "succeeded"
    amy.secret = begun.json()["offer"]["secret"]
    assert amy.confirms(begun, code=amy.code()).status_code == 201
    amy.signs_in()


def test_a_challenge_that_was_asked_under_the_old_key_is_answered_after_the_reseal(world, run):
    ben = world.customer("ben").activated(passkey=True)
    transaction = ben.opens()
    assert transaction.password(ben.own).status_code == 200
    options = transaction.ask("webauthn").json()["challenge"]["publicKey"]
    run("keys", "rotate", "seal")
    run("keys", "reseal")
    answer = transaction.answer(
        "webauthn", credential=ben.passkey.get(options, "https://testserver")
    )
    assert answer.json()["state"] == "succeeded", answer.text


def test_a_reseal_that_is_stopped_goes_on_where_it_was(world, run, ring, monkeypatch):
    for name in ("amy", "ben", "cid"):
        world.customer(name).activated()
    old = ring().current(Purpose.SEAL).id
    run("keys", "rotate", "seal")
    monkeypatch.setattr("identity.keys.reseal.BATCH", 1)
    ours = LiveRing(world.root / "keys.json")
    resealer = Resealer(world.store, Sealer(ours, os.urandom), lambda *_: None)

    batches = itertools.count(1)

    def stop(_):
        if next(batches) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resealer.run(stop)
    assert resealer.left() > 0
    assert run("keys", "reseal")[0] == 0
    assert sealed_by(world.root, old) == set()


def test_customers_log_in_while_keys_are_rotated_and_everything_is_sealed_anew(
    wide_world, run, ring
):
    world = wide_world
    customers = [
        world.customer(name).activated(totp=False, passkey=True) for name in ("amy", "ben", "cid")
    ]
    old = ring().current(Purpose.SEAL).id
    ended, failures, logins = threading.Event(), [], itertools.count()

    def log_in(customer):
        while not ended.is_set():
            transaction = customer.opens(client=world.client())
            answers = [
                transaction.password(customer.own),
                transaction.webauthn(customer.passkey),
            ]
            if [answer.status_code for answer in answers] != [200, 200]:
                failures.append([answer.text for answer in answers])
            next(logins)

    threads = [threading.Thread(target=log_in, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert run("keys", "rotate", "seal", "mac", "checkpoint", "token")[0] == 0
            assert run("keys", "reseal")[0] in {0, 1}  # 1: something was in use, or sealed since
            time.sleep(0.2)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert next(logins) > 3
    world.running.watch.run_once()
    assert run("keys", "reseal")[0] == 0
    assert sealed_by(world.root, old) == set()
    world.running.sequencer.run_once()
    assert verify(world.store, ring(), world.clock()).findings == ()


def test_old_checkpoints_and_macs_are_read_after_a_rotation_and_the_log_keeps_its_name(
    world, run, ring
):
    world.customer().activated()
    world.running.sequencer.run_once()
    with world.store.read() as work:
        before = work.log.last_checkpoint()
    run("keys", "rotate")
    world.running.watch.run_once()
    world.customer("ben").activated()
    world.running.sequencer.run_once()
    with world.store.read() as work:
        after = work.log.last_checkpoint()
    assert after.size > before.size
    assert read(before.note, ring())
    assert read(after.note, ring())
    assert before.note.split(b"\n")[0] == after.note.split(b"\n")[0]
    assert run("audit", "verify")[0] == 0


def test_an_old_seal_key_goes_when_nothing_sealed_by_it_is_left(world, run, ring, on_our_clock):
    amy = world.customer().activated()
    old = ring().current(Purpose.SEAL).id
    assert run("keys", "retire", old) == (2, "It is the one in use: rotate first.")
    run("keys", "rotate", "seal")
    assert "younger than an hour" in run("keys", "retire", old)[1]
    on_our_clock[0] += OVERLAP + 1
    status, said = run("keys", "retire", old)
    assert (status, "identity keys reseal" in said) == (2, True)
    assert run("keys", "reseal")[0] == 0
    status, said = run("keys", "retire", old)
    assert (status, f"seal: {old} is out of the ring." in said) == (0, True)
    assert old not in {key.id for key in ring().every()}
    world.running.watch.run_once()
    world.clock.forward(60)
    amy.signs_in()
    assert world.customer("nobody").opens().password("wrong").status_code == 401


def test_macs_and_checkpoints_keys_stay(world, run, ring, on_our_clock):
    before = ring()
    run("keys", "rotate")
    on_our_clock[0] += OVERLAP + 1
    for purpose in (Purpose.MAC, Purpose.CHECKPOINT):
        status, said = run("keys", "retire", before.current(purpose).id)
        assert (status, "could not be examined" in said) == (2, True)
    assert run("keys", "retire", before.current(Purpose.TOKEN).id)[0] == 0
    assert run("keys", "retire", "AAAAAAAA")[0] == 2


def test_what_does_not_open_is_told_and_the_old_key_stays(world, run, ring, on_our_clock):
    amy = world.customer().activated()
    old = ring().current(Purpose.SEAL).id
    with closing(sqlite3.connect(world.root / "identity.db")) as connection, connection:
        (row,) = connection.execute("SELECT sealed FROM credentials WHERE kind = 'totp'").fetchone()
        broken = bytes([*row[:-1], row[-1] ^ 1])
        connection.execute("UPDATE credentials SET sealed = ? WHERE kind = 'totp'", (broken,))
    run("keys", "rotate", "seal")
    status, said = run("keys", "reseal")
    assert (status, "1 left" in said, "seal_broken credential" in said) == (1, True, True)
    on_our_clock[0] += OVERLAP + 1
    assert run("keys", "retire", old)[0] == 2
    assert old in {key.id for key in ring().every()}
    assert amy.opens().password(amy.own).status_code == 200
