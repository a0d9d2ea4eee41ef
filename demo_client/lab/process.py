"""A service of our own: `python -m identity serve`, in a folder that is thrown away.

It is a process like any firm's. What is unlike production is said in its settings file, which
whoever starts it writes; nothing of it comes from the environment.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

from demo_client.errors import Unreachable
from demo_client.lab.errors import LabError
from demo_client.lab.wire import Wire, stopwatch
from demo_client.world import World

HOUSE: Final = Path(__file__).parents[2]
"""The folder that the service's package is in, beside this one."""

SECONDS_TO_START = 60.0
SECONDS_TO_END = 30.0

OK = 200

LOOPBACK: Final = "127.0.0.1"

Tables: TypeAlias = Mapping[str, Mapping[str, Any]]
"""A settings file: tables by name, "" for what stands before the first."""


class OwnProcess:
    """One `identity serve` on a free port of this machine, and its command line beside it."""

    def __init__(self, folder: Path, world: World) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = _free_port()
        self.origin = f"http://localhost:{self.port}"
        self._world = world
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's id, 0 where it does not run."""
        return self._process.pid if self._process else 0

    @property
    def log(self) -> str:
        """What the service has written to its log, last lines only."""
        lines = (self.folder / "service.log").read_text(encoding="utf-8").splitlines()
        return "\n".join([line for line in lines if '"level": "info"' not in line][-12:])

    def start(self, tables: Tables) -> Any:
        """Serve with these settings; come back with what `/readyz` says when it is ready.

        Raises `LabError`, with the end of its log, where it is not.
        """
        self._config.write_text(toml(tables), encoding="utf-8")
        with (self.folder / "service.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words, and no shell reads them
                self._command("serve"), stdout=log, stderr=log, cwd=self.folder, env=environment()
            )
        try:
            return self._ready(Wire(f"http://{LOOPBACK}:{self.port}", ""))
        except BaseException:
            self.end()
            raise

    def identity(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the service's command line beside it, as its operator would."""
        return subprocess.run(  # noqa: S603 - our own words, and no shell reads them
            self._command(*words),
            capture_output=True,
            text=True,
            env=environment(),
            cwd=self.folder,
            timeout=SECONDS_TO_START,
            check=False,
        )

    def end(self) -> None:
        """End it in order, or by force where it will not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(SECONDS_TO_END)

    @property
    def _config(self) -> Path:
        return self.folder / "identity.toml"

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "identity", *words, "--config", str(self._config)]

    def _ready(self, wire: Wire) -> Any:
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


def toml(tables: Tables) -> str:
    """Write flat tables as TOML; texts, numbers and lists of them are written as in JSON."""
    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]" if name else ""]
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def environment() -> dict[str, str]:
    """Return an environment that says nothing of our settings: the file says everything."""
    return {"PYTHONPATH": str(HOUSE)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])
