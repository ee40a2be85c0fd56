"""The .proto files themselves."""

import pathlib
import subprocess
import sys

from dossier.v1 import exchange_pb2, record_pb2

PROTOS = pathlib.Path(__file__).parents[2] / "Protos"


def test_buf_has_nothing_to_say():
    buf = pathlib.Path(sys.executable).parent / "buf"
    done = subprocess.run([buf, "lint"], cwd=PROTOS, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_no_message_can_contain_itself():
    """Or a short message could nest deeper than any stack."""

    def descend(message, above):
        assert message.full_name not in above, [*above, message.full_name]
        for field in message.fields:
            if field.message_type is not None:
                descend(field.message_type, [*above, message.full_name])

    for file in (exchange_pb2.DESCRIPTOR, record_pb2.DESCRIPTOR):
        for message in file.message_types_by_name.values():
            descend(message, [])


def test_every_enum_begins_with_what_is_not_stated():
    for file in (exchange_pb2.DESCRIPTOR, record_pb2.DESCRIPTOR):
        for dependency in [file, *file.dependencies]:
            for enum in dependency.enum_types_by_name.values():
                first = enum.values[0]
                assert first.number == 0 and first.name.endswith("_UNSPECIFIED")


def test_a_record_holds_no_floating_point_number_and_no_map():
    for dependency in [record_pb2.DESCRIPTOR, *record_pb2.DESCRIPTOR.dependencies]:
        for message in dependency.message_types_by_name.values():
            for field in message.fields:
                assert field.type not in (field.TYPE_FLOAT, field.TYPE_DOUBLE, field.TYPE_GROUP)
            assert not message.nested_types
