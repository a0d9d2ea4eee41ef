"""The ways a pattern is drawn: with a mouse, with a finger, by keys. Nodes are numbered from 0."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Locator, Page

KEYS = {"row": ("ArrowUp", "ArrowDown"), "column": ("ArrowLeft", "ArrowRight")}
STEPS = 6  # moves between two nodes: a pointer jumps


def by_mouse(page: Page, area: Locator, nodes: Sequence[int]) -> None:
    """Drag from node to node without letting go."""
    points = [_middle(area, node) for node in nodes]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=STEPS)
    page.mouse.up()


def by_finger(page: Page, area: Locator, nodes: Sequence[int]) -> None:
    """The same with a finger, which leaps from node to node."""
    points = [_middle(area, node) for node in nodes]
    touch = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * len(points)], points, strict=False):
        at = [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def by_keys(page: Page, area: Locator, nodes: Sequence[int], columns: int = 3) -> None:
    """Walk from node to node by the arrow keys, and press Space on each."""
    _node(area, 0).focus()
    at = 0
    for node in nodes:
        ways = {"row": node // columns - at // columns, "column": node % columns - at % columns}
        for axis, distance in ways.items():
            for _ in range(abs(distance)):
                page.keyboard.press(KEYS[axis][distance > 0])
        page.keyboard.press("Space")
        at = node


def _node(area: Locator, node: int) -> Locator:
    return area.locator(".nodes button").nth(node)


def _middle(area: Locator, node: int) -> tuple[float, float]:
    _node(area, node).scroll_into_view_if_needed()
    box = _node(area, node).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
