"""Whatever is done to an account, in whatever order, it goes the way it may go."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.accounts.lifecycle import CLI, DRAWING, SOURCES, Deed
from identity.errors import Conflict
from identity.model import AccountKind, AccountState
from tests.identity.accounts.desks import Bench

S = AccountState
LEADS = {
    "approve": S.REGISTERED,
    "reject": S.CLOSED,
    "suspend": S.SUSPENDED,
    "resume": S.ACTIVE,
    "close": S.CLOSED,
    "reissue": S.REGISTERED,
}


@pytest.fixture
def bench(tmp_path, sqlite_store):
    return Bench(tmp_path, sqlite_store)


def done(bench, account, verb):
    """Do it by hand; whether it was done."""
    lifecycle, now = bench.parts.lifecycle, bench.clock()
    drawn = lifecycle.drawn(verb, account.id, now)
    deed = Deed(by=CLI, now=now, drawn=drawn, roles=account.roles)
    try:
        with bench.store.write() as work:
            lifecycle.do(work, verb, work.accounts.by_id(account.id), deed)
    except Conflict:
        return False
    return True


@pytest.mark.clause("CC-18000.2.g")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.sampled_from(sorted(AccountState)),
    kind=st.sampled_from(sorted(AccountKind)),
    verbs=st.lists(st.sampled_from(sorted(SOURCES)), max_size=5),
)
def test_an_account_moves_only_as_drawn(bench, first, kind, verbs):
    account = bench.account(first, kind)
    state = first
    for verb in verbs:
        before, may = bench.now(account), state in SOURCES[verb]
        assert done(bench, account, verb) is may
        state = LEADS.get(verb, state) if may else state
        after = bench.now(account)
        assert after.state is state
        assert after.kind is kind
        assert may or after == before


@pytest.mark.parametrize("verb", sorted(SOURCES))
def test_nothing_leads_out_of_a_closed_account(bench, verb):
    closed = bench.account(AccountState.CLOSED)
    assert not done(bench, closed, verb)


@pytest.mark.clause("ECD.3.4")
@pytest.mark.parametrize("verb", sorted(DRAWING))
def test_what_issues_a_password_leaves_just_that_one(bench, verb):
    account = bench.account(min(SOURCES[verb]))
    assert done(bench, account, verb)
    with bench.store.read() as work:
        (row,) = work.credentials.of(account.id)
        found = work.accounts.by_id(account.id)
    assert (row.kind, row.identified) == ("password", True)
    assert found.activate_by == bench.clock() + 30 * 24 * 3600


def test_an_account_that_moved_meanwhile_is_not_moved_again(bench):
    account = bench.account(AccountState.ACTIVE)
    read = bench.now(account)
    assert done(bench, account, "suspend")
    lifecycle = bench.parts.lifecycle
    with pytest.raises(Conflict, match="changed_meanwhile"), bench.store.write() as work:
        lifecycle.do(work, "suspend", read, Deed(by=CLI, now=bench.clock()))
