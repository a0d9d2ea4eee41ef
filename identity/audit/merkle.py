"""Merkle tree hashing as in RFC 9162 section 2.1, with SHA-256: pure functions of hashes.

Leaves are numbered from 0. A proof is a list of 32-byte hashes, from the leaves upwards; making
one takes about two reads for each level of the tree, because full subtrees never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TypeAlias

from identity.model import Node

Full: TypeAlias = Callable[[int, int], bytes]
"""`(level, index)` -> the root of a full subtree: see `identity.model.Node`."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, largest first.

    That is all it takes to add leaves and to name the root: at most 64 hashes for any tree there
    will be, and one hash a leaf on average.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self._edge = list(edge)

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf by its hash; return the subtrees that it completes, lowest first."""
        self._edge.append(leaf)
        completed: list[Node] = []
        index = self.size
        while index & 1:  # two subtrees of one height become one of the next
            right = self._edge.pop()
            self._edge[-1] = node_hash(self._edge[-1], right)
            index >>= 1
            completed.append(Node(level=len(completed) + 1, index=index, hash=self._edge[-1]))
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the hash of the whole tree."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        """Return another frontier that stands where this one does."""
        return Frontier(self.size, self._edge)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def frontier_at(full: Full, size: int) -> Frontier:
    """Return the right edge of the tree of the first `size` leaves."""
    edge, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            edge.append(full(level, start >> level))
            start += 1 << level
    return Frontier(size, edge)


def inclusion_proof(full: Full, size: int, index: int) -> list[bytes]:
    """Return the proof that the leaf at `index` is in the tree of `size` leaves (2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(f"a tree of {size} leaves has none at {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(_root(full, split, end))
            end = split
        else:
            path.append(_root(full, start, split))
            start = split
    return path[::-1]


def consistency_proof(full: Full, size: int, old_size: int) -> list[bytes]:
    """Return the proof that the tree of `size` leaves grew from its first `old_size` (2.1.4.1).

    Every tree has grown from the empty one, for which the proof is empty.
    """
    if not 0 <= old_size <= size:
        raise IndexError(f"a tree of {size} leaves never had {old_size}")
    path, start, end = [], 0, size if old_size else 0
    while old_size != end:
        split = start + _split(end - start)
        if old_size <= split:
            path.append(_root(full, split, end))
            end = split
        else:
            path.append(_root(full, start, split))
            start = split
    if start:  # else the verifier has this subtree's root: it is the old tree's
        path.append(_root(full, start, end))
    return path[::-1]


def _root(full: Full, start: int, end: int) -> bytes:
    """Return the root over the leaves from `start` up to `end`: one read where they are full."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return full(level, start >> level)
    split = start + _split(size)
    return node_hash(_root(full, start, split), _root(full, split, end))


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_holds(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof shows the leaf hash at `index` of the tree with this size and root.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            node, last = _skip_lone(node, last)
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root


def consistency_holds(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Whether the proof shows that the tree with this root grew from the one with the old root.

    RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old_size <= size:
        return False
    if old_size in (0, size):
        return not proof and old_root == (root if old_size else EMPTY_ROOT)
    # Where the old tree was one full subtree, its root is the first node and is not sent.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    return _climb(old_size, size, path) == (old_root, root)


def _climb(old_size: int, size: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the old and the new root that the path leads to, or None where it has no such end."""
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _skip_lone(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _skip_lone(node: int, last: int) -> tuple[int, int]:
    """Step over the levels where the last node of a tree has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last
