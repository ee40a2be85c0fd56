"""Files with proofs that the program makes of a node's answers: anybody can verify them."""

import subprocess
import sys

import pytest
from google.protobuf import json_format

import proven
import recipe
import samples
from program import DONE, UNVERIFIED, USAGE, Program
from verifier import files
from verifier.members import Members
from verifier.verify import verify_proof, verify_receipt, verify_tlog_proof


class Made:
    """Files that the program has made of a node's answers, in a folder of its own."""

    def __init__(self, node, consortium, prefix: str, folder):
        self.program = Program(consortium, consortium.people["kr"], folder)
        self.folder = folder
        self.vkey = consortium.vkey
        self.references = [f"{prefix}-{number}" for number in range(5)]
        self.originals = [samples.statistic(each, ["us"]) for each in self.references]
        lines = [as_json(each) for each in self.originals]
        self.answer = self.program.answer(
            *(node, "submit", "-", "--format", "ndjson", "--receipt", "receipt"),
            standard_input="\n".join(lines).encode(),
        )
        self.records = []
        for number, reference in enumerate(self.references):
            record = self.program.answer(node, "get", f"kr/{reference}", "--output", "bytes")
            self.records.append(record)
            (folder / f"record-{number}").write_bytes(record)
            name = f"proof-{number}"
            self.program.answer(node, "export", "proof", f"kr/{reference}", "--out", name)
            options = ("receipt", "--record", f"record-{number}", "--out", f"tlog-proof-{number}")
            assert self.program.run("export", "tlog-proof", *options).returncode == DONE

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    @property
    def members(self) -> Members:
        return Members.load(self.program.members)


def as_json(record) -> str:
    return json_format.MessageToJson(record, indent=None)


@pytest.fixture
def made(node, consortium, prefix, tmp_path) -> Made:
    return Made(node, consortium, prefix, tmp_path)


def test_the_files_of_the_program_verify_in_the_independent_verifier(made):
    for number, record in enumerate(made.records):
        by_receipt = verify_receipt(made.read("receipt"), record, made.vkey)
        assert (by_receipt.position, by_receipt.batch_size) == (number, 5)
        tlog_proof = made.read(f"tlog-proof-{number}")
        assert verify_tlog_proof(tlog_proof, record, made.vkey) == by_receipt.logged
        by_proof = verify_proof(made.read(f"proof-{number}"), made.members, record)
        assert by_proof.logged.record_id == by_receipt.logged.record_id
        assert by_proof.logged.index == by_receipt.logged.index
        assert by_proof.batch_root == by_receipt.batch_root
        assert str(by_proof.signer) == "spiffe://msmt.example/org/kr/person/kim"


def test_the_files_of_the_program_verify_with_the_verifiers_own_command(made):
    for command, options in (
        ("receipt", ("--key", made.vkey)),
        ("tlog-proof", ("--key", made.vkey)),
        ("proof", ("--members", str(made.program.members))),
    ):
        name = command if command == "receipt" else f"{command}-1"
        arguments = [command, str(made.folder / name), *options]
        arguments += ["--record", str(made.folder / "record-1")]
        done = subprocess.run([sys.executable, "-m", "verifier", *arguments], capture_output=True)
        assert done.returncode == DONE, done.stderr.decode()
        assert recipe.leaf_hash(made.records[1]).hex() in done.stdout.decode()


def test_the_program_verifies_its_own_files(made):
    for name in ("receipt", "tlog-proof-1", "proof-1"):
        for keys in ((), ("--verifier-key", made.vkey)):
            done = made.program.run("verify", name, "--record", "record-1", *keys)
            assert done.returncode == DONE, done.stderr.decode()
            assert f"record {recipe.leaf_hash(made.records[1]).hex()}" in done.stdout.decode()
    assert made.program.run("verify", "proof-1").returncode == DONE
    assert made.program.run("verify", "tlog-proof-1").returncode == USAGE
    done = made.program.run("verify", "receipt")
    assert done.returncode == DONE and done.stdout.startswith(b"5 records are in log ")
    done = made.program.run("verify", "-", standard_input=made.read("receipt"))
    assert done.returncode == DONE, done.stderr.decode()
    for name, other in (
        ("receipt", "receipt"),
        ("tlog-proof-1", "record-2"),
        ("proof-1", "record-2"),
    ):
        done = made.program.run("verify", name, "--record", other)
        assert (done.returncode, done.stdout) == (UNVERIFIED, b"")


def test_a_receipt_is_written_by_submitting_again(made, node):
    lines = "\n".join(as_json(each) for each in made.originals).encode()
    options = ("submit", "-", "--format", "ndjson", "--receipt", "again")
    answer = made.program.answer(node, *options, standard_input=lines)
    (first,), (again,) = (files.parse_receipts(made.read(each)) for each in ("receipt", "again"))
    assert answer == made.answer
    assert (again.leaves, again.runs) == (first.leaves, first.runs)


def test_a_file_has_a_receipt_for_each_batch(node, consortium, prefix, tmp_path, vkey):
    """Records of different releasability are different batches."""
    program = Program(consortium, consortium.people["kr"], tmp_path)
    lists = {f"{prefix}-a": ["us"], f"{prefix}-b": ["jp"], f"{prefix}-c": ["us"]}
    lines = [as_json(samples.statistic(*each)) for each in lists.items()]
    options = ("submit", "-", "--format", "ndjson", "--receipt", "receipts")
    program.answer(node, *options, standard_input="\n".join(lines).encode())
    text = (tmp_path / "receipts").read_bytes()
    assert sorted(each.size for each in files.parse_receipts(text)) == [1, 2]
    for reference in lists:
        record = program.answer(node, "get", f"kr/{reference}", "--output", "bytes")
        assert verify_receipt(text, record, vkey).receipts == 2
        (tmp_path / "record").write_bytes(record)
        assert program.run("verify", "receipts", "--record", "record").returncode == DONE
        options = ("receipts", "--record", "record", "--out", "tlog-proof")
        assert program.run("export", "tlog-proof", *options).returncode == DONE
        assert verify_tlog_proof((tmp_path / "tlog-proof").read_bytes(), record, vkey)
    done = program.run("verify", "receipts")
    assert done.returncode == DONE and len(done.stdout.splitlines()) == 2, done


def test_another_organisation_exports_proofs_of_what_it_is_given(made, node, consortium, tmp_path):
    folder = tmp_path / "us"
    folder.mkdir()
    us = Program(consortium, consortium.people["us"], folder)
    options = ("--of", "kr", "--out", "proof")
    us.answer(node, "export", "proof", f"kr/{made.references[2]}", *options)
    result = verify_proof((folder / "proof").read_bytes(), made.members, made.records[2])
    assert (result.originator, result.position) == ("kr", 2)
    assert us.run("verify", "proof").returncode == DONE


def test_the_checkpoint_that_is_printed_is_the_one_that_is_signed(made, node, kr, vkey):
    printed = made.program.answer(node, "log", "checkpoint")
    answer = kr.pages(limit=1)[-1].checkpoint
    proven.checkpoint(answer, vkey)
    assert printed == answer.checkpoint
