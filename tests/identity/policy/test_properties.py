"""What holds of any policy and any evidence, and `twse` held against a model made by hand."""

import itertools

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.model import Shown
from identity.policy.table import Demand
from tests.identity.policy import twse_model
from tests.identity.policy.evidence import (
    KINDS,
    OPERATIONS,
    PROFILES,
    TABLES,
    Case,
    cases,
    demands,
    shown,
)
from tests.identity.policy.kit import NOW

TWSE = TABLES["twse"]
MANY = settings(max_examples=1000, deadline=None)
tables = st.sampled_from([TABLES[profile] for profile in PROFILES])
firms = st.builds(
    Demand,
    classes=st.integers(0, 3),
    max_age=st.sampled_from([0.0, 60.0, 3600.0]),
    phishing_resistant=st.booleans(),
    device_bound=st.booleans(),
    unrestricted=st.booleans(),
)


@MANY
@given(cases)
def test_twse_is_what_its_model_says(case):
    model = twse_model.allowed(case.operation, case.now, case.earlier, NOW, case.demands)
    assert case.decided(TWSE).satisfied == model


def test_twse_is_what_its_model_says_of_every_three_proofs_there_are():
    proofs = [Shown(evidence=kind, at=NOW, credential_id=str(at)) for at, kind in enumerate(KINDS)]
    for size, operation in itertools.product(range(4), OPERATIONS):
        for chosen in itertools.combinations(proofs, size):
            now = list(chosen)
            found = Case(operation, now, [], frozenset()).allowed(TWSE)
            assert found == twse_model.allowed(operation, now, [], NOW), (operation, chosen)


@given(tables, cases, shown(st.just(False)))
def test_one_more_proof_never_spoils_a_decision(table, case, more):
    if case.allowed(table):
        assert case._replace(now=[*case.now, more]).allowed(table)


@given(tables, cases, demands)
def test_a_demand_of_the_account_never_loosens(table, case, more):
    if case._replace(demands=case.demands | more).allowed(table):
        assert case.allowed(table)


@given(tables, firms, cases)
def test_a_demand_of_the_firm_never_loosens(table, firm, case):
    if case.allowed(msgspec.structs.replace(table, firm=firm)):
        assert case.allowed(table)


def tightened(table, operation, how):
    """Return the table with one thing of it stricter."""
    rule = table.operations[operation]
    methods = table.methods
    if how == "independence":
        return msgspec.structs.replace(table, independence="refuse")
    if how == "a class less":
        worthless = msgspec.structs.replace(methods["totp"], class_=None)
        return msgspec.structs.replace(table, methods={**methods, "totp": worthless})
    if how == "a method elsewhere":
        elsewhere = msgspec.structs.replace(methods["webauthn"], operations=("elsewhere",))
        return msgspec.structs.replace(table, methods={**methods, "webauthn": elsewhere})
    changes = {
        "classes": {"classes": rule.classes + 1},
        "age": {"max_age": rule.max_age / 5},
        "restricted": {"restricted": "refuse"},
        "fresh": {"distrust_fresh": True, "fresh_allowed": ()},
        "different": {"different_from_login": True},
        "required": {"required": (*rule.required, "hotp")},
        "hardware": {"device_bound": True, "phishing_resistant": True},
        "recent": {"recent_classes": rule.recent_classes + 1},
    }
    stricter = msgspec.structs.replace(rule, **changes[how])
    return msgspec.structs.replace(table, operations={**table.operations, operation: stricter})


HOW = [
    "independence",
    "a class less",
    "a method elsewhere",
    "classes",
    "age",
    "restricted",
    "fresh",
    "different",
    "required",
    "hardware",
    "recent",
]


@MANY
@given(tables, st.sampled_from(HOW), cases)
def test_a_stricter_table_allows_nothing_that_the_other_refuses(table, how, case):
    if case.allowed(tightened(table, case.operation, how)):
        assert case.allowed(table)


@given(cases)
def test_a_higher_level_of_nist_is_never_content_where_a_lower_one_is_not(case):
    profiles = ("nist-63b-4-aal3", "nist-63b-4", "nist-63b-4-aal1")
    levels = [case.allowed(TABLES[profile]) for profile in profiles]
    assert levels == sorted(levels)


@given(tables, cases)
def test_what_others_levels_are_told_hangs_on_no_table(table, case):
    """A table may leave evidence aside; what it looks at is worth the same to everybody."""
    rule = msgspec.structs.replace(
        table.operations[case.operation], methods=(), distrust_fresh=False, restricted="count"
    )
    everywhere = {
        method: msgspec.structs.replace(row, operations=()) for method, row in table.methods.items()
    }
    open_ = msgspec.structs.replace(
        table, operations={**table.operations, case.operation: rule}, methods=everywhere
    )
    case = case._replace(demands=frozenset())
    found, other = case.decided(open_), case._replace(operation="login").decided(TABLES["psd2-sca"])
    assert (found.aal, found.sca) == (other.aal, other.sca)


@given(cases)
def test_a_login_that_a_profile_allows_is_of_its_level(case):
    case = Case("login", case.now, [], frozenset())
    for profile, aal in (("nist-63b-4-aal1", 1), ("nist-63b-4", 2), ("nist-63b-4-aal3", 3)):
        found = case.decided(TABLES[profile])
        assert not found.satisfied or found.aal >= aal
    found = case.decided(TABLES["psd2-sca"])
    assert found.satisfied == found.sca


@given(tables, cases)
def test_a_decision_does_not_hang_on_the_order_of_the_evidence(table, case):
    one = case.decided(table)
    other = case._replace(now=case.now[::-1], earlier=case.earlier[::-1]).decided(table)
    for found in ("missing", "aal", "sca"):
        assert getattr(one, found) == getattr(other, found)
    assert {remark.code for remark in one.remarks} == {remark.code for remark in other.remarks}


@given(tables, cases)
def test_what_was_shown_is_told_of_whatever_came_of_it(table, case):
    found = case.decided(table)
    told = {method for item in (*found.met, *found.remarks) for method in item.methods}
    shown_by = {piece.evidence.method for piece in (*case.now, *case.earlier)}
    assert shown_by <= told or "classes" in {lack.code for lack in found.missing}
