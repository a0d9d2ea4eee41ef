"""Somebody with the database in hand puts yesterday's rows back."""

import sqlite3
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from tests.identity.kit import problem

pytestmark = pytest.mark.clause("CC-17020.b.g")


@pytest.fixture
def tables(amy):
    """Read and write the store's tables behind its back."""

    def rows(table, put=None):
        with closing(sqlite3.connect(amy.world.root / "identity.db")) as connection, connection:
            for row in put or ():
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
            return connection.execute(f"SELECT * FROM {table}").fetchall()

    return rows


@pytest.fixture
def spent(amy, tables):
    """A code that was used once, and the tables as they were before that."""
    yesterday = tables("credentials"), tables("credential_versions")
    code = amy.code()
    transaction = amy.opens()
    transaction.password(amy.own)
    assert transaction.totp(code).json()["state"] == "succeeded"
    return code, *yesterday


def test_a_credential_put_back_does_not_open_and_an_alarm_can_hear_of_it(amy, tables, spent):
    code, credentials, _ = spent
    tables("credentials", credentials)
    again = amy.opens()
    again.password(amy.own)
    with capture_logs() as logs:
        problem(again.totp(code), 503, "seal_broken")
    (said,) = [log for log in logs if log["event"] == "seal_broken"]
    assert (said["log_level"], said["kind"], said["account"]) == ("error", "totp", amy.id)
    assert code not in str(logs)
    assert amy.secret not in str(logs)


def test_a_password_of_before_its_change_put_back_is_no_password(amy, tables):
    yesterday, old = tables("credentials"), amy.own
    amy.signs_in()
    amy.approves("factor.add")
    assert amy.binds_password("another-quiet-harbour-7").status_code == 201
    tables("credentials", yesterday)
    assert amy.opens().password(old).status_code == 401
    assert amy.opens().password(amy.own).status_code == 200


def test_put_back_together_with_the_versions_it_opens_and_only_the_log_tells(amy, tables, spent):
    """What is not promised: docs/decisions says so."""
    code, credentials, versions = spent
    tables("credentials", credentials)
    tables("credential_versions", versions)
    again = amy.opens()
    again.password(amy.own)
    assert again.totp(code).json()["state"] == "succeeded"
    accepted = amy.world.events(amy.id, "login:answer:accepted")
    assert len([event for event in accepted if event.method == "totp"]) == 2
