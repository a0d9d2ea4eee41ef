"""Slow and low: one guess now and then from another address, under every window, for months.

Windows heal, so they never see it. The count of failures does not heal.
"""

from __future__ import annotations

from typing import Final

from demo_client.attack import charts, promises
from demo_client.attack.addresses import stranger
from demo_client.attack.charts import DAY
from demo_client.attack.customers import OTHERS
from demo_client.attack.outcomes import KNOWN, NEW, Found
from demo_client.attack.stage import Play, Run

DAYS, A_DAY, MONTH = 120, 12, 20
EVERYTHING: Final = ("password", "pattern", "hotp")


def run(run: Run) -> Found:
    """Guess one password a dozen times a simulated day; the customer signs in every day."""
    with run.service("slow", still=True) as service:
        play = Play(run, "slow", service)
        play.peoples(EVERYTHING, 1)
        victim = play.known[0].customer.account
        play.new = play.known
        play.rests(12)
        with play.attacking():
            thief = play.stranger()
            for day in play.each(DAYS, 40):
                for number in range(A_DAY):
                    service.pass_time(DAY / A_DAY)
                    thief.tries(victim, stranger(day * A_DAY + number), f"Guess-{day}-{number}x")
                play.signs_in(KNOWN)
                if day % MONTH == MONTH - 1:
                    play.signs_in(NEW, OTHERS)
        times = [guess.at for guess in play.seen.judged]
        play.found.facts |= {
            "days": f"{play.now() / DAY:.0f}",
            "tried": str(play.seen.answers),
            "closed": f"{max(times, default=0.0) / DAY:.1f}",
        }
        play.found.charts.append(charts.tries(times, DAY, "axis.days", promises.SHARE))
        return play.ends(promises.share(play.seen.reached), unit=DAY)
