"""The password card on paper: the card itself as SVG, and an A4 page to print and cut as PDF.

Both are drawn once, from the offer of the enrolment, and kept nowhere: a card is shown when it is
made and never again. It is as large as a bank card (ID-1 of ISO/IEC 7810), and black on white.
"""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from importlib import resources
from typing import Any, Final

from identity.web.card_drawing import Box, Line, Mark, Style, Words, fitting, moved
from identity.web.card_pdf import A4, pdf
from identity.web.card_svg import svg

CARD: Final = (85.60, 53.98)
"""Width and height of ID-1, in millimetres."""

MARGIN, HEADING, FOOT = 3.5, 8.0, 48.4
"""Of the card, in millimetres: at its sides, under its heading, over its last line."""

NUMBERS: Final = 5.0
"""Width of the column with the names of the rows, in millimetres."""

PAGE_MARGIN, LINE_HEIGHT, TEXT_SIZE = 20.0, 6.0, 3.7
"""Of the page around it, in millimetres."""

_TAIWAN: Final = timezone(timedelta(hours=8))  # the same the year round since 1980


def drawn(public: Mapping[str, Any], locale: str, firm: str) -> Mapping[str, Any]:
    """Return the offer of a card with `svg` and `pdf`, data: URIs, in place of `issued`."""
    words = _words(public, locale, firm)
    card = list(_card(public, words))
    page = list(_page(card, words))
    told = {name: value for name, value in public.items() if name != "issued"}
    title = f"{words['card']} {public['serial']}"
    return {
        **told,
        "svg": _uri("image/svg+xml", svg(card, CARD, title)),
        "pdf": _uri("application/pdf", pdf(page, title)),
    }


def _words(public: Mapping[str, Any], locale: str, firm: str) -> Mapping[str, Any]:
    """Return the texts in `locale`, filled in."""
    date = datetime.fromtimestamp(public["issued"], _TAIWAN).date().isoformat()
    values = {"serial": public["serial"], "uses": public["uses"], "date": date}
    values["asked"] = len(public["asked"])
    told = {
        name: text.format(**values) for name, text in _TEXTS[locale].items() if name != "keeping"
    }
    keeping = [[line.format(**values) for line in item] for item in _TEXTS[locale]["keeping"]]
    return {**told, "firm": firm, "keeping": keeping}


def _card(public: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[Mark]:
    """Yield what is on the card; its upper left corner is (0, 0)."""
    width, height = CARD
    half = (width - 3 * MARGIN) / 2
    yield Box(0.1, 0.1, width - 0.2, height - 0.2, radius=3.18, dashed=True)
    yield fitting(Words(MARGIN, 6.2, words["firm"], 3.4, Style.BOLD), half)
    yield fitting(Words(width - MARGIN, 6.2, words["card"], 3.4, anchor="end"), half)
    yield from _table(public)
    yield Words(MARGIN, height - 2.4, words["serial"], 2.3)
    yield Words(width / 2, height - 2.4, words["issued"], 2.3, anchor="middle")
    yield Words(width - MARGIN, height - 2.4, words["uses"], 2.3, anchor="end")


def _table(public: Mapping[str, Any]) -> Iterator[Mark]:
    """Yield the cells with the names of their columns and rows; every second row is shaded."""
    columns, rows = public["columns"], public["rows"]
    wide = (CARD[0] - 2 * MARGIN - NUMBERS) / len(columns)
    high = (FOOT - HEADING) / (len(rows) + 1)
    size = min(0.58 * high, 0.58 * wide)
    middle = [MARGIN + NUMBERS + wide * (column + 0.5) for column in range(len(columns))]
    base = [HEADING + high * (row + 0.5) + 0.36 * size for row in range(len(rows) + 1)]
    for row in range(1, len(rows) + 1, 2):
        yield Box(MARGIN, HEADING + high * row, CARD[0] - 2 * MARGIN, high, fill=0.9)
    yield Line(MARGIN, HEADING + high, CARD[0] - MARGIN, HEADING + high)
    yield Line(MARGIN + NUMBERS, HEADING, MARGIN + NUMBERS, FOOT)
    for x, name in zip(middle, columns, strict=True):
        yield Words(x, base[0], name, size * 0.85, Style.BOLD, "middle")
    for y, name, texts in zip(base[1:], rows, public["cells"], strict=True):
        yield Words(MARGIN + NUMBERS / 2, y, name, size * 0.85, Style.BOLD, "middle")
        for x, text in zip(middle, texts, strict=True):
            yield Words(x, y, text, size, Style.TYPED, "middle")


def _page(card: list[Mark], words: Mapping[str, Any]) -> Iterator[Mark]:
    """Yield the page: heading, card, and how to keep it."""
    wide = A4[0] - 2 * PAGE_MARGIN
    yield fitting(Words(PAGE_MARGIN, 28, words["firm"], 4.5, Style.BOLD), wide)
    yield Words(PAGE_MARGIN, 40, words["page"], 7.5, Style.BOLD)
    yield Words(PAGE_MARGIN, 50, words["cut"], TEXT_SIZE)
    yield from moved(card, (A4[0] - CARD[0]) / 2, 60)
    y = 60 + CARD[1] + 2 * LINE_HEIGHT
    for number, item in enumerate(words["keeping"], 1):
        yield Words(PAGE_MARGIN, y, f"{number}.", TEXT_SIZE)
        for line in item:
            yield Words(PAGE_MARGIN + LINE_HEIGHT, y, line, TEXT_SIZE)
            y += LINE_HEIGHT
        y += LINE_HEIGHT / 3


def _uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _load() -> Mapping[str, Mapping[str, Any]]:
    source = resources.files(__package__).joinpath("card.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


_TEXTS: Final = _load()
