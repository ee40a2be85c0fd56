"""Protobuf's wire format in unambiguous form, as far as it is needed here."""

from collections.abc import Iterator

from verifier.errors import VerificationError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {FIXED64: 8, FIXED32: 4}


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message, in order: number, wire type, value.

    Tags, lengths and varints must be minimal, and there are no groups.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise VerificationError("ambiguous_form", f"there is no field number {number}")
        if wire_type == VARINT:
            value, at = _varint(data, at)
            yield number, wire_type, value
            continue
        if wire_type == BYTES:
            size, at = _varint(data, at)
        elif wire_type in _FIXED_SIZES:
            size = _FIXED_SIZES[wire_type]
        else:
            raise VerificationError("ambiguous_form", f"field {number} has wire type {wire_type}")
        if size > len(data) - at:
            raise VerificationError("ambiguous_form", f"field {number} goes beyond the message")
        yield number, wire_type, data[at : at + size]
        at += size


def only(data: bytes, number: int, what: str) -> bytes:
    """The one field of this number, which holds bytes; other fields are passed over."""
    found = [(wire_type, value) for each, wire_type, value in fields(data) if each == number]
    if len(found) != 1 or found[0][0] != BYTES:
        raise VerificationError("ambiguous_form", f"{what} is not there exactly once")
    value = found[0][1]
    assert isinstance(value, bytes)
    return value


def string(data: bytes, what: str) -> str:
    """A string: UTF-8 without NUL."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationError("ambiguous_form", f"{what} is not UTF-8") from None
    if "\0" in text:
        raise VerificationError("ambiguous_form", f"{what} has a NUL")
    return text


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at == len(data):
            raise VerificationError("ambiguous_form", "the message ends in a varint")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64 or (byte == 0 and shift):
                raise VerificationError("ambiguous_form", "a varint is not minimal")
            return value, at
    raise VerificationError("ambiguous_form", "a varint is too long")
