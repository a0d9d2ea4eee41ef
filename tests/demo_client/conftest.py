"""One broker with the service mounted, one Chromium, and a fresh customer for every test."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo_client.embedded import make_app
from identity.settings import Lab
from tests.demo_client.chromium import chromium, refusing_scripts_from_elsewhere
from tests.demo_client.customer import Customer, LabClock
from tests.demo_client.holder import Holder
from tests.identity.kit import lab_limits

NAMES = itertools.count(1)
PATIENCE = 15_000  # milliseconds that a page may take on a busy machine
LONG_ENOUGH = 3600  # seconds after which no window of one test is full for the next


@pytest.fixture(scope="module")
def lab_clock(tmp_path_factory: pytest.TempPathFactory) -> LabClock:
    return LabClock(tmp_path_factory.mktemp("clock") / "now", time.time())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the broker keeps its state in."""
    return tmp_path_factory.mktemp("broker")


@pytest.fixture(scope="module")
def home(root: Path, lab_clock: LabClock) -> Iterator[str]:
    with served(root, lab_clock) as origin:
        yield origin


@contextmanager
def served(
    root: Path, lab_clock: LabClock, limits: Mapping[str, object] | None = None, **changes: Any
) -> Iterator[str]:
    """Serve the demo on a free port of localhost, rows of `limits` in force; give its origin."""
    over = lab_limits(root, limits)["lab"].limits_file if limits else ""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listening.getsockname()[1]}"
        lab = Lab(clock_file=str(lab_clock.file), limits_file=over)
        app = make_app(root, origin, mode="lab", lab=lab, **changes)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        while not server.started and serving.is_alive():
            time.sleep(0.02)
        yield origin
        server.should_exit = True
        serving.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for one module only: its driver keeps an event loop going in this thread."""
    expect.set_options(timeout=PATIENCE)
    with chromium() as browser:
        yield browser


@pytest.fixture
def browsing(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Open pages of browsers that know nothing of each other; none may do what it must not."""
    with browsers(browser) as opened:
        yield opened


@contextmanager
def browsers(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Give what opens a new browser's page, and close them all; look at what they did wrong."""
    contexts: list[tuple[BrowserContext, list[str]]] = []

    def opened() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(PATIENCE)
        contexts.append((context, refusing_scripts_from_elsewhere(context)))
        return context.new_page()

    yield opened
    for context, _ in contexts:
        context.close()
    assert [faults for _, faults in contexts if faults] == []


@pytest.fixture
def page(browsing: Callable[[], Page]) -> Page:
    return browsing()


@pytest.fixture
def amy(page: Page, home: str, lab_clock: LabClock) -> Customer:
    lab_clock.forward(LONG_ENOUGH)
    return Customer(page, home, lab_clock, account=f"amy.{next(NAMES)}")


@pytest.fixture(scope="module")
def holder(
    request: pytest.FixtureRequest, home: str, browser: Browser, lab_clock: LabClock
) -> Iterator[Holder]:
    """Return a customer with every factor in `HELD` of the module, bound in the activation."""
    with browsers(browser) as opened:
        holder = Holder(opened(), home, lab_clock, account=f"amy.{next(NAMES)}")
        holder.begins_activation(holder.registers())
        for method in request.module.HELD:
            holder.adds(method)
        holder.finishes_activation()
        yield holder


@pytest.fixture
def held(holder: Holder, lab_clock: LabClock) -> Holder:
    """Return the same customer for every test of a module, on a day of their own.

    A page left open would see its session end meanwhile, and go off to sign in.
    """
    holder.page.goto("about:blank")
    lab_clock.forward(LONG_ENOUGH)
    return holder
