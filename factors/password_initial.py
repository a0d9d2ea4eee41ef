"""The initial electronic password: drawn by chance, from nothing that the customer is.

Six groups of three characters, 83 bits, for instance ``k7m-q4x-9fd-tcw-3ra-7hp``. It is printed or
read out and typed once, so no character looks like another (no ``0 o 1 l i 5 s 2 z 8 b 9 g 6 q``
pairs: of each, one at most is in the alphabet), and it is of the Exchange's quality by
construction, with nothing drawn twice.

Clause: ECD.3.1, ECD.3.2
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from factors.contract import Entropy

LETTERS: Final = "acdefhjkmnprtuvwxy"
DIGITS: Final = "2346789"
GROUPS: Final = 6
SEED_SIZE: Final = 32
"""Bytes drawn: 256 bits for 83, so that taking remainders favours no character measurably."""


def initial_password(entropy: Entropy) -> str:
    """Draw a password from `entropy` alone.

    Within a group the third character is never one that would end a run, and a hyphen divides the
    groups, so that no run of three can arise. The first group begins with a letter and a digit.
    """
    draw = _Draw(int.from_bytes(entropy(SEED_SIZE)))
    groups = [draw.group(LETTERS, DIGITS)]
    groups += [draw.group(LETTERS + DIGITS, LETTERS + DIGITS) for _ in range(GROUPS - 1)]
    return "-".join(groups)


class _Draw:
    """Takes characters out of one large number, as digits of a number of mixed radix."""

    def __init__(self, seed: int) -> None:
        self._left = seed

    def group(self, first: str, second: str) -> str:
        pair = self._one(first) + self._one(second)
        return pair + self._one("".join(_without_run(pair)))

    def _one(self, alphabet: str) -> str:
        self._left, index = divmod(self._left, len(alphabet))
        return alphabet[index]


def _without_run(pair: str) -> Iterator[str]:
    """Yield the characters that do not go on with the step from the first to the second."""
    step = ord(pair[1]) - ord(pair[0])
    for character in LETTERS + DIGITS:
        if step not in {-1, 0, 1} or ord(character) - ord(pair[1]) != step:
            yield character
