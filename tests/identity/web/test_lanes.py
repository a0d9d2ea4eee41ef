"""Which lane a call is in: by what it brings, and by nothing that it says."""

import base64
import os

import msgspec
import pytest

from demo_client.soft_work import solve
from identity.keys.ring import generate_ring
from identity.sessions.caller import Caller
from identity.sessions.device_cookies import DeviceCookies
from identity.sessions.marks import Marks
from identity.throttling.way import prefixes
from identity.throttling.work import LIFETIME, About, WorkRefused, Works
from identity.web.lanes import Lane, Ticket, Tickets
from tests.identity.keys.sources import NOW, stream

TOKEN = "t" * 43
ABOUT = About(purpose="login", account="amy", prefix="198.51.100.7/32")
HERE = prefixes("198.51.100.7")
NETWORK = "198.51.100.0/24"


RING = generate_ring(NOW, stream("lanes"))
THEIRS = generate_ring(NOW, stream("another firm"))
WORKS = Works(RING)
MARKS, DEVICES = Marks(RING, os.urandom), DeviceCookies(RING)
TICKETS = Tickets(marks=MARKS, devices=DEVICES, outstanding=WORKS.outstanding, clock=lambda: NOW)

STRANGER = Ticket(Lane.STRANGER, NETWORK, NETWORK)


def ticket(secret="", **brought):
    return TICKETS.ticket(Caller(prefixes=HERE, **brought), secret)


def asked():
    """Return work as it is asked for."""
    return WORKS.asked(ABOUT, 0.0, NOW)


def unsolved(work):
    """Return a payload with a solution that is none."""
    sent = {"challenge": work, "solution": {"counter": 1, "derivedKey": "00"}}
    return base64.b64encode(msgspec.json.encode(sent)).decode()


def test_whoever_brings_nothing_is_a_stranger_of_his_network():
    assert ticket() == STRANGER


@pytest.mark.parametrize("where", ["transaction", "session", "device"])
def test_a_secret_of_ours_is_known_wherever_it_is(where):
    marked = MARKS.marked("amy's telephone", NOW + 1)
    found = {
        "transaction": lambda: ticket(marked),
        "session": lambda: ticket(session_secret=marked),
        "device": lambda: ticket(device_secrets=("x" * 43, DEVICES.made(TOKEN, "amy"))),
    }[where]()
    assert found.lane is Lane.KNOWN
    assert found.name
    assert found.as_stranger == STRANGER


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("where", ["transaction", "session", "device"])
def test_a_secret_of_somebody_elses_making_is_a_strangers(where):
    marked = Marks(THEIRS, os.urandom).marked("amy's telephone", NOW + 1)
    found = {
        "transaction": lambda: ticket(marked),
        "session": lambda: ticket(session_secret=marked),
        "device": lambda: ticket(device_secrets=(DeviceCookies(THEIRS).made(TOKEN, "amy"),)),
    }[where]()
    assert found == STRANGER


@pytest.mark.parametrize("junk", ["", "x" * 43, "~~~~", "\udcff", "中文" * 50, "x" * 100_000])
def test_junk_is_a_strangers(junk):
    found = ticket(junk, session_secret=junk, device_secrets=(junk,) * 4, payment=junk)
    assert found == STRANGER


def test_a_plain_secret_is_a_strangers():
    assert ticket(MARKS.plain()) == STRANGER


def test_all_that_one_device_opens_has_one_name():
    one, two = (ticket(MARKS.marked("amy's telephone", NOW + n)) for n in (1, 2))
    assert one == two
    assert one != ticket(MARKS.marked("ben's", NOW + 1))


def test_whoever_brings_work_that_was_asked_goes_before_strangers_once():
    payload = solve(asked())
    assert ticket(payment=payload) == Ticket(Lane.PAID, NETWORK, NETWORK)
    WORKS.judged(payload, ABOUT, NOW)
    assert ticket(payment=payload) == STRANGER


def test_work_that_was_judged_and_found_undone_does_not_go_first_again():
    payload = unsolved(asked())
    assert ticket(payment=payload).lane is Lane.PAID
    with pytest.raises(WorkRefused):
        WORKS.judged(payload, ABOUT, NOW)
    assert ticket(payment=payload) == STRANGER


def test_work_that_nobody_asked_for_or_that_is_over_is_a_strangers():
    foreign = solve(Works(THEIRS).asked(ABOUT, 0.0, NOW))
    over = solve(WORKS.asked(ABOUT, 0.0, NOW - LIFETIME))
    assert ticket(payment=foreign) == STRANGER
    assert ticket(payment=over) == STRANGER
