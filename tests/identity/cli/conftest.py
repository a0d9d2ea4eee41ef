"""The command line over the place where a `World` lives, while it lives there."""

import pytest
from typer.testing import CliRunner

from identity.cli.main import app
from tests.identity.kit import CHEAP

RUN = CliRunner()


@pytest.fixture
def config(tmp_path):
    """Settings in a file, for the place where `World(tmp_path)` lives."""
    file = tmp_path / "identity.toml"
    file.write_text(
        f"""
        origins = ["https://testserver"]
        [database]
        url = "sqlite:///{tmp_path / "identity.db"}"
        synchronous = "NORMAL"
        [keys]
        file = "{tmp_path / "keys.json"}"
        [outbox]
        folder = "{tmp_path / "inbox"}"
        [password.argon2]
        memory_kib = {CHEAP.memory_kib}
        time_cost = {CHEAP.time_cost}
        """,
        encoding="utf-8",
    )
    return file


def said_by(*arguments):
    """Run a command; return its exit status and what it said, lines joined."""
    done = RUN.invoke(app, [*map(str, arguments)], env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def alone():
    """Run a command as somebody who has neither settings, nor store, nor ring."""
    return said_by


@pytest.fixture
def run(config):
    """Run a command with the settings of the place."""
    return lambda *arguments: said_by(*arguments, "--config", config)
