"""An event is kept with the change it records, or the change is not kept."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from identity.audit.events import AccountActivated, SettingsLoaded
from identity.audit.record import Journal, beat_holds, decode, event_holds
from identity.errors import AuditUnavailable
from identity.keys.ring import KeyRing, Purpose, generate, generate_ring
from identity.model import Account, AccountState
from tests.identity.audit.writing import write
from tests.identity.keys.sources import NOW, stream

RING = generate_ring(NOW, stream("record"))
ACCOUNT = Account(
    id="a",
    name="amy",
    state=AccountState.ACTIVE,
    locale="en",
    created_at=NOW,
    activate_by=NOW,
    profile=b"",
)


def rows(store, writer="w1"):
    with store.read() as work:
        return work.events.after(writer, 0, 99)


def activate(store, journal, then=lambda: None) -> None:
    with store.write() as work:
        work.accounts.add(ACCOUNT)
        journal.write(work, AccountActivated(account_id=ACCOUNT.id), NOW)
        then()


def test_the_body_is_json_with_sorted_members_and_nothing_between_them(store, journal) -> None:
    write(store, journal)
    [row] = rows(store)
    assert row.body == (
        b'{"at_us":1767225600000000,"event":{"account_id":"a0","type":"account:lifecycle:activated"}'
        b',"lab":false,"seq":1,"v":1,"writer":"w1"}'
    )


def test_an_event_of_lab_mode_says_so_under_its_mac(store, ring) -> None:
    write(store, Journal(ring, lab=True))
    [row] = rows(store)
    assert decode(row.body).lab
    honest = msgspec.structs.replace(row, body=row.body.replace(b'"lab":true', b'"lab":false'))
    assert event_holds(ring, row)
    assert not event_holds(ring, honest)


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7), column=st.sampled_from(["body", "mac"]))
def test_no_bit_of_body_or_mac_can_be_changed(at, bit, column) -> None:
    row = Journal(RING, lab=False)._row(SettingsLoaded(sha256="00"), "w", 1, 5)
    changed = bytearray(getattr(row, column))
    changed[at % len(changed)] ^= 1 << bit
    assert event_holds(RING, row)
    assert not event_holds(RING, msgspec.structs.replace(row, **{column: bytes(changed)}))


@pytest.mark.parametrize(
    "change",
    [{"id": "w2"}, {"seq": 4}, {"beat_us": 1}, {"closed": True}, {"mac": b""}, {"key_id": "?"}],
)
def test_what_a_writer_said_cannot_be_put_in_other_words(change) -> None:
    [said] = Journal(RING, lab=False).beats([("w1", 5)], NOW)
    assert beat_holds(RING, said)
    assert not beat_holds(RING, msgspec.structs.replace(said, **change))


def test_an_event_from_before_the_keys_were_rotated_still_holds(store, journal, ring) -> None:
    write(store, journal)
    keys = [key for purpose in Purpose for key in ring.all(purpose)]
    new = generate(Purpose.MAC, NOW + 1, stream("new"))
    rotated = KeyRing([*keys, new])
    write(store, Journal(rotated, lab=False))
    old, young = rows(store)
    assert (old.key_id, young.key_id) == (ring.current(Purpose.MAC).id, new.id)
    assert event_holds(rotated, old)
    assert event_holds(rotated, young)
    assert not event_holds(ring, young)


def test_the_first_event_of_a_writer_brings_its_first_beat(store, journal) -> None:
    write(store, journal)
    with store.read() as work:
        assert [(beat.id, beat.seq) for beat in work.events.writers()] == [("w1", 1)]


def test_what_is_rolled_back_leaves_no_event_and_no_gap(store, journal) -> None:
    write(store, journal)
    with pytest.raises(ZeroDivisionError):
        activate(store, journal, lambda: 1 / 0)
    write(store, journal)
    assert [row.seq for row in rows(store)] == [1, 2]


@pytest.mark.clause("CC-18000.4.d")
def test_what_cannot_be_recorded_does_not_happen(store, journal) -> None:
    with store._writing.begin() as connection:
        connection.execute(sa.text("ALTER TABLE events RENAME TO gone"))
    with pytest.raises(AuditUnavailable):
        activate(store, journal)
    with store.read() as work:
        assert work.accounts.by_id("a") is None
