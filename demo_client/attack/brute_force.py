"""Brute force on one account: one address first, then a whole network, then one that pays.

Nothing is special about the service: default limits, the machine's clock. From one address the
electronic password is held after a few wrong entries (ECD.4), from many the account asks for work,
and whoever pays for all of it uses up the strangers' share of failures, which is the end.
"""

from __future__ import annotations

from demo_client.attack import promises
from demo_client.attack.addresses import neighbour
from demo_client.attack.outcomes import Found
from demo_client.attack.stage import Play, Run

GUESSES, PAID, HOT, COST = 400, 12, 80, 400


def run(run: Run) -> Found:
    """Guess one customer's password until nothing is looked at any more."""
    with run.service("brute_force") as service:
        play = Play(run, "brute_force", service)
        play.peoples()
        victim = play.known[0].customer.account
        play.rests()
        with play.attacking():
            ignoring, paying = play.stranger(), play.stranger(pays=True)
            with play.meanwhile():
                for number in play.each(GUESSES, 10):
                    ignoring.tries(victim, neighbour(0), f"Guess-{number}-alone")
                one_address = play.seen.reached
                for number in play.each(GUESSES, 10):
                    ignoring.tries(victim, neighbour(number), f"Guess-{number}-network")
                for_nothing = play.seen.reached
                for number in play.each(PAID, 20):
                    paying.tries(victim, neighbour(number), f"Guess-{number}-paid")
            for _ in range(HOT):  # until not even a transaction is opened without work
                ignoring.opens(victim, neighbour(0))
            with play.costing("opening"):
                for _ in play.each(COST, 5, least=HOT):
                    ignoring.opens(victim, neighbour(0))
        play.found.facts |= {
            "one_address": str(one_address),
            "network": str(for_nothing - one_address),
            "paid": str(play.seen.reached - for_nothing),
            "works": str(play.seen.solved),
        }
        return play.ends(promises.share(play.seen.reached))
