"""What docs/operations.md says is tried here as it stands there, in folders of the test's own."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from identity import settings
from identity.settings import Settings
from tests.conftest import database
from tests.hard.servers import SECONDS_TO_END, Server, environment, free_port

HOUSE = Path(__file__).parents[1]
DOC = (HOUSE / "docs" / "operations.md").read_text(encoding="utf-8")
SECONDS = 120

TRIED = dict(re.findall(r"<!-- tried: (\S+) -->\n```sh\n(.*?)```", DOC, re.DOTALL))
FOLDERS = ("/etc/trifactor", "/var/lib/trifactor", "/var/backups/trifactor", "/var/keys-backup")

needs_sqlite3 = pytest.mark.skipif(not shutil.which("sqlite3"), reason="needs sqlite3")
needs_pg_dump = pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs pg_dump")


class Machine:
    """The document's machine, its folders moved under `root`; `env` goes to every command."""

    def __init__(self, root, **env):
        self.root = root
        self.port = free_port()
        self.servers = ExitStack()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.env = environment() | {"PATH": path, "TRIFACTOR_PORT": str(self.port)} | env
        for folder in FOLDERS:
            Path(self.moved(folder)).mkdir(parents=True, mode=0o700)
        file = Path(self.moved("/etc/trifactor/identity.toml"))
        file.write_text(self.moved(production()), encoding="utf-8")

    def moved(self, text):
        return re.sub(rf"({'|'.join(FOLDERS)})", rf"{self.root}\1", text)

    def tried(self, name, status=0):
        """Run a block of the document."""
        return self.run(TRIED[name], status)

    def run(self, text, status=0):
        """Run commands as the document writes them; return what they print."""
        done = subprocess.run(
            ["bash", "-euc", self.moved(text)],
            env=self.env,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == status, (text, done.stdout, done.stderr)
        return done.stdout

    def identity(self, command, status=0):
        return self.run(f"identity {command} --config /etc/trifactor/identity.toml", status)

    def served(self, command):
        """Start a server by the document's command; come back when it is ready."""
        log = self.root / "server.log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                shlex.split(self.moved(command)), env=self.env, stdout=said, stderr=said
            )
        server = Server(process, self.port, log)
        self.servers.callback(end, server)
        server.wait_until_ready()
        return server

    def starts(self):
        """Do the first start; return the server."""
        *before, serve = TRIED["first-start"].strip().splitlines()
        self.run("\n".join(before))
        assert serve.startswith("identity serve ")
        return self.served(serve)

    def starts_again(self):
        return self.served("identity serve --config /etc/trifactor/identity.toml")


def end(server):
    for wire in server.wires:
        wire.close()
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(SECONDS_TO_END) in {0, -signal.SIGTERM}


def production():
    """Return the settings that the document shows."""
    (shown,) = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
    return shown


def cells(heading):
    """Return the rows of the first table whose head begins with `heading`."""
    _, _, rest = DOC.partition(f"\n| {heading} |")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def leaves(section, at=""):
    """Return the names of all settings under a section."""
    found = []
    for field in msgspec.structs.fields(section):
        inner = isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        name = f"{at}{field.name}"
        found += leaves(field.type, f"{name}.") if inner else [name]
    return found


@pytest.fixture
def machine(tmp_path):
    with ExitStack() as ended:

        def made(**env):
            machine = Machine(tmp_path, **env)
            ended.enter_context(machine.servers)
            return machine

        yield made


@needs_sqlite3
def test_a_year_on_sqlite(machine):
    here = machine()
    server = here.starts()
    here.tried("examine")
    here.tried("backup-sqlite")
    here.tried("backup-keys")
    assert "0 left" in here.tried("rotate")
    here.run(
        "identity operators add otto --role clerk --display-name Otto --email otto@example.com"
        " --config /etc/trifactor/identity.toml"
    )
    assert server.wire().call("GET", "/readyz").body["mode"] == "production"
    end(server)

    here.tried("restore-sqlite")
    here.tried("end-sessions-sqlite")
    here.identity("migrate")
    assert "The log is whole" in here.identity("audit verify")
    operators = here.identity("operators list")
    assert "olivia" in operators
    assert "otto" not in operators
    server = here.starts_again()
    end(server)
    assert "The log is whole" in here.identity("audit verify")
    assert server.errors() == []


@pytest.mark.postgres
@needs_pg_dump
def test_a_year_on_postgresql_with_two_workers(machine, postgres_url):
    bare = postgres_url.replace("+psycopg", "")
    here = machine(TRIFACTOR_DATABASE__URL=postgres_url, TRIFACTOR_WORKERS="2", DATABASE=bare)
    server = here.starts()
    here.tried("backup-postgresql")
    end(server)

    with database() as restored:
        here.env["RESTORED"] = restored.replace("+psycopg", "")
        here.env["TRIFACTOR_DATABASE__URL"] = restored
        here.tried("restore-postgresql")
        here.tried("end-sessions-postgresql")
        assert "The log is whole" in here.identity("audit verify")
        assert "olivia" in here.identity("operators list")
        server = here.starts_again()
        end(server)
        assert "The log is whole" in here.identity("audit verify")
    assert server.errors() == []


def test_every_command_in_a_block_is_tried():
    assert DOC.count("```sh") == len(TRIED)
    ours = Path(__file__).read_text(encoding="utf-8")
    assert [
        name for name in TRIED if f'tried("{name}")' not in ours and name != "first-start"
    ] == []


def test_the_settings_shown_are_fit_for_production():
    shown = settings.checked(settings.decoded(tomllib.loads(production())))
    assert shown.mode == "production"


def test_each_setting_has_its_row_and_its_default():
    rows = {row[0].strip("`"): row[1].strip("`") for row in cells("setting")}
    assert sorted(rows) == sorted(leaves(Settings))
    shown = {name: Settings() for name in rows}
    for name in rows:
        for part in name.split("."):
            shown[name] = getattr(shown[name], part)
    numbers = {name: value for name, value in shown.items() if isinstance(value, int | float)}
    assert {name: float(rows[name]) for name in numbers} == numbers


def test_each_alarm_of_the_code_has_its_row():
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((HOUSE / "identity").rglob("*.py"))
    )
    said = set(re.findall(r'_log\.error\(\s*"(\w+)"', sources)) | {"store_unavailable"}
    assert said <= {row[0].strip("`") for row in cells("line")}
    threads = set(re.findall(r'super\(\).__init__\(\s*"(\w+)"', sources))
    assert threads == {row[0].strip("`") for row in cells("thread")}


def test_each_event_and_counter_named_is_there():
    events = set(re.findall(r"`(\w+:\w+:\w+)`", DOC))
    vocabulary = (HOUSE / "identity" / "audit" / "events.py").read_text(encoding="utf-8")
    assert [event for event in events if f'tag="{event}"' not in vocabulary] == []
    counters = set(re.findall(r"`(trifactor_\w+)_total`", DOC))
    metrics = (HOUSE / "identity" / "web" / "metrics.py").read_text(encoding="utf-8")
    assert [counter for counter in counters if f'"{counter}"' not in metrics] == []
