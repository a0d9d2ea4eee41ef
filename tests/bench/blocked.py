"""What an attempt costs that is asked for work instead of being looked at, in CPU time.

Attackers who do not work: one whose network is hot; a botnet on one account, of which each network
is new, while the account is hot; and one that opened its transactions before the account was, and
is asked at its first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from itertools import count, islice
from statistics import fmean, median

from tests.bench.bed import Bed, RawVerify, bed
from tests.bench.rows import Row
from tests.hard.servers import WIDE
from tests.hard.wire import Answer

ROUNDS = 9
EACH = 60
"""Attempts in a round; a round's figure is their mean, so that background work is in it."""

MOST_OF_A_HASH = 1 / 20
PROXY = {"trusted": ["127.0.0.1/32"]}
GUESS = {"method": "password", "response": {"password": "guessed-wrong-1"}}
NEVER_FREE, ONCE_FREE = {"free": 0}, {"free": 1}


def rows() -> list[Row]:
    """Measure each of them."""
    raw, trusting = RawVerify(), {"proxies": PROXY}
    with bed(settings=trusting, opening=NEVER_FREE) as host:
        network = ratio(host, raw, lambda _: opening(host, "198.51.100.7"))
    with bed(settings=trusting, account=NEVER_FREE) as host:
        botnet = ratio(host, raw, lambda address: opening(host, address))
    with bed(settings=trusting, account=ONCE_FREE, service=WIDE) as host:
        early = [opened(host, address) for address in islice(addresses(), (ROUNDS + 1) * EACH + 1)]
        assert refused_answer(host, *early.pop()).status == 401
        answer = ratio(host, raw, lambda _: refused_answer(host, *early.pop()))
    return [
        row("a hot network's attempt, asked for work", network),
        row("a botnet's attempt on a hot account, asked for work", botnet),
        row("its answer in a transaction from before, asked for work", answer),
    ]


def ratio(
    host: Bed, raw: RawVerify, attempt: Callable[[str], Answer]
) -> tuple[float, float, float]:
    """Return attempt over raw verify, and both in CPU ms: medians over interleaved rounds."""
    networks = addresses()
    one_round(host, attempt, networks)  # to warm up
    attempts, hashes = [], []
    for _ in range(ROUNDS):
        attempts.append(one_round(host, attempt, networks))
        hashes.append(fmean(raw.cpu() for _ in range(16)))
    found = median(cost / hash_ for cost, hash_ in zip(attempts, hashes, strict=True))
    return found, 1000 * median(attempts), 1000 * median(hashes)


def one_round(host: Bed, attempt: Callable[[str], Answer], networks: Iterator[str]) -> float:
    """Return the CPU seconds of an attempt, as the mean of many."""
    before = host.cpu()
    for _ in range(EACH):
        assert attempt(next(networks)).status == 428  # the status that asks
    return host.since(before) / EACH


def addresses() -> Iterator[str]:
    """Give an address of another /24 each time."""
    return (str(IPv4Address("11.0.0.1") + 256 * number) for number in count())


def opening(host: Bed, address: str) -> Answer:
    """Ask to open a login."""
    return host.wire.call(
        "POST",
        "/v1/logins",
        {"purpose": "login", "account": "victim"},
        {"X-Forwarded-For": address},
    )


def opened(host: Bed, address: str) -> tuple[str, str, str]:
    """Open a login while nobody guesses; return the address, the transaction's id and secret."""
    told = opening(host, address).body
    return address, told["id"], told["secret"]


def refused_answer(host: Bed, address: str, transaction: str, secret: str) -> Answer:
    """Answer without the work that is asked."""
    headers = {"X-Forwarded-For": address, "Trifactor-Transaction": secret}
    return host.wire.call("POST", f"/v1/logins/{transaction}/answers", GUESS, headers)


def row(what: str, measured: tuple[float, float, float]) -> Row:
    """Hold an attempt against a twentieth of one hash."""
    found, cost, hash_ = measured
    told = f"1/{1 / found:.0f} of an Argon2id verify ({cost:.2f} ms / {hash_:.1f} ms CPU)"
    return Row(what, told, "≤ 1/20 of one verify", found <= MOST_OF_A_HASH)


if __name__ == "__main__":
    for each in rows():
        print(*each)  # by itself: python -m tests.bench.blocked
