"""What a printed card is made of: boxes, lines and words, in millimetres from the upper left.

How wide words are is measured with the fonts of the PDF. Latin letters are in the fonts that every
reader of PDF has; Chinese is in Adobe's MSung-Light, which is named in the file and not part of it:
a reader takes the traditional Chinese font that it has. The cells are never in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, Literal, NamedTuple, TypeAlias

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

CHINESE: Final = "MSung-Light"
LATIN: Final = "cp1252"
"""What the fonts of every PDF reader can write (PDF 32000-1, WinAnsiEncoding)."""


class TraditionalChinese(UnicodeCIDFont):
    """MSung-Light with its own characters: reportlab 5.1 names those of simplified Chinese."""

    def __init__(self) -> None:
        super().__init__(CHINESE)
        self.encodingName = "UniCNS-UCS2-H"


pdfmetrics.registerFont(TraditionalChinese())


class Style(StrEnum):
    """The font that Latin letters are set in."""

    PLAIN = "Helvetica"
    BOLD = "Helvetica-Bold"
    TYPED = "Courier-Bold"


Anchor: TypeAlias = Literal["start", "middle", "end"]


class Words(NamedTuple):
    """One line of text. `x` is where its `anchor` is, `y` its base line, `size` the font's."""

    x: float
    y: float
    text: str
    size: float
    style: Style = Style.PLAIN
    anchor: Anchor = "start"

    @property
    def font(self) -> str:
        """The font that has all the letters, by its name in a PDF."""
        try:
            self.text.encode(LATIN)
        except UnicodeEncodeError:
            return CHINESE
        return self.style

    @property
    def width(self) -> float:
        """How wide it is, in millimetres."""
        return float(pdfmetrics.stringWidth(self.text, self.font, self.size * mm)) / mm


class Line(NamedTuple):
    """A thin line from (`x`, `y`) to (`to_x`, `to_y`)."""

    x: float
    y: float
    to_x: float
    to_y: float


class Box(NamedTuple):
    """A rectangle: filled with a grey (0 is black), or drawn around with round corners."""

    x: float
    y: float
    width: float
    height: float
    fill: float | None = None
    radius: float = 0.0
    dashed: bool = False


Mark: TypeAlias = Words | Line | Box


def fitting(words: Words, width: float) -> Words:
    """Return the words no wider than `width`, set smaller where they must be."""
    return words._replace(size=words.size * min(1.0, width / max(words.width, 0.1)))


def moved(marks: Iterable[Mark], right: float, down: float) -> Iterator[Mark]:
    """Yield the marks at another place."""
    for mark in marks:
        there = mark._replace(x=mark.x + right, y=mark.y + down)
        if isinstance(there, Line):
            there = there._replace(to_x=there.to_x + right, to_y=there.to_y + down)
        yield there
