"""Locking somebody out: a stranger spends all that is to be spent on a customer's account.

The clock stands still while he hammers, so that nothing heals meanwhile. A known device must go on
as if nothing were. A new device goes on with work, until the stranger, paying or patient, has used
up the last of the strangers' share of the password (a right password from a new device gives it
back, so the customer must stay away for that); then it goes on by another first factor, and the
customer opens the password's way again from the known device, vouching with two others.
"""

from __future__ import annotations

from typing import Final

from demo_client.attack import promises
from demo_client.attack.addresses import stranger
from demo_client.attack.customers import OTHERS, USUAL
from demo_client.attack.outcomes import KNOWN, NEW, Felt, Found, Promise
from demo_client.attack.stage import Play, Run
from demo_client.attack.strangers import Stranger

IGNORED, PAID, PATIENT, EVERY, AFTER = 200, 6, 60, 20, 6
WAIT: Final = 1200.0
"""Seconds that a patient stranger lets pass: then the account is cool again, and asks no work."""

EVERYTHING: Final = ("password", "pattern", "hotp")
REOPENINGS: Final = "/accounts/me/factors/reopenings"
DONE: Final = 204
YES, NO = "✓", "✗"


def run(run: Run) -> Found:
    """Try to lock one customer out, and let that customer sign in all the while."""
    with run.service("lockout", still=True) as service:
        play = Play(run, "lockout", service)
        play.peoples(EVERYTHING, 1)
        play.new = play.known
        play.rests(12)
        with play.attacking():
            _ignores(play, play.stranger())
            for_nothing = play.seen.reached
            _pays(play, play.stranger(pays=True))
            paid = play.seen.reached - for_nothing
            _waits(play, play.stranger())
            for _ in range(AFTER):
                play.signs_in(KNOWN)
                play.signs_in(NEW, OTHERS)
            closed = not play.household.signs_in(play.known[0], Felt(), NEW)
            reopened = _reopens(play)
        play.found.facts |= {
            "for_nothing": str(for_nothing),
            "paid": str(paid),
            "patient": str(play.seen.reached - for_nothing - paid),
            "works": str(play.seen.solved),
            "closed": YES if closed else NO,
            "reopened": YES if reopened else NO,
        }
        return play.ends(
            promises.share(play.seen.reached - for_nothing),
            Promise(id="reopened", kept=reopened, was=YES if reopened else NO, bound=YES),
        )


def _ignores(play: Play, thief: Stranger) -> None:
    victim = play.known[0].customer.account
    for number in play.each(IGNORED, 20):
        thief.tries(victim, stranger(number), f"Guess-{number}-lock")
        if number % EVERY == EVERY - 1:
            play.signs_in(KNOWN)
            play.signs_in(NEW)


def _pays(play: Play, thief: Stranger) -> None:
    """Pay for a few more."""
    victim = play.known[0].customer.account
    for number in play.each(PAID, 20):
        thief.tries(victim, stranger(5000 + number), f"Guess-{number}-paid")
    play.signs_in(KNOWN)


def _waits(play: Play, thief: Stranger) -> None:
    """Guess now and then, until nothing is looked at any more whatever is waited."""
    victim = play.known[0].customer.account
    for number in range(PATIENT):
        play.service.pass_time(WAIT)
        before = play.seen.reached
        thief.tries(victim, stranger(6000 + number), f"Guess-{number}-patient")
        if play.seen.reached == before:
            return
        if number % EVERY == EVERY - 1:
            play.signs_in(KNOWN)


def _reopens(play: Play) -> bool:
    """Vouch for the password from the known device by two others; sign in anew by it elsewhere."""
    customer = play.known[0]
    if not play.signs_in(KNOWN, OTHERS):
        return False
    reply = customer.browser.call("POST", REOPENINGS, {"method": "password"})
    return reply.status == DONE and play.signs_in(NEW, USUAL)
