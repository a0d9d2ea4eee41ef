"""Promises of the port `Failures`, on every store."""

import pytest

from tests.identity.storage.records import add_account


@pytest.mark.clause("CC-17010.j.g")
def test_a_count_stops_at_its_limit(store):
    with store.write() as work:
        granted = [work.failures.reserve("a", "totp", "known", 3, 1.0) for _ in range(5)]
        assert granted == [True, True, True, False, False]
        assert work.failures.counts("a") == {("totp", "known"): 3}


def test_a_limit_of_none_grants_none(store):
    with store.write() as work:
        assert not work.failures.reserve("a", "totp", "known", 0, 1.0)
        assert work.failures.counts("a") == {}


def test_counts_are_apart_by_account_kind_and_bucket(store):
    with store.write() as work:
        for key in [("a", "totp", "x"), ("a", "totp", "y"), ("a", "otp", "x"), ("b", "totp", "x")]:
            assert work.failures.reserve(*key, 1, 1.0)
        assert work.failures.counts("a") == {
            ("totp", "x"): 1,
            ("totp", "y"): 1,
            ("otp", "x"): 1,
        }


def test_a_release_takes_back_one_and_never_more_than_there_is(store):
    with store.write() as work:
        work.failures.reserve("a", "totp", "x", 9, 1.0)
        work.failures.reserve("a", "totp", "x", 9, 1.0)
        work.failures.release("a", "totp", "x")
        assert work.failures.counts("a") == {("totp", "x"): 1}
        work.failures.release("a", "totp", "x")
        work.failures.release("a", "totp", "x")
        assert work.failures.counts("a") == {}
        work.failures.reserve("a", "totp", "x", 9, 1.0)
        assert work.failures.counts("a") == {("totp", "x"): 1}


@pytest.mark.parametrize(
    ("kind", "bucket", "left"),
    [
        ("totp", "x", {("totp", "y"), ("otp", "x"), ("otp", "y")}),
        ("totp", None, {("otp", "x"), ("otp", "y")}),
        (None, "x", {("totp", "y"), ("otp", "y")}),
        (None, None, set()),
    ],
)
def test_a_reset_takes_what_it_names(store, kind, bucket, left):
    with store.write() as work:
        for account in ("a", "b"):
            for one in ("totp", "otp"):
                for share in ("x", "y"):
                    work.failures.reserve(account, one, share, 9, 1.0)
        work.failures.reset("a", kind, bucket)
        assert set(work.failures.counts("a")) == left
        assert len(work.failures.counts("b")) == 4


def test_only_decoys_that_were_left_alone_are_pruned(store):
    add_account(store, "a1")
    with store.write() as work:
        for id_ in ("a1", "d1", "d2", "d3"):
            work.failures.reserve(id_, "totp", "x", 9, 1.0)
        work.failures.reserve("d1", "totp", "y", 9, 2.0)
        work.failures.reserve("d2", "totp", "x", 9, 3.0)
        assert work.failures.prune(1.0) == 0
        assert work.failures.prune(3.0, limit=2) == 2
        assert work.failures.prune(3.0, limit=2) == 1
        assert work.failures.prune(3.0) == 0
        counts = {id_: work.failures.counts(id_) for id_ in ("a1", "d1", "d2", "d3")}
        assert counts == {"a1": {("totp", "x"): 1}, "d1": {}, "d2": {("totp", "x"): 2}, "d3": {}}
