"""What docs/policy.md shows is so."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from identity.cli.main import app
from identity.policy.table import load, shipped
from identity.policy.verdicts import Observation
from tests.identity.policy.kit import FIRSTS, REGISTERED

DOC = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
OWN = re.search(r"```toml\n(.*?)```", DOC, re.DOTALL)[1]
COMMANDS = re.findall(r"^identity (policy .*)$", DOC, re.MULTILINE)
REFUSED = re.search(r"```\npolicy own.toml:\n(.*?)```", DOC, re.DOTALL)[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the document's own table."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own.toml"


def test_every_profile_and_every_remark_is_told():
    for name in (*shipped(), *get_args(Observation)):
        assert f"`{name}`" in DOC


def test_the_example_will_do(here):
    here.write_text(OWN, encoding="utf-8")
    table = load("own.toml", REGISTERED, FIRSTS)
    assert table.name == "example-securities"
    assert "sms_otp" not in table.methods
    assert table.firm.phishing_resistant


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(here, command):
    here.write_text(OWN, encoding="utf-8")
    done = CliRunner().invoke(app, shlex.split(command), env={"TERM": "dumb"})
    assert done.exit_code in {0, 1}, done.output
    assert done.output


def test_the_faults_are_told_as_it_shows_them(here):
    said = "[methods.tottp]\n[operations.order]\nmax_age = 0\n"
    here.write_text(f'# ours\nextends = "twse"\nname = "x"\n\n{said}', encoding="utf-8")
    done = CliRunner().invoke(app, ["policy", "check", "own.toml"], env={"TERM": "dumb"})
    assert done.exit_code == 2
    assert REFUSED in done.stderr
