"""Guessing TOTP for a simulated year: the thief has the password, and all the patience there is.

The customer signs in every trading day from a known device, which must not give the thief his
guesses back. The lab's thief never guesses right, so that a run does not hang on chance: a code
that would be right is passed over, and the odds follow from how many were looked at.
"""

from __future__ import annotations

from typing import Any, Final

import pyotp

from demo_client.attack import charts, odds, promises
from demo_client.attack.addresses import stranger
from demo_client.attack.charts import DAY
from demo_client.attack.outcomes import KNOWN, Found
from demo_client.attack.seen import OK
from demo_client.attack.stage import Play, Run
from demo_client.attack.strangers import Stranger
from demo_client.attack.trips import Regular
from demo_client.lab.pockets import TotpPocket

DAYS, A_DAY, BEFORE = 250, 3, 6
SHOWN: Final = ("password", "totp")
STEP: Final = 30
DIGITS: Final = 6


def run(run: Run) -> Found:
    """Guess codes every trading day of a year."""
    with run.service("totp_year", still=True) as service:
        play = Play(run, "totp_year", service)
        play.peoples(SHOWN, 1, new=False)
        play.rests(BEFORE, SHOWN, apart=DAY)
        with play.attacking():
            thief = Thief(play.stranger(pays=True), play.known[0])
            for day in play.each(DAYS, 60):
                service.pass_time(DAY)
                for number in range(A_DAY):
                    before = len(play.seen.by("totp"))
                    thief.guesses(stranger(day * A_DAY + number), service.clock())
                    service.pass_time(STEP)
                    if len(play.seen.by("totp")) == before:
                        break  # for today; tomorrow he tries again
                play.signs_in(KNOWN, SHOWN)
        guesses = [guess.at for guess in play.seen.by("totp")]
        chance = odds.of_guessing(len(guesses))
        play.found.facts |= {
            "days": str(play.found.felt[KNOWN].tried),
            "tried": str(play.seen.answers),
            "guesses": str(len(guesses)),
            "closed": f"{max(guesses, default=0.0) / DAY:.0f}",
            "valid": str(odds.VALID),
            "chance": promises.percent(chance),
        }
        play.found.charts.append(charts.tries(guesses, DAY, "axis.days", promises.SHARE))
        return play.ends(promises.share(len(guesses)), promises.year(chance), unit=DAY)


class Thief:
    """Somebody with a customer's password, and a list of all codes."""

    def __init__(self, stranger: Stranger, victim: Regular) -> None:
        self._stranger = stranger
        self._account = victim.customer.account
        self._password: Any = victim.customer.pockets["password", ""].answer(None)
        self._right = _generator(victim)
        self._next = 0

    def guesses(self, address: str, now: float) -> None:
        """Sign in by the password, and guess one code."""
        transaction = self._stranger.opens(self._account, address)
        if transaction is None:
            return
        if self._stranger.answers(transaction, "password", self._password).status == OK:
            self._stranger.answers(transaction, "totp", {"code": self._wrong(now)})

    def _wrong(self, now: float) -> str:
        """Return the next code that is not right at any time near `now`."""
        near = {self._right.at(int(now) + step * STEP) for step in (-2, -1, 0, 1, 2)}
        while True:
            self._next += 1
            code = f"{self._next % odds.CODES:0{DIGITS}}"
            if code not in near:
                return code


def _generator(victim: Regular) -> pyotp.TOTP:
    pocket = victim.customer.pockets["totp", ""]
    assert isinstance(pocket, TotpPocket)  # noqa: S101  # it was bound so
    assert pocket.app is not None  # noqa: S101  # it was bound
    found = pyotp.parse_uri(pocket.app.uri)
    assert isinstance(found, pyotp.TOTP)  # noqa: S101  # a time-based one, as asked
    return found
