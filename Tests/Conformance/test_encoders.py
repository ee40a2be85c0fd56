"""Records are taken as every official encoder writes them."""

import os
import subprocess

import pytest
from google.protobuf import json_format
from google.protobuf.internal import api_implementation

import recipe
import samples
import wire
from dossier.v1 import record_pb2


def encoded_by_cpp(records, *options: str) -> list[bytes]:
    lines = [json_format.MessageToJson(each, indent=None, ensure_ascii=False) for each in records]
    output = subprocess.run(
        [os.environ["DOSSIER_ENCODER"], *options],
        input="\n".join(lines).encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    encoded = []
    while output:
        size = int.from_bytes(output[:4], "big")
        encoded.append(output[4 : 4 + size])
        output = output[4 + size :]
    return encoded


def encoded_by_upb(records) -> list[bytes]:
    assert api_implementation.Type() == "upb"
    return [each.SerializeToString() for each in records]


def in_reverse(records) -> list[bytes]:
    return [wire.reordered(each.SerializeToString(), each.DESCRIPTOR) for each in records]


def with_unknown_fields_first(records) -> list[bytes]:
    unknown = wire.field(15, "newer") + wire.tag(29, 5) + b"1234" + wire.tag(30, 1) + b"12345678"
    return [unknown + each.SerializeToString() for each in records]


def unpacked_and_packed(records) -> list[bytes]:
    """Scalars that are repeated: there is none in a record but strings, which are never packed."""
    packable = [
        field
        for message in _messages(record_pb2.Record.DESCRIPTOR)
        for field in message.fields
        if field.is_repeated and field.type not in (field.TYPE_STRING, field.TYPE_BYTES)
        if field.message_type is None
    ]
    assert packable == []
    return encoded_by_upb(records)


def _messages(descriptor, seen=None):
    seen = {} if seen is None else seen
    if descriptor.full_name not in seen:
        seen[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type is not None:
                _messages(field.message_type, seen)
    return seen.values()


ENCODERS = {
    "Python's upb": encoded_by_upb,
    "C++": encoded_by_cpp,
    "C++ with fields that a newer version has": lambda each: encoded_by_cpp(each, "--unknown"),
    "fields in falling order": in_reverse,
    "unknown fields before all others": with_unknown_fields_first,
    "packable fields": unpacked_and_packed,
}


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS.keys())
def test_records_of_every_encoder_are_taken(kr, prefix, encoder):
    originals = samples.one_of_each(prefix)
    records = encoder(originals)
    assert kr.submit(records).appended == len(records)
    for original, record in zip(originals, records, strict=True):
        answer = kr.get(recipe.leaf_hash(record).hex())
        assert answer.record.record == record
        assert answer.record.withheld_reason != "" or original.header.marking.releasability
        decoded = record_pb2.Record.FromString(answer.record.record)
        decoded.DiscardUnknownFields()
        assert decoded == original


def test_a_record_with_unknown_content_fields_is_released(kr, us, prefix):
    records = encoded_by_cpp([samples.crypto_theft(prefix, ["us"])], "--unknown")
    kr.submit(records)
    assert us.get(recipe.leaf_hash(records[0]).hex()).record.record == records[0]
