"""The three kinds of file that carry proofs: read, strictly, and written.

Reading checks form alone. Whatever is read is written again and must give the same text, so that
no two texts say the same.
"""

import dataclasses
from collections.abc import Callable
from typing import TypeVar

from verifier.errors import VerificationError
from verifier.note import SIGNATURE_START
from verifier.text import from_base64, hash_from_base64, number, to_base64, utf8

TLOG_PROOF = "c2sp.org/tlog-proof@v1"
RECEIPT = "dossier-receipt/v1"
PROOF = "dossier-proof/v1"

MAXIMUM_BATCH = 10_000
MAXIMUM_RANGES = 1000
MAXIMUM_RECORD = 262_144
MAXIMUM_ATTESTED_BATCH = 1024
MAXIMUM_SIGNATURE = 256
MAXIMUM_CERTIFICATE = 8192
MAXIMUM_CERTIFICATES = 8
CHECKPOINT_LINES = 5

Parsed = TypeVar("Parsed")


@dataclasses.dataclass(frozen=True)
class TlogProof:
    """A leaf's index, its inclusion proof, and the checkpoint of the tree, not yet verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def write(self) -> str:
        return f"{TLOG_PROOF}\nindex {self.index}\n{_lines(self.hashes)}\n{self.checkpoint}"


@dataclasses.dataclass(frozen=True)
class Run:
    """Records that are neighbours in batch and log."""

    offset: int
    first_index: int
    count: int

    def write(self) -> str:
        return f"run {self.offset} {self.first_index} {self.count}\n"


@dataclasses.dataclass(frozen=True)
class Range:
    """Leaves that follow each other in the log, and their range proof."""

    first_index: int
    count: int
    hashes: tuple[bytes, ...]

    def write(self) -> str:
        return f"range {self.first_index} {self.count}\n{_lines(self.hashes)}"


@dataclasses.dataclass(frozen=True)
class Receipt:
    """What a node answered to a batch."""

    size: int
    root: bytes
    leaves: tuple[bytes, ...]
    runs: tuple[Run, ...]
    ranges: tuple[Range, ...]
    checkpoint: str

    def write(self) -> str:
        head = f"{RECEIPT}\nbatch {self.size} {to_base64(self.root)}\n"
        places = "".join(each.write() for each in (*self.runs, *self.ranges))
        return f"{head}{_lines(self.leaves, 'leaf ')}{places}\n{self.checkpoint}"


@dataclasses.dataclass(frozen=True)
class Proof:
    """All that shows who said what and that it was logged."""

    record: bytes
    attested_batch: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    position: int
    path: tuple[bytes, ...]
    tlog_proof: TlogProof

    def write(self) -> str:
        return (
            f"{PROOF}\n"
            f"record {to_base64(self.record)}\n"
            f"attested-batch {to_base64(self.attested_batch)}\n"
            f"signature {to_base64(self.signature)}\n"
            f"{_lines(self.certificates, 'certificate ')}"
            f"position {self.position}\n"
            f"{_lines(self.path, 'path ')}"
            f"\n{self.tlog_proof.write()}"
        )


def write_receipts(receipts: list[Receipt]) -> str:
    """A file of several receipts."""
    return "".join(receipt.write() for receipt in receipts)


def parse_tlog_proof(data: bytes | str) -> TlogProof:
    """Reads a file that is a C2SP tlog-proof, without the line `extra`."""
    return _parse(data, _tlog_proof, TlogProof.write)


def parse_receipts(data: bytes | str) -> list[Receipt]:
    """Reads a file of one or several receipts."""

    def receipts(lines: "_Lines") -> list[Receipt]:
        found = [_receipt(lines)]
        while not lines.is_at_end:
            found.append(_receipt(lines))
        return found

    return _parse(data, receipts, write_receipts)


def parse_proof(data: bytes | str) -> Proof:
    """Reads a proof of a record."""
    return _parse(data, _proof, Proof.write)


class _Lines:
    """The lines of a text, one after the other."""

    def __init__(self, text: str):
        if not text.endswith("\n"):
            raise VerificationError("ambiguous_form", "the last line does not end")
        self._lines = text[:-1].split("\n")
        self._next = 0

    @property
    def is_at_end(self) -> bool:
        return self._next == len(self._lines)

    def take(self) -> str:
        if self.is_at_end:
            raise VerificationError("ambiguous_form", "the text ends too early")
        self._next += 1
        return self._lines[self._next - 1]

    def expect(self, line: str) -> None:
        if self.take() != line:
            what = f'the line "{line}"' if line else "an empty line"
            raise VerificationError("ambiguous_form", f"line {self._next} is not {what}")

    def next_is(self, keyword: str) -> bool:
        """Whether the next line begins with the word."""
        return not self.is_at_end and self._lines[self._next].startswith(keyword + " ")

    def next_is_empty(self) -> bool:
        return not self.is_at_end and self._lines[self._next] == ""

    def values(self, keyword: str, count: int) -> list[str]:
        """The `count` words after the keyword."""
        words = self.take().split(" ")
        if words[0] != keyword or len(words) != count + 1:
            message = f"line {self._next} is not {keyword} with {count} values"
            raise VerificationError("ambiguous_form", message)
        return words[1:]

    def value(self, keyword: str) -> str:
        return self.values(keyword, 1)[0]

    def data(self, keyword: str, maximum: int) -> bytes:
        """The bytes after the keyword."""
        decoded = from_base64(self.value(keyword), keyword)
        if len(decoded) > maximum:
            raise VerificationError("over_limit", f"{keyword} is over {maximum} bytes")
        return decoded


def _parse(
    data: bytes | str, read: Callable[[_Lines], Parsed], write: Callable[[Parsed], str]
) -> Parsed:
    text = utf8(data)
    lines = _Lines(text)
    parsed = read(lines)
    if not lines.is_at_end:
        raise VerificationError("ambiguous_form", "the text goes on after its end")
    if write(parsed) != text:
        raise VerificationError("ambiguous_form", "written again, the text is another")
    return parsed


def _lines(values: tuple[bytes, ...], before: str = "") -> str:
    return "".join(f"{before}{to_base64(value)}\n" for value in values)


def _checkpoint(lines: _Lines) -> str:
    """A checkpoint with one signature line, verbatim."""
    taken = [lines.take() for _ in range(CHECKPOINT_LINES)]
    if taken[3] or not taken[4].startswith(SIGNATURE_START):
        message = "a checkpoint is three lines, an empty line, one signature line"
        raise VerificationError("ambiguous_form", message)
    return "\n".join(taken) + "\n"


def _tlog_proof(lines: _Lines) -> TlogProof:
    lines.expect(TLOG_PROOF)
    index = number(lines.value("index"), "index")
    hashes = []
    while not lines.next_is_empty():
        hashes.append(hash_from_base64(lines.take(), "a hash of the inclusion proof"))
    lines.expect("")
    return TlogProof(index, tuple(hashes), _checkpoint(lines))


def _receipt(lines: _Lines) -> Receipt:
    lines.expect(RECEIPT)
    digits, encoded = lines.values("batch", 2)
    size = number(digits, "the batch's size")
    if not 1 <= size <= MAXIMUM_BATCH:
        raise VerificationError("over_limit", f"a batch has 1 to {MAXIMUM_BATCH} records")
    root = hash_from_base64(encoded, "the batch root")
    leaves = []
    while lines.next_is("leaf"):
        leaves.append(hash_from_base64(lines.value("leaf"), "a leaf"))
    runs = []
    while lines.next_is("run"):
        runs.append(Run(*(number(each, "run") for each in lines.values("run", 3))))
    ranges = []
    while not lines.next_is_empty():
        ranges.append(_range(lines))
    if len(ranges) > MAXIMUM_RANGES:
        raise VerificationError("over_limit", f"over {MAXIMUM_RANGES} ranges")
    lines.expect("")
    return Receipt(size, root, tuple(leaves), tuple(runs), tuple(ranges), _checkpoint(lines))


def _range(lines: _Lines) -> Range:
    first_index, count = (number(each, "range") for each in lines.values("range", 2))
    hashes = []
    while not lines.next_is("range") and not lines.next_is_empty():
        hashes.append(hash_from_base64(lines.take(), "a hash of a range proof"))
    return Range(first_index, count, tuple(hashes))


def _proof(lines: _Lines) -> Proof:
    lines.expect(PROOF)
    record = lines.data("record", MAXIMUM_RECORD)
    attested_batch = lines.data("attested-batch", MAXIMUM_ATTESTED_BATCH)
    signature = lines.data("signature", MAXIMUM_SIGNATURE)
    certificates = [lines.data("certificate", MAXIMUM_CERTIFICATE)]
    while lines.next_is("certificate"):
        certificates.append(lines.data("certificate", MAXIMUM_CERTIFICATE))
    if len(certificates) > MAXIMUM_CERTIFICATES:
        raise VerificationError("over_limit", f"over {MAXIMUM_CERTIFICATES} certificates")
    position = number(lines.value("position"), "position")
    path = []
    while lines.next_is("path"):
        path.append(hash_from_base64(lines.value("path"), "a hash of the path"))
    lines.expect("")
    tlog_proof = _tlog_proof(lines)
    return Proof(
        record, attested_batch, signature, tuple(certificates), position, tuple(path), tlog_proof
    )
