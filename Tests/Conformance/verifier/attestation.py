"""Attestations: AttestedBatch in unambiguous form, its signature, and who made it."""

import dataclasses
import datetime
import hashlib
from collections.abc import Sequence

from verifier import wire
from verifier.chains import (
    Identity,
    check_chain,
    identity,
    load_anchors,
    load_certificate,
    public_key_info,
)
from verifier.errors import VerificationError
from verifier.files import MAXIMUM_ATTESTED_BATCH, MAXIMUM_BATCH, MAXIMUM_CERTIFICATES
from verifier.members import Organisation
from verifier.signatures import check_signing_key, verify_signature
from verifier.text import moment
from verifier.tree import HASH_SIZE

SIGNATURE_PREFIX = b"dossier-attestation/v1\n"
FORMAT_VERSION = 1
MAXIMUM_ORIGIN = 256
_WIRE_TYPES = {
    1: wire.VARINT,
    2: wire.BYTES,
    3: wire.BYTES,
    4: wire.BYTES,
    5: wire.VARINT,
    6: wire.BYTES,
    7: wire.BYTES,
}
_HEADER_FIELD = 1
_ORIGINATOR_FIELD = 2


@dataclasses.dataclass(frozen=True)
class AttestedBatch:
    """What an attestation signs."""

    log_origin: str
    originator: str
    batch_root: bytes
    size: int
    signed_at: datetime.datetime
    key_id: bytes

    @classmethod
    def parse(cls, data: bytes) -> "AttestedBatch":
        """Reads the message: every field of version 1 once, in any order, and no other."""
        if len(data) > MAXIMUM_ATTESTED_BATCH:
            raise VerificationError("over_limit", "an attested batch is too long")
        numbers: dict[int, int] = {}
        strings: dict[int, bytes] = {}
        for number, wire_type, value in wire.fields(data):
            if _WIRE_TYPES.get(number) != wire_type:
                raise VerificationError("ambiguous_form", f"attested batch: field {number}")
            if number in numbers or number in strings:
                raise VerificationError("ambiguous_form", f"attested batch: field {number} twice")
            if isinstance(value, int):
                numbers[number] = value
            else:
                strings[number] = value
        missing = _WIRE_TYPES.keys() - numbers.keys() - strings.keys()
        if missing:
            raise VerificationError("ambiguous_form", f"attested batch: no field {min(missing)}")
        version, size = numbers[1], numbers[5]
        origin, originator, root = strings[2], strings[3], strings[4]
        signed_at, key_id = strings[6], strings[7]
        if version != FORMAT_VERSION:
            raise VerificationError("ambiguous_form", f"attested batch of version {version}")
        if not 1 <= size <= MAXIMUM_BATCH:
            raise VerificationError("over_limit", f"a batch has 1 to {MAXIMUM_BATCH} records")
        if len(root) != HASH_SIZE or len(key_id) != HASH_SIZE:
            raise VerificationError("ambiguous_form", "batch root or key id has not 32 bytes")
        if not 1 <= len(origin) <= MAXIMUM_ORIGIN:
            raise VerificationError("over_limit", f"a log origin has 1 to {MAXIMUM_ORIGIN} bytes")
        return cls(
            wire.string(origin, "log origin"),
            wire.string(originator, "originator"),
            root,
            size,
            moment(wire.string(signed_at, "signed_at")),
            key_id,
        )


def record_originator(record: bytes) -> str:
    """The originator in a record's header; the rest of the record is not looked at."""
    header = wire.only(record, _HEADER_FIELD, "the header")
    return wire.string(wire.only(header, _ORIGINATOR_FIELD, "the originator"), "the originator")


def verify_attestation(
    batch: AttestedBatch,
    attested_batch: bytes,
    signature: bytes,
    certificates: Sequence[bytes],
    originator: Organisation,
    trust_domain: str,
) -> Identity:
    """Who signed the batch, of which `attested_batch` are the bytes.

    Throws unless the signature is that of the first certificate's key, and that certificate, as of
    `signed_at`, one that speaks for the originator, whose submitter it names.
    """
    if not 1 <= len(certificates) <= MAXIMUM_CERTIFICATES:
        raise VerificationError(
            "over_limit", f"a path has 1 to {MAXIMUM_CERTIFICATES} certificates"
        )
    chain = [load_certificate(der) for der in certificates]
    check_chain(chain, load_anchors(originator.anchors), batch.signed_at)
    public_key = check_signing_key(chain[0].public_key(), "wrong_signer")
    if hashlib.sha256(public_key_info(public_key)).digest() != batch.key_id:
        raise VerificationError("wrong_signer", "the key id is not that of the certificate's key")
    signer = identity(chain[0])
    if signer.trust_domain != trust_domain or signer.organisation != batch.originator:
        raise VerificationError("wrong_signer", f"{signer} may not sign for {batch.originator}")
    if not originator.may_submit(signer, batch.signed_at):
        raise VerificationError("wrong_signer", f"{signer} was no submitter when it signed")
    verify_signature(public_key, signature, SIGNATURE_PREFIX + attested_batch, "the attestation")
    return signer
