"""A botnet: thousands of addresses, each in a network of its own, each seen once or twice.

No network ever gets hot, so the account does, and then the service as a whole: both ask for work,
and neither refuses anybody who does it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from demo_client.attack import promises
from demo_client.attack.addresses import stranger
from demo_client.attack.outcomes import Found
from demo_client.attack.stage import Play, Run

BOTS, AT_ANSWER, THREADS = 10_400, 300, 2

FREE: Final = 10
"""Wrong answers that an account takes without work, by the default limits."""


def run(run: Run) -> Found:
    """Guess one account's password from every address of a botnet."""
    with run.service("distributed") as service:
        play = Play(run, "distributed", service)
        play.peoples()
        victim = play.new[0].customer.account
        play.rests()
        with play.attacking():
            bot = play.stranger()
            for number in range(FREE):
                bot.tries(victim, stranger(number), f"Guess-{number}-first")
            with play.costing("answer"):
                for number in play.each(AT_ANSWER, 10, least=100):
                    bot.tries(victim, stranger(FREE + number), f"Guess-{number}-cost")
            with play.meanwhile():
                _floods(play, victim)
        minutes = play.found.seconds / 60
        play.found.facts |= {
            "addresses": str(len(play.seen.addresses)),
            "free": str(FREE),
            "minutes": f"{minutes:.1f}",
        }
        # Each minute gives one back, and so does a customer's own right answer.
        return play.ends(promises.limited(play.seen.reached, FREE + int(minutes) + 2))


def _floods(play: Play, victim: str) -> None:
    bots = play.run.scaled(BOTS) // THREADS

    def crawl(first: int) -> None:
        bot = play.stranger()
        for number in play.each(BOTS // THREADS, 35):
            bot.tries(victim, stranger(1000 + first + number), f"Guess-{first + number}-bot")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(crawl, range(0, bots * THREADS, bots)))
