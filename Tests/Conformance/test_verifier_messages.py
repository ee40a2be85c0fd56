"""The verifier reads messages in unambiguous form alone."""

import proof_maker as maker
from verifier import wire
from verifier.attestation import (
    SIGNATURE_PREFIX,
    AttestedBatch,
    record_originator,
    verify_attestation,
)
from verifier.tree import EMPTY_ROOT, leaf_hash
from verifying import refused


def test_an_attested_batch_has_every_field_once_and_no_other():
    fields = maker.attested_batch_fields(EMPTY_ROOT, 3, maker.p256().public_key())
    parsed = AttestedBatch.parse(maker.message(*fields))
    assert parsed == AttestedBatch.parse(maker.message(*reversed(fields)))
    assert (parsed.size, parsed.originator, parsed.signed_at) == (3, "kr", maker.SIGNED_AT)

    def changed(number: int, value: int | bytes) -> bytes:
        return maker.message(*(each if each[0] != number else (number, value) for each in fields))

    good = maker.message(*fields)
    cases = [maker.message(*fields[:at], *fields[at + 1 :]) for at in range(7)]
    cases += [good + maker.message(each) for each in fields]
    cases += [good + maker.message((8, 0)), good + maker.message((8, b"")), good[:-1]]
    cases += [changed(1, 2), changed(1, b"\1"), changed(2, 1), changed(2, b"\xff")]
    cases += [changed(3, b"k\0"), changed(4, bytes(31)), changed(7, bytes(33))]
    for moment in (
        "2025-02-21",
        "2025-02-21T14:03Z",
        "2025-02-21T14:03:00",
        "2025-02-21T14:03:00+00:00",
        "2025-02-21t14:03:00Z",
        "2025-02-30T14:03:00Z",
        "2025-02-21T24:00:00Z",
        "2025-02-21T14:03:60Z",
        "0000-02-21T14:03:00Z",
        "2025-02-21T14:03:00.0Z",
        "2025-02-21T14:03:00Z\n",
    ):
        cases.append(changed(6, moment.encode()))
    # Varints that are not minimal: a tag, a length, a value.
    cases += [b"\x88\x00" + good[1:], good[:3] + bytes([good[3] | 0x80, 0]) + good[4:]]
    cases += [b"\x08\x81\x00" + good[2:], b"\x08" + 9 * b"\x81" + b"\x02" + good[2:]]
    cases += [good + b"\x00\x00", good + b"\x43", good + b"\x44", good + b"\x45\0\0\0\0"]
    for case in cases:
        with refused("ambiguous_form"):
            AttestedBatch.parse(case)
    for number, value in ((2, b""), (2, 257 * b"o"), (5, 0), (5, 10_001)):
        with refused("over_limit"):
            AttestedBatch.parse(changed(number, value))
    with refused("over_limit"):
        AttestedBatch.parse(changed(3, bytes(1024)))


def test_the_published_vectors_of_an_attestation():
    # Protos/dossier/v1/attestation.proto and RFC 8032, section 7.1, test 1.
    record = bytes.fromhex(
        "0a2b080112026b721a03562d3120012801380c42060802220275736210000102030405060708090a0b0c0d0e0f"
        "12090a070a055469746c65da01180a080a066d6574726963120c0a0a706f70756c6174696f6e"
    )
    assert leaf_hash(record).hex().startswith("7830cbcd448e76c7")
    assert record_originator(record) == "kr"
    batch = bytes.fromhex(
        "080112196d736d742e6578616d706c652f646f73736965722f6b722f311a026b72222040b7140f81f653067e97"
        "4dca52e107ad4b5e755112ceeb89193ac0e79afe8b7a28033214323032352d30322d32315431343a30333a3030"
        "5a3a2006e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"
    )
    signature = bytes.fromhex(
        "930e76780f007207383d141100d3f011f18054fbfb3702230181868e0856868626b42ad7f3cf873f736c1a0615"
        "088351bc415a2102cfbc191daba18a1f14730f"
    )
    key = maker.ed25519.Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert key.sign(SIGNATURE_PREFIX + batch) == signature
    authority = maker.issue(name="KR")
    signer = maker.person(authority, key=key)
    found = AttestedBatch.parse(batch)
    kr = maker.members(maker.Log([]), authority).organisations["kr"]
    who = verify_attestation(found, batch, signature, [signer.der], kr, maker.TRUST_DOMAIN)
    assert str(who) == "spiffe://msmt.example/org/kr/person/kim"
    assert (found.log_origin, found.size) == (maker.ORIGIN, 3)
    assert found.batch_root.hex().startswith("40b7140f81f65306")


def test_fields_of_a_message():
    encoded = maker.message((1, 300), (2, b"ab")) + b"\x1d\1\2\3\4\x21" + bytes(8)
    assert list(wire.fields(encoded)) == [
        (1, 0, 300),
        (2, 2, b"ab"),
        (3, 5, b"\1\2\3\4"),
        (4, 1, bytes(8)),
    ]
    largest = b"\x08" + 9 * b"\xff" + b"\x01"
    assert list(wire.fields(largest)) == [(1, 0, 2**64 - 1)]
