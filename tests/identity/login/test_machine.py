"""The login machine by itself: what is offered when, and what an answer makes of it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factors.contract import Accepted, Credential
from identity.clock import DAY
from identity.login import machine
from identity.model import LoginState, LoginTransaction, Session, StoredCredential
from identity.policy import table as policies
from identity.policy.decide import decide
from tests.identity.policy.kit import NOW, REGISTERED, piece

TWSE = policies.load("twse", REGISTERED)
OPENED = LoginTransaction(
    id="t",
    secret_hash=b"",
    account_id="amy",
    decoy=False,
    purpose="login",
    binding="",
    state=LoginState.OPEN,
    way="prefix:192.0.2.7/32",
    device_id="",
    prefix="192.0.2.7/32",
    created_at=NOW,
    expires_at=NOW + 600,
)
ROW = StoredCredential(
    id="c", account_id="amy", kind="totp", label="", bound_at=NOW, bound_in="s1", identified=False
)
SIGNED_IN = Session(
    id="s1",
    secret_hash=b"",
    account_id="amy",
    purpose="login",
    shown=(piece("password", at=NOW - 60), piece("totp", at=NOW - 60)),
    device_id="",
    created_at=NOW - 60,
    last_seen_at=NOW - 60,
    expires_at=NOW + 3600,
)
ALL = frozenset({"password", "totp", "webauthn"})
kinds = st.sets(st.sampled_from(sorted(ALL)))


def changed(record, **members):
    return msgspec.structs.replace(record, **members)


ALIKE = frozenset({"password", "pattern", "totp", "webauthn"})


def offered(transaction, kinds=ALL, *, session=None, held_back=False, now=NOW):
    decision = machine.decided(TWSE, transaction, session, now)
    others = machine.others(TWSE, transaction.purpose, ALIKE) if held_back else ()
    found = machine.offered(TWSE, transaction, decision, kinds, instead=others, beyond={})
    return [offer.method for offer in found]


@pytest.mark.clause("CC-17010.j.g")
@given(kinds, kinds, st.booleans())
def test_before_a_first_proof_nothing_hangs_on_what_the_account_has(some, others, held_back):
    for purpose in sorted(policies.ENTRANCES):
        transaction = changed(OPENED, purpose=purpose)
        assert offered(transaction, some, held_back=held_back) == offered(
            transaction, others, held_back=held_back
        )


def test_a_login_begins_with_what_neither_travels_nor_is_looked_up():
    assert offered(OPENED) == ["password", "pattern", "webauthn", "device"]


@pytest.mark.clause("ECD.4")
def test_a_password_on_hold_waits_for_another_factor():
    assert sorted(offered(OPENED, held_back=True)) == ["pattern", "totp", "webauthn"]
    proven = machine.accepted(OPENED, piece("totp"))
    assert offered(proven, held_back=True) == ["password"]


def test_a_hold_on_the_password_opens_nothing_where_no_password_is_asked():
    recovery = changed(OPENED, purpose="recovery")
    begins = offered(recovery)
    assert begins == offered(recovery, held_back=True) == ["webauthn", "device", "pattern"]


def test_a_password_change_asks_the_password_and_then_another_class():
    change = changed(OPENED, purpose="password.change", session_id="s1")
    assert offered(change, session=SIGNED_IN) == ["password", "totp", "webauthn"]
    first = machine.accepted(change, piece("password", at_login=False))
    assert offered(first, session=SIGNED_IN) == ["totp", "webauthn"]
    other = machine.accepted(change, piece("totp", at_login=False))
    assert offered(other, session=SIGNED_IN) == ["password"]


@given(kinds)
def test_after_a_proof_only_what_the_account_has_and_what_helps_is_offered(have):
    proven = machine.accepted(OPENED, piece("password"))
    assert offered(proven, have) == [m for m in ("totp", "webauthn") if m in have]


def test_two_of_one_class_are_not_offered_as_a_way_on():
    proven = machine.accepted(OPENED, piece("totp"))
    assert offered(proven) == ["password"]


def test_nothing_is_offered_after_success():
    assert offered(changed(OPENED, state=LoginState.SUCCEEDED)) == []


def test_a_step_up_asks_for_what_is_missing_now_and_not_for_the_password():
    step_up = changed(OPENED, purpose="order", session_id="s1")
    assert offered(step_up, session=SIGNED_IN) == ["totp", "webauthn"]


def test_a_step_up_counts_what_opened_the_session_but_asks_anew():
    step_up = changed(OPENED, purpose="order", session_id="s1")
    assert not machine.decided(TWSE, step_up, SIGNED_IN, NOW).satisfied
    proven = machine.accepted(step_up, piece("totp", at_login=False))
    assert machine.decided(TWSE, proven, SIGNED_IN, NOW).satisfied


@pytest.mark.parametrize(
    ("age", "identified", "fresh"),
    [(0, False, True), (DAY - 1, False, True), (DAY, False, False), (0, True, False)],
)
def test_a_factor_is_fresh_for_a_day_unless_the_person_was_identified(age, identified, fresh):
    row = changed(ROW, bound_at=NOW - age, identified=identified)
    shown = machine.shown(verdict(), row, OPENED, NOW)
    assert shown.fresh is fresh


def test_a_factor_bound_in_this_very_session_is_fresh_however_it_was_bound():
    step_up = changed(OPENED, purpose="order", session_id="s1")
    old = changed(ROW, bound_at=NOW - 2 * DAY, identified=True)
    assert machine.shown(verdict(), old, step_up, NOW).fresh
    assert not machine.shown(verdict(), changed(old, bound_in="s0"), step_up, NOW).fresh


def test_evidence_says_whether_it_opened_the_session():
    assert machine.shown(verdict(), ROW, OPENED, NOW).at_login
    assert not machine.shown(verdict(), ROW, changed(OPENED, session_id="s1"), NOW).at_login


def test_a_challenge_is_answered_once_or_never():
    asked = machine.asked(OPENED, "webauthn", b"one")
    again = machine.asked(asked, "webauthn", b"two")
    assert again.challenges == {"webauthn": b"two"}
    assert machine.consumed(again, "webauthn").challenges == {}
    assert machine.accepted(again, piece("webauthn")).challenges == {}
    assert machine.accepted(again, piece("password")).challenges == {"webauthn": b"two"}


@given(st.lists(st.sampled_from(["password", "totp", "webauthn"]), max_size=5))
def test_what_was_shown_is_never_forgotten_within_a_transaction(methods):
    transaction = OPENED
    for method in methods:
        transaction = machine.accepted(transaction, piece(method))
    assert [shown.evidence.method for shown in transaction.shown] == methods


def test_a_session_keeps_the_newest_proof_of_each_credential_and_use():
    again = piece("totp", at=NOW, at_login=False)
    newest = piece("totp", at=NOW + 60, at_login=False)
    session = changed(SIGNED_IN, shown=machine.merged(SIGNED_IN, [again]))
    kept = machine.merged(session, [newest])
    assert kept == (*SIGNED_IN.shown, newest)
    assert decide(TWSE, "order", kept, NOW + 60).satisfied


def verdict():
    return Accepted(credential=Credential(), evidence=piece("totp").evidence, credential_id="c")
