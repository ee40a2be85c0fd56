"""Flips bits, one at a time, to see that nothing in a file is left unverified.

DOSSIER_LONG_TESTS=1 flips every bit; otherwise tests take a sample of each file's.
"""

import os
import random
from collections.abc import Callable

IS_LONG = os.environ.get("DOSSIER_LONG_TESTS") == "1"
SAMPLE = None if IS_LONG else 4000


def flipped(data: bytes, bit: int) -> bytes:
    """The data with one bit turned over; bit 0 is the lowest of the first byte."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_all(
    data: bytes | str,
    check: Callable[[bytes], object],
    sample: int | None = None,
    seed: int = 0,
    refusal: type[Exception] | tuple[type[Exception], ...] = Exception,
) -> int:
    """Asserts that `check` raises `refusal` whichever single bit of the data is flipped.

    With `sample`, so many bits that `seed` chooses are flipped instead of all. Returns how many
    were. The data as it is must pass, or nothing would be shown; any other exception goes through.
    """
    original = data.encode("utf-8") if isinstance(data, str) else data
    check(original)
    bits: list[int] | range = range(8 * len(original))
    if sample is not None and sample < len(bits):
        bits = sorted(random.Random(seed).sample(bits, sample))
    accepted = []
    for bit in bits:
        try:
            check(flipped(original, bit))
        except refusal:
            continue
        accepted.append(bit)
    assert not accepted, f"{len(accepted)} flipped bits pass, first {_shown(original, accepted[0])}"
    return len(bits)


def _shown(data: bytes, bit: int) -> str:
    at = bit // 8
    around = data[max(0, at - 20) : at + 20]
    return f"bit {bit % 8} of byte {at}, amid {around!r}"
