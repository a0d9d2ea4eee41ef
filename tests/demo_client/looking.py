"""A look at a screen with a screen reader's eyes, and on a small phone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}


class Looking:
    """Looks at whatever `page` shows, and keeps what it finds: (screen, rule, where)."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: list[tuple[str, str, str]] = []

    def __call__(self, screen: str) -> None:
        """Look at the screen that is there now."""
        found = Axe().run(self._page, options=AXE).response["violations"]
        self.faults += [(screen, fault["id"], _where(fault)) for fault in found]
        self._page.set_viewport_size(NARROW)
        if self._page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append((screen, "scrolls sideways", ""))
        self._page.set_viewport_size(WIDE)


def _where(fault: dict) -> str:
    return "; ".join(node["html"][:120] for node in fault["nodes"])
