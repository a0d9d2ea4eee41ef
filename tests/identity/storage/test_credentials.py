"""Promises of the port `Credentials`, on every store."""

import pytest
from msgspec.structs import replace

from identity.errors import StoreUnavailable
from tests.identity.storage.records import account, add_account, credential


@pytest.fixture
def held(store):
    """A store with one account that has two credentials."""
    add_account(store)
    with store.write() as work:
        assert work.credentials.add(credential("c2", kind="password", bound_at=2.0))
        assert work.credentials.add(credential("c1", kind="totp", bound_at=1.0))
    return store


def test_credentials_come_back_oldest_first_at_version_1(held):
    first = credential("c1", kind="totp", bound_at=1.0)
    second = credential("c2", kind="password", bound_at=2.0)
    with held.read() as work:
        assert work.credentials.of("a1") == [first, second]
        assert work.credentials.of("a1", "password") == [second]
        assert work.credentials.of("a1", "webauthn") == []
        assert work.credentials.of("a2") == []


def test_a_handle_is_unique_within_its_kind_alone(held):
    with held.write() as work:
        assert work.credentials.add(credential("c3", kind="webauthn", handle="h"))
        assert not work.credentials.add(credential("c4", kind="webauthn", handle="h"))
        assert work.credentials.add(credential("c5", kind="device", handle="h"))
        assert len(work.credentials.of("a1")) == 4


def test_a_swap_works_once_for_each_version(held):
    with held.write() as work:
        assert work.credentials.swap("c1", 1, b"two", 9.5)
        assert not work.credentials.swap("c1", 1, b"lost", 9.5)
        assert not work.credentials.swap("c1", 3, b"lost", 9.5)
        assert work.credentials.swap("c1", 2, b"three", None)
    with held.read() as work:
        swapped, untouched = work.credentials.of("a1")
    assert (swapped.sealed, swapped.version, swapped.last_used_at) == (b"three", 3, 9.5)
    assert untouched == credential("c2", kind="password", bound_at=2.0)


def test_a_use_that_changes_nothing_is_noted(held):
    with held.write() as work:
        work.credentials.used("c1", 9.5)
        used, untouched = work.credentials.of("a1")
    assert used == credential("c1", kind="totp", bound_at=1.0, last_used_at=9.5)
    assert untouched.last_used_at == credential().last_used_at


def test_nobody_swaps_what_is_not_there(held):
    with held.write() as work:
        assert not work.credentials.swap("c9", 1, b"", None)


def test_only_the_owner_renames_and_removes(held):
    with held.write() as work:
        assert work.accounts.add(account("a2"))
        assert not work.credentials.rename("a2", "c1", "mine")
        assert not work.credentials.remove("a2", "c1")
        assert work.credentials.rename("a1", "c1", "new")
        assert work.credentials.of("a1")[0].label == "new"
        assert work.credentials.remove("a1", "c1")
        assert not work.credentials.remove("a1", "c1")
        assert [found.id for found in work.credentials.of("a1")] == ["c2"]


def test_what_was_removed_cannot_be_swapped_and_starts_again_at_1(held):
    with held.write() as work:
        work.credentials.swap("c1", 1, b"two", None)
        work.credentials.remove("a1", "c1")
        assert not work.credentials.swap("c1", 2, b"three", None)
        work.credentials.add(credential("c1", version=7))
        assert work.credentials.of("a1", "totp") == [replace(credential("c1"), version=1)]


def test_a_row_put_back_has_the_version_that_is_in_force(held, behind):
    """The sealed bytes of yesterday meet the version of today, so their seal does not open."""
    [(yesterday,)] = behind("SELECT sealed FROM credentials WHERE id = 'c1'")
    with held.write() as work:
        work.credentials.swap("c1", 1, b"today", None)
    behind("UPDATE credentials SET sealed = :sealed WHERE id = 'c1'", sealed=yesterday)
    with held.read() as work:
        assert work.credentials.of("a1")[0].version == 2


def test_a_credential_needs_an_account(store):
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.credentials.add(credential(account_id="nobody's"))
