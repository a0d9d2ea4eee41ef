"""The lifecycle keeps what it promises, row by row and date by date."""

import math
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.certificates import lifecycle
from identity.certificates.lifecycle import Application, Deed
from identity.certificates.lifecycle_events import EVENTS
from identity.certificates.lifecycle_refusals import (
    AgainstCondition,
    LifecycleRefused,
    NotInState,
    NotTheirs,
    ProofMissing,
    UnknownCertificate,
    UnknownEvent,
)
from identity.certificates.lifecycle_rules import FourEyed, Rules
from identity.certificates.lifecycle_steps import _EFFECTS
from identity.certificates.proofs import MEANS, OPERATIONS, Proof
from identity.certificates.reasons import Actor, Reason
from identity.certificates.trading_certificate import (
    FINAL,
    STATES,
    State,
    expired,
    in_window,
    lapsed,
    listing,
    not_yet_valid,
    usable,
)
from identity.errors import SettingsError
from tests.identity.certificates.lifecycle_walks import (
    AUTHORITY,
    BEGINNINGS,
    CUSTOMER,
    DAY,
    EVERY,
    NOW,
    OPERATOR,
    RULES,
    SERVICE,
    YEAR,
    Person,
    key,
    standing,
)

ALLOWED = {
    ("requested", "approve"): "approved",
    ("requested", "reject"): "rejected",
    ("approved", "deliver"): "delivered",
    ("delivered", "use"): "active",
    ("active", "suspend"): "suspended",
    ("suspended", "resume"): "active",
    ("requested", "revoke"): "revoked",
    ("approved", "revoke"): "revoked",
    ("delivered", "revoke"): "revoked",
    ("active", "revoke"): "revoked",
    ("suspended", "revoke"): "revoked",
    ("lapsed", "report_compromise"): "revoked",
    ("revoked", "report_compromise"): "revoked",
    ("superseded", "report_compromise"): "revoked",
}
"""By hand: what leads where at once, asked for by whoever may first, and with all proofs."""

MAY = {
    "apply": {CUSTOMER},
    "renew": {CUSTOMER},
    "rekey": {CUSTOMER},
    "approve": {OPERATOR, SERVICE},
    "reject": {OPERATOR, SERVICE},
    "deliver": {CUSTOMER, OPERATOR},
    "use": {CUSTOMER},
    "suspend": {CUSTOMER, OPERATOR, AUTHORITY},
    "resume": {CUSTOMER, OPERATOR, AUTHORITY},
    "revoke": {CUSTOMER, OPERATOR, AUTHORITY, SERVICE},
    "report_compromise": {CUSTOMER, OPERATOR, AUTHORITY, SERVICE},
    "lapse": {SERVICE},
}
"""By hand: who may ask for what."""

ASKED = {name: row for name, row in EVENTS.items() if not row.follows}
MOVES = [name for name in ASKED if name not in BEGINNINGS]


def refusal(act, *args, **kwargs):
    """Return why something is refused."""
    with pytest.raises(LifecycleRefused) as caught:
        act(*args, **kwargs)
    return caught.value.reason


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize(("state", "event"), list(product(State, MOVES)))
def test_every_event_leads_where_the_rules_say_and_is_refused_elsewhere(state, event):
    person = standing(state)
    before = person.holding
    if (state, event) in ALLOWED:
        person.move(event)
        assert person.one().state == ALLOWED[state, event]
    else:
        assert refusal(person.move, event) in {f"is_{state}", "not_lapsed", "is_suspended"}
        assert person.holding == before


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize(("event", "by"), list(product(MAY, Actor)))
def test_only_those_may_whom_the_rules_name(event, by):
    asked = set(ASKED[event].who)
    assert asked == MAY[event]
    if by not in asked:
        with pytest.raises(NotTheirs, match=f"^not_for_{by}$"):
            lifecycle.needed(ASKED[event], by, RULES)


