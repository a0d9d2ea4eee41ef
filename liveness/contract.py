"""What a signal is given and what it answers: a clip against its prompts, a finding with a reason.

A signal is pure and judges one thing. It never raises: hostile frames end in a finding. One that
cannot be computed is `REVIEW`, never `PASS`, so that a missing model sends the clip to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

Pixels: TypeAlias = Any
"""An image as decoded: height x width x 3, 8 bits, BGR."""


class Outcome(StrEnum):
    """What a finding, and a whole clip, comes to. Clause: CC-21100.6.a"""

    PASS = "pass"  # noqa: S105  # a verdict, no password
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture of the clip, `at` seconds after its start."""

    at: float
    pixels: Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One thing the person was asked to do (a stable word), `at` seconds after the start."""

    at: float
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one signal says: an outcome, a stable snake_case reason, and the score behind it."""

    signal: str
    outcome: Outcome
    reason: str
    score: float | None = None


class Signal(Protocol):
    """One thing about a clip that can be judged."""

    @property
    def name(self) -> str:
        """The signal's name in reports."""

    def judge(self, frames: Sequence[Frame], prompts: Sequence[Prompt]) -> Finding:
        """Judge the clip against what was asked."""
