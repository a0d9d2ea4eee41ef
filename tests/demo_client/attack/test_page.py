"""The attack lab's page: people look at it, in two languages, on anything, without a script."""

import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import expect

from demo_client.attack import plots, registry, report_html
from demo_client.attack.texts import TEXTS
from tests.demo_client.attack.made import NASTY, result
from tests.demo_client.chromium import chromium
from tests.demo_client.looking import Looking


class Reader(HTMLParser):
    """Reads what a page has: elements, ids, and what it would fetch."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.fetched = set(), [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.fetched += [
            given[name] for name in ("src", "href", "xlink:href", "action") if given.get(name)
        ]


@pytest.fixture(scope="module")
def content():
    return report_html.page(result(broken=True))


@pytest.fixture(scope="module")
def read(content):
    reader = Reader()
    reader.feed(content)
    reader.close()
    return reader


def test_the_page_runs_nothing_and_fetches_nothing(read):
    assert "script" not in read.tags
    assert all(where.startswith("#") or where == "data:," for where in read.fetched)


def test_no_id_is_there_twice(read):
    assert len(read.ids) == len(set(read.ids))


def test_what_an_attack_says_ends_no_element(content):
    assert NASTY not in content
    assert "<script" not in content


def test_no_text_is_left_unsaid(content):
    told = set(re.findall(r">@([^@<]+)@<", content))
    assert told == set()
    ids = [text_id for text_id in TEXTS if "." in text_id]
    assert [text_id for text_id in ids if f">{text_id}<" in content] == []


def test_every_picture_has_a_title_a_description_and_its_figures(content):
    drawn = content.count('<svg class="plot"')
    assert drawn > 3 * len(registry.ATTACKS)
    assert content.count("<title id=") == content.count("<desc id=") == drawn
    assert content.count("<details>") == drawn


def test_a_picture_is_drawn_in_the_pages_own_colours():
    (chart,) = [c for found in result().found for c in found.charts if c.id == "race"]
    drawn = plots.svg(chart, "key")
    assert "var(--s4)" in drawn
    assert not re.search(r"#0101[0-9a-f]{2}\b", drawn)
    assert plots.svg(chart, "key") == drawn


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def small():
    """Return a page with every kind of picture, and no more than a look takes a moment for."""
    return report_html.page(result("slow", "enumeration", "flood", broken=True))


@pytest.fixture
def page(browser, small, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(small, encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto(file.as_uri())
    yield opened
    context.close()


@pytest.mark.browser
def test_it_may_be_looked_at_by_everybody_on_anything_in_both_languages(page):
    look = Looking(page)
    look("zh-TW")
    page.get_by_role("radio", name="English").check()
    for summary in page.locator("summary").all()[:3]:
        summary.click()
    look("en")
    assert look.faults == []


@pytest.mark.browser
def test_one_language_is_shown_at_a_time(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("攻擊實驗室", use_inner_text=True)
    page.get_by_role("radio", name="English").check()
    expect(page.get_by_role("heading", level=1)).to_have_text("The attack lab", use_inner_text=True)
    expect(page.locator("#verdict")).to_have_text("Promises NOT kept: 1.", use_inner_text=True)
    page.get_by_role("link", name="A flood").click()
    expect(page.get_by_role("heading", name="A flood")).to_be_in_viewport()
