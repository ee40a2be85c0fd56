"""Merkle trees as in RFC 6962, section 2.1: hashes, proofs, and their verification.

Making proofs and verifying them share no more than the hashes: proofs are made by the recursive
definitions of RFC 6962, sections 2.1.1 and 2.1.2, and verified by the loops of RFC 9162, sections
2.1.3.2 and 2.1.4.2. Range proofs are verified by rebuilding the root.
"""

import hashlib
from collections.abc import Iterator, Sequence

from verifier.errors import VerificationError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 || record); in hexadecimal it is the record id."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(count: int) -> int:
    """The largest power of two smaller than `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


class Tree:
    """Makes roots and proofs over leaf hashes; hashes of nodes are computed once."""

    def __init__(self, leaves: Sequence[bytes]):
        self._leaves = list(leaves)
        self._nodes: dict[tuple[int, int], bytes] = {}

    def __len__(self) -> int:
        return len(self._leaves)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Appends leaves. What was a node stays one."""
        self._leaves.extend(leaves)

    def leaf(self, index: int) -> bytes:
        """The hash of a leaf."""
        return self._leaves[index]

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree of the first `size` leaves."""
        size = len(self) if size is None else size
        assert 0 <= size <= len(self)
        return self.node(0, size) if size else EMPTY_ROOT

    def node(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]), of one leaf or more."""
        if end - start == 1:
            return self._leaves[start]
        found = self._nodes.get((start, end))
        if found is None:
            middle = start + split_point(end - start)
            found = node_hash(self.node(start, middle), self.node(middle, end))
            self._nodes[start, end] = found
        return found

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """PATH(index, D[size]) of RFC 6962, section 2.1.1."""
        size = len(self) if size is None else size
        assert 0 <= index < size <= len(self)
        return self._path(index, 0, size)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + split_point(end - start)
        if index < middle:
            return self._path(index, start, middle) + [self.node(middle, end)]
        return self._path(index, middle, end) + [self.node(start, middle)]

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """PROOF(first, D[second]) of RFC 6962, section 2.1.2; empty from the empty tree."""
        second = len(self) if second is None else second
        assert 0 <= first <= second <= len(self)
        return self._subproof(first, 0, second, True) if first else []

    def _subproof(self, first: int, start: int, end: int, is_known: bool) -> list[bytes]:
        if first == end:
            return [] if is_known else [self.node(start, end)]
        middle = start + split_point(end - start)
        if first <= middle:
            return self._subproof(first, start, middle, is_known) + [self.node(middle, end)]
        return self._subproof(first, middle, end, False) + [self.node(start, middle)]

    def range_proof(self, first: int, end: int, size: int | None = None) -> list[bytes]:
        """The largest nodes wholly in [0, first), then those wholly in [end, size), in order."""
        size = len(self) if size is None else size
        assert 0 <= first < end <= size <= len(self)
        return self._outside(first, end, 0, size)

    def _outside(self, first: int, last: int, start: int, end: int) -> list[bytes]:
        if end <= first or start >= last:
            return [self.node(start, end)]
        if first <= start and end <= last:
            return []
        middle = start + split_point(end - start)
        return self._outside(first, last, start, middle) + self._outside(first, last, middle, end)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in order."""
    return Tree(leaves).root()


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise VerificationError("wrong_index", f"there is no leaf {index} among {size}")
    node, last = index, size - 1
    root = leaf
    for sibling in proof:
        if last == 0:
            raise VerificationError("wrong_proof", "the inclusion proof has too many hashes")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise VerificationError("wrong_proof", "the inclusion proof has too few hashes")
    return root


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Throws unless the proof shows that `leaf` is at `index` in the tree."""
    if root_from_inclusion(leaf, index, size, proof) != root:
        raise VerificationError("wrong_root", "the inclusion proof leads to another root")


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Throws unless the proof shows that the first tree is a prefix of the second.

    RFC 9162, section 2.1.4.2; the proof from the empty tree, and from a size to itself, is empty.
    """
    if not 0 <= first <= second:
        raise VerificationError("wrong_index", f"size {second} does not come after {first}")
    if first == 0 or first == second:
        if proof:
            raise VerificationError("wrong_proof", "the consistency proof must be empty")
        if first_root != (EMPTY_ROOT if first == 0 else second_root):
            raise VerificationError("wrong_root", "the first root is not that of this size")
        if second == 0 and second_root != EMPTY_ROOT:
            raise VerificationError("wrong_root", "the second root is not that of this size")
        return
    if not proof:
        raise VerificationError("wrong_proof", "the consistency proof is empty")
    hashes = list(proof)
    if first & (first - 1) == 0:
        hashes.insert(0, first_root)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            raise VerificationError("wrong_proof", "the consistency proof has too many hashes")
        if node & 1 or node == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, each)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise VerificationError("wrong_proof", "the consistency proof has too few hashes")
    if old != first_root:
        raise VerificationError("wrong_root", "the consistency proof leads to another first root")
    if new != second_root:
        raise VerificationError("wrong_root", "the consistency proof leads to another second root")


def root_from_range(
    leaves: Sequence[bytes], first: int, size: int, proof: Sequence[bytes]
) -> bytes:
    """The root of the tree of `size` leaves, rebuilt from left, leaves and right."""
    end = first + len(leaves)
    if not 0 <= first < end <= size:
        raise VerificationError("wrong_index", f"there are no leaves [{first}, {end}) among {size}")
    rest = iter(proof)
    root = _rebuild(leaves, first, 0, size, rest)
    if next(rest, None) is not None:
        raise VerificationError("wrong_proof", "the range proof has too many hashes")
    return root


def _rebuild(
    leaves: Sequence[bytes], first: int, start: int, end: int, rest: Iterator[bytes]
) -> bytes:
    """The hash of the node [start, end). It goes through the tree in order, as the proof does."""
    if end <= first or start >= first + len(leaves):
        found = next(rest, None)
        if found is None:
            raise VerificationError("wrong_proof", "the range proof has too few hashes")
        return found
    if end - start == 1:
        return leaves[start - first]
    middle = start + split_point(end - start)
    left = _rebuild(leaves, first, start, middle, rest)
    return node_hash(left, _rebuild(leaves, first, middle, end, rest))


def verify_range(
    leaves: Sequence[bytes], first: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Throws unless the proof shows that `leaves` begin at `first` in the tree."""
    if root_from_range(leaves, first, size, proof) != root:
        raise VerificationError("wrong_root", "the range proof leads to another root")
