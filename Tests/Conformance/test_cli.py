"""What the command line prints, foreign libraries read; what foreign clients submit, it shows."""

import functools
import pathlib
import subprocess

import pytest
from google.protobuf import json_format, text_format

import recipe
import samples
from dossier.v1 import exchange_pb2, record_pb2
from program import Program

PROTOS = pathlib.Path(__file__).parents[2] / "Protos"


@pytest.fixture
def dossier(node, consortium, tmp_path):
    """Runs `dossier` for kr's analyst."""
    return functools.partial(Program(consortium, consortium.people["kr"], tmp_path).answer, node)


def test_a_list_in_json_is_what_json_format_reads(kr, dossier, prefix):
    for original in samples.one_of_each(prefix):
        data = original.SerializeToString()
        kr.submit([data])
        output = dossier("list", "--output", "json", "--reference", original.header.reference)
        (line,) = output.decode().splitlines()
        retrieved = json_format.Parse(line, exchange_pb2.RetrievedRecord())
        assert retrieved.record == original
        assert retrieved.record_id == recipe.leaf_hash(data).hex()


def test_bytes_of_a_record_are_those_that_were_signed(kr, dossier, prefix):
    data = samples.crypto_theft(prefix).SerializeToString()
    kr.submit([data])
    assert dossier("get", f"kr/{prefix}", "--output", "bytes") == data
    assert dossier("get", recipe.leaf_hash(data).hex()[:12], "--output", "bytes") == data


def test_protoc_decodes_the_stored_bytes(kr, prefix):
    for original in samples.one_of_each(prefix):
        kr.submit([original.SerializeToString()])
        stored = kr.get(originator="kr", reference=original.header.reference).record.record
        text = subprocess.run(
            [
                *("protoc", "--decode=dossier.v1.Record", f"--proto_path={PROTOS}"),
                "dossier/v1/record.proto",
            ],
            input=stored,
            capture_output=True,
            check=True,
        ).stdout
        assert text_format.Parse(text, record_pb2.Record()) == original


def test_what_json_format_writes_is_submitted(kr, dossier, prefix):
    """Records as a Python program writes them: ProtoJSON, one a line."""
    originals = samples.one_of_each(prefix)
    lines = [json_format.MessageToJson(each, indent=None) for each in originals]
    dossier("submit", "-", "--format", "ndjson", standard_input="\n".join(lines).encode())
    for original in originals:
        stored = kr.get(originator="kr", reference=original.header.reference).record.record
        record = record_pb2.Record.FromString(stored)
        assert len(record.header.salt) == 16
        record.header.salt = original.header.salt
        assert record == original
