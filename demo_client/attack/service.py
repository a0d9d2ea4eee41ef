"""The service that is attacked: a process of its own for each attack, as a firm would run it.

Lab mode, because some attacks take simulated months; the machine itself is the trusted proxy,
because they come from thousands of addresses. Argon2, the limits and the database's care are the
defaults, unless an attack says what it changes and why.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from demo_client.attack import meter
from demo_client.attack.meter import Meter
from demo_client.attack.strangers import Addressed
from demo_client.lab.clocks import LabClock
from demo_client.lab.errors import LabError
from demo_client.lab.process import LOOPBACK, OwnProcess, Tables, toml
from demo_client.world import World

MOST_EVENTS: Final = 100_000

PATIENCE: Final = 30.0

_JUDGED = re.compile(r"^trifactor_answers_total\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)


class Attacked:
    """A freshly started service. `still`: its clock is a file that only we move on.

    `settings` are tables laid over the usual ones, `limits` rows laid over the default limits.
    """

    def __init__(
        self,
        folder: Path,
        world: World,
        *,
        still: bool = False,
        settings: Tables | None = None,
        limits: Tables | None = None,
    ) -> None:
        self.process = OwnProcess(folder, world)
        self._settings = settings or {}
        self._limits = limits or {}
        self._world = world
        self._lab_clock = LabClock(folder / "clock", world.clock()) if still else None
        self._wires: list[Addressed] = []

    def __enter__(self) -> Self:
        self.process.start(self._tables())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for wire in self._wires:
            wire.close()
        self.process.end()
        if error is not None and self.process.log:
            error.add_note(f"the service's log ends with:\n{self.process.log}")

    @property
    def origin(self) -> str:
        """Where it is."""
        return self.process.origin

    def connect(self, address: str = "") -> Addressed:
        """Return a connection that comes from `address`; it is closed with the service."""
        self._wires.append(Addressed(self.origin, address))
        return self._wires[-1]

    @property
    def inbox(self) -> Path:
        """Where the letters of its customers are."""
        return self.process.folder / "inbox"

    @property
    def meter(self) -> Meter:
        """What it costs."""
        return Meter(self.process.pid)

    def clock(self) -> float:
        """Return the service's time."""
        return self._lab_clock() if self._lab_clock else self._world.clock()

    def pass_time(self, seconds: float) -> None:
        """Let time pass at the service; where its clock is the machine's, wait for it."""
        if self._lab_clock:
            self._lab_clock.forward(seconds)
        else:
            self._world.sleep(seconds)

    def judged(self) -> int:
        """Return how many answers its verifiers have judged, by its own `/metrics`."""
        text = _got(self.origin, "/metrics")
        return round(sum(map(float, _JUDGED.findall(text))))

    def events(self, account: str) -> list[Mapping[str, Any]]:
        """Return an account's events, newest first, by the audit log's command line."""
        said = self.run("audit", "events", account, "--limit", str(MOST_EVENTS))
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    def run(self, *words: str) -> str:
        """Run its command line, and return what it said; `LabError` where it would not."""
        done = self.process.identity(*words)
        if done.returncode:
            raise LabError(f"identity {words[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def _tables(self) -> Tables:
        folder = self.process.folder
        lab = {}
        if self._lab_clock:
            lab["clock_file"] = str(folder / "clock")
        if self._limits:
            (folder / "limits.toml").write_text(toml(self._limits), encoding="utf-8")
            lab["limits_file"] = str(folder / "limits.toml")
        usual: dict[str, Mapping[str, Any]] = {
            "": {
                "mode": "lab",
                "host": LOOPBACK,
                "port": self.process.port,
                "origins": [self.origin],
            },
            "database": {"url": f"sqlite:///{folder / 'identity.db'}"},
            "keys": {"file": str(folder / "keys.json")},
            "outbox": {"folder": str(self.inbox)},
            "proxies": {"trusted": [f"{LOOPBACK}/32", "::1/128"]},
            "password.argon2": {
                "memory_kib": meter.MEMORY_KIB,
                "time_cost": meter.TIME_COST,
                "parallelism": meter.PARALLELISM,
            },
            "lab": lab,
        }
        names = dict.fromkeys([*usual, *self._settings])
        return {name: {**usual.get(name, {}), **self._settings.get(name, {})} for name in names}


def _got(origin: str, path: str) -> str:
    parts = urlsplit(origin)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
