"""The demo's two operators, made as a firm makes its first ones: by the service's command line.

The command prints a code for each, once. Each operator activates with it, and adds a passkey.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

OPERATORS = (("mei.wang", "Mei Wang"), ("tom.chen", "Tom Chen"))
ROLES = ("--role", "supervisor", "--role", "admin")
"""Both may do all that the demo shows; a firm gives nobody a role without need."""


def make(config: Path, origin: str, settings: Mapping[str, str]) -> int:
    """Write a settings file, and make the operators by it.

    Returns the exit status of the first command that failed, else 0.
    """
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(_toml(origin, settings), encoding="utf-8")
    for name, display_name in OPERATORS:
        words = ["operators", "add", name, "--display-name", display_name, *ROLES]
        status = _run(*words, "--email", f"{name}@broker.example", "--config", str(config))
        if status:
            return status
    print(DAY.format(origin=origin, config=config), flush=True)  # noqa: T201  # the terminal is its page
    return 0


def _run(*words: str) -> int:
    print(f"\n$ identity {shlex.join(words)}", flush=True)  # noqa: T201  # the terminal is its page
    command = [sys.executable, "-m", "identity", *words]
    done = subprocess.run(command, check=False)  # noqa: S603  # our own words, and no shell reads them
    return done.returncode


def _toml(origin: str, settings: Mapping[str, str]) -> str:
    """Write settings as TOML, of which a JSON string is one."""
    lines = [f"origins = [{json.dumps(origin)}]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


DAY = """
  An operator's day, with the demo running. A browser is one person: take a private window or
  another browser for the second operator, and one more for the customer.

    1  both activate          {origin}/operator/activate
    2  a customer applies     {origin}/register   and asks for a review
    3  the first proposes     {origin}/operator   to approve the application
    4  the second approves    {origin}/operator   and the customer has mail
    5  read the customer's personal data, suspend the account, resume it
    6  look at the trail      identity audit verify --config {config}
"""
