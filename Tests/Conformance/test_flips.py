"""Whichever bit is flipped, in whatever file: it is refused.

The functions `refuse_flips_of_…` take the text of any file that ought to be
good, whoever made it, and flip its bits. Here it is shown that they would notice.
"""

import dataclasses

import pytest

from flips import flip_all
from verifier.errors import VerificationError
from verifier.members import Members
from verifier.verify import verify_proof, verify_receipt, verify_tlog_proof


def refuse_flips_of_receipt(
    text: bytes, record: bytes, vkey: str, sample: int | None = None, seed: int = 0
) -> dict[str, int]:
    """Flips bits of receipts, a record of theirs and the log's key; says how many of each."""
    options = {"sample": sample, "seed": seed, "refusal": VerificationError}
    return {
        "receipt": flip_all(text, lambda each: verify_receipt(each, record, vkey), **options),
        "record": flip_all(record, lambda each: verify_receipt(text, each, vkey), **options),
        "key": flip_all(vkey, lambda each: verify_receipt(text, record, each), **options),
    }


def refuse_flips_of_proof(
    text: bytes, members: Members, sample: int | None = None, seed: int = 0
) -> dict[str, int]:
    """Flips bits of a proof of kr's and of the log's key; says how many of each."""
    options = {"sample": sample, "seed": seed, "refusal": VerificationError}
    kr = members.organisations["kr"]

    def with_key(vkey: bytes) -> Members:
        organisation = dataclasses.replace(kr, log=dataclasses.replace(kr.log, key=vkey))
        return dataclasses.replace(members, organisations={"kr": organisation})

    return {
        "proof": flip_all(text, lambda each: verify_proof(each, members), **options),
        "key": flip_all(kr.log.key, lambda each: verify_proof(text, with_key(each)), **options),
    }


def refuse_flips_of_tlog_proof(
    text: bytes, record: bytes, vkey: str, sample: int | None = None, seed: int = 0
) -> dict[str, int]:
    """Flips bits of a tlog-proof; says how many."""
    options = {"sample": sample, "seed": seed, "refusal": VerificationError}
    check = verify_tlog_proof
    return {"tlog-proof": flip_all(text, lambda each: check(each, record, vkey), **options)}


def equals(wanted: bytes, ignored: int = 0):
    """A check that lets the `ignored` highest bits of the last byte pass."""

    def check(data: bytes) -> None:
        mask = 0xFF >> ignored
        if data[:-1] != wanted[:-1] or data[-1] & mask != wanted[-1] & mask:
            raise ValueError("another")

    return check


def test_every_bit_is_flipped_once():
    seen = []

    def check(data: bytes) -> None:
        seen.append(data)
        equals(b"abc")(data)

    assert flip_all("abc", check) == 24
    assert len(set(seen)) == 25
    numbers = [int.from_bytes(each, "big") for each in seen]
    assert all((numbers[0] ^ each).bit_count() == 1 for each in numbers[1:])


def test_a_bit_that_nobody_looks_at_is_noticed():
    with pytest.raises(AssertionError, match="2 flipped bits pass, first bit 6 of byte 2"):
        flip_all(b"abc", equals(b"abc", ignored=2))


def test_a_sample_is_as_large_as_asked_and_the_same_for_a_seed():
    def flipped(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def check(data: bytes) -> None:
            seen.append(data)
            equals(b"abcdefgh")(data)

        assert flip_all(b"abcdefgh", check, sample=10, seed=seed) == 10
        return seen

    assert flipped(1) == flipped(1) != flipped(2)
    assert flip_all(b"abc", equals(b"abc"), sample=100) == 24


def test_data_that_does_not_pass_as_it_is_shows_nothing():
    with pytest.raises(ValueError):
        flip_all(b"abd", equals(b"abc"))


def test_only_the_refusal_that_is_meant_counts():
    with pytest.raises(ValueError):
        flip_all(b"abc", equals(b"abc"), refusal=VerificationError)
