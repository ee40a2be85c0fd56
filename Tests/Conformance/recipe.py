"""The recipe of Protos/dossier/v1/attestation.proto, with nothing but `cryptography`.

Nothing here comes from Dossier: whoever writes a client in another language can follow it line by
line. Messages are those that protoc generates from Protos/.
"""

import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from dossier.v1 import attestation_pb2

SIGNATURE_PREFIX = b"dossier-attestation/v1\n"


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 || record); in hexadecimal it is the record id."""
    return hashlib.sha256(b"\x00" + record).digest()


def root_hash(leaf_hashes: list[bytes]) -> bytes:
    """The RFC 6962 tree hash (section 2.1) over leaf hashes in order."""
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = 1 << ((len(leaf_hashes) - 1).bit_length() - 1)
    left, right = root_hash(leaf_hashes[:split]), root_hash(leaf_hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_path(leaf: bytes, index: int, size: int, path: bytes) -> bytes:
    """The root that an inclusion path (RFC 6962, section 2.1.1) leads to from a leaf hash."""
    siblings = [path[at : at + 32] for at in range(0, len(path), 32)]

    def climb(index: int, size: int) -> bytes:
        if size == 1:
            return leaf
        split = 1 << ((size - 1).bit_length() - 1)
        if index < split:
            left = climb(index, split)
            return hashlib.sha256(b"\x01" + left + siblings.pop(0)).digest()
        right = climb(index - split, size - split)
        return hashlib.sha256(b"\x01" + siblings.pop(0) + right).digest()

    root = climb(index, size)
    assert not siblings, "path is too long"
    return root


def key_id(public_key) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo in DER."""
    return hashlib.sha256(
        public_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).digest()


def sign(private_key, message: bytes, deterministic: bool = False) -> bytes:
    """Signs as the key decides: P-256 with SHA-256, P-384 with SHA-384, Ed25519 pure."""
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return private_key.sign(message)
    digest = hashes.SHA384() if private_key.curve.name == "secp384r1" else hashes.SHA256()
    return private_key.sign(message, ec.ECDSA(digest, deterministic_signing=deterministic))


def verify(public_key, signature: bytes, message: bytes) -> None:
    """Throws InvalidSignature unless `signature` is one of `message` by the key."""
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        public_key.verify(signature, message)
        return
    digest = hashes.SHA384() if public_key.curve.name == "secp384r1" else hashes.SHA256()
    public_key.verify(signature, message, ec.ECDSA(digest))


def now() -> str:
    """This second, as a moment."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def attested_batch(
    records: list[bytes], public_key, originator: str, log_origin: str, signed_at: str
) -> bytes:
    """Steps 1 to 3: the encoded AttestedBatch."""
    return attestation_pb2.AttestedBatch(
        version=1,
        log_origin=log_origin,
        originator=originator,
        batch_root=root_hash([leaf_hash(record) for record in records]),
        size=len(records),
        signed_at=signed_at,
        key_id=key_id(public_key),
    ).SerializeToString(deterministic=True)


def attest(
    records: list[bytes],
    private_key,
    chain: list[x509.Certificate],
    originator: str,
    log_origin: str,
    signed_at: str | None = None,
) -> attestation_pb2.Attestation:
    """Steps 1 to 4: the attestation to send along with `records`."""
    batch = attested_batch(
        records, private_key.public_key(), originator, log_origin, signed_at or now()
    )
    return attestation_pb2.Attestation(
        attested_batch=batch,
        signature=sign(private_key, SIGNATURE_PREFIX + batch),
        certificate_der=[
            certificate.public_bytes(serialization.Encoding.DER) for certificate in chain
        ],
    )
