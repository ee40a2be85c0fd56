"""Verifies whole files, and says what they prove."""

import dataclasses
import datetime
import itertools
from collections.abc import Sequence

from verifier.attestation import AttestedBatch, record_originator, verify_attestation
from verifier.chains import Identity
from verifier.errors import VerificationError
from verifier.files import (
    Proof,
    Receipt,
    Run,
    TlogProof,
    parse_proof,
    parse_receipts,
    parse_tlog_proof,
)
from verifier.members import Members
from verifier.note import Checkpoint, FormerKey, VerifierKey, verify_checkpoint
from verifier.tree import leaf_hash, root_from_inclusion, root_of, verify_inclusion, verify_range


@dataclasses.dataclass(frozen=True)
class Logged:
    """A record is in a log: its id, and index in the tree of the checkpoint."""

    record_id: str
    index: int
    checkpoint: Checkpoint


@dataclasses.dataclass(frozen=True)
class ReceiptResult:
    """A record is in a log, and so is all of the batch that it came in."""

    logged: Logged
    batch_root: bytes
    batch_size: int
    position: int
    receipts: int


@dataclasses.dataclass(frozen=True)
class ProofResult:
    """A record is in a log, and who signed it when."""

    logged: Logged
    originator: str
    signer: Identity
    signed_at: datetime.datetime
    batch_root: bytes
    batch_size: int
    position: int


def verify_tlog_proof(
    text: bytes | str, record: bytes, vkey: bytes | str, former_keys: Sequence[FormerKey] = ()
) -> Logged:
    """Throws unless the file proves that the record is in the log whose key this is."""
    return _verify_logged(parse_tlog_proof(text), record, VerifierKey.parse(vkey), former_keys)


def _verify_logged(
    proof: TlogProof, record: bytes, key: VerifierKey, former_keys: Sequence[FormerKey]
) -> Logged:
    checkpoint = verify_checkpoint(proof.checkpoint, key, former_keys)
    leaf = leaf_hash(record)
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return Logged(leaf.hex(), proof.index, checkpoint)


def verify_receipt(
    text: bytes | str, record: bytes, vkey: bytes | str, former_keys: Sequence[FormerKey] = ()
) -> ReceiptResult:
    """Throws unless all receipts of the file are good and the record is in one of them.

    Says what the first receipt that has the record proves.
    """
    key = VerifierKey.parse(vkey)
    receipts = parse_receipts(text)
    checkpoints = [check_receipt(receipt, key, former_keys) for receipt in receipts]
    roots = {checkpoint.size: checkpoint.root for checkpoint in checkpoints}
    if any(roots[checkpoint.size] != checkpoint.root for checkpoint in checkpoints):
        raise VerificationError("wrong_root", "the log has signed two roots of the same size")
    leaf = leaf_hash(record)
    for receipt, checkpoint in zip(receipts, checkpoints, strict=True):
        if leaf in receipt.leaves:
            position = receipt.leaves.index(leaf)
            logged = Logged(leaf.hex(), _indexes(receipt.runs)[position], checkpoint)
            return ReceiptResult(logged, receipt.root, receipt.size, position, len(receipts))
    raise VerificationError("wrong_leaf", f"record {leaf.hex()} is not in the receipt")


def check_receipt(
    receipt: Receipt, key: VerifierKey, former_keys: Sequence[FormerKey] = ()
) -> Checkpoint:
    """The checkpoint. Throws unless the leaves are those of the batch and all are in the log."""
    checkpoint = verify_checkpoint(receipt.checkpoint, key, former_keys)
    if len(receipt.leaves) != receipt.size:
        message = f"{len(receipt.leaves)} leaves of a batch of {receipt.size}"
        raise VerificationError("size_mismatch", message)
    if root_of(receipt.leaves) != receipt.root:
        raise VerificationError("wrong_root", "the leaves have another batch root")
    _check_runs(receipt)
    _check_ranges(receipt)
    places = zip(_indexes(receipt.runs), receipt.leaves, strict=True)
    leaves = [leaf for _, leaf in sorted(places)]
    at = 0
    for each in receipt.ranges:
        held = leaves[at : at + each.count]
        verify_range(held, each.first_index, checkpoint.size, each.hashes, checkpoint.root)
        at += each.count
    return checkpoint


