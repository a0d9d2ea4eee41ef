"""A run never hides what it did not test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs, programs

HOUSE = Path(__file__).parents[1]

ONE_WITH_AND_ONE_WITHOUT = """
import pytest

@pytest.mark.oathtool
def test_drives_oathtool():
    assert False, "must not run without oathtool"

def test_needs_nothing():
    pass
"""


def run_on_a_bare_machine(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run two tests where no program is on the path, and no browser was downloaded."""
    (tmp_path / "test_it.py").write_text(ONE_WITH_AND_ONE_WITHOUT)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-c",
            "pyproject.toml",
            tmp_path,
        ],
        cwd=HOUSE,
        env={
            "PATH": "",
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_left_out_is_told_in_one_line(tmp_path):
    run = run_on_a_bare_machine(tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "left out: 1 test for lack of oathtool\n" in run.stdout
    assert "1 passed, 1 skipped" in run.stdout.splitlines()[-1]


def test_ci_ends_at_once_where_something_is_missing(tmp_path):
    run = run_on_a_bare_machine(tmp_path, CI="true")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI must have Chromium" in run.stderr
    assert "passed" not in run.stdout


@pytest.mark.parametrize(("name", "spoken"), [("no_postgres", "PostgreSQL"), ("no_redis", "Redis")])
def test_a_server_that_does_not_answer_is_missing(monkeypatch, name, spoken):
    monkeypatch.setattr(needs, "POSTGRES", "postgresql://postgres@127.0.0.1:1/test")
    monkeypatch.setattr(needs, "REDIS", ("127.0.0.1", 1))
    assert getattr(needs, name)().startswith(spoken)


def test_every_need_is_a_marker_that_pytest_knows(pytestconfig):
    known = {line.split(":")[0] for line in pytestconfig.getini("markers")}
    assert set(needs.LACKS) <= known


def test_a_program_that_is_there_and_does_not_run_is_not_found(tmp_path, monkeypatch):
    stub = tmp_path / "oathtool"
    stub.write_text("#!/bin/sh\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    assert programs.find(programs.OATHTOOL) is None
    stub.write_text("#!/bin/sh\nexit 0\n")
    assert programs.find(programs.OATHTOOL) == str(stub)


def test_only_root_installs_through_the_distribution(tmp_path, monkeypatch):
    installer = tmp_path / "apt-get"
    installer.write_text("#!/bin/sh\n")
    installer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    as_root = list(programs.ways(programs.OATHTOOL, root=True))
    assert [way[-1][-1] for way in as_root] == ["oathtool"]
    assert list(programs.ways(programs.OATHTOOL, root=False)) == []
    assert list(programs.ways(programs.CHROMIUM, root=False)) == [[programs.PLAYWRIGHT]]


def test_a_person_is_told_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.advice(programs.CHROMIUM) == "install Chromium by your system's means"
