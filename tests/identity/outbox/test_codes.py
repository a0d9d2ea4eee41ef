"""What somebody waits for: tried again within seconds, dropped once of no use, and told of."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from identity.audit import events
from identity.audit.record import Journal, decode
from identity.keys.seal import Sealer
from identity.outbox import texts
from identity.outbox.backoff import FIRST, LATEST, LONGEST, delay_while_waited_for
from identity.outbox.courier import MAIL, SMS, Courier, Couriers, Outbox
from identity.outbox.letter import Letter
from identity.outbox.port import GatewayRefused, NoCarrier
from tests.identity.keys.sources import NOW, stream

CODE = "924817"
CODE_VALUES = {"code": CODE, "purpose": "login", "minutes": "10"}
ADDRESSES = {MAIL: "amy@mail.example", SMS: "+886912345678"}
LIFETIME = 600.0


class Doing:
    """A carrier that does one thing with every letter."""

    def __init__(self, deed: Callable[[Letter], object]) -> None:
        self._deed = deed

    def carry(self, letter: Letter) -> None:
        self._deed(letter)


class Post:
    """An outbox on a store, and a customer's account; time moves when it is told to."""

    def __init__(self, store, ring, account, profile) -> None:
        self.store = store
        self.now = NOW
        self._sealer = Sealer(ring, stream("nonces"))
        self._journal = Journal(ring, lab=False)
        self._outbox = Outbox(self._sealer, texts.load("Firm"), self._journal)
        self._to = (account, profile)
        self._chance = stream("ids")

    def clock(self) -> float:
        return self.now

    def courier(self, carrier, channel="") -> Courier:
        parts = (self.store, self._sealer, carrier, self.clock, self._journal)
        return Courier(*parts, channel, 0.01)

    def code(self, channel=SMS) -> str:
        """Queue a code that is good for ten minutes; return the message's name."""
        more = {"address": ADDRESSES[channel], "expires_at": NOW + LIFETIME}
        return self._queue(f"code_{channel}", CODE_VALUES, channel=channel, **more)

    def notice(self) -> str:
        return self._queue("password_changed", {})

    def state(self, message_id) -> str:
        with self.store.read() as work:
            return self._outbox.state(work, message_id)

    def told(self) -> list[events.Event]:
        with self.store.read() as work:
            rows = work.events.of_account("account", 1000)
        return [decode(row.body).event for row in reversed(rows)]

    def kinds(self) -> list[str]:
        return [type(event).__name__.removeprefix("Message") for event in self.told()]

    def waiting(self) -> int:
        with self.store.read() as work:
            return len(work.outbox.due(NOW * 2, 99))

    def _queue(self, text_id, values, **more) -> str:
        with self.store.write() as work:
            return self._outbox.queue(work, *self._to, text_id, values, NOW, self._chance, **more)


@pytest.fixture
def post(store, ring, account, profile) -> Post:
    return Post(store, ring, account, profile)


@pytest.fixture
def courier(post, shelf) -> Courier:
    return post.courier(shelf)


@pytest.mark.parametrize("channel", [MAIL, SMS])
def test_a_code_is_tried_again_within_seconds(post, courier, shelf, channel) -> None:
    message = post.code(channel)
    assert post.state(message) == "queued"
    shelf.refusals, seen, tried = 3, 0, []
    for second in range(20):
        post.now = NOW + second
        courier.run_once()
        if courier.errors + len(shelf.letters) > seen:
            seen += 1
            tried.append(second)
        assert post.state(message) == ("sent" if shelf.letters else "failed")
    assert tried == [0, 2, 6, 14]
    [letter] = shelf.letters
    assert letter.address == ADDRESSES[channel]
    assert CODE in letter.body
    failed = [event for event in post.told() if isinstance(event, events.MessageFailed)]
    again = [round((NOW + second) * 1e6) for second in (2, 6, 14)]
    assert [event.retry_at_us for event in failed] == again


def test_a_code_that_is_of_no_use_any_more_is_dropped_and_never_called_sent(
    post, courier, shelf
) -> None:
    message = post.code()
    post.now = NOW + LIFETIME
    with capture_logs() as logs:
        assert courier.run_once()
    assert shelf.letters == []
    assert post.state(message) == "failed"
    assert post.told()[-1] == events.MessageDropped(
        account_id="account",
        message_id=message,
        channel="sms",
        text_id="code_sms",
        attempts=0,
        reason="expired",
    )
    [line] = logs
    assert (line["event"], line["error"]) == ("carry_given_up", "expired")
    assert line["log_level"] == "error"
    post.now += LONGEST
    assert courier.run_once()
    assert post.waiting() == 0
    assert post.kinds() == ["Queued", "Dropped"]


