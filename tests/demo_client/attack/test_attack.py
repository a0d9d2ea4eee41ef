"""The attack lab attacks: a small part of it, against the real service."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from demo_client.__main__ import app

NO_STORES = ("--postgres", "", "--redis", "")


def attack(out, *words):
    """Run the command; return its exit status, what it said, and what it found."""
    done = CliRunner().invoke(app, ["attack", "--out", str(out), *words])
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    file = out / "attack.json"
    found = json.loads(file.read_bytes()) if file.exists() else None
    return done.exit_code, " ".join(done.output.split()), found


@pytest.mark.clause("CC-17010.j.g")
def test_two_attacks_are_made_and_every_promise_is_kept(tmp_path):
    words = ("--only", "brute_force", "--only", "race", "--scale", "0.02")
    status, said, found = attack(tmp_path, *words, *NO_STORES)
    assert status == 0, said
    force, race = found["attacks"]["brute_force"], found["attacks"]["race"]
    assert force["accounts_opened"] == race["accounts_opened"] == 0
    assert 0 < force["reached_a_verifier"] < force["requests"]
    assert force["answered"]["428"] > 0
    assert force["customers"]["meanwhile"]["known"]["rate"] == 1
    assert race["reached_a_verifier"] == 10
    assert race["answered"] == {"201": 60, "401": 10, "428": 50}
    assert (tmp_path / "index.html").stat().st_size > 10_000


def test_a_service_without_limits_is_seen_not_to_keep_its_promises(tmp_path):
    limits = tmp_path / "limits.toml"
    none = "burst = 1000000\ninterval = 1\n"
    rows = ("account", "account_prefix", "prefix_1", "prefix_2", "failures", "opening", "service")
    limits.write_text("".join(f"[{row}]\n{none}" for row in rows), encoding="utf-8")
    status, said, found = attack(
        tmp_path / "out", "--only", "race", "--limits", str(limits), *NO_STORES
    )
    assert status == 1
    assert "NOT kept: A race: Exactly as many as the limit are looked at (sqlite): 60" in said
    (broken,) = [each for each in found["attacks"]["race"]["promises"] if not each["kept"]]
    assert (broken["id"], broken["measured"], broken["bound"]) == ("exactly.sqlite", "60", "10")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--only", "sprayng"), "no attack is called 'sprayng'"),
        (("--postgres", "postgresql://postgres@db.example.com/x"), "for this machine alone"),
        (("--redis", "redis://10.0.0.7:6379"), "for this machine alone"),
        (("--limits", "nowhere.toml"), "limits file nowhere.toml"),
    ],
)
def test_what_makes_no_sense_or_is_elsewhere_ends_with_2(tmp_path, words, why):
    status, said, found = attack(tmp_path, *words)
    assert (status, found) == (2, None)
    assert why in said


def test_the_other_commands_do_without_what_draws_pictures():
    said = "import sys, demo_client.__main__; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
