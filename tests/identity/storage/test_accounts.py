"""Promises of the port `Accounts`, on every store."""

import pytest
from msgspec.structs import replace

from identity.errors import StoreUnavailable
from identity.model import AccountKind, AccountState
from tests.identity.storage.records import account


def test_an_account_comes_back_as_it_was(store):
    with store.write() as work:
        assert work.accounts.add(account())
    with store.read() as work:
        assert work.accounts.by_id("a1") == account()
        assert work.accounts.by_name("name of a1") == account()
        assert type(work.accounts.by_id("a1").state) is AccountState


def test_an_unknown_account_is_none(store):
    with store.read() as work:
        assert work.accounts.by_id("a1") is None
        assert work.accounts.by_name("name of a1") is None


def test_a_taken_name_is_told_and_the_unit_of_work_goes_on(store):
    with store.write() as work:
        assert work.accounts.add(account("a1", name="same"))
        assert not work.accounts.add(account("a2", name="same"))
        assert work.accounts.add(account("a3"))
    with store.read() as work:
        assert [found.id for found in work.accounts.listed()] == ["a3", "a1"]


def test_replacing_raises_the_version_and_works_once(store):
    changed = replace(account(), state=AccountState.SUSPENDED, locale="en")
    with store.write() as work:
        work.accounts.add(account())
        assert work.accounts.replace(changed)
        assert not work.accounts.replace(changed)
        assert work.accounts.by_id("a1") == replace(changed, version=2)


def test_accounts_are_listed_by_code_point_in_pages(store):
    names = ["Zoe", "a", "a b", "a-b", "ab", "b", "王"]
    with store.write() as work:
        for name in reversed(names):
            work.accounts.add(account(f"id of {name}", name=name))
    with store.read() as work:
        assert [found.name for found in work.accounts.listed()] == names
        assert [found.name for found in work.accounts.listed("a b", 2)] == names[3:5]


def test_accounts_are_listed_by_kind_and_by_state(store):
    customer, operator = AccountKind.CUSTOMER, AccountKind.OPERATOR
    active, closed = AccountState.ACTIVE, AccountState.CLOSED
    with store.write() as work:
        for id_, kind, state in (
            ("a1", customer, active),
            ("a2", customer, closed),
            ("a3", operator, active),
            ("a4", operator, closed),
        ):
            work.accounts.add(account(id_, kind=kind, state=state))
    with store.read() as work:

        def ids(**asked):
            return [found.id for found in work.accounts.listed(**asked)]

        assert ids(kind=customer) == ["a1", "a2"]
        assert ids(state=closed) == ["a2", "a4"]
        assert ids(kind=operator, state=active) == ["a3"]
        assert ids(kind=operator, after="name of a3") == ["a4"]
        assert ids(state=AccountState.APPLIED) == []


def test_a_name_another_account_has_is_not_taken_from_it(store):
    with store.write() as work:
        work.accounts.add(account("a1", name="one"))
        work.accounts.add(account("a2", name="two"))
    with store.write() as work:
        assert not work.accounts.replace(account("a2", name="one"))
        assert work.accounts.by_id("a2") == account("a2", name="two")
        assert work.accounts.add(account("a3", name="three"))
        assert work.accounts.replace(account("a2", name="free"))
    with store.read() as work:
        assert work.accounts.by_id("a2") == account("a2", name="free", version=2)
        assert [found.id for found in work.accounts.listed()] == ["a2", "a1", "a3"]


def test_whatever_else_is_wrong_with_a_replacement_ends_the_unit_of_work(store):
    with store.write() as work:
        work.accounts.add(account())
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.accounts.replace(account(name=None))
