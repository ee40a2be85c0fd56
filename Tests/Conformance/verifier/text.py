"""The forms that bytes and numbers have in text, each of them the only one."""

import base64
import datetime
import re

from verifier.errors import VerificationError
from verifier.tree import HASH_SIZE

MAXIMUM_NUMBER = 2**64 - 1


def utf8(data: bytes | str) -> str:
    """The text; throws when it is not UTF-8 or has control characters other than newline."""
    try:
        text = data.encode("utf-8").decode("utf-8") if isinstance(data, str) else data.decode()
    except UnicodeError:
        raise VerificationError("ambiguous_form", "not valid UTF-8") from None
    if any(character < " " and character != "\n" for character in text):
        raise VerificationError("ambiguous_form", "control characters in text")
    return text


def number(digits: str, what: str) -> int:
    """A decimal number without sign or leading zeros, below 2^64."""
    if not re.fullmatch("0|[1-9][0-9]{0,19}", digits):
        raise VerificationError("ambiguous_form", f"{what} is not a plain decimal number")
    if int(digits) > MAXIMUM_NUMBER:
        raise VerificationError("over_limit", f"{what} is 2^64 or more")
    return int(digits)


def moment(text: str) -> datetime.datetime:
    """A moment to the second, such as 2025-02-21T14:03:00Z."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text):
        raise VerificationError("ambiguous_form", f"not a moment to the second: {text}")
    try:
        found = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        return found.replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise VerificationError("ambiguous_form", f"there is no such moment: {text}") from None


def from_base64(encoded: str, what: str) -> bytes:
    """The bytes, which must encode to the same text again; throws when there are none."""
    try:
        decoded = base64.b64decode(encoded.encode("ascii"), validate=True)
    except ValueError:
        raise VerificationError("ambiguous_form", f"{what} is not base64") from None
    if not decoded or to_base64(decoded) != encoded:
        raise VerificationError("ambiguous_form", f"{what} is not the one base64 of its bytes")
    return decoded


def to_base64(data: bytes) -> str:
    """RFC 4648, section 4, with padding."""
    return base64.b64encode(data).decode("ascii")


def hash_from_base64(encoded: str, what: str) -> bytes:
    """A hash of 32 bytes."""
    decoded = from_base64(encoded, what)
    if len(decoded) != HASH_SIZE:
        raise VerificationError("ambiguous_form", f"{what} has {len(decoded)} bytes, not 32")
    return decoded
