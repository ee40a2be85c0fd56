"""The verifier makes and verifies the proofs of RFC 6962, and refuses all others."""

import hashlib

import pytest

from verifier.errors import VerificationError
from verifier.tree import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
    verify_range,
)
from verifying import refused

LEAVES = [leaf_hash(number.to_bytes(8, "big")) for number in range(64)]
TREE = Tree(LEAVES)


def test_trees_made_by_hand():
    a, b, c, d, e = LEAVES[:5]
    ab, cd = node_hash(a, b), node_hash(c, d)
    assert EMPTY_ROOT == hashlib.sha256().digest() == TREE.root(0)
    assert TREE.root(1) == a == hashlib.sha256(b"\0" + bytes(8)).digest()
    assert TREE.root(2) == ab == hashlib.sha256(b"\1" + a + b).digest()
    assert TREE.root(3) == node_hash(ab, c)
    assert TREE.root(4) == node_hash(ab, cd)
    assert TREE.root(5) == node_hash(node_hash(ab, cd), e)
    assert TREE.inclusion_proof(2, 5) == [d, ab, e]
    assert TREE.inclusion_proof(4, 5) == [node_hash(ab, cd)]
    assert TREE.consistency_proof(3, 5) == [c, d, ab, e]
    assert TREE.consistency_proof(4, 5) == [e]
    assert TREE.range_proof(1, 3, 5) == [a, d, e]
    assert TREE.range_proof(2, 3, 5) == [ab, d, e]
    assert TREE.range_proof(0, 1, 3) == [b, c]
    assert TREE.range_proof(0, 5, 5) == []
    # Of the three leaves to the right, the last node is ragged.
    ragged = node_hash(node_hash(LEAVES[4], LEAVES[5]), LEAVES[6])
    assert TREE.range_proof(0, 4, 7) == [ragged]


def test_the_example_of_rfc_6962():
    # Section 2.1.3 draws the tree of seven leaves.
    d = LEAVES
    g, h, i, j = (node_hash(d[at], d[at + 1]) if at < 6 else d[6] for at in (0, 2, 4, 6))
    k, el = node_hash(g, h), node_hash(i, j)
    assert TREE.root(7) == node_hash(k, el)
    assert TREE.inclusion_proof(0, 7) == [d[1], h, el]
    assert TREE.inclusion_proof(3, 7) == [d[2], g, el]
    assert TREE.inclusion_proof(4, 7) == [d[5], j, k]
    assert TREE.inclusion_proof(6, 7) == [i, k]
    assert TREE.consistency_proof(3, 7) == [d[2], d[3], g, el]
    assert TREE.consistency_proof(4, 7) == [el]
    assert TREE.consistency_proof(6, 7) == [i, j, k]


def test_every_inclusion_proof_to_size_64():
    for size in range(1, 65):
        root = TREE.root(size)
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            verify_inclusion(LEAVES[index], index, size, proof, root)
            with refused("wrong_root"):
                verify_inclusion(EMPTY_ROOT, index, size, proof, root)
            with refused("wrong_proof"):
                verify_inclusion(LEAVES[index], index, size, [*proof, EMPTY_ROOT], root)
            if proof:
                with refused("wrong_proof"):
                    verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
        with refused("wrong_index"):
            verify_inclusion(LEAVES[0], size, size, [], root)


def test_an_inclusion_proof_is_of_one_index_and_size():
    for size in range(1, 17):
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            for other in range(size):
                if other != index:
                    with pytest.raises(VerificationError):
                        verify_inclusion(LEAVES[index], other, size, proof, TREE.root(size))
            for other in range(1, 33):
                if other != size:
                    with pytest.raises(VerificationError):
                        verify_inclusion(LEAVES[index], index, other, proof, TREE.root(other))


def test_every_consistency_proof_to_size_64():
    for second in range(65):
        for first in range(second + 1):
            proof = TREE.consistency_proof(first, second)
            roots = TREE.root(first), TREE.root(second)
            verify_consistency(first, second, proof, *roots)
            with refused("wrong_root"):
                verify_consistency(first, second, proof, LEAVES[63], roots[1])
            if first:
                with refused("wrong_root"):
                    verify_consistency(first, second, proof, roots[0], LEAVES[63])
            with refused("wrong_proof"):
                verify_consistency(first, second, [*proof, EMPTY_ROOT], *roots)
            if proof:
                with refused("wrong_proof"):
                    verify_consistency(first, second, proof[:-1], *roots)
    with refused("wrong_index"):
        verify_consistency(2, 1, [], TREE.root(2), TREE.root(1))


def test_every_range_proof_to_size_64():
    for size in range(1, 65):
        root = TREE.root(size)
        for first in range(size):
            for end in range(first + 1, size + 1):
                proof = TREE.range_proof(first, end, size)
                verify_range(LEAVES[first:end], first, size, proof, root)
                if end == first + 1:
                    assert sorted(proof) == sorted(TREE.inclusion_proof(first, size))
                if (first + end) % 7 == 0:
                    with refused("wrong_proof"):
                        verify_range(LEAVES[first:end], first, size, [*proof, root], root)
                    with refused("wrong_root"):
                        changed = [*LEAVES[first : end - 1], EMPTY_ROOT]
                        verify_range(changed, first, size, proof, root)
                    if proof:
                        with refused("wrong_proof"):
                            verify_range(LEAVES[first:end], first, size, proof[:-1], root)
        for first, leaves in ((0, []), (1, []), (size, LEAVES[:1]), (size - 1, LEAVES[:2])):
            with refused("wrong_index"):
                verify_range(leaves, first, size, [], root)


def test_every_flipped_bit_of_a_hash_is_refused():
    for bit in range(256):
        flip = (1 << bit).to_bytes(32, "big")

        def changed(hashes_: list[bytes], at: int, flip: bytes = flip) -> list[bytes]:
            other = bytes(a ^ b for a, b in zip(hashes_[at], flip, strict=True))
            return [*hashes_[:at], other, *hashes_[at + 1 :]]

        inclusion, root = TREE.inclusion_proof(5, 11), TREE.root(11)
        consistency, ranged = TREE.consistency_proof(6, 11), TREE.range_proof(3, 6, 11)
        for at in range(len(inclusion)):
            with refused("wrong_root"):
                verify_inclusion(LEAVES[5], 5, 11, changed(inclusion, at), root)
        for at in range(len(consistency)):
            with refused("wrong_root"):
                verify_consistency(6, 11, changed(consistency, at), TREE.root(6), root)
        for at in range(len(ranged)):
            with refused("wrong_root"):
                verify_range(LEAVES[3:6], 3, 11, changed(ranged, at), root)


def test_a_path_of_one_is_empty():
    assert root_from_inclusion(LEAVES[0], 0, 1, []) == LEAVES[0]
