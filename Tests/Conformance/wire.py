"""Protobuf by hand: for bytes that no library would write."""


def varint(value: int, length: int = 0) -> bytes:
    """`value` as a varint, padded to `length` bytes when that is more than it needs."""
    groups = []
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    while len(groups) < length:
        groups[-1] |= 0x80
        groups.append(0)
    return bytes(groups)


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def field(number: int, value: int | bytes | str) -> bytes:
    """A varint field for an integer, a length-delimited one for bytes and text."""
    if isinstance(value, int):
        return tag(number, 0) + varint(value)
    payload = value.encode() if isinstance(value, str) else value
    return tag(number, 2) + varint(len(payload)) + payload


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def split(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The fields of an encoded message: number, all its bytes, and the payload alone."""
    fields = []
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        begin = at
        if key & 7 == 0:
            _, at = read_varint(data, at)
        elif key & 7 == 2:
            length, begin = read_varint(data, at)
            at = begin + length
        else:
            at += {1: 8, 5: 4}[key & 7]
        fields.append((key >> 3, data[start:at], data[begin:at]))
    return fields


def reordered(data: bytes, descriptor) -> bytes:
    """The same message with the fields of every message in falling order of number.

    The elements of a repeated field keep their order. No official encoder does quite this, but
    none is more unlike the usual order.
    """
    fields = []
    for number, whole, payload in split(data):
        known = descriptor.fields_by_number.get(number)
        if known is not None and known.message_type is not None:
            whole = field(number, reordered(payload, known.message_type))
        fields.append((number, whole))
    return b"".join(whole for _, whole in sorted(fields, key=lambda each: -each[0]))
