"""Four mebibytes of hostile protobuf of each sort: refused, at no cost worth the name."""

import struct

import grpc
import pytest

import samples
import wire
from dossier.v1 import exchange_pb2
from expect import INVALID, refusal
from node import CALL_SECONDS

REQUEST_BYTES = 4 << 20
RECORD_BYTES = 256 << 10
GROWTH_BYTES = 64 << 20


def fill(unit: bytes, size: int = REQUEST_BYTES - 64) -> bytes:
    """`unit` again and again."""
    return unit * (size // len(unit))


def nested(number: int, size: int = REQUEST_BYTES - 64) -> bytes:
    """Messages in messages, all of the same field, at most `size` bytes of them."""
    key = wire.tag(number, 2)
    heads, inner = [], 0
    while inner <= size - len(key) - 4:
        heads.append(key + wire.varint(inner))
        inner += len(heads[-1])
    return b"".join(reversed(heads))


def groups(number: int, size: int = REQUEST_BYTES - 64) -> bytes:
    start, end = wire.tag(number, 3), wire.tag(number, 4)
    count = size // (len(start) + len(end))
    return start * count + end * count


# Requests by method. What is named REFUSED is refused; what is named CARRIED is unknown to the
# node and does no harm.
REFUSED = {
    "empty records": ("Submit", lambda: fill(wire.field(2, b""))),
    "records of one byte": ("Submit", lambda: fill(wire.field(2, b"\x08"))),
    "empty certificates": ("Submit", lambda: wire.field(1, fill(wire.field(3, b"")))),
    "an attestation again and again": ("Submit", lambda: fill(wire.field(1, b""))),
    "an attestation of one long signature": (
        "Submit",
        lambda: wire.field(1, wire.field(2, b"x" * (REQUEST_BYTES - 64))),
    ),
    "groups in groups": ("Submit", lambda: groups(1)),
    "unknown groups in groups": ("Submit", lambda: groups(99)),
    "groups that do not end": ("Get", lambda: fill(wire.tag(99, 3))),
    "padded varints": ("Get", lambda: fill(wire.tag(99, 0) + wire.varint(0, 10))),
    "padded lengths": ("Get", lambda: fill(wire.tag(99, 2) + wire.varint(0, 5))),
    "padded tags": ("Get", lambda: fill(b"\x98\x86\x80\x00\x00")),
    "varints without end": ("Get", lambda: fill(b"\xff")),
    "zero bytes": ("Get", lambda: fill(b"\x00")),
    "one text of bad UTF-8": ("Get", lambda: wire.field(1, b"\xff" * (REQUEST_BYTES - 64))),
    "one text of NUL": ("Get", lambda: wire.field(1, b"\x00" * (REQUEST_BYTES - 64))),
    "one very long record id": ("Get", lambda: wire.field(1, "a" * (REQUEST_BYTES - 64))),
    "a selector again and again": ("Get", lambda: fill(wire.field(1, "12345678"))),
    "two selectors in turn": ("Get", lambda: fill(wire.field(1, "12345678") + wire.field(2, b""))),
    "a filter again and again": ("List", lambda: fill(wire.field(1, b""))),
    "empty originators": ("List", lambda: wire.field(1, fill(wire.field(2, b"")))),
    "kinds, packed": ("List", lambda: wire.field(1, wire.field(1, fill(b"\x01")))),
    "kinds, not packed": ("List", lambda: wire.field(1, fill(wire.tag(1, 0) + b"\x01"))),
    "a cursor that is one": ("List", lambda: wire.field(3, b"x" * (REQUEST_BYTES - 64))),
    "a length past the end": ("List", lambda: b"\x0a" + wire.varint(1 << 31) + fill(b"x")),
}
CARRIED = {
    "messages in an unknown field": ("Get", lambda: nested(99)),
    "unknown fields": ("Get", lambda: fill(wire.field(99, 1))),
    "empty unknown fields": ("Get", lambda: fill(wire.field(99, b""))),
    "fixed fields": ("Get", lambda: fill(wire.tag(99, 5) + b"1234")),
}
# Records of 256 KiB, sixteen to a request.
RECORDS = {
    "empty titles": lambda size: wire.field(2, fill(wire.field(1, b""), size)),
    "empty accounts": lambda size: wire.field(16, fill(wire.field(8, b""), size)),
    "empty claims": lambda size: wire.field(16, fill(wire.field(9, wire.field(1, b"")), size)),
    "a report again and again": lambda size: fill(wire.field(2, b""), size),
    "contents in turn": lambda size: fill(wire.field(16, b"") + wire.field(22, b""), size),
    "reports in reports": lambda size: wire.field(2, nested(2, size)),
    "links in unknown fields": lambda size: wire.field(2, nested(99, size)),
    "groups": lambda size: groups(99, size),
    "unknown fields": lambda size: fill(wire.field(99, 1), size),
    "one text": lambda size: wire.field(2, wire.field(1, wire.field(1, "x" * size))),
    "one text of NUL": lambda size: wire.field(2, wire.field(1, wire.field(1, "\0" * size))),
    "floats": lambda size: fill(wire.tag(1, 5) + struct.pack("<f", float("nan")), size),
}


@pytest.fixture
def frugal(node):
    """Checks what the node's memory grew by at most."""
    before = node.memory()
    node.forget_peak()
    yield
    assert node.memory("VmHWM") - before < GROWTH_BYTES


def send(client, method: str, request: bytes):
    assert len(request) <= REQUEST_BYTES
    path = f"/dossier.v1.ExchangeService/{method}"
    if method == "List":
        return list(client.channel.unary_stream(path)(request, timeout=CALL_SECONDS))
    return client.channel.unary_unary(path)(request, timeout=CALL_SECONDS)


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_request_is_refused(kr, frugal, name):
    method, make = REFUSED[name]
    with refusal(INVALID):
        send(kr, method, make())


@pytest.mark.parametrize("name", CARRIED)
def test_unknown_fields_are_carried_or_refused(kr, frugal, name):
    method, make = CARRIED[name]
    with refusal(INVALID, grpc.StatusCode.NOT_FOUND):
        send(kr, method, make() + wire.field(1, "0123456789"))


@pytest.mark.parametrize("name", RECORDS)
def test_hostile_records_are_refused(kr, frugal, prefix, name):
    start = samples.statistic(prefix).SerializeToString()
    hostile = RECORDS[name](RECORD_BYTES - len(start) - 64)
    records = [start + hostile + wire.field(536_870_911, bytes([index])) for index in range(15)]
    with refusal(INVALID) as refused:
        kr.submit(records)
    assert refused.violations
    assert kr.list(reference=prefix) == []


def test_a_request_one_byte_past_the_limit_is_not_read(kr, frugal):
    with refusal(grpc.StatusCode.RESOURCE_EXHAUSTED):
        send_past = kr.channel.unary_unary("/dossier.v1.ExchangeService/Submit")
        send_past(b"x" * (REQUEST_BYTES + 1), timeout=CALL_SECONDS)


def test_many_hostile_batches_of_one_stream_are_refused_one_by_one(kr, frugal, prefix):
    hostile = [RECORDS["empty accounts"](RECORD_BYTES - 64)]
    submission = kr.request(hostile)
    requests = [exchange_pb2.SubmitStreamRequest(submission=submission)] * 64
    answers = list(kr.exchange.SubmitStream(iter(requests), timeout=CALL_SECONDS))
    assert [each.refusal.code for each in answers] == [INVALID.value[0]] * 64
