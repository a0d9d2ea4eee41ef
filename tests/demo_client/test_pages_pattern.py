"""The pattern in a real browser: drawn in every way, refused with a reason, never said aloud."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import expect

from factors.pattern_grid import Grid
from tests.demo_client import drawing
from tests.demo_client.holder import PATTERN, Holder

pytestmark = pytest.mark.browser

HELD = ("pattern", "device")


@pytest.fixture
def amy(held: Holder) -> Holder:
    return held


DRAWN = {"mouse": drawing.by_mouse, "finger": drawing.by_finger, "keys": drawing.by_keys}


@pytest.mark.clause("CC-17010.d.a")
@pytest.mark.parametrize("way", DRAWN)
def test_a_pattern_is_drawn_by_mouse_finger_and_keys(amy, way):
    """WCAG 2.2, 2.1.1 and 2.5.7: nobody has to drag."""
    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    amy.press("login.pattern_first")
    area = amy.page.locator("#drawing")
    expect(area.locator(".nodes button")).to_have_count(9)

    DRAWN[way](amy.page, area, PATTERN)
    expect(area.locator("output")).to_have_text(" → ".join(str(node + 1) for node in PATTERN))
    amy.press("login.submit")
    amy.sees("login.second")
    amy.proves_by("device")

    amy.is_signed_in()


def test_a_stroke_takes_the_nodes_it_passes_over_and_no_node_twice(amy):
    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    amy.press("login.pattern_first")
    area = amy.page.locator("#drawing")
    drawn = area.locator("output")

    amy.draws(area, (0, 2, 0, 1, 8))
    expect(drawn).to_have_text("1 → 2 → 3 → 6 → 9")
    amy.press("pattern.cover")
    expect(drawn).to_have_text(amy.t("say.pattern.count", count=5))
    amy.page.locator("#drawing .nodes button").first.press("Backspace")
    expect(drawn).to_have_text(amy.t("say.pattern.count", count=4))
    amy.press("pattern.clear")
    expect(drawn).to_have_text(amy.t("say.pattern.none"))


@pytest.mark.parametrize("side", [3, 4, 5, 6])
def test_whatever_is_clicked_comes_out_as_the_service_writes_it(amy, side):
    chance = random.Random(side)  # nothing secret: the same clicks at every run
    clicks = [[chance.randrange(side**2) for _ in range(12)] for _ in range(200)]
    amy.go("/login")
    drawn = amy.page.evaluate(
        """async ([clicks, columns]) => {
            const { joined } = await import("/static/stroke.js");
            const drawn = (nodes) => nodes.reduce((so, node) => joined(so, node, columns), []);
            return clicks.map(drawn);
        }""",
        [clicks, side],
    )
    grid = Grid(side, side)
    assert all(set(of) <= set(nodes) for of, nodes in zip(clicks, drawn, strict=True))
    assert [nodes for nodes in drawn if grid.fault(nodes)] == []


def test_each_fault_of_a_new_pattern_has_its_sentence(amy):
    amy.signs_in("device")
    amy.is_signed_in()
    panel = amy.chooses_factor("pattern")
    first = amy.t("say.pattern.draw", count=6)

    for nodes, again, told in (
        ((0, 1, 2), None, "say.error.pattern.too_short"),
        (PATTERN, PATTERN[::-1], "say.error.pattern.not_the_same"),
        ((0, 1, 2, 5, 8, 7), (0, 1, 2, 5, 8, 7), "say.error.pattern.common_pattern"),
        ((0, 4, 1, 2, 5, 8), (0, 4, 1, 2, 5, 8), "say.error.pattern.too_simple"),
    ):
        expect(panel.locator(".round")).to_have_text(first)
        amy.draws(panel, nodes)
        amy.press("form.continue")
        if again:
            expect(panel.locator(".round")).to_have_text(amy.t("say.pattern.again"))
            amy.draws(panel, again)
            amy.press("form.continue")
        amy.is_told(told)


def test_a_wrong_pattern_is_refused_and_wiped_out(amy):
    amy.go("/login")
    amy.field("account.label").fill(amy.account)
    amy.press("login.pattern_first")
    area = amy.page.locator("#drawing")

    amy.draws(area, PATTERN[::-1])
    amy.press("login.submit")

    amy.is_told("say.error.refused")
    expect(area.locator("output")).to_have_text(amy.t("say.pattern.none"))


def test_a_stranger_is_told_nothing_by_the_first_step(amy, browsing):
    """The grid is shown whoever is named."""
    ben = Holder(browsing(), amy.home, amy.clock, account="nobody.at.all")
    ben.go("/login")
    ben.field("account.label").fill(ben.account)
    ben.press("login.pattern_first")
    ben.draws(ben.page.locator("#drawing"))
    ben.press("login.submit")
    ben.is_told("say.error.refused")
