"""What the policy decides becomes the proofs that the lifecycle asks, and never more."""

import msgspec
import pytest

from identity.certificates.lifecycle_events import EVENTS
from identity.certificates.lifecycle_tables import docs
from identity.certificates.proofs import OPERATIONS, Proof, given
from identity.certificates.reasons import Actor
from identity.policy.decide import decide
from identity.policy.table import Operation, load
from tests.identity.policy.kit import FIRSTS, NOW, REGISTERED, piece
from tests.test_docs import rows

TWSE = load("twse", REGISTERED, FIRSTS)
TABLE = msgspec.structs.replace(TWSE, operations={**TWSE.operations, **OPERATIONS})
BOTH = frozenset({Proof.SESSION, Proof.PASSWORD, Proof.DIFFERENT_FACTOR})

LOGIN = [piece("password", at=NOW - 3600), piece("totp", at=NOW - 3600)]
PASSKEY_LOGIN = [piece("device", at=NOW - 3600), piece("totp", at=NOW - 3600)]


def now(method, **how):
    """Return what is shown for this very operation."""
    return piece(method, at_login=False, **how)


def shown(operation, pieces, login=LOGIN):
    """Return the proofs that some evidence amounts to."""
    return given(decide(TABLE, operation, pieces, NOW, login))


@pytest.mark.clause("ECD.2")
@pytest.mark.parametrize("operation", ["certificate.deliver", "certificate.resume"])
def test_the_password_and_a_factor_not_used_at_login_deliver(operation):
    assert shown(operation, [now("password"), now("device")]) == BOTH


@pytest.mark.clause("ECD.2")
@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [now("password")],
        [now("device")],
        [now("password"), now("totp")],
        [now("password"), now("device", fresh=True)],
        [now("password", fresh=True), now("device")],
        [now("password"), now("device", at=NOW - 301)],
        [now("password", at=NOW - 301), now("device")],
        [now("password"), now("mail_otp")],
    ],
    ids=[
        "nothing",
        "password alone",
        "no password",
        "the login's own factor",
        "a factor just bound",
        "a password just set",
        "an old proof",
        "an old password",
        "a mailbox",
    ],
)
def test_less_does_not_deliver(pieces):
    assert not shown("certificate.deliver", pieces) >= BOTH


@pytest.mark.clause("ECD.2")
def test_the_password_is_not_the_different_factor_after_a_login_without_it():
    got = shown("certificate.deliver", [now("password"), now("totp")], PASSKEY_LOGIN)
    assert Proof.DIFFERENT_FACTOR not in got
    assert shown("certificate.deliver", [now("password"), now("grid_card")], PASSKEY_LOGIN) == BOTH


@pytest.mark.clause("ECD.2")
def test_a_factor_shown_earlier_in_the_session_is_not_the_different_one():
    earlier = [*LOGIN, now("device", at=NOW - 3000)]
    got = shown("certificate.deliver", [now("password"), now("totp")], earlier)
    assert Proof.DIFFERENT_FACTOR not in got


@pytest.mark.parametrize("operation", ["certificate.apply", "certificate.renew"])
def test_a_factor_not_used_at_login_applies_and_renews(operation):
    assert shown(operation, [now("device")]) == {Proof.SESSION, Proof.DIFFERENT_FACTOR}
    assert shown(operation, [now("totp")]) == frozenset()


def test_the_policy_asks_for_what_the_lifecycle_asks():
    """Of a customer with every factor, each operation yields the proofs its event needs."""
    for row in EVENTS.values():
        if row.operation:
            asked = {Proof.PASSWORD, Proof.DIFFERENT_FACTOR} & {*row.who[Actor.CUSTOMER]}
            got = shown(row.operation, [now("password"), now("device"), now("grid_card")])
            assert asked
            assert got >= asked


def test_the_document_shows_them_as_a_policy_file_has_them():
    lines = []
    for name, asks, clauses in rows(docs()["policy"]):
        lines += [f'["{name.strip("`")}"]', f'clauses = ["{clauses}"]']
        lines += [one.strip("` ") for one in asks.split(";")]
    read = msgspec.toml.decode("\n".join(lines), type=dict[str, Operation])
    assert read == OPERATIONS
