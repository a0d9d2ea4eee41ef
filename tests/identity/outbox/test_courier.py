"""A message goes out where its change was kept, at least once, and is read by its customer only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from identity.audit import events
from identity.audit.record import decode
from identity.keys.seal import Sealer
from identity.model import Profile
from identity.outbox import courier as module
from identity.outbox.backoff import FIRST, LONGEST, delay
from identity.outbox.courier import MAIL, SMS, Courier
from tests.identity.keys.sources import NOW, stream

SECRET = "s3cret-Pa55"
VALUES = {"account": "amy", "password": SECRET, "days": "30"}
CODE_VALUES = {"code": "924817", "purpose": "login", "minutes": "10"}
PHONE = "+886912345678"


class Hand:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def courier(store, sealer, shelf, clock, journal) -> Courier:
    return Courier(store, sealer, shelf, clock, journal, interval=0.01)


@pytest.fixture
def draft(outbox, account, profile):
    """Queue a message within a unit of work."""
    chance = stream("ids")

    def drafted(work, text_id="initial_password", values=VALUES, **more) -> str:
        return outbox.queue(work, account, profile, text_id, values, NOW, chance, **more)

    return drafted


@pytest.fixture
def queue(store, draft):
    """Queue a message in a unit of work of its own."""

    def queued(*text, **more) -> str:
        with store.write() as work:
            return draft(work, *text, **more)

    return queued


def told(store) -> list[events.Event]:
    with store.read() as work:
        return [decode(row.body).event for row in reversed(work.events.of_account("account"))]


def waiting(store) -> int:
    with store.read() as work:
        return len(work.outbox.due(NOW * 2, 99))


@pytest.mark.clause("CC-17010.k")
def test_what_is_queued_is_carried_once_and_both_are_recorded(store, queue, courier, shelf) -> None:
    queue()
    assert courier.run_once()
    assert courier.run_once()
    [letter] = shelf.letters
    assert (letter.channel, letter.address, letter.at) == ("mail", "amy@mail.example", NOW)
    assert letter.subject == "Your electronic password"
    assert SECRET in letter.body
    about = {"account_id": "account", "message_id": letter.id, "channel": "mail"}
    assert told(store) == [
        events.MessageQueued(**about, text_id="initial_password"),
        events.MessageDelivered(**about, text_id="initial_password", attempts=1),
    ]
    assert waiting(store) == 0


def test_an_sms_goes_to_the_phone_on_file_and_is_short(queue, courier, shelf) -> None:
    queue("factor_added", {"method": "totp"}, channel=SMS)
    courier.run_once()
    [letter] = shelf.letters
    assert (letter.channel, letter.address) == ("sms", "+886900000000")
    assert letter.body.startswith("Firm: added to your account")
    assert "\n" not in letter.body


def test_a_message_may_go_elsewhere_than_what_is_on_file(queue, courier, shelf) -> None:
    queue("address_changed", {"method": "mail_otp"}, address="former@mail.example")
    queue("address_changed", {"method": "sms_otp"}, channel=SMS, address=PHONE)
    courier.run_once()
    assert {letter.address for letter in shelf.letters} == {"former@mail.example", PHONE}


def test_what_has_no_form_for_a_channel_or_no_address_is_not_queued(
    store, outbox, account, draft
) -> None:
    nobody = Profile(display_name="Amy", email="", phone="")
    with store.write() as work:
        for text_id, values, channel in (
            ("initial_password", VALUES, SMS),
            ("code_sms", CODE_VALUES, MAIL),
        ):
            with pytest.raises(KeyError):
                draft(work, text_id, values, channel=channel)
        for channel in (MAIL, SMS):
            with pytest.raises(ValueError, match="nothing on file"):
                outbox.queue(
                    work, account, nobody, "password_changed", {}, NOW, stream("x"), channel=channel
                )
    assert told(store) == []
    assert waiting(store) == 0


def test_what_is_rolled_back_is_never_carried(store, draft, courier, shelf) -> None:
    def fail() -> None:
        with store.write() as work:
            draft(work)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    courier.run_once()
    assert shelf.letters == []
    assert told(store) == []


def test_neither_address_nor_text_is_readable_in_the_store_or_in_an_event(store, queue) -> None:
    queue()
    with store.read() as work:
        [message] = work.outbox.due(NOW)
        rows = work.events.of_account("account")
    for stored in [message.sealed, *(row.body for row in rows)]:
        for private in (SECRET, "amy@mail", "Amy"):
            assert private.encode() not in stored


def test_a_carrier_that_fails_is_tried_again_and_nothing_is_lost(
    store, queue, courier, shelf, clock
) -> None:
    queue()
    shelf.refusals = 2
    courier.run_once()
    clock.now = NOW + FIRST - 1
    courier.run_once()
    assert shelf.refusals == 1
    clock.now = NOW + FIRST
    courier.run_once()
    clock.now += delay(1)
    courier.run_once()
    assert len(shelf.letters) == 1
    assert [type(event).__name__ for event in told(store)] == [
        "MessageQueued",
        "MessageFailed",
        "MessageFailed",
        "MessageDelivered",
    ]
    first, second = told(store)[1:3]
    assert (first.attempts, first.reason) == (1, "ConnectionError")
    assert first.retry_at_us == round((NOW + FIRST) * 1e6)
    assert second.attempts == 2
    assert courier.errors == 2
    assert courier.healthy(clock.now)


def test_a_failure_does_not_hold_up_the_others(queue, courier, shelf) -> None:
    for _ in range(3):
        queue()
    shelf.refusals = 1
    courier.run_once()
    assert len(shelf.letters) == 2


@pytest.fixture
def another(store, sealer, shelf, clock, journal) -> Courier:
    return Courier(store, sealer, shelf, clock, journal)


def test_two_couriers_carry_each_message_once(store, queue, courier, another, shelf) -> None:
    for _ in range(20):
        queue()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(Courier.run_once, [courier, another])) == [True, True]
    assert len({letter.id for letter in shelf.letters}) == len(shelf.letters) == 20
    assert [type(event).__name__ for event in told(store)].count("MessageDelivered") == 20


def test_a_crash_after_carrying_carries_again_rather_than_never(
    queue, courier, shelf, clock, monkeypatch
) -> None:
    queue()
    monkeypatch.setattr(courier, "_carried", lambda message, now: 1 / 0)
    with capture_logs():
        assert not courier.run_once()
    monkeypatch.undo()
    clock.now += FIRST
    assert courier.run_once()
    clock.now += LONGEST
    assert courier.run_once()
    first, again = shelf.letters
    assert first == again


def test_a_message_put_in_another_customers_name_is_not_carried(
    store, queue, courier, shelf
) -> None:
    queue()
    with store.write() as work:
        [message] = work.outbox.due(NOW)
        work.outbox.sent(message.id)
        work.outbox.add(type(message)(**_fields(message) | {"account_id": "thief"}))
    courier.run_once()
    assert shelf.letters == []
    with store.read() as work:
        [row] = work.events.of_account("thief")
    assert decode(row.body).event.reason == "SealBroken"


def _fields(message) -> dict[str, object]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def test_what_a_message_says_is_never_logged(queue, courier, shelf, capfd, monkeypatch) -> None:
    queue()
    shelf.refusals = 1
    with capture_logs() as logs:
        courier.run_once()
        queue()
        monkeypatch.setattr(module, "delay", lambda attempts: 1 / 0)
        assert not courier.run_once()
    shown = "".join(capfd.readouterr())
    for private in (SECRET, "amy@mail", "Amy"):
        assert private not in str(logs) + shown


def test_the_thread_carries_what_comes_and_ends_when_told(store, queue, courier) -> None:
    carried = threading.Event()
    courier._carrier = type("Bell", (), {"carry": lambda self, _: carried.set()})()
    courier.start()
    queue()
    assert carried.wait(10)
    courier.stop()
    assert waiting(store) == 0


def test_what_waits_over_a_restart_still_opens(queue, courier, ring, shelf) -> None:
    queue()
    courier._sealer = Sealer(ring, stream("after a restart"))
    courier.run_once()
    assert len(shelf.letters) == 1


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [delay(attempts) for attempts in range(12)]
    assert waits[:4] == [FIRST, FIRST * 2, FIRST * 4, FIRST * 8]
    assert waits == sorted(waits)
    assert waits[-1] == delay(10**6) == LONGEST
