"""Records whose bytes could be read in two ways, or in none: refused, whatever they say."""

import pytest

import samples
import wire
from dossier.v1 import record_pb2
from expect import INVALID, assert_no_trace, refusal


def in_header(change):
    """Applies a change to the header's fields: a list of (number, bytes, payload)."""

    def make(reference):
        parts = []
        for number, whole, payload in wire.split(samples.statistic(reference).SerializeToString()):
            parts.append(wire.field(1, change(wire.split(payload))) if number == 1 else whole)
        return b"".join(parts)

    return make


def replace(number: int, make):
    """Replaces a field of the header."""
    return in_header(
        lambda fields: b"".join(
            make(whole, payload) if each == number else whole for each, whole, payload in fields
        )
    )


def append(extra: bytes):
    return lambda reference: samples.statistic(reference).SerializeToString() + extra


def append_twice(field_number: int):
    def make(reference):
        data = samples.statistic(reference).SerializeToString()
        again = next(whole for number, whole, _ in wire.split(data) if number == field_number)
        return data + again

    return make


def padded(length: int):
    """The value of a varint field with more bytes than it needs."""
    return lambda whole, _: whole[:1] + wire.varint(wire.read_varint(whole, 1)[0], length)


# Field numbers in Header.
REFERENCE, VERSION, KIND = 3, 4, 7
FORMS = {
    "the header twice": append_twice(1),
    "the content twice": append_twice(27),
    "two contents": append(wire.field(22, b"")),
    "the reference twice": replace(REFERENCE, lambda whole, _: whole * 2),
    "a version padded to 2 bytes": replace(VERSION, padded(2)),
    "a version padded to 10 bytes": replace(VERSION, padded(10)),
    "a varint of 11 bytes": replace(
        VERSION, lambda whole, _: whole[:1] + b"\x81" + b"\x80" * 9 + b"\0"
    ),
    "a version past 32 bits": replace(VERSION, lambda *_: wire.field(VERSION, 1 << 32)),
    "an enum past 32 bits": replace(KIND, lambda *_: wire.field(KIND, (1 << 32) + 12)),
    "a tag padded to 2 bytes": replace(VERSION, lambda whole, _: b"\xa0\x00" + whole[1:]),
    "a length padded to 2 bytes": replace(
        REFERENCE,
        lambda _, payload: wire.tag(REFERENCE, 2) + wire.varint(len(payload), 2) + payload,
    ),
    "a varint for text": replace(REFERENCE, lambda *_: wire.field(REFERENCE, 1)),
    "text for a varint": replace(VERSION, lambda *_: wire.field(VERSION, b"\x01")),
    "a fixed32 for a varint": replace(VERSION, lambda *_: wire.tag(VERSION, 5) + b"\1\0\0\0"),
    "field number 0": append(b"\x00\x01"),
    "field number 2^29": append(wire.tag(1 << 29, 0) + b"\x01"),
    "wire type 6": append(wire.tag(99, 6)),
    "wire type 7": append(wire.tag(99, 7)),
    "an unknown group": append(wire.tag(99, 3) + wire.tag(99, 4)),
    "the end of no group": append(wire.tag(99, 4)),
    "a cut tag": append(b"\xff"),
    "a cut length": append(b"\x0a\xff"),
    "a cut payload": append(b"\x0a\x05abc"),
    "a length of 2^64 - 1": append(b"\x0a" + wire.varint((1 << 64) - 1)),
    "a cut fixed64": append(wire.tag(99, 1) + b"1234567"),
    "orcon of 2": in_header(
        lambda fields: b"".join(
            wire.field(8, payload + wire.field(3, 2)) if number == 8 else whole
            for number, whole, payload in fields
        )
    ),
    "NUL in a reference": replace(
        REFERENCE, lambda _, payload: wire.field(REFERENCE, payload + b"\0")
    ),
    "UTF-8 that is cut": replace(
        REFERENCE, lambda _, payload: wire.field(REFERENCE, payload + b"\xc3")
    ),
    "nothing at all": lambda _: b"",
    "text that is no message": lambda reference: reference.encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_an_ambiguous_encoding_is_refused(kr, prefix, name):
    with refusal(INVALID) as refused:
        kr.submit([FORMS[name](prefix)])
    assert any(each.startswith("records[0]") for each in refused.violations), refused.violations
    assert_no_trace(kr, prefix)


BAD_TEXT = {
    "NUL": b"a\0b",
    "a lone continuation byte": b"a\x80",
    "an over-long slash": b"\xc0\xaf",
    "an over-long NUL": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "past the last code point": b"\xf4\x90\x80\x80",
    "a cut sequence": b"\xe2\x82",
    "Latin-1": "Börse".encode("latin-1"),
}


def text_fields(descriptor, path=()):
    """The path of field numbers to each string in a kind of record, each message once."""
    for field in descriptor.fields:
        if field.type == field.TYPE_STRING:
            yield (*path, field.number)
        elif field.message_type is not None:
            yield from text_fields(field.message_type, (*path, field.number))


def nested(path, payload: bytes) -> bytes:
    for number in reversed(path):
        payload = wire.field(number, payload)
    return payload


def test_bad_text_is_refused_in_every_field_there_is(kr):
    paths = list(text_fields(record_pb2.Record.DESCRIPTOR))
    assert len(paths) > 100
    for name, text in BAD_TEXT.items():
        some = paths if name == "NUL" else paths[:: max(1, len(paths) // 12)]
        for path in some:
            with refusal(INVALID) as refused:
                kr.submit([nested(path, text)])
            rules = " ".join(refused.violations.values())
            assert "UTF" in rules or "NUL" in rules, (name, path, refused.violations)
