"""The board of a market that does not exist: four made-up companies at made-up prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of the board. Prices are in New Taiwan dollars for one share."""

    symbol: str
    name: str  # the id of its text
    price: Decimal
    change: Decimal
    volume: int  # shares

    @property
    def percent(self) -> Decimal:
        """The change against the previous close, in per cent with two decimals."""
        return (self.change / (self.price - self.change) * 100).quantize(Decimal("0.01"))

    @property
    def trend(self) -> str:
        """``up``, ``down`` or ``flat``; the pages paint rises red, as this market does."""
        return "up" if self.change > 0 else "down" if self.change < 0 else "flat"


BOARD = (
    Quote("9101", "market.tea", Decimal("128.50"), Decimal("3.50"), 8_412_000),
    Quote("9102", "market.strait", Decimal("64.20"), Decimal("-0.90"), 15_730_000),
    Quote("9103", "market.optics", Decimal("886.00"), Decimal("12.00"), 2_105_000),
    Quote("9104", "market.foods", Decimal("41.35"), Decimal("0.00"), 961_000),
)
