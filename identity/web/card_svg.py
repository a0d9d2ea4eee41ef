"""A printed card as SVG: one picture, in millimetres, that needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from identity.web.card_drawing import Box, Line, Mark, Style, Words

FONTS: Final[Mapping[Style, Mapping[str, str]]] = {
    Style.PLAIN: {"font-family": "sans-serif"},
    Style.BOLD: {"font-family": "sans-serif", "font-weight": "bold"},
    Style.TYPED: {"font-family": "'Courier New', Courier, monospace", "font-weight": "bold"},
}
THIN: Final = "0.2"
"""Millimetres."""


def svg(marks: Iterable[Mark], size: tuple[float, float], title: str) -> bytes:
    """Return the picture of `marks`; `size` is its width and height in millimetres."""
    width, height = size
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": f"{width}mm",
            "height": f"{height}mm",
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
        },
    )
    SubElement(root, "title").text = title
    SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#fff"})
    for mark in marks:
        _draw(root, mark)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _draw(root: Element, mark: Mark) -> None:
    match mark:
        case Words():
            SubElement(root, "text", _text(mark)).text = mark.text
        case Line():
            SubElement(root, "line", _line(mark))
        case Box():
            SubElement(root, "rect", _box(mark))


def _text(words: Words) -> dict[str, str]:
    place = {"x": _mm(words.x), "y": _mm(words.y), "text-anchor": words.anchor}
    return {**place, "font-size": _mm(words.size), "fill": "#000", **FONTS[words.style]}


def _line(line: Line) -> dict[str, str]:
    ends = {"x1": line.x, "y1": line.y, "x2": line.to_x, "y2": line.to_y}
    return {**_all_mm(ends), "stroke": "#000", "stroke-width": THIN}


def _box(box: Box) -> dict[str, str]:
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": box.radius}
    if box.fill is not None:
        level = round(box.fill * 255)
        return {**_all_mm(place), "fill": f"rgb({level},{level},{level})"}
    dashes = {"stroke-dasharray": "1.5 1"} if box.dashed else {}
    return {**_all_mm(place), "fill": "none", "stroke": "#000", "stroke-width": THIN, **dashes}


def _all_mm(values: Mapping[str, float]) -> dict[str, str]:
    return {name: _mm(value) for name, value in values.items()}


def _mm(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