def test_what_only_follows_cannot_be_asked_for():
    person = standing(State.ACTIVE)
    for event in EVENTS.keys() - ASKED.keys():
        with pytest.raises(UnknownEvent, match="not_asked_for"):
            person.move(event, by=SERVICE)


def test_the_table_is_whole():
    assert _EFFECTS.keys() == set(MOVES)
    assert STATES.keys() == set(State)
    assert MEANS.keys() == set(Proof)
    assert {row.operation for row in EVENTS.values()} - {""} == OPERATIONS.keys()
    by_operators = {
        name for name, row in ASKED.items() if Proof.FOUR_EYES in row.who.get(OPERATOR, ())
    }
    assert by_operators == set(FourEyed.__args__)
    for row in EVENTS.values():
        assert set(row.follows) <= EVENTS.keys()
        assert row.clauses


def test_every_state_is_reached():
    assert {standing(state).one().state for state in State} == set(State)


@pytest.mark.clause("ECD.5")
@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leads_back_from_an_end(state):
    """Whatever is done to it, by whomever, at whatever time, it only becomes revoked."""
    for event, by, reason, days in product(MOVES, Actor, Reason, (-400, 0, 20, 400)):
        person = standing(state).wait(days * DAY)
        try:
            person.move(event, by=by, reason=reason, proofs=Proof)
        except LifecycleRefused:
            continue
        assert person.one().state is State.REVOKED
        assert not usable(person.one(), person.now)


@pytest.mark.clause("ECD.5")
@pytest.mark.parametrize("state", [State.ACTIVE, State.SUSPENDED])
def test_what_has_expired_only_ends(state):
    expiry = standing(state).one().not_after
    for event, by, reason in product(MOVES, Actor, Reason):
        person = standing(state)
        person.now = expiry + 1
        try:
            person.move(event, by=by, reason=reason, proofs=Proof)
        except LifecycleRefused:
            continue
        assert person.one().state in FINAL


# Delivery, and the first signature.


@pytest.mark.clause("ECD.2")
@pytest.mark.parametrize("lacking", [Proof.PASSWORD, Proof.DIFFERENT_FACTOR])
def test_nothing_is_signed_before_deliverys_proof(lacking):
    person = standing(State.APPROVED)
    assert person.one().not_before is None
    with pytest.raises(ProofMissing) as caught:
        person.move("deliver", proofs=EVERY - {lacking})
    assert caught.value.missing == (lacking,)
    assert listing(person.one()) is None
    person.move("deliver")
    assert (person.one().not_before, person.one().not_after) == (NOW - 60, NOW + YEAR)


@pytest.mark.clause("ECD.2")
def test_delivered_by_an_operator_the_person_was_identified():
    person = standing(State.APPROVED)
    with pytest.raises(ProofMissing) as caught:
        person.move("deliver", by=OPERATOR, proofs={Proof.PASSWORD, Proof.DIFFERENT_FACTOR})
    assert caught.value.missing == (Proof.IDENTIFIED, Proof.FOUR_EYES)
    person.move("deliver", by=OPERATOR, proofs={Proof.IDENTIFIED, Proof.FOUR_EYES})


@pytest.mark.clause("ECD.2")
def test_it_is_on_hold_until_its_key_has_signed():
    person = standing(State.DELIVERED)
    assert listing(person.one()).reason is Reason.CERTIFICATE_HOLD
    assert not usable(person.one(), person.now)
    assert refusal(person.move, "use", proofs=EVERY - {Proof.OWN_KEY}) == "proof_missing"
    person.wait(5).move("use")
    assert msgspec.structs.astuple(listing(person.one())) == (None, NOW + 5)
    assert usable(person.one(), person.now)


@pytest.mark.parametrize("event", sorted(Rules().four_eyes))
def test_a_second_operator_is_asked_where_the_firm_says(event):
    row = EVENTS[event]
    assert Proof.FOUR_EYES in lifecycle.needed(row, OPERATOR, RULES)
    alone = Rules(four_eyes=frozenset())
    assert Proof.FOUR_EYES not in lifecycle.needed(row, OPERATOR, alone)


