"""Enumeration: does the time, or the look, of an answer tell who has an account?

Known, suspended and unknown names are asked for in turns with a wrong password. Two things are
changed, both against ourselves: Argon2 is so cheap that it drowns nothing, and the limits are so
wide that every question is answered. A true difference of a few per cent would show.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations
from typing import Any, Final

from demo_client.attack import charts, promises
from demo_client.attack.addresses import stranger
from demo_client.attack.auc import auc
from demo_client.attack.customers import Newcomer
from demo_client.attack.outcomes import Found
from demo_client.attack.stage import Play, Run
from demo_client.lab.customers import opened
from demo_client.lab.process import Tables
from demo_client.lab.wire import Reply, stopwatch

SAMPLES, EACH, WARM = 2000, 8, 100
KINDS: Final = ("known", "suspended", "unknown")
STEPS: Final = ("opening", "answer")

WIDE: Final = {"burst": 1_000_000, "interval": 3600}
LIMITS: Final = dict.fromkeys(
    ("account", "account_prefix", "prefix_1", "prefix_2", "prefix_3", "opening", "service",
     "registration", "failures"), WIDE,
)  # fmt: skip
SETTINGS: Final[Tables] = {
    "password": {"wrong_entries": 1000},
    "password.argon2": {"memory_kib": 8, "time_cost": 1, "parallelism": 1},
    "database": {"synchronous": "NORMAL"},
}


def run(run: Run) -> Found:
    """Ask for names of each kind, interleaved, and compare."""
    with run.service("enumeration", still=True, limits=LIMITS, settings=SETTINGS) as service:
        play = Play(run, "enumeration", service)
        names = _names(play)
        with play.attacking():
            asking = _Asking(play)
            shapes = [asking.looks(names[kind][0]) for kind in KINDS]
            times = asking.samples(names, run.scaled(SAMPLES, 50))
        areas = {
            f"auc.{step}.{one}.{other}": auc(times[one, step], times[other, step])
            for step in STEPS
            for one, other in combinations(KINDS, 2)
        }
        play.found.facts |= {
            "samples": str(len(times["known", "answer"])),
            **{name: f"{a.area:.3f} [{a.low:.3f}, {a.high:.3f}]" for name, a in areas.items()},
        }
        play.found.charts += [charts.spread(times, KINDS), charts.intervals(areas)]
        return play.ends(promises.alike(shapes), promises.coin(areas))


def _names(play: Play) -> dict[str, list[str]]:
    newcomers = play.household.joins(*[Newcomer()] * (2 * EACH), known=False)
    joined = [each.customer.account for each in newcomers]
    for account in joined[EACH:]:
        play.service.run("accounts", "suspend", account)
    unknown = [f"customer-{100 + number}" for number in range(EACH)]
    return {"known": joined[:EACH], "suspended": joined[EACH:], "unknown": unknown}


class _Asking:
    """Somebody who asks for accounts, with a stopwatch."""

    def __init__(self, play: Play) -> None:
        self._seen = play.seen
        self._wire = play.service.connect(stranger(0))

    def samples(
        self, names: dict[str, list[str]], count: int
    ) -> dict[tuple[str, str], list[float]]:
        """Return the milliseconds of each kind and step, asked interleaved."""
        order = [(kind, number) for kind in KINDS for number in range(count)]
        order.sort(key=_shuffled)  # interleaved, so that a slow moment hits all alike
        times: dict[tuple[str, str], list[float]] = {(k, s): [] for k in KINDS for s in STEPS}
        for kind, number in order[:WARM]:
            self._asks(names[kind][number % EACH], number)
        for kind, number in order:
            took = self._asks(names[kind][number % EACH], number)
            for step, (ms, _) in zip(STEPS, took, strict=True):
                times[kind, step].append(ms)
        return times

    def looks(self, account: str) -> object:
        """Return what both answers look like: status, names and types, and no values."""
        return [(reply.status, _shape(reply.body)) for _, reply in self._asks(account, 0)]

    def _asks(self, account: str, number: int) -> tuple[tuple[float, Reply], tuple[float, Reply]]:
        first = self._timed("/v1/logins", {"account": account, "purpose": "login"}, {})
        self._seen.opening(first[1], self._wire.address)
        transaction = opened(first[1])
        body = {"method": "password", "response": {"password": f"Guess-{number}-time"}}
        path = f"/v1/logins/{transaction.id}/answers"
        second = self._timed(path, body, transaction.headers)
        self._seen.answer(second[1], "password")
        return first, second

    def _timed(self, path: str, body: Any, headers: dict[str, str]) -> tuple[float, Reply]:
        began = stopwatch()
        reply, _ = self._wire.call("POST", path, body, headers)
        return (stopwatch() - began) * 1000, reply


def _shuffled(one: tuple[str, int]) -> bytes:
    """Return a key that sorts as a shuffle would, and the same in every run."""
    return sha256(f"{one}".encode()).digest()


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return len(value) if isinstance(value, str) else type(value).__name__
