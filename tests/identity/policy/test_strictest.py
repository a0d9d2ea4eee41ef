"""The strictest of operation, firm and account is asked, and each requirement says by whom."""

import msgspec
import pytest

from identity.policy.bounds import bounded
from identity.policy.decide import decide
from identity.policy.strictest import strictest
from identity.policy.table import DEMANDS, Demand, SessionBounds
from identity.settings import Sessions
from tests.identity.policy.evidence import TABLES
from tests.identity.policy.kit import NOW, asking, piece, proof

TWSE = TABLES["twse"]
pytestmark = pytest.mark.clause("CC-17010.c.c")


def firm(**demand):
    """Return `twse` as a firm tightens it."""
    return msgspec.structs.replace(TWSE, firm=Demand(**demand))


def sources(table, operation, shown, **more):
    decision = decide(table, operation, shown, NOW, **more)
    return {item.code: item.source for item in (*decision.met, *decision.missing)}


TWO = [proof("password"), proof("totp")]


def test_nobody_asks_for_more_where_nobody_does():
    asked = strictest(TWSE, "order")
    assert asked.rule is TWSE.operations["order"]
    assert asked.sources == {}
    assert sources(TWSE, "order", TWO) == {"classes": "operation", "recent": "operation"}


@pytest.mark.parametrize(
    ("demand", "enough"),
    [
        ({"classes": 2}, True),
        ({"classes": 1}, True),
        ({"classes": 3}, False),
        ({"phishing_resistant": True}, False),
        ({"device_bound": True}, False),
        ({"unrestricted": True}, True),
        ({"max_age": 1}, True),
    ],
)
def test_the_firm_tightens_and_never_loosens(demand, enough):
    assert decide(firm(**demand), "login", TWO, NOW).satisfied is enough


def test_a_firm_that_asks_for_three_classes_says_so():
    shown = [*TWO, proof("webauthn:biometric")]
    assert decide(firm(classes=3), "login", shown, NOW).satisfied
    assert sources(firm(classes=3), "login", TWO) == {"classes": "firm"}


def test_a_shorter_age_is_the_firms_where_it_is_shorter():
    shown = [proof("password"), proof("totp", at=NOW - 100)]
    assert sources(firm(max_age=60), "order", shown)["recent"] == "firm"
    assert not decide(firm(max_age=60), "order", shown, NOW).satisfied
    assert sources(firm(max_age=600), "order", shown)["recent"] == "operation"
    assert not decide(firm(max_age=600), "order", shown, NOW + 250).satisfied


def test_the_firms_clauses_are_told_where_it_tightens_something():
    house = firm(device_bound=True, clauses=("house 7",))
    assert decide(house, "login", TWO, NOW).clauses[-1] == "house 7"
    assert "house 7" not in decide(firm(classes=1, clauses=("house 7",)), "login", TWO, NOW).clauses


@pytest.mark.parametrize(
    ("demand", "not_enough", "enough"),
    [
        ("phishing_resistant", "totp", "device"),
        ("phishing_resistant", "sms_otp", "webauthn"),
        ("device_bound", "device", "webauthn:attested"),
        ("device_bound", "webauthn", "webauthn:attested:biometric"),
        ("unrestricted", "sms_otp", "totp"),
    ],
)
def test_what_the_owner_of_an_account_asks_is_asked_of_whoever_enters(demand, not_enough, enough):
    for name, satisfied in ((not_enough, False), (enough, True)):
        shown = [proof("password"), proof(name)]
        assert decide(TWSE, "login", shown, NOW, demands=(demand,)).satisfied is satisfied


def test_a_demand_that_the_operation_has_already_stays_the_operations():
    assert sources(TWSE, "operator", TWO, demands=("phishing_resistant",)) == {
        "classes": "operation",
        "required": "operation",
        "phishing_resistant": "operation",
    }


def test_of_firm_and_account_the_firm_is_named_first():
    both = sources(firm(device_bound=True), "login", TWO, demands=DEMANDS)
    assert both == {
        "classes": "operation",
        "device_bound": "firm",
        "phishing_resistant": "account",
        "restricted": "account",
    }


def test_a_demand_is_met_by_a_proof_for_this_order_and_not_by_the_logins():
    login = [proof("password"), proof("webauthn")]
    now = [proof("totp", at_login=False)]
    asked = {"earlier": login, "demands": ("phishing_resistant",)}
    assert not decide(TWSE, "order", now, NOW, **asked).satisfied
    key = [proof("webauthn", at_login=False)]
    assert decide(TWSE, "order", key, NOW, **asked).satisfied


def test_an_activation_is_tightened_by_nobody():
    table = firm(classes=3, phishing_resistant=True, device_bound=True, unrestricted=True)
    assert decide(table, "activation", [proof("password")], NOW, demands=DEMANDS).satisfied


@pytest.mark.parametrize("operation", ["login", "recovery"])
def test_a_demand_that_is_not_understood_is_not_passed_over(operation):
    with pytest.raises(ValueError, match="no such demand: telepathy"):
        decide(TWSE, operation, TWO, NOW, demands=("telepathy", "device_bound"))


def test_an_operation_that_refuses_what_is_restricted_says_what_it_did_count():
    table = asking(restricted="refuse")
    shown = [piece("password"), piece("totp"), piece("device", restricted=True)]
    decision = decide(table, "this", shown, NOW)
    assert decision.satisfied
    assert [(m.code, m.methods) for m in decision.met][-1] == ("restricted", ("password", "totp"))
    assert [(r.code, r.methods) for r in decision.remarks] == [("restricted_ignored", ("device",))]


def test_sessions_live_no_longer_than_the_policy_says():
    wide = Sessions(idle=900, absolute=28800, operator_idle=100, operator_absolute=99999)
    assert bounded(TWSE, wide) == wide
    table = msgspec.structs.replace(TWSE, sessions=SessionBounds(idle=300, absolute=43200))
    tight = bounded(table, wide)
    assert (tight.idle, tight.absolute) == (300, 28800)
    assert (tight.operator_idle, tight.operator_absolute) == (100, 43200)
    assert (tight.recovery, tight.remembered) == (wide.recovery, wide.remembered)
