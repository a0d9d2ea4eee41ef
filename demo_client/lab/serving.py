"""The service that is tried: one of the lab's own for each profile, or a tester's.

The lab's own is a process like any firm's: `python -m identity serve` with a settings file in a
folder that is thrown away. What is unlike production is said in that file: lab mode with its clock
and wide limits, and Argon2 so cheap that it protects nobody, since hashing is not what is tried.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

from demo_client.errors import ClientError, Unreachable
from demo_client.lab.clocks import DAY, LabClock
from demo_client.lab.errors import LabError, NotALab
from demo_client.lab.letters import Folder, Inbox
from demo_client.lab.wire import Wire, stopwatch
from demo_client.passwords import initial_password
from demo_client.soft_attestation import AttestationAuthority
from demo_client.world import World

HOUSE: Final = Path(__file__).parents[2]
"""The folder that the service's package is in, beside this one."""

MODEL: Final = b"trifactor-demo-1"
"""The AAGUID of the attested soft authenticators, 16 bytes."""

SECONDS_TO_START = 60.0
SECONDS_TO_END = 30.0

OK = 200

_LOOPBACK = "127.0.0.1"
_WIDE = {"burst": 1_000_000, "interval": 1}
_LIMITS = (
    "account", "account_prefix", "prefix_1", "prefix_2", "prefix_3", "device", "opening",
    "registration", "enrolment", "delivery",
)  # fmt: skip

_Tables: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A service to try: where it is, its clock and inbox if they are ours to use.

    `policy` is the name of the policy in force, as the service tells it. `operator` makes an
    operator and returns the initial password, where that can be done.
    """

    origin: str
    prefix: str
    policy: str
    clock: LabClock | None
    inbox: Inbox | None
    maker: AttestationAuthority | None = None
    operator: Callable[[str, str], str] | None = None

    def wire(self) -> Wire:
        """Connect."""
        return Wire(self.origin, self.prefix)


class OwnService:
    """A service of the lab's own, on a free port of this machine, for one policy.

    `profile` is a shipped profile's name, or a policy file's absolute path.
    """

    def __init__(self, folder: Path, profile: str, world: World) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._profile = profile
        self._world = world
        self._process: subprocess.Popen[bytes] | None = None
        self.clock = LabClock(folder / "clock", world.clock())
        self.maker = AttestationAuthority.new(world.entropy, world.clock(), "Lab authenticators")

    def __enter__(self) -> Deployment:
        port = _free_port()
        origin = f"http://localhost:{port}"
        self._write(port, origin)
        with (self._folder / "service.log").open("wb") as log:
            self._process = self._popen(["serve"], log)
        try:
            ready = self._wait(Wire(f"http://{_LOOPBACK}:{port}", ""))
        except BaseException:
            self._end()
            raise
        inbox = Folder(self._folder / "inbox")
        return Deployment(
            origin, "", ready["policy"], self.clock, inbox, self.maker, self._add_operator
        )

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._end()
        if isinstance(error, ClientError) and self.log:
            error.add_note(f"the service's log ends with:\n{self.log}")

    @property
    def log(self) -> str:
        """What the service has written to its log, last lines only."""
        lines = (self._folder / "service.log").read_text(encoding="utf-8").splitlines()
        return "\n".join([line for line in lines if '"level": "info"' not in line][-12:])

    def _popen(self, words: list[str], log: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "identity", *words, "--config", str(self._config)]
        return subprocess.Popen(  # noqa: S603 - our own words, and no shell reads them
            command, stdout=log, stderr=log, cwd=self._folder, env=_environment()
        )

    @property
    def _config(self) -> Path:
        return self._folder / "identity.toml"

    def _write(self, port: int, origin: str) -> None:
        limits = self._folder / "limits.toml"
        limits.write_text(toml(dict.fromkeys(_LIMITS, _WIDE)), encoding="utf-8")
        (self._folder / "root.pem").write_bytes(self.maker.root_pem)
        self._config.write_text(toml(self._tables(port, origin)), encoding="utf-8")

    def _tables(self, port: int, origin: str) -> _Tables:
        folder, model = self._folder, str(UUID(bytes=MODEL))
        return {
            "": {"mode": "lab", "host": _LOOPBACK, "port": port, "origins": [origin]},
            "database": {"url": f"sqlite:///{folder / 'identity.db'}", "synchronous": "NORMAL"},
            "keys": {"file": str(folder / "keys.json")},
            "outbox": {"folder": str(folder / "inbox")},
            "policy": {"profile": self._profile},
            "password": {"initial_days": 31},
            "password.argon2": {"memory_kib": 8, "time_cost": 1},
            "sessions": {"idle": DAY, "absolute": 30 * DAY, "activation": DAY, "remembered": 0},
            "webauthn": {"device_bound": [model], "biometric": [model]},
            "webauthn.roots": {"packed": [str(folder / "root.pem")]},
            "lab": {
                "clock_file": str(folder / "clock"),
                "limits_file": str(folder / "limits.toml"),
            },
        }  # fmt: skip

    def _wait(self, wire: Wire) -> Any:
        """Come back with what `/readyz` says when it can decide logins."""
        end = stopwatch() + SECONDS_TO_START
        while stopwatch() < end:
            if self._process is not None and self._process.poll() is not None:
                raise LabError(f"the service ended at once:\n{self.log}")
            with suppress(Unreachable):
                reply, _ = wire.call("GET", "/readyz", None, {})
                wire.close()
                if reply.status == OK:
                    return reply.body
            self._world.sleep(0.05)
        raise LabError(f"the service was not ready in {SECONDS_TO_START:.0f} s:\n{self.log}")

    def _add_operator(self, name: str, email: str) -> str:
        words = ["operators", "add", name, "--role", "supervisor", "--display-name", "Lab"]
        done = subprocess.run(  # noqa: S603 - our own words, and no shell reads them
            [sys.executable, "-m", "identity", *words, "--email", email, "--config", self._config],
            capture_output=True,
            text=True,
            env=_environment(),
            cwd=self._folder,
            timeout=SECONDS_TO_START,
            check=False,
        )
        found = initial_password(done.stdout)
        if found is None:
            raise LabError(f"no operator could be made: {done.stderr or done.stdout}")
        return found

    def _end(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(SECONDS_TO_END)


def visited(
    origin: str,
    prefix: str,
    clock: Path | None,
    inbox: Inbox | None,
    maker: AttestationAuthority | None,
) -> Deployment:
    """Look at a tester's deployment; `NotALab` where it does not say that it is in lab mode."""
    wire = Wire(origin, prefix)
    reply, _ = wire.call("GET", "/readyz", None, {})
    wire.close()
    told = reply.body if isinstance(reply.body, dict) else {}
    if told.get("lab") is not True:
        raise NotALab(
            f"{origin}{prefix}/readyz does not say that it is in lab mode: the lab guesses codes, "
            "replays proofs and makes accounts, which nobody wants where customers are"
        )
    taken = LabClock.taken_over(clock) if clock else None
    return Deployment(origin, prefix, str(told.get("policy", "")), taken, inbox, maker)


def toml(tables: _Tables) -> str:
    """Write flat tables as TOML; texts, numbers and lists of them are written as in JSON."""
    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]" if name else ""]
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _environment() -> dict[str, str]:
    """Return an environment that says nothing of our settings: the file says everything."""
    return {"PYTHONPATH": str(HOUSE)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_LOOPBACK, 0))
        return int(found.getsockname()[1])


def is_url(text: str) -> bool:
    """Whether an inbox is named by its address, not by its folder."""
    return re.match(r"https?://", text) is not None
