"""The command line: what it does, what it says, and what it answers to a script."""

import sqlite3
import tomllib
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner

import identity
from identity.cli.main import app
from identity.model import AccountKind
from tests.identity.kit import CHEAP, World
from tests.identity.storage.records import account

RUN = CliRunner()
CUSTOMER = AccountKind.CUSTOMER


@pytest.fixture
def config(tmp_path):
    """Settings in a file, for an empty place."""
    file = tmp_path / "identity.toml"
    file.write_text(
        f"""
        origins = ["https://testserver"]
        [database]
        url = "sqlite:///{tmp_path / "identity.db"}"
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


@pytest.fixture
def lived(tmp_path, config):
    """A place where a service ran, with one customer, and ended."""
    with World(tmp_path) as world:
        amy = world.customer().activated().signs_in()
        amy.opens(client=world.client()).password("wrong")
        yield amy


def run(*arguments, config=None):
    given = [*arguments, *(["--config", str(config)] if config else [])]
    return RUN.invoke(app, given, env={"COLUMNS": "200", "TERM": "dumb"})


def said(done):
    """Return what was printed, its lines joined: a narrow terminal breaks them anywhere."""
    return " ".join((done.stdout + done.stderr).split())


def test_it_makes_the_schema_and_twice_is_once(config, tmp_path):
    for _ in range(2):
        done = run("migrate", config=config)
        assert (done.exit_code, said(done)) == (0, "The schema is up to date.")
    assert (tmp_path / "identity.db").exists()


@pytest.mark.clause("CC-18000.2.g")
def test_it_lists_accounts_without_personal_data(lived, config):
    done = run("accounts", "list", config=config)
    assert done.exit_code == 0
    assert "amy" in said(done)
    assert "active" in said(done)
    assert lived.id in said(done)
    assert lived.mail not in said(done)
    assert "Amy Lin" not in said(done)


def test_it_lists_all_of_them(config, tmp_path):
    with World(tmp_path) as world, world.store.write() as work:
        for i in range(250):
            work.accounts.add(account(f"id-{i:03d}", name=f"name-{i:03d}", kind=CUSTOMER))
    assert said(run("accounts", "list", config=config)).count("name-") == 250


def test_it_shows_one(lived, config):
    done = run("accounts", "show", "AMY", config=config)
    assert done.exit_code == 0
    for word in (lived.id, "active", "password", "totp", "failures: password elsewhere: 1"):
        assert word in said(done)


@pytest.mark.parametrize("command", [("accounts", "show"), ("audit", "events")])
def test_it_says_where_there_is_none(lived, config, command):
    done = run(*command, "nobody", config=config)
    assert (done.exit_code, "no such account" in said(done)) == (2, True)


@pytest.mark.clause("CC-18000.2.g")
def test_it_suspends_and_resumes(lived, config):
    assert run("accounts", "suspend", "amy", config=config).exit_code == 0
    assert lived.session().status_code == 401
    again = run("accounts", "suspend", "amy", config=config)
    assert (again.exit_code, "is_suspended" in said(again)) == (2, True)
    assert run("accounts", "resume", "amy", config=config).exit_code == 0
    lived.signs_in()
    unknown = run("accounts", "resume", "nobody", config=config)
    assert (unknown.exit_code, "no such account" in said(unknown)) == (2, True)


def test_it_shows_the_events_of_one(lived, config):
    done = run("audit", "events", "amy", "--limit", "5", config=config)
    assert done.exit_code == 0
    assert "electronic_password:entry:wrong" in said(done)
    assert lived.mail not in said(done)


@pytest.mark.clause("CC-18000.4.d")
def test_it_finds_the_log_whole_and_one_flipped_bit_in_it(config, tmp_path):
    with World(tmp_path) as world:
        world.customer().activated()
    done = run("audit", "verify", config=config)
    assert done.exit_code == 0, said(done)
    assert "The log is whole" in said(done)
    flip(tmp_path / "identity.db")
    done = run("audit", "verify", config=config)
    assert done.exit_code == 1
    assert "NOT whole" in said(done)


def flip(database):
    """Flip one bit of one event, as somebody with the database in hand could."""
    with closing(sqlite3.connect(database)) as connection, connection:
        query = "SELECT writer, seq, body FROM events WHERE kind = 'account:lifecycle:activated'"
        writer, seq, body = connection.execute(query).fetchone()
        body = bytes([*body[:-10], body[-10] ^ 1, *body[-9:]])
        change = "UPDATE events SET body = ? WHERE writer = ? AND seq = ?"
        assert connection.execute(change, (body, writer, seq)).rowcount == 1


def test_it_finds_where_a_clause_is_kept():
    done = run("where", "CC-17010.d")
    assert done.exit_code == 0
    assert "CC-17010.d" in said(done)
    assert "identity/policy/decide.py" in said(done)
    assert "test_" in said(done)


def test_it_knows_which_clauses_there_are():
    done = run("where", "CC-00000")
    assert done.exit_code == 2
    assert "No clause CC-00000" in said(done)
    assert "CC-17010.d" in said(done)


@pytest.mark.parametrize(
    "command",
    [
        ("serve",),
        ("migrate",),
        ("accounts", "list"),
        ("accounts", "show", "amy"),
        ("accounts", "suspend", "amy"),
        ("audit", "verify"),
        ("audit", "events", "amy"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("mode = 'prod'", "mode"),
        ("origins = [", "identity.toml"),
        ("mode = 'lab'\nhost = '0.0.0.0'", "loopback"),
    ],
)
def test_settings_that_will_not_do_are_told_in_a_sentence(config, command, text, word):
    config.write_text(text, encoding="utf-8")
    done = run(*command, config=config)
    assert done.exit_code == 2
    assert word in said(done)
    assert "Traceback" not in said(done)


def test_a_policy_that_will_not_do_is_told_in_a_sentence(config):
    text = config.read_text(encoding="utf-8") + '[policy]\nprofile = "no/such.toml"\n'
    config.write_text(text, encoding="utf-8")
    done = run("accounts", "list", config=config)
    assert (done.exit_code, "no readable file" in said(done)) == (2, True)


def test_a_name_that_cannot_be_one_is_told_in_a_sentence(lived, config):
    done = run("accounts", "show", "no name at all", config=config)
    assert (done.exit_code, "Traceback" in said(done)) == (2, False)


def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(config, tmp_path):
    text = config.read_text(encoding="utf-8").replace("identity.db", "none/identity.db")
    config.write_text(text, encoding="utf-8")
    done = run("migrate", config=config)
    assert (done.exit_code, "store_unavailable" in said(done)) == (2, True)


def test_the_program_that_is_installed_is_this_one():
    house = Path(identity.__file__).parents[1]
    project = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    script = EntryPoint("identity", project["scripts"]["identity"], "console_scripts")
    assert script.load() is app
