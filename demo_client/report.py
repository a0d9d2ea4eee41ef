"""What the terminal is told: a line a step, for people (Rich) or for machines (JSON lines)."""

from __future__ import annotations

import json
from typing import Protocol

import msgspec
from rich.console import Console
from rich.text import Text

from demo_client.client import Step
from demo_client.errors import ClientError, Refused


class Report(Protocol):
    """Where steps, remarks between them and the end are written."""

    def step(self, step: Step) -> None:
        """Tell one call and what it came to."""

    def note(self, text: str) -> None:
        """Tell something between calls."""

    def done(self) -> None:
        """Tell that the journey ended well."""

    def failed(self, error: ClientError) -> None:
        """Tell why the journey ended here."""


class ForPeople:
    """Lines with colours where the terminal has them. Long lines are left for it to wrap."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, step: Step) -> None:
        """Tell one call and what it came to."""
        line = Text(f"{step.method:<6} {step.path}  ")
        line.append(str(step.status), style="bold red" if step.code else "bold green")
        line.append(f"  {step.means}" + (f" [{step.code}]" if step.code else ""))
        self._print(line)

    def note(self, text: str) -> None:
        """Tell something between calls."""
        self._print(Text(f"       {text}", style="dim"))

    def done(self) -> None:
        """Tell that the journey ended well."""
        self._print(Text("done", style="bold green"))

    def failed(self, error: ClientError) -> None:
        """Tell why the journey ended here."""
        self._print(Text(f"stopped: {error}", style="bold red"))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


class ForMachines:
    """One JSON object a line; the last one has `result`, `done` or the reason in `code`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, step: Step) -> None:
        """Tell one call and what it came to."""
        self._write(msgspec.to_builtins(step))

    def note(self, text: str) -> None:
        """Tell something between calls."""
        self._write({"note": text})

    def done(self) -> None:
        """Tell that the journey ended well."""
        self._write({"result": "done"})

    def failed(self, error: ClientError) -> None:
        """Tell why the journey ended here."""
        result = "refused" if isinstance(error, Refused) else "stopped"
        code = error.code if isinstance(error, Refused) else type(error).__name__
        self._write({"result": result, "code": code, "reason": str(error)})

    def _write(self, value: dict[str, object]) -> None:
        line = json.dumps(value, ensure_ascii=False)
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)
