"""The tree agrees with published vectors, and with the definition in RFC 9162 word for word."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_holds,
    consistency_proof,
    frontier_at,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    root_of,
)

# The test data of the certificate-transparency project's merkletree tests (Apache-2.0), which
# other implementations of RFC 6962 and RFC 9162 use as well.
DATA = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (6, 8, [F, E, ROOTS[4]]),
    (2, 5, [B, D]),
]
HASHES = [leaf_hash(data) for data in DATA]


def full_of(hashes: list[bytes]):
    """Return the reader of every full subtree over these leaf hashes."""
    frontier = Frontier()
    nodes = {(0, index): leaf for index, leaf in enumerate(hashes)}
    for leaf in hashes:
        nodes |= {(node.level, node.index): node.hash for node in frontier.append(leaf)}
    return lambda level, index: nodes[level, index]


leaves = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=40)


def defined(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + defined(hashes[:k]) + defined(hashes[k:])).digest()


def hexed(proof: list[bytes]) -> list[str]:
    return [node.hex() for node in proof]


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS)))
def test_published_roots(size, root) -> None:
    assert root_of(HASHES[:size]).hex() == root


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_published_inclusion_proofs(index, size, proof) -> None:
    assert hexed(inclusion_proof(full_of(HASHES[:size]), size, index)) == proof


@pytest.mark.parametrize(("old", "size", "proof"), CONSISTENCY)
def test_published_consistency_proofs(old, size, proof) -> None:
    assert hexed(consistency_proof(full_of(HASHES[:size]), size, old)) == proof


@given(hashes=leaves)
def test_the_frontier_has_the_defined_root_at_every_size(hashes) -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == defined([])
    for size, leaf in enumerate(hashes, 1):
        frontier.append(leaf)
        assert (frontier.size, frontier.root()) == (size, defined(hashes[:size]))


@given(hashes=leaves)
def test_a_subtree_is_completed_once_and_has_the_defined_root(hashes) -> None:
    frontier = Frontier()
    nodes = [node for leaf in hashes for node in frontier.append(leaf)]
    for node in nodes:
        start = node.index << node.level
        assert node.hash == defined(hashes[start : start + (1 << node.level)])
    whole = sum(len(hashes) >> level for level in range(1, 7))
    assert len({(node.level, node.index) for node in nodes}) == len(nodes) == whole


@given(hashes=leaves, data=st.data())
def test_the_edge_at_any_size_is_read_from_the_subtrees(hashes, data) -> None:
    size = data.draw(st.integers(0, len(hashes)))
    frontier = frontier_at(full_of(hashes), size)
    assert (frontier.size, frontier.root()) == (size, defined(hashes[:size]))


def test_a_proof_takes_about_two_reads_a_level() -> None:
    """In a tree of a million leaves; which hash is read is no matter."""
    reads = []

    def full(level, index):
        reads.append((level, index))
        return leaf_hash(f"{level}/{index}".encode())

    for index in (0, 1, 524_287, 524_288, 999_998, 999_999):
        reads.clear()
        assert len(inclusion_proof(full, 1_000_000, index)) <= 20
        assert len(reads) <= 40
    for old in (1, 2, 524_288, 777_777, 999_999):
        reads.clear()
        assert len(consistency_proof(full, 1_000_000, old)) <= 21
        assert len(reads) <= 60


@given(hashes=leaves, more=leaves)
def test_a_copy_goes_its_own_way(hashes, more) -> None:
    frontier = Frontier()
    for leaf in hashes:
        frontier.append(leaf)
    copy = frontier.copy()
    for leaf in more:
        copy.append(leaf)
    assert frontier.root() == defined(hashes)
    assert copy.root() == defined(hashes + more)


@given(hashes=leaves, data=st.data())
def test_an_inclusion_proof_holds_for_its_leaf_at_its_place_only(hashes, data) -> None:
    size = len(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(full_of(hashes), size, index), root_of(hashes)
    assert inclusion_holds(hashes[index], index, size, proof, root)
    assert not inclusion_holds(leaf_hash(b"other leaf"), index, size, proof, root)
    assert not inclusion_holds(hashes[index], index, size, [*proof, root], root)
    assert not inclusion_holds(hashes[index], size, size, proof, root)
    if proof:
        assert not inclusion_holds(hashes[index], index, size, proof[:-1], root)
        assert not inclusion_holds(hashes[index], index, size, flipped(proof, data), root)


@given(hashes=leaves, data=st.data())
def test_a_consistency_proof_holds_for_what_grew_and_nothing_else(hashes, data) -> None:
    size = len(hashes)
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(full_of(hashes), size, old)
    old_root, root = root_of(hashes[:old]), root_of(hashes)
    other = leaf_hash(b"other root")
    assert consistency_holds(old, size, proof, old_root, root)
    assert not consistency_holds(old, size, proof, other, root)
    assert not consistency_holds(old, size, [*proof, other], old_root, root)
    assert not consistency_holds(size + 1, size, proof, old_root, root)
    if old:
        assert not consistency_holds(old, size, proof, old_root, other)
    if proof:
        assert not consistency_holds(old, size, proof[:-1], old_root, root)
        assert not consistency_holds(old, size, flipped(proof, data), old_root, root)


def flipped(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    number = int.from_bytes(proof[at], "big") ^ 1 << bit
    return [*proof[:at], number.to_bytes(32, "big"), *proof[at + 1 :]]


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(full_of(HASHES[:3]), 3, index)


@pytest.mark.parametrize("old", [-1, 4])
def test_there_is_no_proof_from_a_tree_that_never_was(old) -> None:
    with pytest.raises(IndexError):
        consistency_proof(full_of(HASHES[:3]), 3, old)


def test_a_leaf_is_never_taken_for_an_inner_node() -> None:
    assert leaf_hash(HASHES[0] + HASHES[1]) != root_of(HASHES[:2])
