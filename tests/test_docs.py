"""What the documents say is there is there."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
DOCS = sorted((HOUSE / "docs").rglob("*.md"))
PACKAGES = ("factors", "liveness", "identity", "demo_client", "tests", "docs", "requirements")
THREATS = (HOUSE / "docs" / "threat-model.md").read_text(encoding="utf-8")
ATTACKERS = [
    "list of passwords",
    "one factor",
    "session, a device cookie or a phone",
    "phishing",
    "web page",
    "access token",
    "operator",
    "thief of the database",
    "writer in the database",
    "key ring",
    "mail",
    "not to work",
    "embedding host",
]


def named(text):
    """Return the paths of ours that a text names in code type; one with a blank is a command."""
    spans = re.findall(r"`([^`\s]+)`", text)
    return [span for span in spans if span.partition("/")[0] in PACKAGES and "/" in span]


def rows(text):
    """Return the cells of every row of every table, heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {number for number, row in enumerate(cells) if set(row[0]) == {"-"}}
    left_out = heads | {number - 1 for number in heads}
    return [row for number, row in enumerate(cells) if number not in left_out]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_every_path_a_document_names_exists(path):
    text = path.read_text(encoding="utf-8")
    assert [name for name in named(text) if not (HOUSE / name).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_every_place_a_document_links_to_exists(path):
    links = re.findall(r"\]\(((?!https?:|#)[^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_the_threat_model_has_its_attacker(attacker):
    headings = re.findall(r"^## (.*)$", THREATS, re.MULTILINE)
    assert [heading for heading in headings if attacker in heading]


@pytest.mark.parametrize("row", rows(THREATS), ids=lambda row: row[0])
def test_a_threat_is_stopped_by_code_and_shown_by_tests_or_said_not_to_be(row):
    _, stops, shown, left = row
    assert [name for name in named(shown) if name.startswith("tests/")]
    if stops == "nothing":
        assert left
    else:
        assert [name for name in named(stops) if not name.startswith("tests/")]
