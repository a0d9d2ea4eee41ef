"""`identity clients`: added, listed, revoked, from a terminal."""

import json
import re

import pytest
from typer.testing import CliRunner

from identity.cli.main import app
from tests.identity.clients.test_assertions import P256, public
from tests.identity.kit import CHEAP

RUN = CliRunner()
API = "https://api.example.com"


@pytest.fixture
def identity(tmp_path):
    """Run the command line in an empty place; return its status and what it said."""
    file = tmp_path / "identity.toml"
    file.write_text(
        f"""
        [database]
        url = "sqlite:///{tmp_path / "identity.db"}"
        [keys]
        file = "{tmp_path / "keys.json"}"
        [tokens]
        audiences = ["{API}"]
        [password.argon2]
        memory_kib = {CHEAP.memory_kib}
        """,
        encoding="utf-8",
    )

    def run(*arguments):
        done = RUN.invoke(
            app, ["clients", *arguments, "--config", str(file)], env={"COLUMNS": "300"}
        )
        return done.exit_code, " ".join((done.stdout + done.stderr).split())

    return run


def add(identity, *more):
    return identity("add", "backend", "--scope", "introspect", "--audience", API, *more)


def test_a_client_is_added_and_its_secret_said_once(identity):
    status, said = add(identity, "--secret", "--days", "30")
    found = re.fullmatch(r"id (client\.\S+) secret (\S{43}) until (\S+)", said)
    assert status == 0
    _, listed = identity("list")
    assert found[1] in listed
    assert found[2] not in listed
    assert {"backend", "introspect", API, "secret", found[3]} <= set(listed.split())


def test_one_that_signs_brings_its_keys(identity, tmp_path):
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [public(P256)]}), encoding="utf-8")
    status, said = add(identity, "--jwks", str(jwks))
    assert (status, "secret" in said) == (0, False)
    assert "signature" in identity("list")[1]


def test_a_client_is_revoked_once(identity):
    id_ = add(identity, "--secret")[1].split()[1]
    assert identity("revoke", id_)[0] == 0
    assert identity("revoke", id_) == (2, "conflict: is_revoked")
    assert identity("revoke", "client.x") == (2, "unknown: no such client")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": 7}', '{"keys": []}', None])
def test_what_is_no_key_set_is_refused(identity, tmp_path, content):
    jwks = tmp_path / "jwks.json"
    if content is not None:
        jwks.write_text(content, encoding="utf-8")
    status, said = add(identity, "--jwks", str(jwks))
    assert (status, "malformed" in said) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--jwks FILE or --secret"),
        (("--secret", "--jwks", "x"), "--jwks FILE or --secret"),
        (("--secret", "--days", "400"), "1 to 366 days"),
        (("--secret", "--scope", "everything"), "scopes are introspect"),
        (("--secret", "--audience", "https://x.example"), "not in tokens.audiences"),
    ],
)
def test_what_will_not_do_is_told(identity, arguments, told):
    status, said = add(identity, *arguments)
    assert status == 2
    assert told in said
