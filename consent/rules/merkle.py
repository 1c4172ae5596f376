"""The Merkle tree over a survey's leaves, as RFC 9162 (section 2.1) defines it.

Everything works on leaf hashes, since that is what the ledger keeps beside each visit. Hashes are
32 raw bytes. Indexes and sizes count from the survey's first visit, which is leaf 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

LEAF_PREFIX = b"\x00"
NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's canonical bytes."""
    return sha256(LEAF_PREFIX + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node. Its prefix keeps a node from passing for a leaf."""
    return sha256(NODE_PREFIX + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    `roots` are the roots of the perfect subtrees that the size's binary digits stand for, largest
    (leftmost) first, so a tree of n leaves keeps as many of them as n has ones.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.roots) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has no edge of {len(self.roots)} roots")

    def extended(self, leaf_hashes: Iterable[bytes]) -> Edge:
        """The edge after these leaves were appended in this order, at O(log size) each at worst."""
        size, roots = self.size, list(self.roots)
        for node in leaf_hashes:
            carry = size
            while carry & 1:  # two equal subtrees become one, like a carry in binary addition
                node = node_hash(roots.pop(), node)
                carry >>= 1
            roots.append(node)
            size += 1
        return Edge(size, tuple(roots))

    def root(self) -> bytes:
        """The root hash of the tree; of an empty one the hash of nothing."""
        if not self.roots:
            return EMPTY_ROOT
        *larger, node = self.roots
        for root in reversed(larger):
            node = node_hash(root, node)
        return node


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root hash of the tree with these leaves."""
    return Edge().extended(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes that lead from one leaf to the root, lowest first (RFC 9162, 2.1.3.1).

    Raises IndexError for a leaf that is not there.
    """
    if not 0 <= index < len(leaf_hashes):
        raise IndexError(f"no leaf {index} in a tree of {len(leaf_hashes)}")
    proof: list[bytes] = []
    level = list(leaf_hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):  # the last node of an odd level has none and moves up as it is
            proof.append(level[sibling])
        above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = above + level[len(above) * 2 :]
        index >>= 1
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with this hash is at `index` of the tree of `size` leaves with this root.

    The algorithm of RFC 9162, 2.1.3.2. A proof that is too long or too short is false, not an error.
    """
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def consistency_proof(leaf_hashes: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """The nodes that show the tree of `second` leaves to extend that of `first` (RFC 9162, 2.1.4.1).

    Empty where nothing needs to be shown: equal sizes, and a first tree without leaves. Raises
    IndexError unless 0 <= first <= second <= number of leaves.
    """
    if not 0 <= first <= second <= len(leaf_hashes):
        raise IndexError(f"no trees of {first} and {second} leaves among {len(leaf_hashes)}")
    if first in (0, second):
        return []
    return _subproof(leaf_hashes[:second], first, whole=True)


def _subproof(leaf_hashes: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    """SUBPROOF of the RFC; `whole` says that the verifier knows the root of these `first` leaves."""
    size = len(leaf_hashes)
    if first == size:
        return [] if whole else [root_of(leaf_hashes)]
    split = 1 << (size - 1).bit_length() - 1
    if first <= split:
        return [*_subproof(leaf_hashes[:split], first, whole=whole), root_of(leaf_hashes[split:])]
    return [*_subproof(leaf_hashes[split:], first - split, whole=False), root_of(leaf_hashes[:split])]


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `second` leaves begins with that of `first` (RFC 9162, 2.1.4.2).

    Every tree extends the empty one and itself; the proof must then be empty.
    """
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        return not proof and first_root == (second_root if first else EMPTY_ROOT)
    nodes = list(proof)
    if first.bit_count() == 1:  # the first tree is perfect, so its root is the first node
        nodes.insert(0, first_root)
    if not nodes:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
