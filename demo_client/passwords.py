"""Passwords on the customer's side: finding what was sent in a letter, and choosing one's own."""

from __future__ import annotations

import re

from demo_client.world import Entropy

_ONE_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{6,}[A-Za-z0-9]")

# Without the characters that are mistaken for each other: some people write their password down.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
_GROUPS, _LETTERS_EACH = 4, 4


def initial_password(body: str) -> str | None:
    """Find the initial electronic password in a mail's text: digits and letters alone on a line."""
    for line in map(str.strip, body.splitlines()):
        if _ONE_WORD.fullmatch(line) and _has_both(line):
            return line
    return None


def code_in(body: str, digits: int) -> str | None:
    """Find a code of `digits` digits that stands by itself in a letter's text."""
    found = re.search(rf"(?<![0-9])[0-9]{{{digits}}}(?![0-9])", body)
    return found[0] if found else None


def choose(entropy: Entropy) -> str:
    """Choose a password of 84 bits: four groups of four letters and a digit.

    No letter is beside its like or its neighbour in the alphabet, because rules against repeats
    and sequences (ECD.3.2) would refuse one password in a few otherwise.
    """
    return "-".join(_group(entropy) for _ in range(_GROUPS))


def _has_both(word: str) -> bool:
    return any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _group(entropy: Entropy) -> str:
    letters = ""
    while len(letters) < _LETTERS_EACH:
        letter = _draw(_LETTERS, entropy)
        if not letters or abs(ord(letter) - ord(letters[-1])) > 1:
            letters += letter
    return letters + _draw(_DIGITS, entropy)


def _draw(characters: str, entropy: Entropy) -> str:
    # Bytes past the last whole multiple are drawn again, or the first characters come more often.
    fair = 256 - 256 % len(characters)
    while (value := entropy(1)[0]) >= fair:
        pass
    return characters[value % len(characters)]
