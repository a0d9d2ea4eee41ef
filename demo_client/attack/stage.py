"""Where an attack plays: a fresh service, its customers, the attacker's books, and the meters.

    Run     what all attacks of one run share: scale, world, folder, the price of a hash
    Play    one attack on one service; at its end `found` is what came of it

An attack is a function `(Run) -> Found`. It is bounded twice: by how many attempts it makes, which
`Run.scaled` sets, and by the seconds that `Play.each` gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demo_client.attack import charts, promises
from demo_client.attack.customers import USUAL, Household, Newcomer
from demo_client.attack.outcomes import KNOWN, NEW, Cost, Felt, Found, Promise, Remembered
from demo_client.attack.seen import Seen
from demo_client.attack.service import Attacked
from demo_client.attack.strangers import Stranger
from demo_client.attack.trips import Regular
from demo_client.lab.process import Tables
from demo_client.lab.wire import stopwatch
from demo_client.world import World

UNLOADED: Final = 24
"""Logins of each kind before an attack begins, to compare with."""

REGULARS: Final = 3
"""Customers of each kind: more than one, so that a person does not sign in every second."""

IDLE: Final = 1.0
"""Seconds that the service is left alone, to see what it spends on nobody."""

PAUSE: Final = 0.25
"""Seconds between two logins of one kind while an attack goes on."""

SECONDS: Final = 25.0
"""What a part of an attack may take at the most, at full scale."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all attacks of a run share. `limits` are rows of the tester's own, if any."""

    folder: Path
    world: World
    argon2_ms: float
    scale: float = 1.0
    limits: Tables = field(default_factory=dict)
    postgres: str = ""
    redis: str = ""

    def scaled(self, count: int, least: int = 1) -> int:
        """Return how many of `count` this run makes."""
        return max(least, round(count * self.scale))

    def service(
        self, name: str, *, still: bool = False, settings: Tables | None = None,
        limits: Tables | None = None,
    ) -> Attacked:  # fmt: skip
        """Return a service for one attack; not started yet."""
        rows = {**(limits or {}), **self.limits}
        folder = self.folder / name
        return Attacked(folder, self.world, still=still, settings=settings, limits=rows)


class Play:
    """One attack on one service."""

    def __init__(self, run: Run, name: str, service: Attacked) -> None:
        self.run = run
        self.service = service
        self.household = Household(service, run.world)
        self.seen = Seen(self.now)
        self.found = Found(name=name)
        self.known: list[Regular] = []
        self.new: list[Regular] = []
        self.began = stopwatch()
        self._began_there = service.clock()
        self._judged_before = 0
        self._idle = 0.0

    def now(self) -> float:
        """Return the seconds since the attack began, by the service's clock."""
        return self.service.clock() - self._began_there

    def peoples(
        self, kinds: Sequence[str] = USUAL, count: int = REGULARS, *, new: bool = True
    ) -> None:
        """Let customers move in: for known devices, and for new ones."""
        wanted = [Newcomer(kinds)] * (2 * count if new else count)
        joined = self.household.joins(*wanted)
        self.known, self.new = joined[:count], joined[count:]

    def rests(
        self, logins: int = UNLOADED, shown: Sequence[str] = USUAL, *, apart: float = 0.0
    ) -> None:
        """See how logins feel while nobody attacks, so many seconds apart."""
        count = self.run.scaled(logins, 6)
        for device, regulars in ((KNOWN, self.known), (NEW, self.new)):
            for number in range(count if regulars else 0):
                if apart:
                    self.service.pass_time(apart)
                felt = self.found.unloaded.setdefault(device, Felt())
                self.household.signs_in(regulars[number % len(regulars)], felt, device, shown)
        self._idle = self._spent_idly()

    def stranger(self, *, pays: bool = False) -> Stranger:
        """Return an attacker on a connection of their own."""
        return Stranger(self.service.connect(), self.seen, pays=pays)

    def each(self, count: int, seconds: float = SECONDS, *, least: int = 1) -> Iterator[int]:
        """Yield numbers up to `count`, scaled; fewer where the time is up, but `least`."""
        end, planned = (
            stopwatch() + seconds * max(self.run.scale, 0.1),
            self.run.scaled(count, least),
        )
        for number in range(planned):
            if number >= least and stopwatch() > end:
                self.found.left_out.append(f"{number}/{planned}")
                return
            yield number

    @contextmanager
    def attacking(self) -> Iterator[None]:
        """Watch the service's memory and books from here to the end."""
        self.began = stopwatch()
        self._began_there = self.service.clock()
        self._judged_before = self.service.judged()
        before = self.household.judged
        with self.service.meter.remembering() as memory:
            yield
        if memory is not None:
            self.found.memory = Remembered(
                before=memory.before,
                peak=memory.peak,
                after=memory.after,
                samples=tuple(memory.samples),
            )
        counted = self.service.judged() - self._judged_before
        seen = self.seen.reached + self.household.judged - before
        self.found.promises.append(promises.books(counted, seen))
        self.found.seconds = stopwatch() - self.began

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Let customers sign in while it goes on."""
        with self.household.signing_in(self.known, self.new, PAUSE) as felt:
            yield
        for device, each in felt.items():
            self.notes(device, each)

    def notes(self, device: str, felt: Felt) -> None:
        """Add what was felt to what was felt before."""
        into = self.found.felt.setdefault(device, Felt())
        into.tried += felt.tried
        into.worked += felt.worked
        into.waited += felt.waited
        into.ms += felt.ms
        into.why += felt.why

    def signs_in(self, device: str, shown: Sequence[str] = USUAL) -> bool:
        """Let one customer sign in just now."""
        regulars = self.known if device == KNOWN else self.new
        felt = self.found.felt.setdefault(device, Felt())
        return self.household.signs_in(regulars[felt.tried % len(regulars)], felt, device, shown)

    @contextmanager
    def costing(self, where: str) -> Iterator[None]:
        """Take what the service spends on blocked attempts meanwhile, and nothing else goes on.

        What it spends when nobody calls at all is taken off.
        """
        meter, blocked, began = self.service.meter, self.seen.blocked, stopwatch()
        spent = meter.cpu() if meter.works else 0.0
        yield
        count = self.seen.blocked - blocked
        if meter.works and count:
            idle = self._idle * (stopwatch() - began)
            ms = max(0.0, meter.cpu() - spent - idle) * 1000 / count
            self.found.costs.append(Cost(where=where, count=count, ms=ms))

    def _spent_idly(self) -> float:
        """Return the part of a core that the service uses when nobody calls."""
        meter = self.service.meter
        if not meter.works:
            return 0.0
        spent = meter.cpu()
        self.run.world.sleep(IDLE)
        return (meter.cpu() - spent) / IDLE

    def ends(self, *promised: Promise, unit: float = 1.0) -> Found:
        """Close the books. `unit` is how many seconds the charts count as one."""
        found, seen = self.found, self.seen
        found.requests, found.reached = seen.requests, seen.reached
        found.solved, found.opened = seen.solved, seen.opened
        found.answered = {str(status): n for status, n in sorted(Counter(seen.statuses).items())}
        found.promises = [
            promises.nobody_in(found.opened),
            *promised,
            *promises.customers(found.felt),
            *promises.bounded(found.memory),
            *found.promises,
            *promises.quick(found.felt, found.unloaded),
            *promises.cheap(found.costs, self.run.argon2_ms),
        ]
        found.charts += charts.usual(found, seen.times, unit)
        return found
