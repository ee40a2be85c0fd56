"""Misuse of HTTP/2 and of gRPC's framing, frame by frame.

Each case says which outcomes are right (see frames.Connection.outcome). Whatever a case does, an
honest client's call on another connection is answered after it.
"""

import struct

import pytest

import http2_floods
from frames import PREFACE, Connection, message, raw, request_headers

HEALTH = "/grpc.health.v1.Health/Check"
GET = "/dossier.v1.ExchangeService/Get"
SERVING = b"\x08\x01"
OK, INVALID, DEADLINE, EXHAUSTED, UNIMPLEMENTED, INTERNAL = (
    f"grpc {code}" for code in (0, 3, 4, 8, 12, 13)
)
# A connection error takes the connection down, a stream error the stream (RFC 9113, section 5.4).
PROTOCOL = {"goaway PROTOCOL_ERROR"}
FRAME_SIZE = {"goaway FRAME_SIZE_ERROR"}
FLOW_CONTROL = {"goaway FLOW_CONTROL_ERROR"}
COMPRESSION = {"goaway COMPRESSION_ERROR"}
STREAM_CLOSED = {"goaway STREAM_CLOSED"}
MALFORMED = {"reset PROTOCOL_ERROR"}
# Who sends on while the connection is closed may lose what was said last.
CALM = {"goaway ENHANCE_YOUR_CALM", "goaway PROTOCOL_ERROR", "closed"}


def sends(*parts):
    """A case that sends these bytes after the preface."""
    return lambda connection: connection.send(*parts)


def first(*parts):
    """A case that sends these bytes instead of the preface."""
    case = lambda connection: connection.send(*parts)  # noqa: E731
    case.begins = False
    return case


def setting(identifier: int, value: int) -> bytes:
    return raw(4, 0, 0, struct.pack(">HI", identifier, value))


def window(stream: int, increment: int) -> bytes:
    return raw(8, 0, stream, struct.pack(">I", increment))


def opened(*parts):
    """A case that opens a call on stream 1 and goes on with these bytes."""
    return lambda connection: connection.send(
        connection.headers(1, request_headers(HEALTH)), *parts
    )


def block(data: bytes):
    """A case whose header block is these bytes."""
    return sends(raw(1, 5, 1, data))


