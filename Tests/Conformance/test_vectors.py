"""The test vectors in Protos/dossier/v1/attestation.proto are what the recipe yields.

Run as a program, this file prints them as they stand there.
"""

import pathlib
import re
import sys
import textwrap

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

import recipe
from dossier.v1 import assessment_pb2, marking_pb2, record_pb2, report_pb2

PROTO = pathlib.Path(__file__).parents[2] / "Protos" / "dossier" / "v1" / "attestation.proto"

# The published private keys of RFC 8032 (section 7.1, test 1) and RFC 6979 (section A.2.5).
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
P256 = ec.derive_private_key(
    0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1()
)


def record(reference: str) -> bytes:
    """The smallest record there is."""
    return record_pb2.Record(
        header=record_pb2.Header(
            format_version=1,
            originator="kr",
            reference=reference,
            version=1,
            operation=record_pb2.OPERATION_ASSERT,
            kind=record_pb2.KIND_ASSESSMENT,
            marking=marking_pb2.Marking(tlp=marking_pb2.TLP_GREEN, releasability=["us"]),
            salt=bytes(range(16)),
        ),
        report=report_pb2.Report(titles=[report_pb2.Text(text="Title")]),
        assessment=assessment_pb2.Assessment(
            metric=report_pb2.Text(text="metric"), population=report_pb2.Text(text="population")
        ),
    ).SerializeToString(deterministic=True)


def vectors() -> dict[str, bytes]:
    """Every vector by its heading."""
    records = [record(reference) for reference in ("V-1", "V-2", "V-3")]
    leaves = [recipe.leaf_hash(each) for each in records]

    def batch(key) -> bytes:
        return recipe.attested_batch(
            records, key.public_key(), "kr", "msmt.example/dossier/kr/1", "2025-02-21T14:03:00Z"
        )

    def signature(key) -> bytes:
        return recipe.sign(key, recipe.SIGNATURE_PREFIX + batch(key), deterministic=True)

    return {
        "record": records[0],
        "leaf hash": leaves[0],
        "batch root": recipe.root_hash(leaves),
        "Ed25519 attested_batch": batch(ED25519),
        "Ed25519 signature": signature(ED25519),
        "P-256 key_id": recipe.key_id(P256.public_key()),
        "P-256 signature": signature(P256),
    }


def published() -> dict[str, bytes]:
    """The vectors as they stand in the comments of the .proto."""
    lines = re.findall(r"^// {6}([0-9a-f]+)$|^// {3}(\S[^:\n]*):", PROTO.read_text(), re.MULTILINE)
    found: dict[str, str] = {}
    heading = ""
    for digits, title in lines:
        if title:
            heading = title
        else:
            found[heading] = found.get(heading, "") + digits
    return {title: bytes.fromhex(digits) for title, digits in found.items()}


def test_the_published_vectors_are_what_the_recipe_yields():
    assert published() == vectors()


def test_the_published_signatures_verify():
    found = published()
    batch = found["Ed25519 attested_batch"]
    message = recipe.SIGNATURE_PREFIX + batch
    recipe.verify(ED25519.public_key(), found["Ed25519 signature"], message)
    swapped = message.replace(recipe.key_id(ED25519.public_key()), found["P-256 key_id"])
    recipe.verify(P256.public_key(), found["P-256 signature"], swapped)


def test_a_path_leads_from_every_leaf_to_the_root():
    for size in range(1, 20):
        leaves = [recipe.leaf_hash(bytes([number])) for number in range(size)]
        for index in range(size):
            path = inclusion_path(index, leaves)
            root = recipe.root_from_path(leaves[index], index, size, path)
            assert root == recipe.root_hash(leaves)


def inclusion_path(index: int, leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return b""
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return inclusion_path(index, left) + recipe.root_hash(right)
    return inclusion_path(index - split, right) + recipe.root_hash(left)


if __name__ == "__main__":
    for title, value in vectors().items():
        lines = textwrap.wrap(value.hex(), 90)
        sys.stdout.write(f"//   {title}:\n" + "".join(f"//      {line}\n" for line in lines))
