"""A page to print as PDF. The same marks always make the same bytes: no date, no chance."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Final

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from identity.web.card_drawing import Box, Line, Mark, Words

A4: Final = (210.0, 297.0)
"""Width and height in millimetres (ISO 216)."""

THIN: Final = 0.2 * mm


def pdf(marks: Iterable[Mark], title: str) -> bytes:
    """Return one page of A4 with `marks` on it."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(A4[0] * mm, A4[1] * mm), invariant=1)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("")
    canvas.setLineWidth(THIN)
    for mark in marks:
        _draw(canvas, mark)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, mark: Mark) -> None:
    match mark:
        case Words():
            _write(canvas, mark)
        case Line(x, y, to_x, to_y):
            canvas.line(x * mm, _up(y), to_x * mm, _up(to_y))
        case Box():
            _frame(canvas, mark)


def _write(canvas: Canvas, words: Words) -> None:
    left = {"start": 0.0, "middle": words.width / 2, "end": words.width}[words.anchor]
    canvas.setFont(words.font, words.size * mm)
    canvas.drawString((words.x - left) * mm, _up(words.y), words.text)


def _frame(canvas: Canvas, box: Box) -> None:
    canvas.saveState()
    if box.fill is not None:
        canvas.setFillGray(box.fill)
    if box.dashed:
        canvas.setDash(1.5 * mm, 1 * mm)
    filled = box.fill is not None
    place = (box.x * mm, _up(box.y + box.height), box.width * mm, box.height * mm)
    canvas.roundRect(*place, box.radius * mm, stroke=int(not filled), fill=int(filled))
    canvas.restoreState()


def _up(y: float) -> float:
    """Return the height over the lower edge in points: PDF begins there."""
    return (A4[1] - y) * mm
