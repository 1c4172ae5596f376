"""The tree against the definitions of RFC 9162, written out slowly, and against published vectors."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent.rules.merkle import (
    Edge,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that certificate transparency implementations have tested with since 2012.
VECTOR_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
VECTOR_ROOTS = [
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
VECTOR_HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTOR_LEAVES]
INCLUSION_VECTORS = [
    (
        (0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        (5, 8),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    ((2, 3), ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ((0, 1), []),
]
CONSISTENCY_VECTORS = [
    (
        (6, 8),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        (2, 5),
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    ((8, 8), []),
]

hashes = st.binary(min_size=32, max_size=32)
trees = st.lists(hashes, max_size=40)


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of the RFC, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = defined_split(len(leaves))
    return sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def defined_split(size: int) -> int:
    """The largest power of two smaller than the size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def defined_path(leaves: list[bytes], index: int) -> list[bytes]:
    """PATH of the RFC."""
    if len(leaves) == 1:
        return []
    split = defined_split(len(leaves))
    if index < split:
        return [*defined_path(leaves[:split], index), defined_root(leaves[split:])]
    return [*defined_path(leaves[split:], index - split), defined_root(leaves[:split])]


def defined_subproof(leaves: list[bytes], first: int, known: bool) -> list[bytes]:
    """SUBPROOF of the RFC."""
    if first == len(leaves):
        return [] if known else [defined_root(leaves)]
    split = defined_split(len(leaves))
    if first <= split:
        return [*defined_subproof(leaves[:split], first, known), defined_root(leaves[split:])]
    return [*defined_subproof(leaves[split:], first - split, False), defined_root(leaves[:split])]


def broken(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with one bit flipped, one node dropped or one added."""
    kinds = ["add", "flip", "drop"] if proof else ["add"]
    kind = data.draw(st.sampled_from(kinds))
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    if kind == "add":
        return [*proof[:at], data.draw(hashes), *proof[at:]]
    if kind == "drop":
        return proof[:at] + proof[at + 1 :]
    return [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]


def flipped(node: bytes) -> bytes:
    return bytes([node[0] ^ 1]) + node[1:]


@pytest.mark.parametrize("size", range(9))
def test_roots_equal_the_published_ones(size):
    assert root_of(VECTOR_HASHES[:size]).hex() == VECTOR_ROOTS[size]


@pytest.mark.parametrize(("place", "expected"), INCLUSION_VECTORS)
def test_inclusion_proofs_equal_the_published_ones(place, expected):
    index, size = place

    proof = inclusion_proof(VECTOR_HASHES[:size], index)

    assert [node.hex() for node in proof] == expected


@pytest.mark.parametrize(("sizes", "expected"), CONSISTENCY_VECTORS)
def test_consistency_proofs_equal_the_published_ones(sizes, expected):
    proof = consistency_proof(VECTOR_HASHES, *sizes)

    assert [node.hex() for node in proof] == expected


@given(trees)
def test_the_root_is_the_one_defined(leaves):
    assert root_of(leaves) == defined_root(leaves)


@given(trees, trees)
def test_appending_to_an_edge_equals_starting_over(before, after):
    edge = Edge().extended(before).extended(after)

    assert edge == Edge().extended(before + after)
    assert (edge.size, edge.root()) == (len(before + after), defined_root(before + after))


@given(trees)
def test_an_edge_has_the_roots_of_perfect_subtrees_largest_first(leaves):
    edge = Edge().extended(leaves)

    rest, expected = leaves, []
    while rest:
        perfect = 1 << len(rest).bit_length() - 1
        expected.append(defined_root(rest[:perfect]))
        rest = rest[perfect:]
    assert list(edge.roots) == expected


@pytest.mark.parametrize(("size", "root_count"), [(0, 1), (1, 0), (2, 2), (3, 1), (-1, 1)])
def test_an_edge_that_does_not_fit_its_size_is_refused(size, root_count):
    with pytest.raises(ValueError, match="edge"):
        Edge(size, (bytes(32),) * root_count)


@given(st.lists(hashes, min_size=1, max_size=40), st.data())
def test_inclusion_proofs_are_those_defined_and_hold(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))

    proof = inclusion_proof(leaves, index)

    assert proof == defined_path(leaves, index)
    assert verify_inclusion(leaves[index], index, len(leaves), proof, root_of(leaves))


@given(st.lists(hashes, min_size=1, max_size=40, unique=True), st.data())
def test_an_inclusion_proof_holds_for_nothing_else(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    other = data.draw(st.integers(-1, len(leaves)).filter(lambda at: at != index))

    assert not verify_inclusion(flipped(leaves[index]), index, len(leaves), proof, root)
    assert not verify_inclusion(leaves[index], index, len(leaves), proof, flipped(root))
    assert not verify_inclusion(leaves[index], index, len(leaves), broken(proof, data), root)
    assert not verify_inclusion(leaves[index], other, len(leaves), proof, root)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_inclusion_proof_for_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError):
        inclusion_proof(VECTOR_HASHES[:3], index)


@given(trees, st.data())
def test_consistency_proofs_are_those_defined_and_hold(leaves, data):
    second = data.draw(st.integers(0, len(leaves)))
    first = data.draw(st.integers(0, second))

    proof = consistency_proof(leaves, first, second)

    assert proof == (defined_subproof(leaves[:second], first, True) if first else [])
    assert verify_consistency(first, second, root_of(leaves[:first]), root_of(leaves[:second]), proof)


@given(st.lists(hashes, min_size=1, max_size=40), st.data())
def test_a_consistency_proof_holds_for_nothing_else(leaves, data):
    second = data.draw(st.integers(1, len(leaves)))
    first = data.draw(st.integers(0, second))
    proof = consistency_proof(leaves, first, second)
    first_root, second_root = root_of(leaves[:first]), root_of(leaves[:second])

    assert not verify_consistency(first, second, flipped(first_root), second_root, proof)
    assert not verify_consistency(first, second, first_root, second_root, broken(proof, data))
    if first:  # any tree extends the empty one, so there only the first root is checked
        assert not verify_consistency(first, second, first_root, flipped(second_root), proof)


@given(st.lists(hashes, min_size=2, max_size=40, unique=True), st.data())
def test_a_tree_whose_past_was_rewritten_is_not_consistent(leaves, data):
    first = data.draw(st.integers(1, len(leaves) - 1))
    changed = data.draw(st.integers(0, first - 1))
    rewritten = [*leaves[:changed], flipped(leaves[changed]), *leaves[changed + 1 :]]
    assume(rewritten != leaves)

    proof = consistency_proof(rewritten, first, len(leaves))

    assert not verify_consistency(first, len(leaves), root_of(leaves[:first]), root_of(rewritten), proof)


@pytest.mark.parametrize(("first", "second"), [(-1, 2), (3, 2), (1, 9)])
def test_there_is_no_consistency_proof_between_trees_that_are_not_there(first, second):
    with pytest.raises(IndexError):
        consistency_proof(VECTOR_HASHES, first, second)


def test_a_smaller_tree_never_extends_a_larger_one():
    root = root_of(VECTOR_HASHES)

    assert not verify_consistency(8, 7, root, root, [])