def test_a_code_that_nobody_takes_is_tried_until_it_expires_and_dropped_then(
    post, courier, shelf
) -> None:
    message = post.code()
    shelf.refusals = 10**6
    with capture_logs():
        while post.now <= NOW + LIFETIME:
            courier.run_once()
            post.now += 1
    first, *failed, last = post.kinds()
    assert (first, set(failed), last) == ("Queued", {"Failed"}, "Dropped")
    assert 10 < len(failed) < 20
    assert post.state(message) == "failed"
    assert post.waiting() == 0


def test_what_expires_while_another_is_carried_is_not_carried(post, shelf) -> None:
    post.code()
    post.code()

    def slowly(letter) -> None:
        shelf.carry(letter)
        post.now = NOW + LIFETIME

    assert post.courier(Doing(slowly)).run_once()
    assert len(shelf.letters) == 1
    assert post.kinds().count("Dropped") == 1


def test_a_code_overtakes_a_backlog_of_notices(post, courier, shelf) -> None:
    for _ in range(3):
        post.notice()
    post.code(MAIL)
    courier.run_once()
    assert CODE in shelf.letters[0].body
    assert len(shelf.letters) == 4


def test_where_nothing_carries_sms_whoever_waits_is_told_at_once(post) -> None:
    message = post.code()
    with capture_logs() as logs:
        post.courier(NoCarrier()).run_once()
    assert post.state(message) == "failed"
    assert post.kinds() == ["Queued", "Dropped"]
    assert post.told()[-1].reason == logs[0]["error"] == "no_gateway"
    assert logs[0]["log_level"] == "warning", "a firm without a gateway has none by choice"
    assert post.waiting() == 0


def test_a_refusal_is_recorded_by_its_code(post) -> None:
    def refuse(letter) -> None:
        raise GatewayRefused("gateway_status_500")

    post.code()
    with capture_logs() as logs:
        post.courier(Doing(refuse)).run_once()
    assert post.told()[-1].reason == logs[0]["error"] == "gateway_status_500"


def test_a_node_that_is_late_to_fail_does_not_call_a_message_back(post, courier, shelf) -> None:
    """While one courier hangs in its carrier, another takes the message over and carries it."""
    message = post.code()

    def hang(letter) -> None:
        post.now = NOW + FIRST
        assert courier.run_once()
        raise TimeoutError

    assert post.courier(Doing(hang)).run_once()
    assert len(shelf.letters) == 1
    assert post.state(message) == "sent"
    post.now += LIFETIME
    assert courier.run_once()
    assert len(shelf.letters) == 1


def test_a_channel_that_hangs_does_not_hold_up_the_other(post, shelf) -> None:
    hanging, let_go, carried = threading.Event(), threading.Event(), threading.Event()

    def hang(letter) -> None:
        hanging.set()
        assert let_go.wait(60)

    def ring(letter) -> None:
        shelf.carry(letter)
        carried.set()

    couriers = Couriers([post.courier(Doing(ring), MAIL), post.courier(Doing(hang), SMS)])
    couriers.start()
    try:
        post.code()
        assert hanging.wait(30)
        post.notice()
        assert carried.wait(30)
        assert [letter.channel for letter in shelf.letters] == ["mail"]
    finally:
        let_go.set()
        couriers.stop()
    assert post.waiting() == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "courier"]


def test_one_that_fails_keeps_no_other_from_its_work(post, shelf) -> None:
    post.code()
    post.notice()
    broken = post.courier(shelf, SMS)
    broken._clock = lambda: 1 / 0
    with capture_logs():
        assert not Couriers([broken, post.courier(shelf, MAIL)]).run_once()
    assert [letter.channel for letter in shelf.letters] == ["mail"]


def test_what_a_code_says_is_in_no_log_and_no_event(post, courier, shelf, capfd) -> None:
    post.code()
    shelf.refusals = 1
    with capture_logs() as logs:
        courier.run_once()
        post.now += LIFETIME
        courier.run_once()
    with post.store.read() as work:
        rows = b"".join(row.body for row in work.events.of_account("account"))
    shown = str(logs) + "".join(capfd.readouterr()) + rows.decode()
    assert "carry_failed" in shown
    for private in (CODE, "912345678"):
        assert private not in shown


def test_the_wait_for_a_code_doubles_up_to_a_minute() -> None:
    waits = [delay_while_waited_for(attempts) for attempts in range(12)]
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert waits == sorted(waits)
    assert waits[-1] == delay_while_waited_for(10**6) == LATEST
