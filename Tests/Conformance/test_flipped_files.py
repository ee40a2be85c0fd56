"""No bit of a file that the program makes can be flipped without anybody noticing."""

import random
import time

import pytest
from google.protobuf import json_format

import samples
from flips import IS_LONG, SAMPLE, flipped
from program import DONE, UNVERIFIED, Program
from test_flips import (
    refuse_flips_of_proof,
    refuse_flips_of_receipt,
    refuse_flips_of_tlog_proof,
)
from verifier.members import Members

LONG_FLIPS = 100_000
PROCESSES = 1000 if IS_LONG else 150
MAKERS = (samples.statistic, samples.it_workers, samples.wallet_of_a_broker, samples.crypto_theft)


@pytest.fixture(scope="module")
def made(shared_node, consortium, tmp_path_factory):
    """Receipts, and of each record a proof and a tlog-proof; a program to run on them."""
    folder = tmp_path_factory.mktemp("flips")
    program = Program(consortium, consortium.people["kr"], folder)
    records = {f"flips-{number}": make(f"flips-{number}") for number, make in enumerate(MAKERS)}
    references = list(records)
    # Two of the last batch are logged already, with another between them: two ranges.
    for name, chosen in (
        ("first", references[1:2]),
        ("other", ["flips-other"]),
        ("third", references[2:3]),
        ("all", references),
    ):
        batch = [records.get(each) or samples.statistic(each) for each in chosen]
        lines = [json_format.MessageToJson(each, indent=None) for each in batch]
        program.answer(
            *(shared_node, "submit", "-", "--format", "ndjson", "--receipt", f"receipt-{name}"),
            standard_input="\n".join(lines).encode(),
        )
    for reference in references:
        record = program.answer(shared_node, "get", f"kr/{reference}", "--output", "bytes")
        (folder / f"record-{reference}").write_bytes(record)
        options = (f"kr/{reference}", "--out", f"proof-{reference}")
        program.answer(shared_node, "export", "proof", *options)
        options = ("receipt-all", "--record", f"record-{reference}")
        done = program.run("export", "tlog-proof", *options, "--out", f"tlog-proof-{reference}")
        assert done.returncode == DONE, done.stderr.decode()
    return program, references


def test_every_flip_is_refused_by_the_independent_verifier(made, vkey):
    program, references = made
    members = Members.load(program.members)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    start, total = time.monotonic(), 0

    def read(name: str) -> bytes:
        return (program.folder / name).read_bytes()

    receipts = [("receipt-all", each) for each in references]
    for name, reference in receipts if IS_LONG else receipts[-1:]:
        record = read(f"record-{reference}")
        total += sum(refuse_flips_of_receipt(read(name), record, vkey, SAMPLE, seed).values())
    for reference in references if IS_LONG else references[:1]:
        proof, record = read(f"proof-{reference}"), read(f"record-{reference}")
        total += sum(refuse_flips_of_proof(proof, members, SAMPLE, seed).values())
        tlog_proof = read(f"tlog-proof-{reference}")
        flips = refuse_flips_of_tlog_proof(tlog_proof, record, vkey, SAMPLE, seed)
        total += sum(flips.values())
    print(f"refused: {total} flips in {time.monotonic() - start:.1f} s")
    assert not IS_LONG or total >= LONG_FLIPS


@pytest.mark.parametrize("kind", ["receipt", "tlog-proof", "proof"])
def test_flips_are_refused_by_the_program(made, vkey, kind):
    """The same files, by a process for each flip: of the file, of the record, of the key."""
    program, references = made
    name = "receipt-all" if kind == "receipt" else f"{kind}-{references[0]}"
    parts = {
        "file": (program.folder / name).read_bytes(),
        "record": (program.folder / f"record-{references[0]}").read_bytes(),
    }
    if kind != "proof":
        parts["key"] = vkey.encode()
    chosen = random.Random(random.randrange(2**32))

    def verify(changed: dict[str, bytes]):
        (program.folder / "flipped").write_bytes(changed["file"])
        (program.folder / "flipped-record").write_bytes(changed["record"])
        keys = ("--verifier-key", changed["key"]) if "key" in changed else ()
        return program.run("verify", "flipped", "--record", "flipped-record", *keys)

    assert verify(parts).returncode == DONE
    for _ in range(PROCESSES // 3):
        part = chosen.choice(["file", "file", "file", *parts])
        bit = chosen.randrange(8 * len(parts[part]))
        changed = parts | {part: flipped(parts[part], bit)}
        if part == "key" and b"\0" in changed["key"]:
            continue
        done = verify(changed)
        assert done.returncode == UNVERIFIED, f"bit {bit} of the {part}: {done}"
        assert done.stdout == b"", f"bit {bit} of the {part}: {done}"
