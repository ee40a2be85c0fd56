"""What the command line prints, foreign libraries read; what foreign clients submit, it shows."""

import json
import os
import subprocess

import pytest
from google.protobuf import json_format, text_format

import pki
import recipe
import samples
from dossier.v1 import record_pb2
from node import CALL_SECONDS


@pytest.fixture
def dossier(node, consortium, tmp_path):
    """Runs `dossier` for kr's analyst."""
    certificate, key = consortium.people["kr"].write(tmp_path, "kim")
    anchors = tmp_path / "kr-ca.pem"
    anchors.write_bytes(pki.pem([consortium.authorities["kr"].certificate]))

    def run(verb: str, *arguments: str, input: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run(
            [
                os.environ["DOSSIER"],
                verb,
                *("--node", f"localhost:{node.port}", "--anchors", anchors),
                *("--certificate", certificate, "--key", key),
                *arguments,
            ],
            input=input,
            capture_output=True,
            timeout=CALL_SECONDS,
        )

    return run


def test_json_of_a_list_is_what_json_format_reads(kr, dossier, prefix):
    originals = samples.one_of_each(prefix)
    kr.submit([each.SerializeToString() for each in originals])
    for original in originals:
        done = dossier("list", "--output", "json", "--reference", original.header.reference)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        listed = json.loads(line)
        record = json_format.ParseDict(listed["record"], record_pb2.Record())
        assert record == original
        assert listed["recordId"] == recipe.leaf_hash(original.SerializeToString()).hex()


def test_stored_bytes_are_what_protoc_decodes(kr, prefix):
    """`protoc --decode` gives the same values as Python's library."""
    protos = os.path.join(os.path.dirname(__file__), "..", "..", "Protos")
    for original in samples.one_of_each(prefix):
        kr.submit([original.SerializeToString()])
        stored = kr.get(originator="kr", reference=original.header.reference).record.record
        text = subprocess.run(
            [
                "protoc",
                "--decode=dossier.v1.Record",
                f"--proto_path={protos}",
                "dossier/v1/record.proto",
            ],
            input=stored,
            capture_output=True,
            check=True,
        ).stdout
        assert text_format.Parse(text, record_pb2.Record()) == original