CONNECTION = {
    "another preface": (first(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), PROTOCOL),
    "half a preface": (first(PREFACE[:10] + b"X" * 14), PROTOCOL),
    "no SETTINGS after the preface": (first(PREFACE, raw(6, 0, 0, b"12345678")), PROTOCOL),
    "SETTINGS of 5 bytes": (sends(raw(4, 0, 0, b"12345")), FRAME_SIZE),
    "SETTINGS ACK with a payload": (sends(raw(4, 1, 0, b"123456")), FRAME_SIZE),
    "SETTINGS on a stream": (sends(raw(4, 0, 1)), PROTOCOL),
    "a window of 2^31": (sends(setting(4, 1 << 31)), FLOW_CONTROL),
    "frames of at most 1 byte": (sends(setting(5, 1)), PROTOCOL),
    "frames of more than 2^24": (sends(setting(5, 1 << 24)), PROTOCOL),
    "ENABLE_PUSH of 2": (sends(setting(2, 2)), PROTOCOL),
    "an ACK that nobody asked for": (
        lambda each: each.send(raw(4, 1, 0) * 4) and each.call(1, HEALTH, b""),
        PROTOCOL,
    ),
    "PING of 7 bytes": (sends(raw(6, 0, 0, b"1234567")), FRAME_SIZE),
    "PING on a stream": (sends(raw(6, 0, 1, b"12345678")), PROTOCOL),
    "GOAWAY on a stream": (sends(raw(7, 0, 1, b"12345678")), PROTOCOL),
    "GOAWAY of 4 bytes": (sends(raw(7, 0, 0, b"1234")), FRAME_SIZE),
    "WINDOW_UPDATE of nothing": (sends(window(0, 0)), PROTOCOL),
    "WINDOW_UPDATE past 2^31": (sends(window(0, (1 << 31) - 1)), FLOW_CONTROL),
    "WINDOW_UPDATE of 3 bytes": (sends(raw(8, 0, 0, b"123")), FRAME_SIZE),
    "WINDOW_UPDATE on an idle stream": (sends(window(1, 1)), PROTOCOL),
    "RST_STREAM on an idle stream": (sends(raw(3, 0, 1, b"1234")), PROTOCOL),
    "RST_STREAM on no stream": (sends(raw(3, 0, 0, b"1234")), PROTOCOL),
    "RST_STREAM of 3 bytes": (opened(raw(3, 0, 1, b"123")), FRAME_SIZE),
    "DATA on an idle stream": (sends(raw(0, 0, 1, b"x")), PROTOCOL),
    "DATA on no stream": (sends(raw(0, 0, 0, b"x")), PROTOCOL),
    "DATA padded past its end": (opened(raw(0, 8, 1, b"\x09x")), PROTOCOL),
    "DATA past the window": (
        opened(*[raw(0, 0, 1, b"x" * 16384)] * 8192),
        FLOW_CONTROL | {"reset FLOW_CONTROL_ERROR", INTERNAL},
    ),
    "HEADERS on no stream": (sends(raw(1, 5, 0, b"\x82")), PROTOCOL),
    "HEADERS on a stream of the server's": (sends(raw(1, 5, 2, b"\x82")), PROTOCOL),
    "HEADERS that depend on themselves": (
        lambda each: each.send(
            raw(1, 0x25, 1, b"\x00\x00\x00\x01\x10" + each.encoder.encode(request_headers(HEALTH)))
        ),
        PROTOCOL,
    ),
    "HEADERS padded past their end": (sends(raw(1, 0x0D, 1, b"\x09\x82")), PROTOCOL),
    "a stream below one that was used": (
        lambda each: [each.call(stream, HEALTH, b"") for stream in (3, 1, 5)] and each.watch(5),
        {OK},
    ),
    "PRIORITY of 4 bytes": (sends(raw(2, 0, 1, b"1234")), FRAME_SIZE),
    "PUSH_PROMISE": (opened(raw(5, 4, 1, b"\x00\x00\x00\x02\x82")), PROTOCOL),
    "CONTINUATION of nothing": (sends(raw(9, 4, 1, b"\x82")), PROTOCOL),
    "a PING within a header block": (
        sends(raw(1, 0, 1, b"\x82"), raw(6, 0, 0, b"12345678")),
        PROTOCOL,
    ),
    "CONTINUATION of another stream": (
        sends(raw(1, 0, 1, b"\x82"), raw(9, 4, 3, b"\x82")),
        PROTOCOL,
    ),
    "a frame longer than allowed": (opened(raw(0, 0, 1, b"x" * 16385)), FRAME_SIZE),
    "an index past the table": (block(b"\xff\x80\x01"), COMPRESSION),
    "an index of nothing": (block(b"\x80"), COMPRESSION),
    "a table larger than allowed": (block(b"\x3f\xe1\xff\x03"), COMPRESSION),
    "an integer without end": (block(b"\x7f" + b"\xff" * 100), COMPRESSION),
    "a literal longer than its block": (block(b"\x00\x7f\xff\xff\xff\x07a"), COMPRESSION),
    "Huffman code with an end of string": (block(b"\x00\x84\xff\xff\xff\xff\x00"), COMPRESSION),
}


def field(name: bytes, value: bytes) -> bytes:
    """A header field as a literal that hpack does not check."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def with_fields(*extra, path: str = HEALTH, drop: str = "", first_of_all: bool = False):
    """A call whose header list has these fields too."""

    def case(connection):
        fields = [each for each in request_headers(path) if each[0] != drop]
        plain = [field(name.encode(), value.encode()) for name, value in fields]
        odd = [field(name, value) for name, value in extra]
        parts = odd + plain if first_of_all else plain + odd
        connection.send(connection.headers(1, [], block=b"".join(parts)), raw(0, 1, 1, message()))

    return case


HEADERS = {
    "an upper-case name": (with_fields((b"Upper", b"x")), MALFORMED),
    "a name with a space": (with_fields((b"a b", b"x")), MALFORMED),
    "an empty name": (with_fields((b"", b"x")), MALFORMED),
    "a value with a NUL": (with_fields((b"a", b"x\0y")), MALFORMED),
    "a value with a line end": (with_fields((b"a", b"x\r\ny: z")), MALFORMED),
    "connection": (with_fields((b"connection", b"close")), MALFORMED),
    "transfer-encoding": (with_fields((b"transfer-encoding", b"chunked")), MALFORMED),
    "te: gzip": (with_fields((b"te", b"gzip"), drop="te"), MALFORMED),
    "no te": (with_fields(drop="te"), {INTERNAL}),
    "no :method": (with_fields(drop=":method"), MALFORMED),
    "no :path": (with_fields(drop=":path"), MALFORMED),
    "no :scheme": (with_fields(drop=":scheme"), MALFORMED),
    "two :path": (with_fields((b":path", b"/x"), first_of_all=True), MALFORMED),
    "an empty :path": (with_fields((b":path", b""), drop=":path", first_of_all=True), MALFORMED),
    "an unknown pseudo-header": (with_fields((b":x", b"x"), first_of_all=True), MALFORMED),
    "a pseudo-header after others": (
        with_fields((b":path", HEALTH.encode()), drop=":path"),
        MALFORMED,
    ),
    ":status in a request": (with_fields((b":status", b"200"), first_of_all=True), MALFORMED),
    "a content-length that is wrong": (with_fields((b"content-length", b"1")), MALFORMED),
    "a content-length that is none": (with_fields((b"content-length", b"-1")), MALFORMED),
}


def call(body: bytes, end: bool = True, path: str = HEALTH, **changes):
    """A call with this body."""
    return lambda connection: connection.send(
        connection.headers(1, request_headers(path, **changes)), raw(0, 1 if end else 0, 1, body)
    )


def plain(**changes):
    """A request that is not gRPC's: no body, no te."""

    def case(connection):
        fields = request_headers("/", te=None, **changes)
        connection.send(connection.headers(1, fields, "END_HEADERS", "END_STREAM"))

    return case


