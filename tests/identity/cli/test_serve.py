"""A service whose keys are not safe, or not whole, does not start and says why."""

import json
import subprocess
import sys

import pytest

from identity import entropy
from identity.keys.file import load_or_create
from tests.identity.keys.sources import NOW

pytestmark = pytest.mark.clause("CC-17020.b.g")


@pytest.fixture
def keys(tmp_path):
    load_or_create(tmp_path / "keys.json", NOW, entropy.system)
    return tmp_path / "keys.json"


def served(config):
    """Serve until it ends by itself; return its exit status and what it said."""
    command = [sys.executable, "-m", "identity", "serve", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def read_by_all(keys):
    keys.chmod(0o644)


def without_a_key(keys):
    ring = json.loads(keys.read_bytes())
    ring["keys"] = [key for key in ring["keys"] if key["purpose"] != "seal"]
    keys.write_text(json.dumps(ring), encoding="utf-8")


def damaged(keys):
    keys.write_bytes(keys.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (read_by_all, "may be read by others"),
        (without_a_key, "no key for: seal"),
        (damaged, "is damaged"),
    ],
)
def test_a_key_ring_that_will_not_do_is_told_and_nothing_is_served(config, keys, fault, reason):
    fault(keys)
    status, said = served(config)
    assert (status, "Traceback" in said) == (2, False)
    assert reason in said
    assert not json_secrets(keys, said)


def json_secrets(keys, said):
    """Return the secrets of the ring that were said."""
    try:
        ring = json.loads(keys.read_bytes())
    except json.JSONDecodeError:
        return []
    return [key["secret"] for key in ring["keys"] if key["secret"] in said]
