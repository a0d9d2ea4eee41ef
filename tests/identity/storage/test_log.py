"""Promises of the port `Log`, on every store."""

import pytest
from msgspec.structs import replace

from identity.errors import StoreUnavailable
from tests.identity.storage.records import checkpoint, leaf, node

LEAVES = [leaf(0), leaf(1), leaf(2, writer="w2", seq=1), leaf(3, seq=3)]


def test_an_empty_log_has_nothing(store):
    with store.read() as work:
        assert work.log.size() == 0
        assert work.log.taken() == {}
        assert work.log.leaves(0, 10) == []
        assert work.log.nodes(0, 0, 10) == work.log.nodes(1, 0, 10) == []
        assert work.log.last_checkpoint() is None
        assert work.log.checkpoints() == []


def test_leaves_come_back_in_order(store):
    with store.write() as work:
        work.log.append(LEAVES[:3])
        work.log.append([])
        work.log.append(LEAVES[3:])
    with store.read() as work:
        assert work.log.size() == 4
        assert work.log.leaves(0, 10) == LEAVES
        assert work.log.leaves(1, 2) == LEAVES[1:3]
        assert work.log.taken() == {"w1": 3, "w2": 1}
        assert work.log.index_of("w2", 1) == 2
        assert work.log.index_of("w2", 2) is None


@pytest.mark.parametrize("index", [1, 3])
def test_leaves_must_continue_the_log(store, index):
    with store.write() as work:
        work.log.append(LEAVES[:2])
    with pytest.raises(ValueError, match="continue"), store.write() as work:
        work.log.append([replace(LEAVES[2], index=index)])


def test_an_event_is_taken_into_the_log_once(store):
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.log.append([leaf(0), leaf(1, seq=1)])


def test_checkpoints_are_kept_by_size(store):
    with store.write() as work:
        for size in (12, 3, 7):
            work.log.add_checkpoint(checkpoint(size))
    with store.read() as work:
        assert work.log.last_checkpoint() == checkpoint(12)
        assert work.log.checkpoint(7) == checkpoint(7)
        assert work.log.checkpoint(8) is None
        assert work.log.checkpoints(3) == [checkpoint(7), checkpoint(12)]
        assert work.log.checkpoints(limit=1) == [checkpoint(3)]


def test_a_size_has_one_head(store):
    with store.write() as work:
        work.log.add_checkpoint(checkpoint(3))
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.log.add_checkpoint(checkpoint(3, root=b"\x02" * 32))


def test_subtrees_come_back_by_level_and_in_order(store):
    with store.write() as work:
        work.log.append(LEAVES)
        work.log.add_nodes([node(1, 0), node(1, 1), node(2, 0)])
        work.log.add_nodes([])
    with store.read() as work:
        assert work.log.nodes(1, 0, 10) == [node(1, 0), node(1, 1)]
        assert work.log.nodes(1, 1, 10) == work.log.nodes(1, 1, 1) == [node(1, 1)]
        assert work.log.nodes(2, 0, 1) == [node(2, 0)]
        assert work.log.nodes(3, 0, 1) == []


def test_the_lowest_level_is_the_leaves(store):
    with store.write() as work:
        work.log.append(LEAVES)
    with store.read() as work:
        assert work.log.nodes(0, 2, 1) == [node(0, 2, hash=LEAVES[2].hash)]


def test_a_subtree_is_complete_once(store):
    with store.write() as work:
        work.log.add_nodes([node(1, 0)])
    with pytest.raises(StoreUnavailable), store.write() as work:
        work.log.add_nodes([node(1, 0, hash=b"\x02" * 32)])