def trailers(*flags: str):
    """A call whose client ends with a header block."""

    def case(connection):
        connection.send(
            connection.headers(1, request_headers(HEALTH)),
            raw(0, 0, 1, message()),
            connection.headers(1, [("x", "y")], *flags),
        )

    return case


GRPC = {
    "a browser's GET": (plain(method="GET", content_type=None), {"http 405"}),
    "a PUT": (plain(method="PUT"), {"http 405"}),
    "a HEAD": (plain(method="HEAD", content_type=None), {"http 405"}),
    "a form": (call(b"a=b", content_type="application/x-www-form-urlencoded"), {"http 415"}),
    "no content type": (call(message(), content_type=None), {"http 415"}),
    "gRPC-Web": (call(message(), content_type="application/grpc-web"), {"http 415"}),
    "gRPC with JSON": (
        call(message(b"{}"), content_type="application/grpc+json"),
        {UNIMPLEMENTED},
    ),
    "gRPC with proto": (call(message(), content_type="application/grpc+proto"), {OK}),
    "gRPC with a parameter": (call(message(), content_type="application/grpc;v=1"), {OK}),
    "a path of one segment": (call(message(), path="/x"), {UNIMPLEMENTED}),
    "a path with a query": (call(message(), path=f"{HEALTH}?x"), {UNIMPLEMENTED}),
    "a path with dots": (call(message(), path=f"/x/..{HEALTH}"), {UNIMPLEMENTED}),
    "no message": (call(b""), {UNIMPLEMENTED}),
    "two messages on a unary call": (call(message() * 2), {UNIMPLEMENTED}),
    "a prefix that is cut": (call(message()[:3]), {INTERNAL}),
    "a message that is cut": (call(message(length=9)), {INTERNAL}),
    "a message that is not protobuf": (call(message(b"\xff" * 20), path=GET), {INVALID}),
    "a length past the limit": (call(message(length=4194305), end=False), {EXHAUSTED}),
    "a length of 4 GiB": (call(message(length=(1 << 32) - 1), end=False), {EXHAUSTED}),
    "a compressed message, no encoding": (call(message(flag=1)), {INTERNAL}),
    "a flag of 2": (call(message(flag=2)), {INTERNAL}),
    "an unknown encoding": (call(message(flag=1), grpc_encoding="snappy"), {UNIMPLEMENTED}),
    "identity encoding": (call(message(), grpc_encoding="identity"), {OK}),
    "a timeout without unit": (call(message(), grpc_timeout="1"), {INTERNAL}),
    "a timeout of 9 digits": (call(message(), grpc_timeout="123456789S"), {INTERNAL}),
    "a negative timeout": (call(message(), grpc_timeout="-1S"), {INTERNAL}),
    "a timeout that has passed": (call(message(), end=False, grpc_timeout="1n"), {DEADLINE}),
    "the longest timeout": (call(message(), grpc_timeout="99999999H"), {OK}),
    "binary metadata that is not base64": (call(message(), x_bin="%%%"), {INTERNAL}),
    "binary metadata without padding": (call(message(), x_bin="AA"), {OK}),
    "reserved metadata": (call(message(), grpc_x="y"), {OK}),
    "trailers": (trailers("END_HEADERS", "END_STREAM"), {OK}),
    "trailers that end nothing": (trailers("END_HEADERS"), MALFORMED),
    "an unknown frame": (
        lambda each: each.send(raw(0x42, 0xFF, 0, b"x")) and each.call(1, HEALTH, b""),
        {OK},
    ),
    "padding and priority": (
        lambda each: each.send(
            raw(
                1,
                0x2C,
                1,
                b"\x02\x00\x00\x00\x00\x10"
                + each.encoder.encode(request_headers(HEALTH))
                + b"\0\0",
            ),
            raw(0, 9, 1, b"\x03" + message() + b"\0\0\0"),
        ),
        {OK},
    ),
    "a message in frames of one byte": (
        lambda each: each.send(
            each.headers(1, request_headers(HEALTH)),
            *[raw(0, 0, 1, bytes([byte])) for byte in message()],
            raw(0, 1, 1),
        ),
        {OK},
    ),
    "DATA after the end of a stream": (
        lambda each: each.call(1, HEALTH, b"") or each.send(raw(0, 1, 1, message())),
        STREAM_CLOSED | {OK},
    ),
}

