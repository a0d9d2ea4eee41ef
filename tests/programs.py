"""Programs that some tests drive: found where the machine has them, installed where it may.

`python -m tests.programs` is a step of `make test`. As root it installs what is missing through
the distribution's packages; elsewhere Chromium comes with Playwright, and what cannot be had is
named together with the line to type. It never fails: `tests.needs` decides what a lack means.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

INSTALL: Mapping[str, Sequence[Sequence[str]]] = {
    "apt-get": (
        ("apt-get", "-qq", "update"),
        ("apt-get", "-qq", "install", "-y", "--no-install-recommends"),
    ),
    "dnf": (("dnf", "-q", "install", "-y"),),
    "apk": (("apk", "add", "-q", "--no-cache"),),
}
"""How each distribution installs a package; its name goes behind the last command."""

PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "chromium")

WHERE_PLAYWRIGHT_KEEPS_IT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as driver: print(driver.chromium.executable_path)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program under its usual commands, its package by installer, and what it is `asked`."""

    name: str
    commands: tuple[str, ...]
    packages: Mapping[str, str]
    asked: str = "--version"


CHROMIUM = Program(
    name="Chromium",
    commands=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    packages={"apt-get": "chromium", "dnf": "chromium", "apk": "chromium"},
)
OATHTOOL = Program(
    name="oathtool",
    commands=("oathtool",),
    packages={"apt-get": "oathtool", "dnf": "oathtool", "apk": "oath-toolkit-oathtool"},
)


NGINX = Program(
    name="nginx",
    commands=("nginx", "/usr/sbin/nginx"),  # where a plain user's path does not lead
    packages={"apt-get": "nginx", "dnf": "nginx", "apk": "nginx"},
    asked="-v",
)

REDIS_SERVER = Program(
    name="redis-server",
    commands=("redis-server", "valkey-server"),
    packages={"apt-get": "redis-server", "dnf": "valkey", "apk": "redis"},
)


def find(program: Program) -> str | None:
    """Return the path of a command that works, or None.

    One that is there and does not run (a stub that asks for another package manager) is none.
    """
    for command in program.commands:
        path = shutil.which(command)
        if path and _output(path, program.asked) is not None:
            return path
    return _bundled() if program is CHROMIUM else None


def _bundled() -> str | None:
    path = _output(sys.executable, "-c", WHERE_PLAYWRIGHT_KEEPS_IT)
    return path if path and os.access(path, os.X_OK) else None


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def ways(program: Program, *, root: bool) -> Iterator[list[Sequence[str]]]:
    """Yield the ways to install `program` here, as commands to run one after the other."""
    for installer, steps in INSTALL.items():
        if root and shutil.which(installer):
            yield [*steps[:-1], (*steps[-1], program.packages[installer])]
    if program is CHROMIUM:
        yield [PLAYWRIGHT]


def install(program: Program) -> str | None:
    """Install `program` if it is missing; return its path, or None where that failed."""
    if path := find(program):
        return path
    for way in ways(program, root=os.geteuid() == 0):
        print(f"installing {program.name}: {' '.join(way[-1])}", flush=True)
        if all(_ran(step) for step in way) and (path := find(program)):
            return path
    return None


def _ran(step: Sequence[str]) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(step, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode == 0


def advice(program: Program) -> str:
    """Return the line a person may type to install `program`."""
    for installer, steps in INSTALL.items():
        if shutil.which(installer):
            return f"sudo {' '.join((*steps[-1], program.packages[installer]))}"
    return f"install {program.name} by your system's means"


def main() -> None:
    """Install what is missing, and say what to type for what could not be installed."""
    for program in (CHROMIUM, OATHTOOL, NGINX, REDIS_SERVER):
        if install(program) is None:
            print(f"{program.name} is not here; its tests are left out. To have them run:")
            print(f"    {advice(program)}")


if __name__ == "__main__":
    main()