# Time.


LAPSES = {
    State.APPROVED: 30 * DAY,
    State.DELIVERED: 30 * DAY,
}


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize("state", State)
def test_a_month_undelivered_or_unused_ends_it_and_nothing_else_lapses(state):
    person = standing(state)
    since = person.one().since
    for after in (0, 30 * DAY - 1, 30 * DAY, 3 * YEAR):
        assert lapsed(person.one(), since + after, RULES) is (after >= LAPSES.get(state, math.inf))


@pytest.mark.parametrize(
    ("state", "event"), [(State.APPROVED, "deliver"), (State.DELIVERED, "use")]
)
def test_after_its_month_it_goes_nowhere_whether_or_not_that_is_recorded(state, event):
    person = standing(state)
    assert refusal(person.move, "lapse") == "not_lapsed"
    person.wait(30 * DAY)
    assert refusal(person.move, event) == "lapsed"
    person.move("lapse")
    assert person.one().state is State.LAPSED
    assert refusal(person.move, event) == "is_lapsed"


def test_what_lapsed_after_it_was_signed_is_revoked_from_its_delivery_on():
    person = standing(State.LAPSED)
    told = listing(person.one())
    assert (told.reason, told.since) == (Reason.CESSATION_OF_OPERATION, NOW)


@pytest.mark.clause("ECD.5")
def test_what_has_lapsed_is_in_nobodys_way():
    person = standing(State.DELIVERED).wait(30 * DAY)
    person.begin("apply", "b")
    assert [step.event for step in person.last.moves] == ["lapse", "apply"]
    assert person.states() == {"a": "lapsed", "b": "requested"}


def test_dates_are_computed_both_ends_included():
    one = standing(State.ACTIVE).one()
    first, last = one.not_before, one.not_after
    assert not_yet_valid(one, first - 0.5)
    assert not not_yet_valid(one, first)
    assert not expired(one, last)
    assert expired(one, last + 0.5)
    assert usable(one, first)
    assert usable(one, last)
    assert not usable(one, first - 0.5)
    assert not usable(one, last + 0.5)


def test_the_window_opens_45_days_before_the_end():
    one = standing(State.ACTIVE).one()
    opens = one.not_after - 45 * DAY
    assert not in_window(one, opens - 1, RULES)
    assert in_window(one, opens, RULES)
    assert in_window(one, one.not_after - 1, RULES)
    assert not in_window(one, one.not_after, RULES)
    assert not in_window(standing(State.APPROVED).one(), opens, RULES)


def test_what_is_not_yet_valid_is_not_taken_into_use():
    person = standing(State.DELIVERED).wait(-61)
    assert refusal(person.move, "use") == "not_yet_valid"


def test_a_clock_set_back_turns_nothing_around():
    person = standing(State.ACTIVE).wait(-1000)
    person.move("suspend")
    assert person.one().since == NOW


