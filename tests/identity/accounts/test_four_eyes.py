"""Four eyes: two operators, never one, and what they decide is done once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.accounts import roles as role_table
from identity.accounts.actions import ACTIONS
from identity.accounts.four_eyes import LIFETIME
from identity.accounts.lifecycle import SOURCES
from identity.accounts.roles import Permission, Role
from identity.errors import Conflict, Expired, Forbidden, Unknown
from identity.model import AccountKind, AccountState, ProposalState
from identity.settings import Accounts, FourEyed
from tests.identity.accounts.desks import Bench, at_work

APPROVED, REJECTED = ProposalState.APPROVED, ProposalState.REJECTED
CLERK, SUPERVISOR, ADMIN = Role.CLERK, Role.SUPERVISOR, Role.ADMIN
ASKED = sorted(Accounts().four_eyes)
APPROVAL = "account:lifecycle:approved"


@pytest.fixture
def bench(tmp_path, store):
    return Bench(tmp_path, store)


@pytest.fixture
def sqlite_bench(tmp_path, sqlite_store):
    return Bench(tmp_path, sqlite_store)


def proposed(bench, applicant=None, by=None):
    """Have a clerk propose the approval of an application; return the proposal."""
    subject = applicant or bench.account()
    clerk = by or bench.operator(CLERK)
    return bench.desk.act(clerk, "account.approve", subject.id, "complete").proposal


def subject_for(bench, action):
    """Return an account that `action` may be done to."""
    state = min(SOURCES[action.verb])
    roles = ("clerk",) if action.kind is AccountKind.OPERATOR else ()
    return bench.account(state, action.kind, roles)


@pytest.mark.clause("CC-18000.2.h")
def test_what_one_proposes_waits_until_another_approves(bench):
    applicant, second = bench.account(), bench.operator(SUPERVISOR)
    waiting = proposed(bench, applicant)
    assert bench.now(applicant).state is AccountState.APPLIED
    outcome = bench.desk.decide(second, waiting.id, APPROVED, "checked")
    assert outcome.account.state is AccountState.REGISTERED
    kept = bench.proposal(waiting.id)
    assert (kept.state, kept.decided_by, kept.remark) == (APPROVED, second.account_id, "checked")
    assert bench.count(applicant, APPROVAL) == 1


@pytest.mark.clause("CC-18000.2.h")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.sets(st.sampled_from(sorted(Role))),
    name=st.sampled_from(ASKED),
    state=st.sampled_from([APPROVED, REJECTED]),
)
def test_no_roles_let_one_operator_both_propose_and_decide(sqlite_bench, roles, name, state):
    bench, action = sqlite_bench, ACTIONS[name]
    one, subject = bench.operator(*roles), subject_for(sqlite_bench, action)
    before = bench.now(subject)
    able = role_table.may(roles, action.propose)
    try:
        waiting = bench.desk.act(one, name, subject.id, "why not", ("auditor",)).proposal
    except Forbidden:
        assert not able
        return
    assert able
    assert waiting is not None
    with pytest.raises((Conflict, Forbidden)):
        bench.desk.decide(one, waiting.id, state, "I think so too")
    assert bench.now(subject) == before
    assert bench.proposal(waiting.id).state is ProposalState.OPEN


@pytest.mark.clause("CC-18000.2.h")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.sets(st.sampled_from(sorted(Role))),
    name=st.sampled_from(sorted(ACTIONS)),
)
def test_nobody_does_alone_what_their_roles_do_not_decide(sqlite_bench, roles, name):
    bench, action = sqlite_bench, ACTIONS[name]
    one, subject = bench.operator(*roles), subject_for(bench, action)
    try:
        outcome = bench.desk.act(one, name, subject.id, "why not", ("auditor",))
    except Forbidden:
        assert bench.now(subject) == subject
        return
    if outcome.proposal is None:
        assert role_table.may(roles, action.decide)
    else:
        assert bench.now(subject) == subject


@pytest.mark.clause("CC-18000.2.h")
def test_of_many_approvals_at_once_one_runs(bench):
    applicant = bench.account()
    waiting = proposed(bench, applicant)
    seconds = [bench.operator(SUPERVISOR) for _ in range(5)]
    together = Barrier(len(seconds))

    def decide(second):
        together.wait()
        try:
            bench.desk.decide(second, waiting.id, APPROVED, "checked")
        except Conflict as error:
            return error.reason
        return "done"

    with ThreadPoolExecutor(len(seconds)) as pool:
        told = sorted(pool.map(decide, seconds))
    assert told.count("done") == 1
    assert set(told) <= {"done", "is_approved", "decided_meanwhile", "changed_meanwhile"}
    assert bench.count(applicant, APPROVAL) == 1
    assert bench.count(applicant, "account:initial_password:issued") == 1
    assert bench.count(applicant, "operator:proposal:decided") == 1


def test_an_approval_and_a_rejection_at_once_are_one_of_the_two(bench):
    applicant = bench.account()
    waiting = proposed(bench, applicant)
    seconds = [(bench.operator(SUPERVISOR), state) for state in (APPROVED, REJECTED) * 2]
    together = Barrier(len(seconds))

    def decide(one):
        together.wait()
        try:
            return bench.desk.decide(one[0], waiting.id, one[1], "checked").proposal.state
        except Conflict:
            return None

    with ThreadPoolExecutor(len(seconds)) as pool:
        (won,) = [state for state in pool.map(decide, seconds) if state]
    assert bench.proposal(waiting.id).state is won
    registered = bench.now(applicant).state is AccountState.REGISTERED
    assert registered is (won is APPROVED)


def test_a_rejection_does_nothing_and_ends_the_matter(bench):
    applicant, second = bench.account(), bench.operator(SUPERVISOR)
    waiting = proposed(bench, applicant)
    outcome = bench.desk.decide(second, waiting.id, REJECTED, "incomplete")
    assert (outcome.account.state, outcome.proposal.state) == (AccountState.APPLIED, REJECTED)
    with pytest.raises(Conflict, match="is_rejected"):
        bench.desk.decide(second, waiting.id, APPROVED, "after all")
    assert proposed(bench, applicant).id != waiting.id


@pytest.mark.parametrize(("seconds", "late"), [(LIFETIME - 1, False), (LIFETIME, True)])
def test_a_proposal_waits_seven_days(bench, seconds, late):
    applicant, second = bench.account(), bench.operator(SUPERVISOR)
    waiting = proposed(bench, applicant)
    bench.clock.forward(seconds)
    assert bench.desk.stands(waiting) == ("expired" if late else "open")
    assert len(bench.desk.proposals(second, ProposalState.OPEN)) == (0 if late else 1)
    if late:
        with pytest.raises(Expired):
            bench.desk.decide(second, waiting.id, APPROVED, "checked")
        assert bench.now(applicant).state is AccountState.APPLIED
        assert proposed(bench, applicant)
    else:
        bench.desk.decide(second, waiting.id, APPROVED, "checked")


def test_the_same_is_proposed_once_at_a_time(bench):
    applicant = bench.account()
    proposed(bench, applicant)
    with pytest.raises(Conflict, match="already_proposed"):
        proposed(bench, applicant)


def test_an_approval_of_what_cannot_be_done_any_more_decides_nothing(bench):
    applicant, second = bench.account(), bench.operator(SUPERVISOR)
    waiting = proposed(bench, applicant)
    bench.desk.act(second, "account.reject", applicant.id, "no such person")
    with pytest.raises(Conflict, match="is_closed"):
        bench.desk.decide(second, waiting.id, APPROVED, "checked")
    assert bench.proposal(waiting.id).state is ProposalState.OPEN
    assert bench.count(applicant, "operator:proposal:decided") == 0


def test_what_an_operator_proposed_who_was_suspended_since_is_not_done(bench):
    applicant, clerk = bench.account(), bench.operator(CLERK)
    waiting = proposed(bench, applicant, clerk)
    bench.desk.act(bench.operator(ADMIN), "operator.suspend", clerk.account_id, "a thief")
    second = bench.operator(SUPERVISOR)
    with pytest.raises(Conflict, match="proposer_gone"):
        bench.desk.decide(second, waiting.id, APPROVED, "checked")
    assert bench.now(applicant).state is AccountState.APPLIED
    bench.desk.decide(second, waiting.id, REJECTED, "by a thief")


def test_an_operator_suspended_a_moment_ago_does_nothing_any_more(bench):
    """The session was read before; the account is read again in the transaction that acts."""
    applicant, second = bench.account(), bench.operator(SUPERVISOR)
    waiting = proposed(bench, applicant)
    bench.desk.act(bench.operator(ADMIN), "operator.suspend", second.account_id, "a thief")
    with pytest.raises(Forbidden):
        bench.desk.decide(second, waiting.id, APPROVED, "checked")
    with pytest.raises(Forbidden):
        bench.desk.act(second, "account.reject", applicant.id, "no")


def test_nobody_acts_on_their_own_account_nor_decides_on_it(bench):
    one, other = bench.operator(ADMIN), bench.operator(ADMIN)
    for name in ("operator.roles", "operator.suspend", "operator.close"):
        with pytest.raises(Conflict, match="own_account"):
            bench.desk.act(one, name, one.account_id, "more", ("admin", "supervisor"))
    about_one = bench.desk.act(other, "operator.roles", one.account_id, "more", ("auditor",))
    with pytest.raises(Conflict, match="second_operator_needed"):
        bench.desk.decide(one, about_one.proposal.id, APPROVED, "with pleasure")


def test_what_is_not_listed_is_done_at_once_by_whoever_may_decide(tmp_path, store):
    bench = Bench(tmp_path, store, four_eyes=())
    applicant = bench.account()
    with pytest.raises(Forbidden):  # a clerk may only propose, and there is nobody to propose to
        bench.desk.act(bench.operator(CLERK), "account.approve", applicant.id, "complete")
    outcome = bench.desk.act(
        bench.operator(SUPERVISOR), "account.approve", applicant.id, "complete"
    )
    assert (outcome.proposal, outcome.account.state) == (None, AccountState.REGISTERED)


def test_a_customer_is_no_subject_of_an_operators_action_nor_the_other_way_round(bench):
    admin, supervisor = bench.operator(ADMIN), bench.operator(SUPERVISOR)
    customer = bench.account(AccountState.ACTIVE)
    for one, name, subject in (
        (admin, "operator.suspend", customer.id),
        (supervisor, "account.suspend", admin.account_id),
        (supervisor, "account.suspend", "nobody"),
    ):
        with pytest.raises(Unknown):
            bench.desk.act(one, name, subject, "a slip")


def test_a_customers_session_does_nothing_at_the_desk_whatever_its_account_says(bench):
    """Roles alone open nothing: it takes the entrance with the passkey."""
    boss = bench.account(AccountState.ACTIVE, AccountKind.OPERATOR, [role.value for role in Role])
    for somebody in (
        at_work(boss, "login"),
        at_work(boss, "activation"),
        at_work(bench.account(AccountState.ACTIVE, roles=["admin", "supervisor"])),
    ):
        for name in ACTIONS:
            with pytest.raises(Forbidden):
                bench.desk.act(somebody, name, "anybody", "why not")
        with pytest.raises(Forbidden):
            bench.desk.proposals(somebody)


@pytest.mark.clause("CC-18000.2.h")
def test_every_permission_is_somebodys_and_nobody_has_all():
    given = {role: role_table.ROLES[role] for role in Role}
    assert set().union(*given.values()) == set(Permission)
    assert all(permissions < set(Permission) for permissions in given.values())
    personal = {Permission.PERSONAL_READ, Permission.APPLICATIONS_READ}
    assert not given[Role.AUDITOR] & personal
    assert not given[Role.ADMIN] & personal
    assert not role_table.may(["boss", ""], Permission.ACCOUNTS_READ)


def test_the_settings_name_every_action_and_no_other():
    assert set(get_args(FourEyed)) == set(ACTIONS)
    assert {action.verb for action in ACTIONS.values()} == set(SOURCES)


def test_a_proposal_that_is_not_there_is_unknown(bench):
    with pytest.raises(Unknown):
        bench.desk.decide(bench.operator(SUPERVISOR), "no such", APPROVED, "checked")
