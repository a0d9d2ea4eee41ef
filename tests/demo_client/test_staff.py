"""The demo's operators are made by the service's own command line, once."""

from __future__ import annotations

import subprocess
import sys

from demo_client.embedded import chosen
from identity import settings


def made(root) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "demo_client.embedded", "--operators", "--root", str(root)]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


def test_two_operators_are_made_and_their_codes_shown_once(tmp_path):
    root = tmp_path / 'a "quoted" folder'
    first = made(root)
    again = made(root)

    assert first.returncode == 0, first.stderr
    assert first.stdout.count("The initial password is:") == 2
    assert "/operator/activate" in first.stdout
    assert again.returncode != 0
    assert "taken" in again.stderr
    assert "The initial password is:" not in again.stdout


def test_the_settings_file_says_what_the_demo_runs_with(tmp_path):
    made(tmp_path)
    assert settings.load(tmp_path / "identity.toml", {}) == chosen(tmp_path)
