"""What counts, what is enough, and what a decision says of itself."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.policy import table as policies
from identity.policy.decide import counted, decide, helps
from tests.identity.policy.kit import (
    FIRSTS,
    INHERENCE,
    KNOWLEDGE,
    METHODS,
    NOW,
    POSSESSION,
    REGISTERED,
    asking,
    piece,
)

TWSE = policies.load("twse", REGISTERED, FIRSTS)
BIOMETRIC = {"user_verified": True, "biometric": True}

ONE_OF_EACH = {
    KNOWLEDGE: ["password", "pattern"],
    POSSESSION: ["totp", "device"],
    INHERENCE: ["face"],
}

pieces = st.builds(
    lambda method, credential, ago, facts: piece(
        method, credential=credential, at=NOW - ago, **facts
    ),
    st.sampled_from(sorted(METHODS)),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 900),
    st.fixed_dictionaries(
        {
            name: st.booleans()
            for name in (
                "fresh",
                "at_login",
                "synced",
                "biometric",
                "user_verified",
                "device_bound",
                "phishing_resistant",
            )
        }
    ),
)
later_pieces = st.builds(
    lambda shown: piece(shown.evidence.method, credential="new", at=NOW, at_login=False), pieces
)
rules = st.fixed_dictionaries(
    {
        "classes": st.integers(1, 3),
        "recent": st.sampled_from([(), (POSSESSION, INHERENCE), (KNOWLEDGE,)]),
        "max_age": st.sampled_from([60.0, 300.0]),
        "methods": st.sampled_from([(), ("password", "totp", "webauthn")]),
        "required": st.sampled_from([(), ("totp",)]),
    }
    | {
        name: st.booleans()
        for name in (
            "different_from_login",
            "device_bound",
            "phishing_resistant",
            "distrust_fresh",
        )
    }
)


def satisfied(shown, **rule):
    return decide(asking(**rule), "this", shown, NOW).satisfied


@pytest.mark.clause("CC-17010.d")
@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (one, other)
        for first, second in itertools.combinations(ONE_OF_EACH, 2)
        for one in ONE_OF_EACH[first]
        for other in ONE_OF_EACH[second]
    ],
)
def test_any_two_of_three_classes_are_enough(one, other):
    assert satisfied([piece(one), piece(other)])


@pytest.mark.clause("CC-17010.d")
@pytest.mark.parametrize("methods", ONE_OF_EACH.values())
@given(data=st.data())
def test_however_many_of_one_class_are_never_enough(methods, data):
    chosen = data.draw(st.lists(st.sampled_from(methods), max_size=6))
    shown = [piece(method, credential=str(i)) for i, method in enumerate(chosen)]
    assert not satisfied(shown)


@given(rules, st.lists(pieces, max_size=5), later_pieces)
def test_more_evidence_never_spoils_a_decision(rule, shown, more):
    if satisfied(shown, **rule):
        assert satisfied([*shown, more], **rule)


@given(rules, st.lists(pieces, max_size=5))
def test_a_decision_is_satisfied_exactly_where_nothing_is_missing(rule, shown):
    decision = decide(asking(**rule), "this", shown, NOW)
    assert decision.satisfied == (not decision.missing)
    assert not {met.code for met in decision.met} & {lack.code for lack in decision.missing}
    assert all(lack.classes or lack.methods for lack in decision.missing)


@given(rules, st.lists(pieces, max_size=5))
def test_a_decision_does_not_hang_on_the_order_of_the_evidence(rule, shown):
    one = decide(asking(**rule), "this", shown, NOW)
    other = decide(asking(**rule), "this", shown[::-1], NOW)
    assert (one.missing, one.aal, one.sca) == (other.missing, other.aal, other.sca)


def test_nothing_at_all_is_enough_for_nothing():
    for operation in TWSE.operations:
        decision = decide(TWSE, operation, [], NOW)
        assert (decision.satisfied, decision.aal, decision.sca) == (False, 0, False)


@pytest.mark.clause("CC-17010.d.b")
def test_a_passkey_that_may_be_copied_is_no_possession_in_twse():
    shown = [piece("password"), piece("webauthn", synced=True, user_verified=True)]
    assert counted(TWSE, shown)[1] == frozenset()
    assert not decide(TWSE, "login", shown, NOW).satisfied


@pytest.mark.clause("CC-17010.d.b")
def test_a_passkey_that_stays_in_its_device_is_possession():
    shown = [piece("password"), piece("webauthn", user_verified=True)]
    assert decide(TWSE, "login", shown, NOW).satisfied


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_counts_beside_an_agreed_device():
    shown = [piece("password"), piece("webauthn", synced=True)]
    assert not satisfied(shown)
    assert counted(asking(), [*shown, piece("device")])[1] == {POSSESSION}


@pytest.mark.clause("CC-17010.d.b")
def test_beside_a_device_is_in_the_same_transaction():
    """The device opened the session; whoever has the synced key now need not have it."""
    login = [piece("password"), piece("device")]
    synced = piece("webauthn", synced=True, at_login=False)
    assert not decide(TWSE, "order", [synced], NOW, earlier=login).satisfied
    device = piece("device", at_login=False)
    assert decide(TWSE, "order", [synced, device], NOW, earlier=login).satisfied
    session = [piece("password", at=NOW - 900), piece("device", at=NOW - 900), synced]
    assert not decide(TWSE, "order", session, NOW).satisfied


@pytest.mark.clause("CC-17010.d.c")
@pytest.mark.parametrize(
    ("facts", "classes"),
    [
        ({}, {POSSESSION}),
        ({"user_verified": True}, {POSSESSION}),
        (BIOMETRIC, {POSSESSION, INHERENCE}),
    ],
)
def test_user_verification_is_a_biometric_only_where_attested(facts, classes):
    assert counted(TWSE, [piece("webauthn", **facts)]) == [classes]


def test_a_device_bound_passkey_with_an_attested_biometric_signs_in_alone():
    assert decide(TWSE, "login", [piece("webauthn", **BIOMETRIC)], NOW).satisfied


@pytest.mark.clause("CC-17010.d.b")
def test_a_synced_passkey_with_a_biometric_shows_no_possession():
    assert POSSESSION not in counted(TWSE, [piece("webauthn", synced=True, **BIOMETRIC)])[0]


@pytest.mark.clause("CC-17010.d.a")
def test_knowledge_that_is_not_yet_the_customers_own_counts_as_nothing():
    """The initial password: drawn by the firm, so it is nothing agreed with the customer."""
    own = piece("password")
    initial = type(own)(
        evidence=type(own.evidence)(method="password", classes=()), at=NOW, credential_id="i"
    )
    assert counted(TWSE, [initial]) == [frozenset()]


def test_a_method_the_table_gives_no_class_counts_as_nothing():
    assert counted(asking(), [piece("mail_otp")]) == [frozenset()]


def test_a_method_the_table_does_not_know_counts_as_nothing():
    assert counted(TWSE, [piece("face")]) == [frozenset()]


@pytest.mark.parametrize(("ago", "enough"), [(0, True), (300, True), (301, False)])
def test_a_recent_proof_is_one_within_the_age_asked(ago, enough):
    shown = [piece("password", at=NOW - 900), piece("totp", at=NOW - ago)]
    assert decide(TWSE, "order", shown, NOW).satisfied is enough


def test_a_recent_proof_of_another_class_does_not_do():
    shown = [piece("totp", at=NOW - 900), piece("password", at=NOW)]
    missing = decide(TWSE, "order", shown, NOW).missing
    assert [(lack.code, lack.classes) for lack in missing] == [("recent", (POSSESSION, INHERENCE))]


def test_what_was_shown_before_the_approval_began_does_not_approve():
    shown = [piece("password", at=NOW - 60), piece("totp", at=NOW - 30)]
    assert not decide(TWSE, "order", (), NOW, earlier=shown).satisfied
    now_again = [piece("totp", at=NOW - 5, at_login=False)]
    assert decide(TWSE, "order", now_again, NOW, earlier=shown).satisfied


@pytest.mark.parametrize("operation", ["factor.add", "factor.remove", "password.change"])
def test_a_fresh_factor_may_not_touch_the_others(operation):
    old = [piece("password"), piece("totp", at_login=False)]
    new = [piece("password"), piece("totp", at_login=False, fresh=True)]
    assert decide(TWSE, operation, old, NOW).satisfied
    assert not decide(TWSE, operation, new, NOW).satisfied


def test_a_password_that_was_changed_a_moment_ago_may_be_changed_again():
    changed = piece("password", fresh=True, at_login=False)
    old, new = piece("totp", at_login=False), piece("hotp", at_login=False, fresh=True)
    assert decide(TWSE, "password.change", [changed, old], NOW).satisfied
    assert not decide(TWSE, "password.change", [changed, new], NOW).satisfied
    assert not decide(TWSE, "factor.add", [changed, old], NOW).satisfied


def test_a_fresh_factor_signs_in():
    shown = [piece("password", fresh=True), piece("totp", fresh=True)]
    assert decide(TWSE, "login", shown, NOW).satisfied


@pytest.mark.parametrize(
    ("more", "enough"),
    [
        ([], False),
        ([piece("totp", credential="app", at_login=False)], False),
        ([piece("totp", credential="token", at_login=False, fresh=True)], False),
        ([piece("totp", credential="token", at_login=False)], True),
        ([piece("mail_otp", credential="mailbox", at_login=False)], False),
    ],
)
def test_a_factor_different_from_the_logins_is_another_one_and_no_fresh_one(more, enough):
    login = [piece("password"), piece("totp", credential="app")]
    assert satisfied([*login, *more], different_from_login=True) is enough


def test_what_was_shown_with_a_factor_that_has_grown_old_since_is_no_different_factor():
    """A login with a fresh factor is left aside; the factor it was opened with is still known."""
    login = [piece("password"), piece("totp", fresh=True)]
    later = piece("totp", at_login=False)
    rule = {"different_from_login": True, "distrust_fresh": True, "classes": 1}
    assert not satisfied([*login, later], **rule)


def test_a_proof_of_a_kind_that_is_asked_is_as_recent_as_the_operation_asks():
    earlier = [piece("password"), piece("webauthn", phishing_resistant=True)]
    rule = {"recent": (POSSESSION,), "max_age": 300, "phishing_resistant": True}
    for method, enough in (("totp", False), ("webauthn", True)):
        now = [piece(method, at_login=False, phishing_resistant=method == "webauthn")]
        assert decide(asking(**rule), "this", now, NOW, earlier=earlier).satisfied is enough


@pytest.mark.parametrize(
    ("anew", "missing"),
    [
        ([], {"required", "recent"}),
        (["password"], {"recent"}),
        (["totp"], {"required", "recent"}),
        (["totp", "face"], {"required"}),
        (["password", "pattern"], {"recent"}),
        (["password", "totp"], set()),
    ],
)
def test_a_password_change_asks_the_password_and_another_class_both_anew(anew, missing):
    rule = {
        "required": ("password",),
        "recent": (KNOWLEDGE, POSSESSION, INHERENCE),
        "recent_classes": 2,
        "max_age": 300,
    }
    earlier = [piece("password", at=NOW - 60), piece("totp", at=NOW - 60)]
    now = [piece(method, at_login=False) for method in anew]
    decision = decide(asking(**rule), "this", now, NOW, earlier=earlier)
    assert {lack.code for lack in decision.missing} == missing


def test_a_class_that_was_shown_anew_is_not_asked_again():
    rule = {"recent": (KNOWLEDGE, POSSESSION), "recent_classes": 2, "max_age": 300}
    decision = decide(asking(**rule), "this", [piece("password"), piece("face")], NOW)
    assert [lack.classes for lack in decision.missing] == [(POSSESSION,)]


def test_only_methods_that_are_allowed_are_looked_at():
    shown = [piece("password"), piece("totp")]
    assert not satisfied(shown, methods=("password", "webauthn"))


def test_a_required_method_must_be_among_them():
    shown = [piece("password"), piece("totp")]
    assert not satisfied(shown, required=("face",))
    assert satisfied([*shown, piece("face")], required=("face",))


@pytest.mark.parametrize("fact", ["device_bound", "phishing_resistant"])
def test_what_the_evidence_must_be_is_asked_of_the_evidence(fact):
    password = piece("password")
    assert not satisfied([password, piece("totp")], **{fact: True})
    assert satisfied([password, piece("webauthn", **{fact: True})], **{fact: True})


def test_what_helps_next_is_what_is_missing():
    decision = decide(TWSE, "login", [piece("password")], NOW)
    assert helps(decision, "totp", POSSESSION)
    assert not helps(decision, "pattern", KNOWLEDGE)
    assert not helps(decision, "mail_otp", None)
    assert not helps(decision, "face", INHERENCE), "not in the table yet"
    assert decision.clauses == ("CC-17010.c.c", "CC-17010.d")


def test_what_does_not_count_for_an_operation_does_not_help_with_it():
    shown = [piece("password")]
    assert helps(decide(TWSE, "login", shown, NOW), "recovery_codes", POSSESSION)
    assert not helps(decide(TWSE, "order", shown, NOW), "recovery_codes", POSSESSION)
    unrestricted = decide(TWSE, "login", shown, NOW, demands=("unrestricted",))
    assert helps(unrestricted, "totp", POSSESSION)
    assert not helps(unrestricted, "sms_otp", POSSESSION)


def test_only_what_can_show_what_is_asked_helps():
    shown = [piece("password"), piece("totp")]
    decision = decide(TWSE, "login", shown, NOW, demands=("phishing_resistant",))
    assert [lack.methods for lack in decision.missing] == [("device", "webauthn")]
    assert helps(decision, "device", POSSESSION)
    assert not helps(decision, "hotp", POSSESSION)


@pytest.mark.parametrize(
    ("shown", "aal", "sca"),
    [
        ([piece("password")], 1, False),
        ([piece("password"), piece("password", credential="second")], 1, False),
        ([piece("password"), piece("totp")], 2, True),
        ([piece("webauthn", user_verified=True, phishing_resistant=True, synced=True)], 2, False),
        (
            [
                piece("password"),
                piece("webauthn", user_verified=True, phishing_resistant=True, device_bound=True),
            ],
            3,
            True,
        ),
        ([piece("password"), piece("webauthn", phishing_resistant=True)], 2, True),
        ([piece("webauthn", phishing_resistant=True, device_bound=True)], 1, False),
    ],
)
def test_the_levels_others_ask_for_are_told_beside(shown, aal, sca):
    decision = decide(TWSE, "login", shown, NOW)
    assert (decision.aal, decision.sca) == (aal, sca)
