"""The lab at work: benches side by side, and on each one run after the other.

A bench is a service with a policy in force, and the part of the work that is done there. Each has
its own process, database and clock, since a run may move the clock on; so a policy's work is dealt
out over several benches, and while one waits for a letter the others go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from demo_client.lab import combinations, wrong
from demo_client.lab.crew import Crew
from demo_client.lab.errors import LabError
from demo_client.lab.facts import KINDS, Kind
from demo_client.lab.outcomes import Result, Run, Skipped, WrongRun
from demo_client.lab.scene import Scene
from demo_client.lab.serving import Deployment
from demo_client.lab.sessions import Opening, weakest
from demo_client.lab.tables import Table
from demo_client.lab.trying import Trial
from demo_client.lab.wire import stopwatch
from demo_client.lab.wrong import Way
from demo_client.world import World

Outcome = Run | WrongRun | Skipped

SENSELESS = 25
"""So many runs in a row that the lab did not expect are a service that is broken, no findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A policy in force at a service while the context lasts, and what is tried there.

    Every combination of at most `size` of `kinds` for each of `operations`, and each of `ways`
    with each of `kinds`.
    """

    profile: str
    table: Table
    service: AbstractContextManager[Deployment]
    kinds: tuple[Kind, ...]
    operations: tuple[str, ...] = ()
    size: int = combinations.LARGEST
    ways: tuple[Way, ...] = ()

    def planned(self) -> int:
        """Return how many runs there are."""
        plan = combinations.every(self.kinds, self.size)
        each = sum(1 for _ in plan)
        return each * len(self.operations) + sum(1 for _ in wrong.tasks(self.ways, self.kinds))


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how far the lab has come: each run of a profile, and runs that fall away."""

    ran: Callable[[str, Outcome], None] = lambda _profile, _run: None
    fell_away: Callable[[str, int], None] = lambda _profile, _runs: None


def work(benches: Sequence[Bench], jobs: int, world: World, watcher: Watcher) -> Result:
    """Try everything on every bench, on `jobs` at a time; a bench that fails ends the lab."""
    began, start = datetime.fromtimestamp(world.clock(), UTC), stopwatch()
    stop = threading.Event()
    shifts = [_Shift(bench, world, watcher, stop) for bench in benches]
    with ThreadPoolExecutor(jobs) as threads:
        tasks = [threads.submit(shift.work) for shift in shifts]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            stop.set()
            threads.shutdown(cancel_futures=True)
            raise
    return _gathered(shifts, began.isoformat(timespec="seconds"), stopwatch() - start)


@dataclass(slots=True)
class _Shift:
    """One bench being worked at, and what was found there."""

    bench: Bench
    world: World
    watcher: Watcher
    stop: threading.Event
    runs: list[Run] = field(default_factory=list)
    wrong: list[WrongRun] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def work(self) -> None:
        """Try everything here."""
        if self.stop.is_set():
            return
        with self.bench.service as deployment:
            lacking = _lacking(deployment)
            kinds = [kind for kind in KINDS.values() if kind.id not in lacking]
            crew = Crew(deployment, kinds, self.world)
            try:
                self._try(crew, lacking)
            finally:
                crew.close()

    def _try(self, crew: Crew, lacking: dict[str, str]) -> None:
        everybody = crew.for_operation("login")
        held = [kind for kind in crew.kinds if everybody.holds(kind)]
        kinds = [kind for kind in self.bench.kinds if kind in held]
        table = self.bench.table
        opening = Opening(table, weakest(table, "login", held), crew.deployment.clock)
        trial = Trial(self.bench.profile, table, opening)
        plan = [*combinations.every(kinds, self.bench.size)]
        tasks = [*wrong.tasks(self.bench.ways, kinds)]
        self._skip_kinds(lacking, kinds)
        runs = len(plan) * len(self.bench.operations) + len(tasks)
        self.watcher.fell_away(self.bench.profile, self.bench.planned() - runs)
        for operation in self.bench.operations:
            for each in plan:
                if self.stop.is_set():
                    return
                self._ran(trial.run(crew.for_operation(operation), operation, each))
                self._check_sense()
        scene = Scene(table, opening, crew, held)
        for way, kind in tasks:
            if self.stop.is_set():
                return
            self._ran(wrong.tried(self.bench.profile, scene, way, kind))

    def _ran(self, run: Outcome) -> None:
        if isinstance(run, Run):
            self.runs.append(run)
        elif isinstance(run, WrongRun):
            self.wrong.append(run)
        else:
            self.skipped.append(run)
        self.watcher.ran(self.bench.profile, run)

    def _check_sense(self) -> None:
        """Raise `LabError` where a service answers nothing that makes sense any more."""
        latest = [attempt for run in self.runs[-SENSELESS:] for attempt in run.attempts]
        if len(latest) >= SENSELESS and all(attempt.problem for attempt in latest):
            raise LabError(f"{SENSELESS} runs in a row went wrong: {latest[-1].problem}")

    def _skip_kinds(self, lacking: dict[str, str], kinds: Sequence[Kind]) -> None:
        for kind in self.bench.kinds:
            if kind not in kinds:
                why = lacking.get(kind.id, "why.no_factor")
                self.skipped.append(Skipped(profile=self.bench.profile, what=kind.id, why=why))


def _lacking(deployment: Deployment) -> dict[str, str]:
    """Return the kinds that cannot be tried at a deployment, with the reason."""
    lacking = {}
    if deployment.clock is None:
        lacking["totp"] = "why.totp_clock"
    if deployment.maker is None:
        lacking["passkey_attested"] = "why.no_maker"
    return lacking


def _gathered(shifts: Sequence[_Shift], began: str, seconds: float) -> Result:
    tables = {shift.bench.profile: shift.bench.table for shift in shifts}
    kinds = {kind.id for shift in shifts for kind in shift.bench.kinds}
    skipped = [skipped for shift in shifts for skipped in shift.skipped]
    return Result(
        began=began,
        seconds=seconds,
        runs=[run for shift in shifts for run in shift.runs],
        wrong=[run for shift in shifts for run in shift.wrong],
        skipped=list(dict.fromkeys(skipped)),
        clauses={profile: _clauses(table) for profile, table in tables.items()},
        kinds=tuple(kind for kind in KINDS if kind in kinds),
    )


def _clauses(table: Table) -> dict[str, tuple[str, ...]]:
    return {operation: table.clauses(operation) for operation in table.operations}
