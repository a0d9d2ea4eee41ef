"""A grid card in the virtual customer's wallet, to look cells up on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from demo_client.errors import NotHeld

Json: TypeAlias = Any


class SoftCard(msgspec.Struct, kw_only=True):
    """One card: what stands in each cell, by the cell's name (column and row, ``"B3"``)."""

    serial: str
    cells: dict[str, str]

    @classmethod
    def printed(cls, offer: Json) -> SoftCard:
        """Take the card of an enrolment's offer."""
        cells = {
            f"{column}{row}": written
            for row, line in zip(offer["rows"], offer["cells"], strict=True)
            for column, written in zip(offer["columns"], line, strict=True)
        }
        return cls(serial=offer["serial"], cells=cells)

    def look_up(self, asked: Sequence[str]) -> dict[str, str]:
        """Read the cells asked for; `NotHeld` where the card has no such cell."""
        if missing := [name for name in asked if name not in self.cells]:
            raise NotHeld(f"card {self.serial} has no cell {', '.join(missing)}")
        return {name: self.cells[name] for name in asked}
