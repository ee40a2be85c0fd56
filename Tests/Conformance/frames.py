"""HTTP/2 by hand, over TLS with a client certificate: hyperframe, hpack and a socket."""

import pathlib
import socket
import ssl
import struct
import tempfile

import hpack
from hyperframe import frame as frames

import pki

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
WAIT_SECONDS = 15
ERRORS = (
    "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED "
    "FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM "
    "INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split()


class Frame:
    """A frame that the peer sent."""

    def __init__(self, header: bytes, body: bytes):
        self.type, self.flags = header[3], header[4]
        self.stream = int.from_bytes(header[5:9], "big") & 0x7FFFFFFF
        self.body = body

    @property
    def name(self) -> str:
        known = frames.FRAMES.get(self.type)
        return known.__name__.removesuffix("Frame") if known else f"type {self.type}"

    @property
    def flags_and_body(self) -> tuple[int, bytes]:
        return self.flags, self.body

    @property
    def ends_stream(self) -> bool:
        return self.type in (0, 1) and bool(self.flags & 1)

    @property
    def error(self) -> str:
        """Name of the error code of a RST_STREAM or GOAWAY."""
        code = int.from_bytes(self.body[4:8] if self.type == 7 else self.body[:4], "big")
        return ERRORS[code] if code < len(ERRORS) else str(code)


def raw(type_: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    """A frame of any type, whether it makes sense or not."""
    return (
        struct.pack(">I", len(body))[1:] + bytes([type_, flags]) + struct.pack(">I", stream) + body
    )


def message(payload: bytes = b"", flag: int = 0, length: int | None = None) -> bytes:
    """A gRPC message with its prefix; `length` lies about its size."""
    return bytes([flag]) + struct.pack(">I", len(payload) if length is None else length) + payload


def request_headers(path: str, **changes) -> list[tuple[str, str]]:
    """Headers of a gRPC call; a change to None leaves a field out ('_' stands for '-')."""
    headers = {
        ":method": "POST",
        ":scheme": "https",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    for name, value in changes.items():
        name = name.replace("_", "-")
        headers[f":{name}" if f":{name}" in headers else name] = value
    return [(name, value) for name, value in headers.items() if value is not None]


class Connection:
    """A connection on which nothing is sent but what a test sends."""

    def __init__(self, port: int, identity: pki.Identity, begin: bool = True, alpn=("h2",)):
        # The peer's certificate is not what these tests are about.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with tempfile.TemporaryDirectory() as folder:
            context.load_cert_chain(*identity.write(pathlib.Path(folder), "client"))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        plain = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 20
        self.watched = 1
        if begin:
            self.begin()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def begin(self, settings: dict[int, int] | None = None) -> None:
        """Preface and SETTINGS."""
        self.send(PREFACE, frames.SettingsFrame(0, settings=settings or {}))

    def send(self, *parts) -> bool:
        """Sends frames or bytes; false when the peer has closed or takes no more."""
        data = b"".join(each if isinstance(each, bytes) else each.serialize() for each in parts)
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def headers(self, stream: int, fields, *flags: str, block: bytes | None = None) -> bytes:
        """A HEADERS frame, with END_HEADERS unless other flags are named."""
        encoded = self.encoder.encode(fields) if block is None else block
        return frames.HeadersFrame(
            stream, encoded, flags=list(flags or ("END_HEADERS",))
        ).serialize()

    def call(self, stream: int, path: str, payload: bytes, **changes) -> None:
        """A whole unary call."""
        self.send(
            self.headers(stream, request_headers(path, **changes)),
            frames.DataFrame(stream, message(payload), flags=["END_STREAM"]),
        )

    def read(self) -> Frame | None:
        """The next frame; nothing at the end of the connection."""
        header = self._read(9)
        if header is None:
            return None
        body = self._read(int.from_bytes(header[:3], "big"))
        return None if body is None else Frame(header, body)

    def _read(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except TimeoutError:
                raise
            except OSError:
                return None
            if not part:
                return None
            data += part
        return data

    def frames_of(self, stream: int) -> list[Frame]:
        """The frames of a stream to its end."""
        found = []
        while (frame := self.read()) is not None:
            if frame.stream != stream:
                continue
            found.append(frame)
            if frame.ends_stream or frame.type == 3:
                break
        return found

    def watch(self, stream: int) -> None:
        """Says which stream's outcome counts, when it is not that of stream 1."""
        self.watched = stream

    def outcome(self, stream: int | None = None) -> str:
        """How a stream, or the connection, came to its end.

        "grpc N" a status of gRPC, "http N" a response that is none of gRPC's, "reset CODE" the
        stream was reset, "goaway CODE" the connection was ended, "closed" without a word,
        "silent" nothing came.
        """
        status = "?"
        stream = stream or self.watched
        while True:
            try:
                frame = self.read()
            except TimeoutError:
                return "silent"
            if frame is None:
                return "closed"
            if frame.type == 7 and frame.error != "NO_ERROR":
                return f"goaway {frame.error}"
            if frame.type == 1:
                fields = dict(self.decoder.decode(frame.body))
                if frame.stream != stream:
                    continue
                status = fields.get(":status", status)
                if "grpc-status" in fields:
                    return f"grpc {fields['grpc-status']}"
            if frame.stream == stream and frame.type == 3:
                return f"reset {frame.error}"
            if frame.stream == stream and frame.ends_stream:
                return f"http {status}"
