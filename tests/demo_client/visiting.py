"""The demo in a process of its own, and virtual customers who visit it by HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import httpx2
import pytest
from typer.testing import CliRunner

from demo_client.__main__ import app
from demo_client.client import Client, connect
from demo_client.cookies import CookieJar
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from demo_client.visit import Visit
from demo_client.wallet import Wallets
from demo_client.world import real
from tests.hard.servers import free_port

PATIENCE = 30
"""Seconds the demo may take to start."""


@contextmanager
def serving(root):
    """Serve the demo on a free port, its state under `root`; give its origin."""
    port = free_port()
    asked = [sys.executable, "-m", "demo_client.embedded", "--port", str(port), "--root", str(root)]
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(f"http://localhost:{port}", process)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


@contextmanager
def visits():
    """Give what opens visits of customers; what they did ends with the block."""
    with ExitStack() as ending:

        def open_visit(wallet, traits=Traits(), world=None, kept_in=None):  # noqa: B008 - the default is frozen
            outside = world or real()
            if kept_in:
                ending.callback(Wallets(kept_in).save, wallet)
            device = SoftAuthenticator(list(wallet.passkeys), outside.entropy, traits)
            http = ending.enter_context(connect(wallet.url, wallet.locale, None))
            jar = CookieJar(wallet.url, wallet.cookies)
            client = Client(http, jar, outside.clock, steps.append, wallet.service)
            return Visit(client, wallet, device, outside, notes.append)

        steps, notes = [], []
        open_visit.steps = steps
        yield open_visit


def run(folder, *words):
    """Run a command of the client on the wallets in `folder`; return its status and its lines."""
    result = CliRunner().invoke(app, [*words, "--state", str(folder), "--json"])
    return result.exit_code, [json.loads(line) for line in result.output.splitlines()]


def _wait_until_ready(url, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx2.get(f"{url}/identity/readyz", trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the demo did not start: {process.poll()}")
