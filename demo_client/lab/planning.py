"""What is tried, and on how many benches: from what was asked for to the lab's plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo_client.lab import (
    combinations,
    tables,
    ways_context,
    ways_replay,
    ways_theft,
    ways_time,
)
from demo_client.lab.doors import DOORS
from demo_client.lab.facts import KINDS, Kind
from demo_client.lab.laboratory import Bench
from demo_client.lab.outcomes import Skipped
from demo_client.lab.serving import Deployment, OwnService
from demo_client.lab.tables import Table
from demo_client.lab.wrong import Way
from demo_client.world import World

WAYS: Final[tuple[Way, ...]] = (
    *ways_replay.WAYS,
    *ways_context.WAYS,
    *ways_theft.WAYS,
    *ways_time.WAYS,
)
"""Every wrong way. Those that let time pass come last."""

EXTRA: Final = Path(__file__).with_name("mailbox.toml")
"""A table of the lab's own: no shipped policy ever asks for a code by mail."""

EACH = 3
"""Operations to a bench: what takes longest is waiting for letters, which others work through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be tried. `operations` empty: every one that a table has."""

    kinds: tuple[Kind, ...] = tuple(KINDS.values())
    operations: tuple[str, ...] = ()
    size: int = combinations.LARGEST
    wrong_ways: bool = True

    def of(self, table: Table) -> list[str]:
        """Return the operations of a table that are to be tried."""
        return [name for name in table.operations if name in self.operations or not self.operations]


class Plan:
    """Benches, and what cannot be tried on any."""

    def __init__(self, wanted: Wanted, world: World, folder: Path) -> None:
        self.benches: list[Bench] = []
        self.skipped: list[Skipped] = []
        self._wanted = wanted
        self._world = world
        self._folder = folder

    def add_own(self, profile: str) -> None:
        """Try a policy at services of the lab's own: a shipped one by name, or a file by path."""
        table = tables.load(profile)
        path = str(Path(profile).resolve()) if Path(profile).is_file() else profile
        operations = self._with_route(table)
        parts = [operations[at : at + EACH] for at in range(0, len(operations), EACH)]
        for part in parts:
            self._add(table, self._service(path), operations=tuple(part))
        if self._wanted.wrong_ways:
            self._add(table, self._service(path), ways=WAYS)

    def add_mailbox(self) -> None:
        """Try what is wrong with codes by mail, under a table that asks for them."""
        kinds = tuple(kind for kind in self._wanted.kinds if kind.id == "mail_otp")
        if kinds and self._wanted.wrong_ways:
            table = tables.load(str(EXTRA))
            self._add(table, self._service(str(EXTRA)), kinds=kinds, ways=WAYS)

    def add_visited(self, deployment: Deployment, table: Table) -> None:
        """Try a policy at a tester's deployment, everything on one bench."""
        operations = self._with_route(table)
        if deployment.operator is None and "operator" in operations:
            operations.remove("operator")
            self._skip(table, "operator", "why.operators")
        ways = WAYS if self._wanted.wrong_ways else ()
        if deployment.clock is None and ways:
            ways = tuple(way for way in ways if way not in ways_time.WAYS)
            for way in ways_time.WAYS:
                self._skip(table, way.name, "why.no_clock")
        service = nullcontext(deployment)
        self._add(table, service, operations=tuple(operations), ways=ways)

    def in_order(self) -> list[Bench]:
        """Return the benches, those first that wait for letters most."""
        return sorted(self.benches, key=lambda bench: not bench.ways)

    def _add(
        self,
        table: Table,
        service: AbstractContextManager[Deployment],
        *,
        operations: tuple[str, ...] = (),
        ways: tuple[Way, ...] = (),
        kinds: Sequence[Kind] = (),
    ) -> None:
        self.benches.append(
            Bench(
                profile=table.name,
                table=table,
                service=service,
                kinds=tuple(kinds) or self._wanted.kinds,
                operations=operations,
                size=self._wanted.size,
                ways=ways,
            )
        )

    def _service(self, profile: str) -> OwnService:
        return OwnService(self._folder / f"bench-{len(self.benches)}", profile, self._world)

    def _with_route(self, table: Table) -> list[str]:
        """Return the operations that have a route, and skip what the lab cannot try."""
        operations = []
        for name in self._wanted.of(table):
            if name in DOORS:
                operations.append(name)
            else:
                self._skip(table, name, "why.no_route")
        for method in _unknown(table):
            self._skip(table, method, "why.no_soft_factor")
        return operations

    def _skip(self, table: Table, what: str, why: str) -> None:
        self.skipped.append(Skipped(profile=table.name, what=what, why=why))


def _unknown(table: Table) -> Iterator[str]:
    known = {kind.method for kind in KINDS.values()}
    return (method for method in table.methods if method not in known)
