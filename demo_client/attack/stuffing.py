"""Credential stuffing: names and passwords from a breach elsewhere, one try each, few an address.

The lab makes the list. Some pairs are right at this firm too. Limits cannot tell such a try from a
customer's, so they let it through; what stops it is that a password is not enough.
"""

from __future__ import annotations

from demo_client.attack.addresses import stranger
from demo_client.attack.customers import Newcomer
from demo_client.attack.outcomes import Found
from demo_client.attack.seen import OK
from demo_client.attack.stage import Play, Run
from demo_client.attack.strangers import Stranger
from demo_client.lab.customers import Transaction

PAIRS, RIGHT, AN_ADDRESS = 320, 4, 8
SECOND = "hotp"


def run(run: Run) -> Found:
    """Try every pair once; where the password is right, guess the second factor once."""
    with run.service("stuffing") as service:
        play = Play(run, "stuffing", service)
        play.peoples()
        breached = [f"Breached-Once-{number}8" for number in range(RIGHT)]
        joined = play.household.joins(*(Newcomer(password=password) for password in breached))
        right = [(each.customer.account, breached[n]) for n, each in enumerate(joined)]
        play.rests()
        others = [(f"elsewhere-{n}", f"Leaked-Word-{n}") for n in range(PAIRS - RIGHT)]
        pairs = [*others[:AN_ADDRESS], *right, *others[AN_ADDRESS:]]
        tried = learned = guessed = 0
        with play.attacking(), play.meanwhile():
            thief = play.stranger()
            for number in play.each(PAIRS, 40, least=AN_ADDRESS + RIGHT):
                name, password = pairs[number]
                tried += 1
                transaction = thief.opens(name, stranger(number // AN_ADDRESS))
                if transaction is not None and _is_right(thief, transaction, password):
                    learned += 1
                    guessed += thief.answers(transaction, SECOND, {"code": "000000"}).status == OK
        play.found.facts |= {
            "pairs": str(tried),
            "right": str(len(right)),
            "addresses": str(len(play.seen.addresses)),
            "learned": str(learned),
            "guessed": str(guessed),
        }
        return play.ends()


def _is_right(thief: Stranger, transaction: Transaction, password: str) -> bool:
    return thief.answers(transaction, "password", {"password": password}).status == OK
