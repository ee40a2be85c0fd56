"""What the node's answers prove, found with the independent verifier alone."""

from collections.abc import Sequence

import recipe
from dossier.v1 import attestation_pb2, log_pb2
from verifier import files
from verifier.note import Checkpoint, VerifierKey, verify_checkpoint
from verifier.tree import HASH_SIZE, verify_consistency, verify_range
from verifier.verify import verify_receipt


def hashes(data: bytes) -> list[bytes]:
    """Hashes that came one after the other."""
    assert len(data) % HASH_SIZE == 0
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def checkpoint(
    proven: log_pb2.ProvenCheckpoint, vkey: str, known: Checkpoint | None = None
) -> Checkpoint:
    """The checkpoint, which goes on from what was known, byte for byte as C2SP has it."""
    key = VerifierKey.parse(vkey)
    found = verify_checkpoint(proven.checkpoint, key)
    lines = proven.checkpoint.decode().split("\n")
    assert proven.checkpoint.decode().startswith(found.text + f"\n\u2014 {found.origin} ")
    assert len(lines) == 6 and lines[5] == "", "a checkpoint has one signature line"
    if known is None:
        assert proven.consistency_proof == b""
    else:
        proof = hashes(proven.consistency_proof)
        verify_consistency(known.size, found.size, proof, known.root, found.root)
    return found


def receipt_file(receipt: attestation_pb2.Receipt, records: Sequence[bytes]) -> files.Receipt:
    """The receipt as a file has it, of these records."""
    return files.Receipt(
        receipt.batch_size,
        receipt.batch_root,
        tuple(recipe.leaf_hash(each) for each in records),
        tuple(files.Run(each.offset, each.first_index, each.count) for each in receipt.runs),
        tuple(
            files.Range(each.first_index, each.count, tuple(hashes(each.proof)))
            for each in receipt.ranges
        ),
        receipt.checkpoint.checkpoint.decode(),
    )


def receipt(
    answer: attestation_pb2.Receipt,
    records: Sequence[bytes],
    vkey: str,
    known: Checkpoint | None = None,
) -> Checkpoint:
    """The checkpoint under which all records are in the log."""
    found = checkpoint(answer.checkpoint, vkey, known)
    text = receipt_file(answer, records).write()
    for record in records:
        assert verify_receipt(text, record, vkey).logged.checkpoint == found
    assert (answer.log_origin, answer.log_size) == (found.origin, found.size)
    return found


def indexes(answer: attestation_pb2.Receipt) -> list[int]:
    """The leaf indexes of the batch's records."""
    return [run.first_index + step for run in answer.runs for step in range(run.count)]


def ranges(answer) -> list[tuple[int, int]]:
    """First index and count of each range of a receipt or of a page."""
    return [(each.first_index, each.count) for each in answer.ranges]


def page(answer, vkey: str, known: Checkpoint | None = None) -> Checkpoint:
    """The checkpoint of a list's page, under which all records of the page are in the log."""
    found = checkpoint(answer.checkpoint, vkey, known)
    leaves = [(each.leaf_index, recipe.leaf_hash(each.record)) for each in answer.records]
    at = 0
    for each in answer.ranges:
        held = leaves[at : at + each.count]
        assert [index for index, _ in held] == list(
            range(each.first_index, each.first_index + each.count)
        )
        held_hashes = [leaf for _, leaf in held]
        verify_range(held_hashes, each.first_index, found.size, hashes(each.proof), found.root)
        at += each.count
    assert at == len(leaves), "the ranges hold all records of the page"
    assert answer.pinned_size <= found.size
    return found