CASES = CONNECTION | HEADERS | GRPC
assert len(CASES) == len(CONNECTION) + len(HEADERS) + len(GRPC)


@pytest.mark.parametrize("name", CASES)
def test_misuse_is_answered_as_it_should_be(node, consortium, name):
    case, right = CASES[name]
    begins = getattr(case, "begins", True)
    with Connection(node.port, consortium.people["us"], begin=begins) as connection:
        case(connection)
        assert connection.outcome() in right
    assert_is_well(node, consortium)


@pytest.mark.parametrize("name", http2_floods.FLOODS)
def test_a_flood_ends_its_connection_and_no_other(node, consortium, name):
    flood = http2_floods.FLOODS[name]
    before = node.memory()
    with Connection(node.port, consortium.people["us"]) as connection:
        flood(connection)
        assert connection.outcome(stream=-1) in CALM
    assert_is_well(node, consortium)
    assert node.memory() - before < 32 << 20


def test_headers_of_many_bytes_are_refused_however_few_they_are_on_the_wire(node, consortium):
    """An HPACK bomb: a field of 4,000 bytes, and 8,000 times one byte that repeats it."""
    before = node.memory()
    with Connection(node.port, consortium.people["us"]) as connection:
        begin = b"".join(
            field(*(part.encode() for part in each)) for each in request_headers(HEALTH)
        )
        bomb = b"\x40\x01a\x7f\xa1\x1e" + b"x" * 4000 + b"\xbe" * 8000
        for stream in range(1, 20, 2):
            connection.send(raw(1, 4, stream, begin + bomb), raw(0, 1, stream, message()))
            assert connection.outcome(stream) in {"http 431", EXHAUSTED} | MALFORMED | CALM
    assert node.memory() - before < 32 << 20
    assert_is_well(node, consortium)


def test_a_connection_needs_the_protocol_h2(node, consortium):
    for protocols in ((), ("http/1.1",)):
        try:
            with Connection(node.port, consortium.people["us"], alpn=protocols) as connection:
                connection.call(1, HEALTH, b"")
                assert connection.outcome() in {"closed", "goaway INADEQUATE_SECURITY"}
        except OSError:
            pass  # the handshake itself failed
    assert_is_well(node, consortium)


def test_a_window_of_one_byte_gets_its_answer_byte_by_byte(node, consortium):
    with Connection(node.port, consortium.people["us"], begin=False) as connection:
        connection.begin({4: 1})
        connection.call(1, HEALTH, b"")
        body = b""
        while (frame := connection.read()) is not None:
            if frame.type == 0 and frame.stream == 1:
                assert len(frame.body) <= 1
                body += frame.body
                connection.send(window(1, 1))
            if frame.ends_stream:
                break
        assert body == message(SERVING)


def test_a_stream_past_the_limit_is_refused_and_no_other(node, consortium):
    with Connection(node.port, consortium.people["us"]) as connection:
        limit = 256
        for stream in range(1, 2 * limit + 3, 2):
            connection.send(connection.headers(stream, request_headers(HEALTH)))
        refused = connection.outcome(stream=2 * limit + 1)
        assert refused in {"reset REFUSED_STREAM", "goaway PROTOCOL_ERROR"}
    assert_is_well(node, consortium)


def assert_is_well(node, consortium) -> None:
    """That an honest client is answered."""
    with Connection(node.port, consortium.people["kr"]) as connection:
        connection.call(1, HEALTH, b"")
        assert connection.outcome() == OK
