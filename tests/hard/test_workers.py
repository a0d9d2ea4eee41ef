"""Several processes on one port and one database are one service."""

import os
import signal
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import pytest

from identity.settings import Pools, Settings
from tests.hard.customers import joins
from tests.hard.servers import until
from tests.hard.stored import Stored
from tests.hard.wire import Wire

WORKERS = 2
LOOKS = 40
PATIENCE = 60


@pytest.fixture
def working(postgres_url, deploy, looking):
    """A deployment of several workers behind one port, all of them started."""
    deployment = deploy(database=postgres_url, settings={"": {"workers": WORKERS}})
    (server,) = deployment.start()
    stored = Stored(deployment, looking(deployment))
    until(lambda: stored.lifecycle()["started"] == WORKERS, PATIENCE)
    return deployment, server, stored


def pids(server):
    """Return the processes that the server has started, those that serve and no others."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return {pid for pid, command in commands.items() if b"spawn_main" in command}


def answers(server):
    """Whether a new line is answered; whoever dies with the line in hand does not count."""
    with suppress(OSError), closing(Wire(server.port)) as wire:
        return wire.call("GET", "/readyz").status == 200
    return False


@pytest.mark.postgres
@pytest.mark.clause("CC-18000.4.d")
def test_each_worker_serves_and_is_a_writer_of_its_own(working):
    deployment, server, stored = working
    amy = joins(deployment, server, "amy")

    def both():
        for _ in range(LOOKS):
            amy.wire = server.wire()
            amy.opens()
            amy.wire.close()
        return len(stored.writers_of("login:transaction:opened")) >= WORKERS

    until(both, PATIENCE)
    server.terminate()
    assert stored.lifecycle() == {"started": WORKERS, "stopped": WORKERS}
    report = stored.examined()
    assert (report.findings, report.remarks, report.waiting) == ((), (), 0)
    assert report.leaves == report.events, "one log took the events of all"
    assert server.errors() == []


@pytest.mark.postgres
def test_a_worker_that_dies_is_replaced_while_the_others_serve(working):
    deployment, server, stored = working
    joins(deployment, server, "amy")
    before = pids(server)
    assert len(before) == WORKERS
    os.kill(min(before), signal.SIGKILL)
    until(lambda: answers(server), PATIENCE)
    until(lambda: stored.lifecycle()["started"] == WORKERS + 1, PATIENCE)
    after = pids(server)
    assert (len(after), len(after & before)) == (WORKERS, WORKERS - 1)
    assert stored.examined().ok


@pytest.mark.postgres
def test_a_worker_that_cannot_start_again_ends_them_all_in_order(working):
    deployment, server, stored = working
    (deployment.root / "keys.json").chmod(0o644)
    os.kill(min(pids(server)), signal.SIGKILL)
    server.process.wait(PATIENCE)
    (deployment.root / "keys.json").chmod(0o600)
    assert "may be read by others" in "\n".join(server.errors())
    assert stored.lifecycle() == {"started": WORKERS, "stopped": WORKERS - 1}
    assert stored.examined().ok


@pytest.mark.postgres
def test_a_session_of_one_worker_holds_in_the_others(working):
    deployment, server, _ = working
    amy = joins(deployment, server, "amy")
    assert amy.signs_in().body["state"] == "succeeded"
    looks = Counter()
    for _ in range(LOOKS):
        amy.wire = server.wire()
        looks[amy.send("GET", "/v1/session", None, {}).status] += 1
    assert looks == {200: LOOKS}


def test_several_workers_on_sqlite_are_refused_in_a_sentence(deploy):
    deployment = deploy(settings={"": {"workers": WORKERS}})
    refused = deployment.identity("serve")
    assert refused.returncode == 2
    assert "workers: SQLite serves one process" in refused.stderr


@pytest.mark.postgres
def test_what_will_not_start_is_told_once_and_before_any_worker(postgres_url, deploy):
    deployment = deploy(database=postgres_url, lab=False, settings={"": {"workers": WORKERS}})
    ring = deployment.root / "keys.json"
    ring.write_text("{}", encoding="ascii")
    ring.chmod(0o644)
    refused = deployment.identity("serve")
    assert refused.returncode == 2
    assert refused.stderr.count("settings:") == 1
    assert "key ring" in refused.stderr


def test_workers_share_the_cores_for_hashing_out_among_them():
    cores = os.cpu_count()
    assert Settings().hash_threads == cores
    assert Settings(workers=2 * cores).hash_threads == 1
    assert Settings(workers=2, pools=Pools(hash=3)).hash_threads == 3
