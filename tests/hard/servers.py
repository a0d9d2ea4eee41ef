"""Real server processes on one database and one key ring: started, awaited, ended, killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hard.wire import Wire

HOUSE = Path(__file__).parents[2]

SECONDS_TO_START = 60
SECONDS_TO_END = 60

CHEAP = {"memory_kib": 8, "time_cost": 1}
"""Argon2 so cheap that it drowns nothing and hurries no test. It protects nobody."""

ROOMY = {"hash_queue": 4096, "light_queue": 4096}
"""Queues that refuse nobody and ask no work, so that a test's limits do."""

WIDE = {"burst": 1_000_000, "interval": 3600}
WINDOWS = ("account", "account_prefix", "prefix_1", "prefix_2", "prefix_3", "password", "device")
ENTRANCES = ("opening", "opening_device", "service", "registration", "enrolment")

_EXPECTED = ('"level": "info"', '"event": "alarm"')

Tables = Mapping[str, Mapping[str, Any]]


def toml(tables: Tables) -> str:
    """Write flat tables as TOML; texts, numbers and lists of them are written as in JSON."""
    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]" if name else "", *(f"{k} = {json.dumps(values[k])}" for k in values)]
    return "\n".join(lines) + "\n"


def limits(**rows: Mapping[str, Any]) -> Tables:
    """Return a limits file's rows: entrances are always wide, `windows=WIDE` opens those too."""
    windows = rows.pop("windows", None)
    wide = dict.fromkeys(ENTRANCES, WIDE) | (dict.fromkeys(WINDOWS, windows) if windows else {})
    return wide | rows


class LabClock:
    """The service's time, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._now = time.time()
        self.forward(0)

    def __call__(self) -> float:
        return self._now

    def forward(self, seconds: float) -> None:
        """Move on, and never show a server half a number."""
        self._now += seconds
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(self._now), encoding="ascii")
        draft.replace(self._file)


@dataclass(frozen=True, slots=True)
class Server:
    """One process that serves on loopback, answering since `/readyz` did."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    wires: list[Wire] = field(default_factory=list)

    def wire(self) -> Wire:
        """Connect; the connection is closed when the deployment ends."""
        self.wires.append(Wire(self.port))
        return self.wires[-1]

    def kill(self) -> None:
        """End it as a power cut would: nothing more runs in it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(SECONDS_TO_END)

    def terminate(self) -> None:
        """End it in order."""
        self.process.terminate()
        self.process.wait(SECONDS_TO_END)

    def errors(self) -> list[str]:
        """Return the lines of its log that tell of more than a request, or of a signal noticed."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not any(told in line for told in _EXPECTED)]

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError("\n".join(["the server ended at once:", *self.errors()]))
        with suppress(OSError), closing(Wire(self.port)) as wire:
            return wire.call("GET", "/readyz").status == 200
        return False

    def wait_until_ready(self) -> None:
        """Come back when it can decide logins."""
        until(self._is_ready, SECONDS_TO_START)


@dataclass(slots=True, kw_only=True)
class Deployment:
    """What its servers share: folder, database, key ring, settings, limits, and time.

    In lab mode the clock stands still until it is told to go on, so that no limit heals and no
    code expires by itself while a slow machine is at it.
    """

    root: Path
    database: str
    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    limits: Tables = field(default_factory=limits)
    lab: bool = True
    command: tuple[str, ...] = ("-m", "identity", "serve", "--config")
    servers: list[Server] = field(default_factory=list)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if self.lab:
            self.clock = LabClock(self.root / "clock")
        (self.root / "limits.toml").write_text(toml(self.limits), encoding="utf-8")

    @property
    def inbox(self) -> Path:
        """Where the demo carrier puts mail."""
        return self.root / "inbox"

    def start(self, count: int = 1) -> list[Server]:
        """Start `count` servers at the same moment; come back when all are ready."""
        started = [self._begin() for _ in range(count)]
        self.servers += started
        for server in started:
            server.wait_until_ready()
        return started

    def again(self, server: Server) -> Server:
        """Start a server that ended again, on the port it had; come back when it is ready."""
        started = self._begin(server.port)
        self.servers.append(started)
        started.wait_until_ready()
        return started

    def config(self, port: int = 8000) -> Path:
        """Write the settings of the server on `port`, and return their file."""
        file = self.root / f"settings-{port}.toml"
        file.write_text(toml(self._tables(port)), encoding="utf-8")
        return file

    def identity(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line beside the servers."""
        return subprocess.run(
            [sys.executable, "-m", "identity", *arguments, "--config", self.config()],
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_START,
            env=environment(),
            check=False,
        )

    def end(self) -> None:
        """End every server that still runs, in order."""
        for server in self.servers:
            for wire in server.wires:
                wire.close()
            if server.process.poll() is None:
                server.terminate()

    def _begin(self, port: int = 0) -> Server:
        port = port or free_port()
        log = self.root / f"server-{port}.log"
        command = [sys.executable, *self.command, self.config(port)]
        with log.open("ab") as said:
            process = subprocess.Popen(
                command, stdout=said, stderr=said, env=environment(), cwd=HOUSE
            )
        return Server(process, port, log)

    def _tables(self, port: int) -> Tables:
        lab = {
            "clock_file": f"{self.root / 'clock'}",
            "limits_file": f"{self.root / 'limits.toml'}",
        }
        given = {
            "": {"mode": "lab" if self.lab else "development", "port": port},
            "database": {"url": self.database, "synchronous": "NORMAL"},
            "keys": {"file": f"{self.root / 'keys.json'}"},
            "outbox": {"folder": f"{self.inbox}"},
            "lab": lab if self.lab else {},
            "password": {"wrong_entries": 1000},
            "password.argon2": CHEAP,
            "pools": ROOMY,
        }
        names = dict.fromkeys([*given, *self.settings])
        return {name: {**given.get(name, {}), **self.settings.get(name, {})} for name in names}


@contextmanager
def deployed(**changes: Any) -> Iterator[Deployment]:
    """Give a deployment, and end its servers afterwards."""
    deployment = Deployment(**changes)
    try:
        yield deployment
    finally:
        deployment.end()


def until(holds: Callable[[], bool], seconds: float) -> None:
    """Come back when `holds` answers true; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not in {seconds} s: {holds}"
        time.sleep(0.005)


def environment() -> dict[str, str]:
    """Return the environment without settings of ours: a file says everything."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TRIFACTOR_")}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
