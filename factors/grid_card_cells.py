"""What is printed on a password card, and how its cells are drawn and dealt.

Cells stand under letters (columns) and beside numbers (rows), and are counted row by row from 0.
They are dealt like playing cards, and none is put back until too few are left: so no cell is
asked twice before all were asked, and never one of those asked just before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

from factors.contract import Entropy

ALPHABET: Final = "34679ACDEFHJKMNPRTVWXY"
"""22 characters; of any that look alike in print (0DOQ, 1IL, 2Z, 5S, 6G, 8B, UV) one at most."""

CELL_LENGTH: Final = 2
"""Characters in a cell: 484 cells are possible."""

BYTE: Final = 256


@dataclass(frozen=True, slots=True)
class Geometry:
    """How many columns and rows of cells a card has."""

    columns: int
    rows: int

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self.columns * self.rows

    @property
    def letters(self) -> list[str]:
        """The names of the columns."""
        return list(ascii_uppercase[: self.columns])

    @property
    def numbers(self) -> list[str]:
        """The names of the rows."""
        return [str(row + 1) for row in range(self.rows)]

    def name(self, cell: int) -> str:
        """Return the name of a cell: ``"B3"``."""
        row, column = divmod(cell, self.columns)
        return self.letters[column] + self.numbers[row]

    def table(self, cells: str) -> list[list[str]]:
        """Return what is printed, row by row."""
        start = range(0, self.size, self.columns)
        return [[printed(cells, cell) for cell in range(row, row + self.columns)] for row in start]


def printed(cells: str, cell: int) -> str:
    """Return what is printed in one cell, of a card's characters in order."""
    return cells[cell * CELL_LENGTH : (cell + 1) * CELL_LENGTH]


def below(bound: int, entropy: Entropy) -> int:
    """Draw a number from 0 to `bound` - 1, each as likely as any; `bound` is at most 256.

    A byte that would favour the lower numbers is thrown away, and another drawn.
    """
    fair = BYTE - BYTE % bound
    while (byte := entropy(1)[0]) >= fair:
        pass
    return byte % bound


def characters(count: int, entropy: Entropy) -> str:
    """Draw so many characters of the alphabet."""
    return "".join(ALPHABET[below(len(ALPHABET), entropy)] for _ in range(count))


def dealt(deck: Collection[int], count: int, entropy: Entropy) -> tuple[int, ...]:
    """Draw so many different cells of those in `deck`, in the order a card is read."""
    left = sorted(deck)
    return tuple(sorted(left.pop(below(len(left), entropy)) for _ in range(count)))


def next_deal(
    left: Sequence[int], asked: Sequence[int], geometry: Geometry, count: int, entropy: Entropy
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the cells to ask after those in `asked`, and what is then left of the deck.

    `left` holds the cells that were not asked yet. Where it is too small, all are shuffled anew.
    """
    deck = set(left) if len(left) >= count else set(range(geometry.size))
    cells = dealt(deck - set(asked), count, entropy)
    return cells, tuple(sorted(deck - set(cells)))
