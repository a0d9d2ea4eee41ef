"""The password card as it is printed: all of it, on a card and a page that it fits on."""

import base64
import re
import zlib
from xml.etree import ElementTree as ET

import pytest

from factors.grid_card import GridCard, GridCardSettings
from identity.web import card
from identity.web.card import CARD, drawn
from identity.web.card_drawing import Box, Line, Style, Words, fitting, moved
from identity.web.card_pdf import A4
from identity.web.shapes import METHODS
from tests.factors.world import context

FIRM = "信元證券股份有限公司"
SIZES = [
    GridCardSettings(),
    GridCardSettings(columns=12, rows=10, asked=4),
    GridCardSettings(columns=4, rows=3, asked=2, max_uses=1),
]
SVG = "{http://www.w3.org/2000/svg}"


def offer(settings=SIZES[0], **changes):
    return GridCard(settings).enroll({}, context(**changes)).public


def opened(uri, media_type):
    head, content = uri.split(",", 1)
    assert head == f"data:{media_type};base64"
    return base64.b64decode(content, validate=True)


def texts(svg):
    root = ET.fromstring(opened(svg, "image/svg+xml"))
    return [node.text for node in root.iter(f"{SVG}text")]


def written(pdf):
    """Return what the page's stream writes, by the PDF's own operators."""
    (packed,) = re.findall(rb"stream\n?(.*?)endstream", pdf, re.DOTALL)
    page = zlib.decompress(base64.a85decode(packed.strip().removesuffix(b"~>"))).decode("latin-1")
    return re.findall(r"\(((?:\\.|[^\\)])*)\) Tj", page)


@pytest.fixture(params=["en", "zh-TW"])
def locale(request):
    return request.param


@pytest.fixture(params=SIZES, ids=lambda s: f"{s.columns}x{s.rows}")
def public(request):
    return offer(request.param)


def test_the_offer_is_told_with_the_card_drawn_and_as_it_is_described(public, locale):
    told = drawn(public, locale, FIRM)
    assert set(told) == set(METHODS["grid_card"].offer.__struct_fields__)
    assert {name: told[name] for name in public if name != "issued"} == {
        name: value for name, value in public.items() if name != "issued"
    }


def test_every_cell_is_in_both_drawings_in_order(public, locale):
    told = drawn(public, locale, FIRM)
    cells = [cell for row in public["cells"] for cell in row]
    names = [*public["columns"], *public["rows"]]
    assert [text for text in texts(told["svg"]) if text in cells] == cells
    assert [text for text in texts(told["svg"]) if text in names] == names
    page = written(opened(told["pdf"], "application/pdf"))
    assert [text for text in page if text in cells] == cells


def test_a_card_says_whose_it_is_which_and_since_when(locale):
    """2027-01-15 08:00 UTC is the same day in Taiwan; ten hours later it is not."""
    for later, date in ((0, "2027-01-15"), (10 * 3600, "2027-01-16")):
        public = offer(now=context().now + later)
        said = texts(drawn(public, locale, FIRM)["svg"])
        assert FIRM in said
        assert any(public["serial"] in text for text in said)
        assert any(date in text for text in said)
        assert any(str(public["uses"]) in text for text in said)


def test_each_language_has_its_words():
    assert "密碼卡" in texts(drawn(offer(), "zh-TW", FIRM)["svg"])
    assert "Password card" in texts(drawn(offer(), "en", FIRM)["svg"])
    page = written(opened(drawn(offer(), "en", "Trifactor")["pdf"], "application/pdf"))
    assert "Your password card" in page
    assert any("never for the whole card" in text for text in page)


def test_chinese_is_in_the_traditional_characters_of_its_font():
    pdf = opened(drawn(offer(), "zh-TW", FIRM)["pdf"], "application/pdf")
    assert b"/UniCNS-UCS2-H" in pdf
    assert b"(CNS1)" in pdf
    assert b"UniGB" not in pdf
    assert b"MSung" not in opened(drawn(offer(), "en", "Trifactor")["pdf"], "application/pdf")


def test_the_same_card_is_the_same_file():
    assert drawn(offer(), "zh-TW", FIRM) == drawn(offer(), "zh-TW", FIRM)


def test_the_file_has_one_page_of_a4_and_names_nobody():
    pdf = opened(drawn(offer(), "en", FIRM)["pdf"], "application/pdf")
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(side) / 72 * 25.4) for side in box.groups()] == [210, 297]
    assert b"anonymous" not in pdf


@pytest.mark.parametrize("firm", ["Trifactor", FIRM, "信元" * 40, "A & <b>Very</b> Long " * 9])
def test_all_words_fit_on_the_card_and_on_the_page(public, locale, firm):
    words = card._words(public, locale, firm)
    small = list(card._card(public, words))
    for marks, (wide, high) in ((small, CARD), (list(card._page(small, words)), A4)):
        for mark in marks:
            left, right = edges(mark)
            assert 0 <= left <= right <= wide, mark
            assert 0 <= mark.y <= high, mark
    assert firm in texts(drawn(public, locale, firm)["svg"])


def edges(mark):
    if isinstance(mark, Words):
        left = mark.x - {"start": 0, "middle": 0.5, "end": 1}[mark.anchor] * mark.width
        return left, left + mark.width
    if isinstance(mark, Line):
        return mark.x, mark.to_x
    return mark.x, mark.x + mark.width


def test_no_words_of_a_card_lie_over_each_other(public, locale):
    words = [
        mark
        for mark in card._card(public, card._words(public, locale, FIRM))
        if hasattr(mark, "text")
    ]
    for at, first in enumerate(words):
        for second in words[at + 1 :]:
            (left, right), (other, end) = edges(first), edges(second)
            beside = right <= other or end <= left
            above = abs(first.y - second.y) >= 0.7 * max(first.size, second.size)
            assert beside or above, (first, second)


def test_words_are_set_smaller_only_where_they_must_be():
    short = Words(0, 0, "a", 4)
    assert fitting(short, 50) == short
    assert fitting(short._replace(text="a" * 99), 50).width == pytest.approx(50)
    assert fitting(short._replace(text=""), 50).size == 4


def test_the_font_has_every_letter_of_its_words():
    assert Words(0, 0, "Café €", 4, Style.BOLD).font == "Helvetica-Bold"
    assert Words(0, 0, "A股", 4, Style.BOLD).font == "MSung-Light"


def test_what_is_moved_keeps_its_shape():
    line, box = moved([Line(1, 2, 3, 4), Box(1, 2, 3, 4)], 10, 20)
    assert line == Line(11, 22, 13, 24)
    assert box == Box(11, 22, 3, 4)


def test_a_picture_of_a_card_needs_nothing_from_anywhere(public, locale):
    svg = opened(drawn(public, locale, FIRM)["svg"], "image/svg+xml")
    root = ET.fromstring(svg)
    assert {node.tag for node in root.iter()} == {
        SVG + tag for tag in ("svg", "title", "rect", "line", "text")
    }
    assert b"href" not in svg
    assert root.get("viewBox") == "0 0 85.6 53.98"
    assert (root.get("width"), root.get("height")) == ("85.6mm", "53.98mm")
