"""The odds that measured counts leave. Pure arithmetic, and said as such wherever it is shown."""

from __future__ import annotations

from typing import Final

CODES: Final = 1_000_000
"""Codes of six digits."""

VALID: Final = 2
"""Of which so many are right at a time: the current step's and the one before (RFC 6238 5.2)."""

MOST: Final = 0.0003
"""The promise: a stranger's chance in a year of unlimited patience."""


def of_guessing(guesses: float, valid: int = VALID) -> float:
    """Return the chance that at least one of so many guesses is right."""
    return float(1 - (1 - valid / CODES) ** guesses)