@pytest.mark.parametrize("at", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(at):
    person = standing(State.DELIVERED)
    person.now = at
    assert refusal(person.move, "use") == "time_malformed"
    assert refusal(person.begin, "apply", "b") == "time_malformed"


# One live, one on its way.


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize("state", [State.ACTIVE, State.SUSPENDED])
def test_a_live_certificate_stops_an_application(state):
    assert refusal(standing(state).begin, "apply", "b") == "live_exists"


@pytest.mark.parametrize("state", [State.REQUESTED, State.APPROVED, State.DELIVERED])
def test_one_on_its_way_stops_another(state):
    assert refusal(standing(state).begin, "apply", "b") == "pending_exists"


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize(("event", "of"), [("renew", "a"), ("rekey", "b")])
def test_a_renewal_ends_the_old_one_once_the_new_one_has_signed(event, of):
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.begin(event, "b", of=of)
    person.move("approve", "b")
    person.move("deliver", "b")
    assert usable(person.one("a"), person.now)
    person.move("use", "b")
    assert [step.event for step in person.last.moves] == ["use", "supersede"]
    assert person.states() == {"a": "superseded", "b": "active"}
    assert listing(person.one("a")).reason is Reason.SUPERSEDED


def test_renewing_keeps_the_key_and_rekeying_changes_it():
    person = standing(State.ACTIVE).wait(330 * DAY)
    assert refusal(person.begin, "renew", "b") == "key_differs"
    assert refusal(person.begin, "rekey", "b", of="a") == "key_seen"


@pytest.mark.clause("ECD.2")
@pytest.mark.parametrize("event", ["renew", "rekey"])
@pytest.mark.parametrize("lacking", [Proof.OLD_KEY, Proof.DIFFERENT_FACTOR])
def test_a_renewal_is_asked_with_the_old_key_and_a_different_factor(event, lacking):
    person = standing(State.ACTIVE).wait(330 * DAY)
    of = "a" if event == "renew" else "b"
    told = refusal(person.begin, event, "b", of=of, proofs=EVERY - {lacking})
    assert told == "proof_missing"


@pytest.mark.clause("ECD.5")
def test_a_late_renewal_is_a_new_application():
    person = standing(State.ACTIVE)
    assert refusal(person.begin, "rekey", "b") == "renewal_early"
    person.now = person.one().not_after
    assert refusal(person.begin, "rekey", "b") == "renewal_late"
    person.wait(1)
    assert refusal(person.begin, "rekey", "b") == "renewal_late"
    person.active("b")
    assert person.states() == {"a": "superseded", "b": "active"}


@pytest.mark.clause("ECD.5")
def test_a_renewal_that_was_not_delivered_in_time_is_late_too():
    person = standing(State.ACTIVE).wait(360 * DAY)
    person.begin("rekey", "b")
    person.now = person.one().not_after
    assert refusal(person.move, "approve", "b") == "lapsed"
    person.wait(1)
    person.begin("apply", "c")
    assert person.states() == {"a": "active", "b": "lapsed", "c": "requested"}


@pytest.mark.clause("ECD.5")
@pytest.mark.parametrize(("asked", "left"), [(325, 30), (360, 5)])
def test_an_approved_renewal_lapses_with_its_month_or_with_the_old_one(asked, left):
    person = standing(State.ACTIVE).wait(asked * DAY)
    person.begin("rekey", "b")
    person.move("approve", "b")
    one = person.one("b")
    assert not lapsed(one, person.now + left * DAY - 1, RULES)
    assert lapsed(one, person.now + left * DAY, RULES)


def test_a_renewal_delivered_in_time_may_sign_after_the_old_one_expired():
    person = standing(State.ACTIVE).wait(360 * DAY)
    person.begin("rekey", "b")
    person.move("approve", "b")
    person.move("deliver", "b")
    person.wait(10 * DAY).move("use", "b")
    assert person.states() == {"a": "superseded", "b": "active"}


@pytest.mark.parametrize("state", [State.REVOKED, State.LAPSED, State.REJECTED])
def test_what_is_not_live_is_not_renewed(state):
    assert refusal(standing(state).begin, "rekey", "b") == "no_live"


def test_a_hold_is_not_got_round_by_a_renewal():
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.begin("rekey", "b")
    person.move("suspend", by=OPERATOR)
    assert refusal(person.move, "approve", "b") == "renewed_not_active"
    person.move("resume", by=OPERATOR)
    person.move("approve", "b")
    person.move("deliver", "b")
    person.move("suspend", by=OPERATOR)
    assert refusal(person.move, "use", "b") == "renewed_not_active"
    assert refusal(person.begin, "rekey", "c") == "on_hold"


# Holds, and revocation.


@pytest.mark.parametrize(
    ("holder", "lifter"), list(product((CUSTOMER, OPERATOR, AUTHORITY), repeat=2))
)
def test_a_hold_is_lifted_by_whoever_set_it_or_stands_above(holder, lifter):
    person = standing(State.ACTIVE)
    person.move("suspend", by=holder)
    order = [CUSTOMER, OPERATOR, AUTHORITY]
    if order.index(lifter) >= order.index(holder):
        person.move("resume", by=lifter)
        assert person.one().held_by is None
    else:
        assert refusal(person.move, "resume", by=lifter) == "held_by_another"


def test_a_hold_is_raised_and_not_begun_anew():
    person = standing(State.SUSPENDED).wait(100)
    person.move("suspend", by=OPERATOR)
    assert (person.one().held_by, person.one().since) == (OPERATOR, NOW)
    assert refusal(person.move, "suspend", by=CUSTOMER) == "is_suspended"
    assert refusal(person.move, "resume", by=CUSTOMER) == "held_by_another"


def test_what_ends_on_hold_is_void_from_when_the_hold_began():
    person = standing(State.SUSPENDED).wait(100)
    person.move("revoke")
    assert listing(person.one()).since == NOW


@pytest.mark.parametrize("by", [OPERATOR, AUTHORITY])
@pytest.mark.parametrize("taken", ["revoke", "suspend", "reject"])
def test_no_rule_gives_back_what_a_person_took(by, taken):
    if taken == "reject":
        person = Person()
        person.begin()
        person.move("reject", by=OPERATOR)
    else:
        person = standing(State.ACTIVE)
        person.move(taken, by=by, reason=Reason.PRIVILEGE_WITHDRAWN)
    if taken == "suspend":
        person.move("revoke", by=CUSTOMER)
    person.begin("apply", "b")
    assert refusal(person.move, "approve", "b", by=SERVICE) == "operator_needed"
    person.move("revoke", "b", by=CUSTOMER)
    person.begin("apply", "c")
    assert refusal(person.move, "approve", "c", by=SERVICE) == "operator_needed"
    person.move("approve", "c", by=OPERATOR)
    person.move("revoke", "c", by=CUSTOMER)
    person.begin("apply", "d")
    person.move("approve", "d", by=SERVICE)


@pytest.mark.parametrize("by", Actor)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_a_reason_is_given_by_those_whose_it_is(by, reason):
    deed = Deed(by=by, at=NOW, proofs=EVERY, reason=reason)
    given = {
        CUSTOMER: {0, 1, 5},
        OPERATOR: {1, 3, 5, 9},
        AUTHORITY: {0, 1, 2, 3, 5, 9},
        SERVICE: {1, 4, 5},
    }
    person = standing(State.ACTIVE)
    if by is SERVICE and reason in given[by]:
        with pytest.raises(ProofMissing):
            lifecycle.move(person.holding, "revoke", "a", deed, RULES)
    elif reason in given[by]:
        after = lifecycle.move(person.holding, "revoke", "a", deed, RULES).holding[0]
        assert (after.ended.by, after.ended.reason) == (by, reason)
    else:
        with pytest.raises(AgainstCondition, match=r"^reason_(missing|not_theirs)$"):
            lifecycle.move(person.holding, "revoke", "a", deed, RULES)


@pytest.mark.parametrize("reason", [None, Reason.UNSPECIFIED, Reason.KEY_COMPROMISE])
@pytest.mark.parametrize("by", Actor)
def test_whoever_shows_the_key_blocks_it_whatever_he_says(by, reason):
    person = standing(State.ACTIVE)
    person.move("revoke", by=by, reason=reason, proofs=Proof)
    assert person.one().ended.reason is Reason.KEY_COMPROMISE
    assert person.last.blocked == {key("a")}


def test_a_claim_of_compromise_blocks_nothing_until_it_is_proven():
    person = standing(State.ACTIVE)
    person.move("revoke", reason=Reason.KEY_COMPROMISE)
    assert person.last.blocked == frozenset()
    assert refusal(person.move, "report_compromise") == "already_revoked"
    person.wait(50).move("report_compromise", by=SERVICE, proofs={Proof.KEY_SHOWN})
    assert person.last.blocked == {key("a")}
    assert (person.one().ended.by, person.one().ended.void_from) == (CUSTOMER, NOW)
    assert refusal(person.move, "report_compromise", proofs=Proof) == "already_revoked"


@pytest.mark.parametrize("state", [State.REVOKED, State.SUPERSEDED, State.LAPSED])
def test_what_has_ended_is_ended_again_for_compromise_alone_and_not_later(state):
    person = standing(state)
    since = listing(person.one()).since
    assert refusal(person.move, "revoke") == f"is_{state}"
    person.wait(99).move("report_compromise")
    told = listing(person.one())
    assert (told.reason, told.since) == (Reason.KEY_COMPROMISE, since)


def test_a_report_does_not_wash_off_who_revoked_it():
    person = standing(State.ACTIVE)
    person.move("revoke", by=OPERATOR, reason=Reason.PRIVILEGE_WITHDRAWN)
    person.move("report_compromise", by=CUSTOMER)
    person.begin("apply", "b")
    assert refusal(person.move, "approve", "b", by=SERVICE) == "operator_needed"


@pytest.mark.clause("ECD.5")
@pytest.mark.parametrize("state", [State.REQUESTED, State.APPROVED, State.DELIVERED])
def test_a_renewal_falls_with_what_it_stands_on(state):
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.begin("rekey", "b")
    steps = {
        State.REQUESTED: (),
        State.APPROVED: ("approve",),
        State.DELIVERED: ("approve", "deliver"),
    }
    for step in steps[state]:
        person.move(step, "b")
    person.move("revoke", reason=Reason.KEY_COMPROMISE)
    assert [step.event for step in person.last.moves] == ["revoke", "fall"]
    assert person.one("b").ended.reason is Reason.CESSATION_OF_OPERATION
    assert person.last.blocked == frozenset()


def test_a_compromised_key_ends_every_certificate_that_has_it_and_what_stands_on_them():
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.active("b", "renew", of="a")
    person.wait(330 * DAY).begin("rekey", "c")
    person.move("report_compromise", "a", by=SERVICE, proofs={Proof.KEY_SHOWN})
    assert person.states() == {"a": "revoked", "b": "revoked", "c": "revoked"}
    told = [one.ended.reason for one in person.holding]
    assert told == [Reason.KEY_COMPROMISE] * 2 + [Reason.CESSATION_OF_OPERATION]
    assert person.last.blocked == {key("a")}


@pytest.mark.parametrize("state", [State.REQUESTED, State.ACTIVE])
def test_one_key_revoked_for_another_reason_is_not_said_to_be_compromised(state):
    person = standing(State.ACTIVE).wait(330 * DAY)
    if state is State.ACTIVE:
        person.active("b", "renew", of="a")
        person.move("revoke", "b")
        assert person.states() == {"a": "superseded", "b": "revoked"}
    else:
        person.begin("renew", "b", of="a")
        person.move("revoke", "a")
        assert person.one("b").ended.reason is Reason.CESSATION_OF_OPERATION


def test_a_compromised_key_is_told_of_what_it_had_before_and_so_is_the_proof():
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.active("b", "renew", of="a")
    person.move("revoke", "b", reason=Reason.KEY_COMPROMISE)
    assert [step.event for step in person.last.moves] == ["revoke", "fall"]
    assert person.one("a").ended.reason is Reason.KEY_COMPROMISE
    person.move("report_compromise", "b", by=SERVICE, proofs={Proof.KEY_SHOWN})
    assert [one.ended.proven for one in person.holding] == [True, True]


def test_what_was_never_granted_stays_rejected_whatever_becomes_of_its_key():
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.begin("renew", "b", of="a")
    person.move("reject", "b")
    person.move("revoke", "a", reason=Reason.KEY_COMPROMISE)
    assert person.states() == {"a": "revoked", "b": "rejected"}


def test_the_old_keys_compromise_leaves_a_successor_with_its_own_key():
    person = standing(State.SUPERSEDED)
    person.move("report_compromise", "a")
    assert person.states() == {"a": "revoked", "b": "active"}


def test_the_old_keys_compromise_leaves_an_application_that_does_not_stand_on_it():
    person = standing(State.REVOKED)
    person.begin("apply", "b")
    person.move("report_compromise", "a")
    assert person.states() == {"a": "revoked", "b": "requested"}


def test_a_renewal_withdrawn_leaves_the_live_one():
    person = standing(State.ACTIVE).wait(330 * DAY)
    person.begin("rekey", "b")
    person.move("revoke", "b")
    assert person.states() == {"a": "active", "b": "revoked"}


# What is not asked for rightly.


@given(event=st.text(), name=st.text())
def test_words_that_are_none_are_refused_in_words_that_are(event, name):
    person = standing(State.ACTIVE)
    deed = Deed(by=CUSTOMER, at=NOW, proofs=EVERY)
    for act, what in ((lifecycle.move, name), (lifecycle.begin, Application(id=name, key=b""))):
        with pytest.raises(LifecycleRefused) as caught:
            act(person.holding, event, what, deed, RULES)
        assert caught.value.reason in {"no_such_event", "no_such_certificate"}


def test_a_beginning_is_no_move_and_a_move_no_beginning():
    person = standing(State.ACTIVE)
    assert refusal(person.move, "apply") == "no_such_event"
    assert refusal(person.begin, "revoke", "b") == "no_such_event"
    with pytest.raises(UnknownCertificate, match="no_such_certificate"):
        person.move("suspend", "nobody's")


@pytest.mark.parametrize("data", [b"", b"short", bytes(33)])
def test_a_key_is_named_by_its_hash(data):
    deed = Deed(by=CUSTOMER, at=NOW, proofs=EVERY)
    application = Application(id="a", key=data)
    assert refusal(lifecycle.begin, (), "apply", application, deed, RULES) == "key_malformed"


@pytest.mark.parametrize("name", ["", "a"])
def test_an_id_is_new(name):
    person = standing(State.REVOKED)
    assert refusal(person.begin, "apply", name, of="b") == "id_taken"


def test_asking_before_does_nothing_and_says_the_same():
    person = standing(State.APPROVED)
    lacking = Deed(by=CUSTOMER, at=NOW)
    with pytest.raises(ProofMissing):
        lifecycle.check(person.holding, "deliver", "a", lacking, RULES)
    with pytest.raises(NotInState):
        lifecycle.check(person.holding, "use", "a", lacking, RULES)
    full = Deed(by=CUSTOMER, at=NOW, proofs=EVERY)
    assert lifecycle.check(person.holding, "deliver", "a", full, RULES) is None
    assert person.one().state is State.APPROVED


@pytest.mark.parametrize(
    "wrong",
    [
        {"validity": 0},
        {"validity": math.inf},
        {"validity": math.nan},
        {"renewal_window": 366 * DAY},
        {"deliver_within": 0},
        {"deliver_within": 32 * DAY},
        {"deliver_within": math.inf},
        {"use_within": -1},
        {"validity": DAY, "renewal_window": DAY, "use_within": 2 * DAY},
        {"backdating": -1},
        {"backdating": 2 * DAY},
        {"backdating": math.nan},
        {"four_eyes": frozenset({"aprove"})},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SettingsError, match=r"^certificates\."):
        Rules(**wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"backdating": 0},
        {"backdating": DAY},
        {"deliver_within": 31 * DAY, "use_within": 31 * DAY},
        {"validity": DAY, "renewal_window": DAY, "use_within": DAY},
        {"four_eyes": frozenset(FourEyed.__args__)},
    ],
)
def test_rules_may_go_to_their_bounds(right):
    assert msgspec.structs.replace(RULES, **right) == Rules(**right)
