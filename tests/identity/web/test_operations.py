"""For those who run it: alive, ready, counted, and what a lab shows of itself."""

import pytest

from identity import settings
from identity.app import build
from identity.audit.record import decode
from identity.audit.verify import verify
from identity.keys.file import load
from identity.periodic import Periodic
from tests.identity.kit import WIDE, FakeClock, World, lab_limits


def test_it_is_alive_and_ready(world):
    assert world.inside.get("/healthz").json() == {"status": "ok"}
    told = world.inside.get("/readyz").json()
    assert told["status"] == "ready"
    assert (told["mode"], told["lab"], told["policy"]) == ("development", False, "twse")


@pytest.mark.clause("CC-18000.4.d")
def test_it_is_not_ready_where_nobody_takes_events_into_the_log(world):
    Periodic.stop(world.running.sequencer)
    assert world.inside.get("/readyz").status_code == 200
    world.clock.forward(11)
    answer = world.inside.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert world.inside.get("/healthz").status_code == 200


def test_what_is_counted_names_routes_and_never_people(amy):
    amy.signs_in()
    transaction = amy.opens()
    transaction.password("wrong")
    told = amy.world.inside.get("/metrics").text
    assert 'route="/v1/logins/{id}/answers"' in told
    assert 'trifactor_answers_total{method="totp",verdict="accepted"} 1.0' in told
    assert 'trifactor_answers_total{method="password",verdict="refused"} 1.0' in told
    assert not [word for word in ("amy", amy.id, transaction.id) if word in told]


@pytest.mark.clause("CC-18000.4.d")
def test_a_day_of_work_leaves_a_log_that_is_whole(tmp_path):
    with World(tmp_path) as world:
        amy = world.customer().activated(passkey=True).signs_in().approves()
        amy.opens().password("wrong")
        world.clock.forward(1)
        world.running.sequencer.run_once()
        report = verify(world.store, load(tmp_path / "keys.json"), world.clock())
    assert report.ok, report.findings
    assert report.events > 20
    assert report.lab_events == 0


def test_a_lab_says_what_it_is_when_asked_and_in_every_event(tmp_path):
    with World(tmp_path, **lab_limits(tmp_path, WIDE)) as world:
        told = world.inside.get("/readyz").json()
        amy = world.customer().activated()
        with world.store.read() as work:
            rows = work.events.of_account(amy.id)
    assert (told["mode"], told["lab"]) == ("lab", True)
    assert rows
    assert all(decode(row.body).lab for row in rows)


def test_a_lab_reads_the_time_from_its_file(tmp_path):
    file = tmp_path / "clock"
    file.write_text("1700000000", encoding="ascii")
    lab = settings.Lab(clock_file=str(file))

    class Lab(World):
        """A world whose service is not given a clock."""

        def __init__(self):
            super().__init__(tmp_path, mode="lab", lab=lab)
            self.identity = build(self.settings)

    with Lab() as world:
        first = world.customer().opens("login", account="nobody").opened.json()["expires_at"]
        file.write_text("1731536000.5", encoding="ascii")
        second = world.customer().opens("login", account="nobody").opened.json()["expires_at"]
    assert (first[:10], second[:10]) == ("2023-11-14", "2024-11-13")


def test_a_lab_replaces_limits_by_its_file(tmp_path):
    rows = {"opening": {"burst": 2, "interval": 60}}
    with World(tmp_path, **lab_limits(tmp_path, rows)) as world:
        body = {"purpose": "login", "account": "nobody"}
        found = [world.inside.post("/v1/logins", json=body).status_code for _ in range(3)]
    assert found == [201, 201, 429]


def test_two_starts_with_different_settings_say_so_in_the_log(tmp_path):
    said = []
    for changes in ({}, {"totp": settings.Totp(steps_back=0)}):
        with World(tmp_path, **changes) as world:
            said += [event.sha256 for event in world.events(kind="service:settings:loaded")]
    assert len(set(said)) == 2


def test_a_clock_given_to_build_is_the_one_in_force(tmp_path):
    with World(tmp_path) as world:
        world.clock.now = 1_600_000_000.0
        opened = world.customer().opens("login", account="nobody").opened.json()
    assert isinstance(world.clock, FakeClock)
    assert opened["expires_at"].startswith("2020-09-13")
