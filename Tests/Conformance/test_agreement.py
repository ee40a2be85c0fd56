"""Dossier's proofs are those that the recursive definitions of RFC 6962 yield.

Leaf number i is the leaf hash of i as 8 bytes, big-endian. `proof-digests.txt` has a line
`inclusion N HEX`, `consistency N HEX` or `range N HEX` for each tree size N; HEX is the SHA-256 of
all hashes of all proofs of that kind, one after the other: for every index; from every first size;
of every range [i, j), by i and then by j. `range-proofs.json` has range proofs to verify.

Run as a program with `digests` or `vectors`, this file prints what should stand there.
"""

import hashlib
import json
import pathlib
import random
import sys
from collections.abc import Iterator

import pytest

from verifier.errors import VerificationError
from verifier.tree import (
    Tree,
    leaf_hash,
    root_from_range,
    verify_consistency,
    verify_inclusion,
    verify_range,
)

HERE = pathlib.Path(__file__).parent
DIGESTS = HERE.parent / "MerkleLogTests" / "Fixtures" / "proof-digests.txt"
VECTORS = HERE.parents[1] / "Protos" / "vectors" / "range-proofs.json"

SIZES = {"inclusion": 1024, "consistency": 1024, "range": 128}
SAMPLE = 20_000
VECTOR_RANGES = ((0, 1, 1), (0, 1, 3), (2, 3, 3), (1, 3, 5), (4, 5, 7), (0, 4, 7), (3, 11, 13))

LEAVES = [leaf_hash(number.to_bytes(8, "big")) for number in range(1024)]
TREE = Tree(LEAVES)


def proofs(kind: str, size: int) -> Iterator[list[bytes]]:
    """All proofs of a kind in the tree of this size, in order."""
    if kind == "inclusion":
        return (TREE.inclusion_proof(index, size) for index in range(size))
    if kind == "consistency":
        return (TREE.consistency_proof(first, size) for first in range(1, size + 1))
    return (
        TREE.range_proof(first, end, size)
        for first in range(size)
        for end in range(first + 1, size + 1)
    )


def digest(kind: str, size: int) -> str:
    """The digest of all proofs of a kind in the tree of this size."""
    hashed = hashlib.sha256()
    for proof in proofs(kind, size):
        hashed.update(b"".join(proof))
    return hashed.hexdigest()


@pytest.fixture(scope="module")
def published() -> dict[tuple[str, int], str]:
    """The digests as they stand in the file; each once."""
    found: dict[tuple[str, int], str] = {}
    for line in DIGESTS.read_text(encoding="ascii").splitlines():
        kind, size, digits = line.split(" ")
        assert (kind, int(size)) not in found, f"twice: {line}"
        found[kind, int(size)] = digits
    return found


def test_every_size_has_its_digests(published):
    wanted = {(kind, size) for kind, last in SIZES.items() for size in range(1, last + 1)}
    assert published.keys() == wanted


@pytest.mark.parametrize("kind", SIZES)
def test_all_proofs_are_those_of_the_definition(published, kind):
    wrong = [
        size for size in range(1, SIZES[kind] + 1) if digest(kind, size) != published[kind, size]
    ]
    assert not wrong, f"{kind} proofs differ in the trees of {wrong}"


def test_a_sample_of_the_proofs_verifies():
    seed = random.randrange(2**32)
    print(f"sample of {SAMPLE} proofs of each kind, seed {seed}")
    chosen = random.Random(seed)
    for _ in range(SAMPLE):
        size = chosen.randint(1, SIZES["inclusion"])
        index = chosen.randrange(size)
        root = TREE.root(size)
        verify_inclusion(LEAVES[index], index, size, TREE.inclusion_proof(index, size), root)
        first = chosen.randint(0, size)
        proof = TREE.consistency_proof(first, size)
        verify_consistency(first, size, proof, TREE.root(first), root)
        size = chosen.randint(1, SIZES["range"])
        first = chosen.randrange(size)
        end = chosen.randint(first + 1, size)
        proof = TREE.range_proof(first, end, size)
        verify_range(LEAVES[first:end], first, size, proof, TREE.root(size))


def test_the_published_range_proofs_verify():
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    assert vectors
    for vector in vectors:
        size, first, end = vector["size"], vector["first"], vector["end"]
        proof = [bytes.fromhex(each) for each in vector["proof"]]
        root = bytes.fromhex(vector["root"])
        leaves = [leaf_hash(number.to_bytes(8, "big")) for number in range(size)]
        tree = Tree(leaves)
        assert root == tree.root(), vector
        assert proof == tree.range_proof(first, end), vector
        verify_range(leaves[first:end], first, size, proof, root)
        for other in (first - 1, first + 1):
            with pytest.raises(VerificationError):
                verify_range(leaves[first:end], other, size, proof, root)
        for at in range(len(proof)):
            changed = [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]]
            assert root_from_range(leaves[first:end], first, size, changed) != root


def print_digests() -> None:
    """Prints what should stand in proof-digests.txt."""
    for kind, last in SIZES.items():
        for size in range(1, last + 1):
            print(kind, size, digest(kind, size))


def print_vectors() -> None:
    """Prints some range proofs in the form of range-proofs.json."""
    vectors = [
        {
            "size": size,
            "first": first,
            "end": end,
            "proof": [each.hex() for each in TREE.range_proof(first, end, size)],
            "root": TREE.root(size).hex(),
        }
        for first, end, size in VECTOR_RANGES
    ]
    description = "Leaf number i is the leaf hash of i as 8 bytes, big-endian."
    print(json.dumps({"description": description, "vectors": vectors}, indent=2))


if __name__ == "__main__":
    {"digests": print_digests, "vectors": print_vectors}[sys.argv[1]]()
