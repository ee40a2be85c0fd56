"""Floods: many frames, each of which is allowed once. See threats such as CVE-2023-44487,
CVE-2024-27316 and CVE-2025-8671. Each must end its connection.
"""

import struct

from frames import frames, raw, request_headers

HEALTH = "/grpc.health.v1.Health/Check"
COUNT = 5_000


def many(frame: bytes, count: int = COUNT):
    """The same frame again and again, never reading."""

    def flood(connection):
        for _ in range(count // 100):
            if not connection.send(frame * 100):
                return

    return flood


def on_a_stream(frame: bytes):
    """The same with a call open on stream 1."""

    def flood(connection):
        connection.send(connection.headers(1, request_headers(HEALTH)))
        many(frame)(connection)

    return flood


def on_new_streams(*parts):
    """A call and then these bytes for each stream; the bytes are made of the stream's number."""

    def flood(connection):
        for stream in range(1, 2 * COUNT, 2):
            opened = connection.headers(stream, request_headers(HEALTH))
            if not connection.send(opened, *[part(stream) for part in parts]):
                return

    return flood


def continuations(connection):
    """A header block that does not end."""
    connection.send(raw(1, 0, 1, b"\x82"))
    many(raw(9, 0, 1, b"\x00\x01a\x01b"))(connection)


def empty_continuations(connection):
    """The same without a byte in it."""
    connection.send(raw(1, 0, 1, b"\x82"))
    many(raw(9, 0, 1))(connection)


def large_header_blocks(connection):
    """Header blocks of 16 KiB and more."""
    for stream in range(1, 400, 2):
        block = b"".join(b"\x00\x01a\x7f\x81\x1f" + b"x" * 4096 for _ in range(4))
        parts = [block[at : at + 16384] for at in range(0, len(block), 16384)]
        sent = [raw(1, 0, stream, parts[0])]
        sent += [raw(9, 0, stream, part) for part in parts[1:]] + [raw(9, 4, stream)]
        if not connection.send(*sent):
            return


FLOODS = {
    "PING": many(raw(6, 0, 0, b"12345678")),
    "PING ACK": many(raw(6, 1, 0, b"12345678")),
    "SETTINGS": many(raw(4, 0, 0, struct.pack(">HI", 4, 65535))),
    "empty SETTINGS": many(raw(4, 0, 0)),
    "PRIORITY": many(raw(2, 0, 1, b"\x00\x00\x00\x00\x10")),
    "unknown frames": many(raw(0x42, 0, 0)),
    "WINDOW_UPDATE": many(raw(8, 0, 0, struct.pack(">I", 1))),
    "empty DATA": on_a_stream(raw(0, 0, 1)),
    "WINDOW_UPDATE on a stream": on_a_stream(raw(8, 0, 1, struct.pack(">I", 1))),
    "rapid reset": on_new_streams(lambda stream: frames.RstStreamFrame(stream, 8)),
    "resets that the server is made to send": on_new_streams(
        lambda stream: raw(8, 0, stream, struct.pack(">I", 0))
    ),
    "CONTINUATION": continuations,
    "empty CONTINUATION": empty_continuations,
    "header blocks of more than 16 KiB": large_header_blocks,
}
