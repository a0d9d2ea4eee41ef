"""The store or the log fails: the request is refused, nothing is half-written, and it is said."""

import sqlite3
import time
from contextlib import closing, contextmanager
from functools import partial

import pytest
from structlog.testing import capture_logs

from identity import settings
from identity.errors import AuditUnavailable
from tests.identity.kit import BINDING, LOGINS, World, problem

OURS = (
    "accounts",
    "credentials",
    "credential_versions",
    "enrolments",
    "logins",
    "sessions",
    "devices",
    "outbox",
)
"""Tables that a request changes; counts of attempts are kept on purpose, and the log is its own."""

TO_BREAK = {
    "no row can be added": (
        "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'full'); END",
        "DROP TRIGGER full",
    ),
    "the table is gone": ("ALTER TABLE events RENAME TO away", "ALTER TABLE away RENAME TO events"),
}


def behind(world, statement):
    """Run SQL on a connection that is not the service's."""
    with closing(sqlite3.connect(world.root / "identity.db", timeout=10)) as connection, connection:
        return connection.execute(statement).fetchall()


def kept(world):
    """Return every row of what requests change."""
    tables = {name for (name,) in behind(world, "SELECT name FROM sqlite_master")}
    assert set(OURS) <= tables
    return {name: behind(world, f"SELECT * FROM {name}") for name in OURS}


@contextmanager
def broken(world, how):
    """Break the events table while the block lasts."""
    breaking, mending = TO_BREAK[how]
    behind(world, breaking)
    try:
        yield
    finally:
        behind(world, mending)


@pytest.mark.clause("CC-18000.4.d")
@pytest.mark.parametrize("how", TO_BREAK)
def test_what_cannot_be_recorded_does_not_happen(world, how):
    ben = world.customer("ben").activated(passkey=True).signs_in()
    ben.approves("factor.add")
    begun = ben.enrols("totp")
    login = ben.opens(client=world.client())
    step_up = ben.steps_up("order", binding=BINDING)
    world.letters("nobody")  # carries what is due, so that no letter goes out meanwhile
    before = kept(world)
    assert not [name for name in OURS if not before[name] and name != "outbox"]
    with broken(world, how), capture_logs() as said:
        answers = [
            world.customer("bob").applies(),
            world.inside.post(LOGINS, json={"purpose": "login", "account": "ben"}),
            login.password(ben.own),
            login.password("wrong"),
            step_up.ask("webauthn"),
            step_up.totp("000000"),
            ben.enrols("totp"),
            ben.confirms(begun, code="000000"),
            ben.client.delete(f"/v1/accounts/me/factors/{ben.factor_id('webauthn')}"),
            ben.client.delete("/v1/session"),
        ]
        for answer in answers:
            problem(answer, 503, "audit_unavailable")
        assert kept(world) == before
    assert [line for line in said if line["event"] == "audit_unavailable"]
    assert ben.session().status_code == 200
    assert login.password(ben.own).status_code == 200


@pytest.mark.clause("CC-18000.4.d")
def test_an_approval_whose_use_cannot_be_recorded_is_not_used(amy):
    world = amy.signs_in().approves().world
    found = world.running.services.sessions.signed_in(amy.cookie())
    spend = partial(world.identity.spend, found, purpose="order", binding=BINDING)
    with broken(world, "no row can be added"), pytest.raises(AuditUnavailable):
        world.inside.portal.call(spend)
    assert world.inside.portal.call(spend) is True


@pytest.mark.clause("CC-18000.4.d")
def test_a_code_whose_use_cannot_be_recorded_is_not_spent(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    code = amy.code()
    with broken(amy.world, "no row can be added"):
        problem(transaction.totp(code), 503, "audit_unavailable")
    assert transaction.totp(code).json()["state"] == "succeeded"


@pytest.fixture
def impatient(world):
    """A service whose one writing connection waits a tenth of a second for another process."""
    with world.store._writing.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=100")
    return world


def test_a_store_that_somebody_else_holds_is_said_to_be_unavailable(impatient):
    amy = impatient.customer().activated().signs_in()
    before = kept(impatient)
    with closing(sqlite3.connect(impatient.root / "identity.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        answer = impatient.inside.post(LOGINS, json={"purpose": "login", "account": "amy"})
        took = time.monotonic() - start
        reading = amy.session()
        other.rollback()
    problem(answer, 503, "store_unavailable")
    assert took < 5
    assert reading.status_code == 200  # a writer keeps no reader out
    assert kept(impatient) == before
    assert (
        impatient.inside.post(LOGINS, json={"purpose": "login", "account": "amy"}).status_code
        == 201
    )


@pytest.mark.postgres
def test_the_whole_walk_on_postgresql(tmp_path, postgres_url):
    with World(tmp_path, database=settings.Database(url=postgres_url)) as world:
        ben = world.customer("ben").activated(passkey=True).signs_in().approves()
        transaction = ben.opens(client=world.client("203.0.113.77"))
        assert transaction.webauthn(ben.passkey).json()["state"] == "open"
        assert transaction.password(ben.own).json()["state"] == "succeeded"
        assert ben.session().json()["aal"] == 2


@pytest.mark.postgres
@pytest.mark.parametrize("odd", ["%00", "a%00b", "%ff", "%F0%9F%98%80", "x" * 5000])
def test_a_name_of_odd_characters_names_nothing_on_postgresql(tmp_path, postgres_url, odd):
    with World(tmp_path, database=settings.Database(url=postgres_url)) as world:
        problem(world.inside.get(f"{LOGINS}/{odd}"), 404, "unknown")
        ben = world.customer("ben").activated().signs_in().approves("factor.remove")
        problem(ben.client.delete(f"/v1/accounts/me/factors/{odd}"), 404, "unknown")
        path = f"/v1/accounts/me/factors/enrolments/{odd}/confirmations"
        problem(ben.client.post(path, json={"response": {}}), 404, "unknown")
