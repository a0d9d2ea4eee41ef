"""Spraying: a few common passwords, each tried for many names, so that no account gets hot.

Most names are nobody's, which a stranger cannot know. One customer has the sprayed password: the
right answer opens nothing without the second factor.
"""

from __future__ import annotations

from demo_client.attack.addresses import stranger
from demo_client.attack.customers import Newcomer
from demo_client.attack.outcomes import Found
from demo_client.attack.seen import OK
from demo_client.attack.stage import Play, Run

SPRAYED = ("Trading-Winter-7", "Taipei-Market-88", "Dragon-Boat-Day-5")
NAMES, PAID = 250, 10


def run(run: Run) -> Found:
    """Try three passwords for every name from one address, without work and with it."""
    with run.service("spraying") as service:
        play = Play(run, "spraying", service)
        play.peoples()
        careless = play.household.joins(Newcomer(password=SPRAYED[0]))[0].customer.account
        play.rests()
        names = [careless, *(f"person-{number}" for number in range(NAMES - 1))]
        learned = 0
        with play.attacking():
            ignoring, paying = play.stranger(), play.stranger(pays=True)
            with play.meanwhile():
                for password in SPRAYED:
                    for number in play.each(NAMES, 8):
                        reply = ignoring.tries(names[number], stranger(1), password)
                        learned += reply is not None and reply.status == OK
                for_nothing = play.seen.reached
                for number in play.each(PAID, 15):
                    reply = paying.tries(names[-1 - number], stranger(2), SPRAYED[1])
                    learned += reply is not None and reply.status == OK
        play.found.facts |= {
            "names": str(run.scaled(NAMES)),
            "for_nothing": str(for_nothing),
            "paid": str(play.seen.reached - for_nothing),
            "learned": str(learned),
        }
        return play.ends()
