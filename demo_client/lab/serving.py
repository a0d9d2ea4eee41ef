"""The service that is tried: one of the lab's own for each profile, or a tester's.

The lab's own is a process like any firm's: `python -m identity serve` with a settings file in a
folder that is thrown away. What is unlike production is said in that file: lab mode with its clock
and wide limits, and Argon2 so cheap that it protects nobody, since hashing is not what is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from demo_client.errors import ClientError
from demo_client.lab.clocks import DAY, LabClock
from demo_client.lab.errors import LabError, NotALab
from demo_client.lab.letters import Folder, Inbox
from demo_client.lab.process import LOOPBACK, OwnProcess, Tables, toml
from demo_client.lab.wire import Wire
from demo_client.passwords import initial_password
from demo_client.soft_attestation import AttestationAuthority
from demo_client.world import World

MODEL: Final = b"trifactor-demo-1"
"""The AAGUID of the attested soft authenticators, 16 bytes."""

_WIDE = {"burst": 1_000_000, "interval": 1}
_LIMITS = (
    "account", "account_prefix", "prefix_1", "prefix_2", "prefix_3", "password", "device",
    "opening", "opening_device", "service", "registration", "enrolment", "delivery",
)  # fmt: skip


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
        self._process = OwnProcess(folder, world)
        self._folder = folder
        self._profile = profile
        self.clock = LabClock(folder / "clock", world.clock())
        self.maker = AttestationAuthority.new(world.entropy, world.clock(), "Lab authenticators")

    def __enter__(self) -> Deployment:
        limits = self._folder / "limits.toml"
        limits.write_text(toml(dict.fromkeys(_LIMITS, _WIDE)), encoding="utf-8")
        (self._folder / "root.pem").write_bytes(self.maker.root_pem)
        ready = self._process.start(self._tables(self._process.port, self._process.origin))
        return Deployment(
            self._process.origin,
            "",
            ready["policy"],
            self.clock,
            Folder(self._folder / "inbox"),
            self.maker,
            self._add_operator,
        )

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._process.end()
        if isinstance(error, ClientError) and self._process.log:
            error.add_note(f"the service's log ends with:\n{self._process.log}")

    def _tables(self, port: int, origin: str) -> Tables:
        folder, model = self._folder, str(UUID(bytes=MODEL))
        return {
            "": {"mode": "lab", "host": LOOPBACK, "port": port, "origins": [origin]},
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

    def _add_operator(self, name: str, email: str) -> str:
        words = ["operators", "add", name, "--role", "supervisor", "--display-name", "Lab"]
        done = self._process.identity(*words, "--email", email)
        found = initial_password(done.stdout)
        if found is None:
            raise LabError(f"no operator could be made: {done.stderr or done.stdout}")
        return found


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


def is_url(text: str) -> bool:
    """Whether an inbox is named by its address, not by its folder."""
    return re.match(r"https?://", text) is not None
