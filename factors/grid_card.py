"""The password card: a printed grid of characters, of which some cells are asked each time.

**What is asked.** The cells to ask next are in the credential. They are drawn when an answer was
right, never by a challenge: so the same cells are asked, in every transaction and on every device,
until they are answered, and nobody who has seen some cells can ask until those come up.

**What an eavesdropper learns.** Of 50 cells three are asked, and none again before all were. A
card is confirmed once and then used 15 times, as set here: no cell is ever asked twice, so who
overheard every answer so far can give none of those to come. A firm that allows more uses begins
the deck anew, and then somebody who overheard eight answers in a row knows 24 cells and with odds
of 10 % the three that are asked next; who overheard a whole round of sixteen knows 48, and 88 %.
A photograph of the card is the card.

**What a guess costs.** Two characters of 22 in three cells: one guess in 113 million is right. A
hundred failures, which is all there ever are before the card is bound anew, come to less than one
in a million.

**At rest.** The cells are kept as they are printed. A hash would hide nothing, since a cell has
484 values; what hides them is that the credential is sealed.

Every cell that was asked is compared, in the same time wherever it differs; an account without a
card has three cells compared too.

Clause: CC-17010.d.b
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec

from factors.contract import (
    Accepted,
    Context,
    Credential,
    Entropy,
    Evidence,
    FactorClass,
    Json,
    Offer,
    Refused,
)
from factors.grid_card_cells import (
    ALPHABET,
    CELL_LENGTH,
    Geometry,
    characters,
    dealt,
    next_deal,
    printed,
)
from factors.response import is_encodable, only_member

COLUMNS: Final = range(4, 13)
"""How many columns fit on a card that is as large as a bank card and can be read."""

ROWS: Final = range(3, 11)
"""How many rows do."""

SOON: Final = 3
"""So many uses left, or fewer, are told to the customer."""

MAX_TYPED: Final = 16
"""Characters typed for one cell, spaces included."""

SERIAL_GROUP: Final = 4
"""Characters before and after the hyphen of a serial number."""

NO_SERIAL: Final = "0000-0000"
"""The serial number of no card: 0 is never printed."""


class GridCardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Size of a card, how many cells an answer has, how many answers it gives once confirmed.

    The default asks no cell twice: (15 + 1) x 3 of 50 cells. More uses trade that for fewer cards.
    """

    columns: int = 10
    rows: int = 5
    asked: int = 3
    max_uses: int = 15

    def __post_init__(self) -> None:
        if self.columns not in COLUMNS or self.rows not in ROWS:
            raise ValueError(f"no card of {self.columns} by {self.rows} cells can be read well")
        if not 2 <= self.asked <= self.columns * self.rows // 2:  # noqa: PLR2004 - one is a guess
            raise ValueError("`asked` is at least 2 cells and at most half of a card's")
        if self.max_uses < 1:
            raise ValueError("`max_uses` is at least 1")


class GridCardCredential(Credential, frozen=True, kw_only=True):
    """A card: its characters in order, the cells asked now, those left to deal, uses so far."""

    serial: str
    columns: int
    rows: int
    cells: str
    asked: tuple[int, ...]
    left: tuple[int, ...]
    uses: int = 0

    def __repr__(self) -> str:
        return "GridCardCredential(...)"

    @property
    def geometry(self) -> Geometry:
        """The card's own, whatever a new card's would be."""
        return Geometry(self.columns, self.rows)

    @property
    def names(self) -> list[str]:
        """The names of the cells asked now."""
        return [self.geometry.name(cell) for cell in self.asked]