def _check_runs(receipt: Receipt) -> None:
    """Throws unless the runs cover the batch in order and are as few as possible."""
    offset = 0
    for run in receipt.runs:
        if run.offset != offset or not 1 <= run.count <= receipt.size - offset:
            raise VerificationError("size_mismatch", f"no run of {run.count} at {run.offset}")
        offset += run.count
    if offset != receipt.size:
        raise VerificationError("size_mismatch", "the runs do not cover the batch")
    for run, following in itertools.pairwise(receipt.runs):
        if run.first_index + run.count == following.first_index:
            raise VerificationError("ambiguous_form", "two runs could be one")


def _check_ranges(receipt: Receipt) -> None:
    """Throws unless the ranges ascend, do not touch, and hold exactly the leaves of the runs."""
    for each, following in itertools.pairwise(receipt.ranges):
        if each.first_index + each.count >= following.first_index:
            raise VerificationError("ambiguous_form", "ranges do not ascend, or touch each other")
    wanted = merged(_indexes(receipt.runs))
    if [(each.first_index, each.count) for each in receipt.ranges] != wanted:
        raise VerificationError("size_mismatch", "the ranges do not hold the leaves of the runs")


def merged(indexes: Sequence[int]) -> list[tuple[int, int]]:
    """First index and count of the ranges, as few as possible, that hold these leaves."""
    found: list[tuple[int, int]] = []
    for index in sorted(indexes):
        if found and sum(found[-1]) == index:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((index, 1))
    return found


def _indexes(runs: Sequence[Run]) -> list[int]:
    """The leaf indexes of the batch's records."""
    return [run.first_index + step for run in runs for step in range(run.count)]


def verify_proof(
    text: bytes | str, members: Members, expected_record: bytes | None = None
) -> ProofResult:
    """Throws unless the file proves who signed its record and that it is in the originator's log.

    `expected_record` is the record that this must be about.
    """
    proof = parse_proof(text)
    if expected_record is not None and proof.record != expected_record:
        raise VerificationError("wrong_leaf", "the proof is of another record")
    batch = AttestedBatch.parse(proof.attested_batch)
    originator = members.organisation(batch.originator)
    if originator.log is None:
        raise VerificationError("unknown_key", f"{batch.originator} has no log")
    if batch.log_origin != originator.log.origin:
        message = f"it was signed for {batch.log_origin}, not {originator.log.origin}"
        raise VerificationError("wrong_origin", message)
    logged = _verify_logged(proof.tlog_proof, proof.record, *originator.log.keys())
    if originator.revoked_keys.get(batch.key_id, logged.index + 1) <= logged.index:
        raise VerificationError("revoked_key", "the signing key was revoked before this leaf")
    signer = verify_attestation(
        batch,
        proof.attested_batch,
        proof.signature,
        proof.certificates,
        originator,
        members.trust_domain,
    )
    _check_place(proof, batch)
    return ProofResult(
        logged,
        batch.originator,
        signer,
        batch.signed_at,
        batch.batch_root,
        batch.size,
        proof.position,
    )


def _check_place(proof: Proof, batch: AttestedBatch) -> None:
    """Throws unless the record is where the proof says in the batch, and of its originator."""
    leaf = leaf_hash(proof.record)
    if root_from_inclusion(leaf, proof.position, batch.size, proof.path) != batch.batch_root:
        raise VerificationError("wrong_root", "the path leads to another batch root")
    if record_originator(proof.record) != batch.originator:
        message = f"{batch.originator} has signed a record of another originator"
        raise VerificationError("wrong_originator", message)
