"""What makes a password good enough: two schools that contradict each other.

The Exchange asks for a "quality password": letters and digits mixed, no runs of the same or of
consecutive characters, nothing of the login name (ECD.3.2). NIST SP 800-63B-4 section 3.1.1.2 says
that a verifier shall not impose composition rules, because they make people choose worse, and
asks for length and a blocklist. Both cannot be kept at once. `Quality.TWSE` is the shipped default
because the rule binds; a firm that takes `Quality.NIST` answers for that to its examiner.

Clause: ECD.3.2
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias

MIN_NAME: Final = 3
"""A login name shorter than this (code points) is in too many passwords to mean anything."""


class Quality(StrEnum):
    """Which school judges a new password."""

    TWSE = "twse"
    NIST = "nist"


def fault(
    password: str, login_name: str, quality: Quality, blocklist: frozenset[str]
) -> str | None:
    """Return the first reason against `password` (NFC), or None where it will do.

    The reasons are `too_common`, `contains_name`, `needs_letters_and_digits`, `repeats` and
    `sequence`; length is the caller's to check. Under `Quality.NIST` only the whole password is
    compared, with the list and with the login name, and the reason is always `too_common`.
    """
    name = unicodedata.normalize("NFC", login_name).casefold()
    if password.casefold() in blocklist:
        return "too_common"
    if quality is Quality.NIST:
        return "too_common" if password.casefold() == name else None
    if len(name) >= MIN_NAME and name in password.casefold():
        return "contains_name"
    return next((reason for reason, holds in _COMPOSITION.items() if holds(password)), None)


def lacks_letters_or_digits(password: str) -> bool:
    """Whether there is no letter, or no decimal digit."""
    return not (any(map(str.isalpha, password)) and any(map(str.isdecimal, password)))


def repeats(password: str) -> bool:
    """Whether one character stands three times in a row, whatever its case: ``aaA``."""
    return any(first == second == (0, True) for first, second in _double_steps(password))


def sequence(password: str) -> bool:
    """Whether three letters or digits follow each other up or down: ``abc``, ``321``."""
    return any(
        first == second and first in {(1, True), (-1, True)}
        for first, second in _double_steps(password)
    )


_Step: TypeAlias = tuple[int, bool]


def _double_steps(password: str) -> list[tuple[_Step, _Step]]:
    """Every three characters as two steps: how far, and whether it is a step that counts.

    A step counts where it stays on one character, or goes between letters or digits.
    """
    steps = [
        (ord(second) - ord(first), first == second or (first + second).isalnum())
        for first, second in pairwise(password.casefold())
    ]
    return list(pairwise(steps))


_COMPOSITION: Final[dict[str, Callable[[str], bool]]] = {
    "needs_letters_and_digits": lacks_letters_or_digits,
    "repeats": repeats,
    "sequence": sequence,
}