@dataclass(frozen=True, slots=True)
class GridCard:
    """The password card factor."""

    settings: GridCardSettings

    name: ClassVar[str] = "grid_card"
    credential_type: ClassVar[type[GridCardCredential]] = GridCardCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = False
    asks_alike: ClassVar[bool] = False
    limit_of_one: ClassVar[bool] = True

    def enroll(
        self,
        held: Mapping[str, GridCardCredential],  # noqa: ARG002 - the contract's
        ctx: Context,
    ) -> Offer:
        """Draw a card. `cells` is its table, row by row; `issued` is the Unix time it was drawn.

        The card is shown this once, and is not good before its first cells were typed back.
        """
        card = self._drawn(ctx.entropy)
        geometry = card.geometry
        return Offer(
            private={"card": msgspec.to_builtins(card)},
            public={
                "serial": card.serial,
                "columns": geometry.letters,
                "rows": geometry.numbers,
                "cells": geometry.table(card.cells),
                "asked": card.names,
                "uses": self.settings.max_uses,
                "issued": ctx.now,
            },
        )

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[GridCardCredential] | Refused[GridCardCredential]:
        """Take ``{"cells": {"B3": "7K", ...}}`` as proof that the card can be read.

        Refuses with `malformed`, `other_cells` or `wrong_cells`.
        """
        card = msgspec.convert(private["card"], GridCardCredential)
        typed = _read(response)
        if typed is None:
            return Refused(reason="malformed")
        if reason := _fault(card, typed):
            return Refused(reason=reason)
        return Accepted(credential=self._dealt(card, ctx.entropy), evidence=_EVIDENCE)

    def challenge(
        self,
        held: Mapping[str, GridCardCredential],
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Ask for the cells that are due; of an account without a card, always the same."""
        card = next(iter(held.values()), self._decoy())
        return Offer(private={}, public={"serial": card.serial, "asked": card.names})

    def verify(
        self,
        held: Mapping[str, GridCardCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[GridCardCredential] | Refused[GridCardCredential]:
        """Judge ``{"cells": {"B3": "7K", ...}}``, and draw the cells to ask next.

        Refuses with `malformed`, `no_credential`, `card_used_up`, `other_cells` where not those
        that are due were answered, or `wrong_cells`. Notes `card_used_up_soon` near the end.
        """
        typed = _read(response)
        if typed is None:
            return Refused(reason="malformed")
        credential_id, card = next(iter(held.items()), ("", self._decoy()))
        fault = _fault(card, typed)
        if barred := self._barred(held, card) or fault:
            return Refused(reason=barred)
        used = msgspec.structs.replace(card, uses=card.uses + 1)
        few = self.settings.max_uses - used.uses <= SOON
        return Accepted(
            credential=self._dealt(used, ctx.entropy),
            credential_id=credential_id,
            evidence=_EVIDENCE,
            notes=("card_used_up_soon",) if few else (),
        )

    def _drawn(self, entropy: Entropy) -> GridCardCredential:
        geometry = Geometry(self.settings.columns, self.settings.rows)
        deck = range(geometry.size)
        asked = dealt(deck, self.settings.asked, entropy)
        return GridCardCredential(
            serial="-".join(characters(SERIAL_GROUP, entropy) for _ in range(2)),
            columns=geometry.columns,
            rows=geometry.rows,
            cells=characters(geometry.size * CELL_LENGTH, entropy),
            asked=asked,
            left=tuple(cell for cell in deck if cell not in asked),
        )

    def _dealt(self, card: GridCardCredential, entropy: Entropy) -> GridCardCredential:
        """Return the card with other cells asked than now; also a last time, lest they are again.

        A card that was used up comes back where a firm raises `max_uses`.
        """
        count = min(self.settings.asked, card.geometry.size // 2)
        asked, left = next_deal(card.left, card.asked, card.geometry, count, entropy)
        return msgspec.structs.replace(card, asked=asked, left=left)

    def _barred(
        self, held: Mapping[str, GridCardCredential], card: GridCardCredential
    ) -> str | None:
        """Return why this card may not be used at all, or None."""
        if not held:
            return "no_credential"
        return "card_used_up" if card.uses >= self.settings.max_uses else None

    def _decoy(self) -> GridCardCredential:
        """Return a card that nobody has."""
        geometry = Geometry(self.settings.columns, self.settings.rows)
        apart = geometry.size // self.settings.asked
        return GridCardCredential(
            serial=NO_SERIAL,
            columns=geometry.columns,
            rows=geometry.rows,
            cells=ALPHABET[0] * geometry.size * CELL_LENGTH,
            asked=tuple(apart * step for step in range(self.settings.asked)),
            left=(),
        )


def _read(response: Json) -> Mapping[str, str] | None:
    """Return what was typed by the name of its cell, or None where it is anything else."""
    cells: Any = only_member(response, "cells")
    if not isinstance(cells, dict) or not all(map(_is_typed, cells.values())):
        return None
    return cells


def _is_typed(text: Json) -> bool:
    return isinstance(text, str) and len(text) <= MAX_TYPED and is_encodable(text)


def _fault(card: GridCardCredential, typed: Mapping[str, str]) -> str | None:
    """Return what is wrong with an answer, having compared every cell that was asked."""
    said = b"|".join(_plain(typed.get(name, "")) for name in card.names)
    right = "|".join(printed(card.cells, cell) for cell in card.asked)
    same = hmac.compare_digest(said, right.encode())  # of all cells at once: none ends it early
    if typed.keys() != set(card.names):
        return "other_cells"
    return None if same else "wrong_cells"


def _plain(text: str) -> bytes:
    """Return a cell as it is printed: people type small letters, spaces, and full-width ones."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper().encode()


_EVIDENCE: Final = Evidence(
    method=GridCard.name, classes=(FactorClass.POSSESSION,), amr=("otp",), direct=True
)
