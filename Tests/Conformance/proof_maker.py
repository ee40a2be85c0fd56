"""Makes receipts and proofs, with keys and certificates of its own."""

import dataclasses
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from verifier.attestation import SIGNATURE_PREFIX
from verifier.chains import public_key_info
from verifier.files import Proof, Range, Receipt, Run, TlogProof
from verifier.members import Log as PublishedLog
from verifier.members import Members, Organisation, Role
from verifier.note import Checkpoint, VerifierKey
from verifier.tree import Tree, leaf_hash
from verifier.verify import merged

TRUST_DOMAIN = "msmt.example"
ORIGIN = f"{TRUST_DOMAIN}/dossier/kr/1"
SIGNED_AT = datetime.datetime(2025, 2, 21, 14, 3, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def p384():
    return ec.generate_private_key(ec.SECP384R1())


def ed25519_key():
    return ed25519.Ed25519PrivateKey.generate()


def sign(key, message: bytes) -> bytes:
    """Signs as the key decides: P-256 with SHA-256, P-384 with SHA-384, Ed25519 pure."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    digest = hashes.SHA384() if key.curve.name == "secp384r1" else hashes.SHA256()
    return key.sign(message, ec.ECDSA(digest))


@dataclasses.dataclass
class Issued:
    """A private key and its certificate."""

    key: object
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    issuer: Issued | None = None,
    name: str = "",
    uris: tuple[str, ...] = (),
    key=None,
    is_authority: bool | None = None,
    path_length: int | None = None,
    signs: bool = True,
    valid=(SIGNED_AT - DAY, SIGNED_AT + DAY),
    extra: x509.ExtensionType | None = None,
    digest=hashes.SHA256,
) -> Issued:
    """A certificate; without `issuer` it is its own, without `uris` that of an authority."""
    key = key or p256()
    is_authority = not uris if is_authority is None else is_authority
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)] if name else [])
    usage = x509.KeyUsage(
        digital_signature=signs and not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not signs,
        key_cert_sign=signs and is_authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(is_authority, path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        issuer_key = issuer.certificate.public_key()
        key_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
        builder = builder.add_extension(key_identifier, critical=False)
    if uris:
        names = [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    if extra:
        builder = builder.add_extension(extra, critical=True)
    signing_key = issuer.key if issuer else key
    is_ed25519 = isinstance(signing_key, ed25519.Ed25519PrivateKey)
    return Issued(key, builder.sign(signing_key, None if is_ed25519 else digest()))


def person(issuer: Issued, uri: str = f"spiffe://{TRUST_DOMAIN}/org/kr/person/kim", **options):
    """A person's certificate."""
    return issue(issuer, uris=(uri,), **options)


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """An encoded protobuf message."""

    def varint(value: int) -> bytes:
        encoded = bytearray()
        while value >= 0x80:
            encoded.append(0x80 | value & 0x7F)
            value >>= 7
        return bytes([*encoded, value])

    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            encoded += varint(number << 3 | 2) + varint(len(value)) + value
    return encoded


def record(number: int, originator: str = "kr") -> bytes:
    """Something with the header of a record; its salt is a digest of the number."""
    salt = hashlib.sha256(bytes([number])).digest()[:16]
    header = message((1, 1), (2, originator.encode()), (12, salt))
    return message((1, header), (2, b"content"))


RECORDS = [record(number) for number in range(13)]


def attested_batch_fields(
    root: bytes, size: int, public_key, origin: str = ORIGIN, originator: str = "kr"
) -> list[tuple[int, int | bytes]]:
    """The fields of an AttestedBatch."""
    return [
        (1, 1),
        (2, origin.encode()),
        (3, originator.encode()),
        (4, root),
        (5, size),
        (6, SIGNED_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()),
        (7, hashlib.sha256(public_key_info(public_key)).digest()),
    ]


def members(log: "Log", *anchors: Issued, published=None, **changes) -> Members:
    """Members of whom kr has this log and these anchors; its persons and nodes are submitters."""
    pem = b"".join(each.pem for each in anchors)
    roles = tuple(Role(f"{kind}/*", ("submitter",)) for kind in ("person", "node"))
    published = published or PublishedLog(log.verifier_key.name, log.vkey)
    kr = dataclasses.replace(Organisation(pem, published, roles), **changes)
    return Members(TRUST_DOMAIN, {"kr": kr})


class Log:
    """A log of these records, and the key that signs its checkpoints."""

    def __init__(self, records: list[bytes], key=None, origin: str = ORIGIN):
        self.records = records
        self.tree = Tree([leaf_hash(each) for each in records])
        self.key = key or ed25519_key()
        self.verifier_key = VerifierKey.of(origin, self.key.public_key())

    @property
    def vkey(self) -> str:
        return str(self.verifier_key)

    def signed(self, text: str) -> str:
        """A note of this text."""
        return text + "\n" + self.verifier_key.signature_line(sign(self.key, text.encode()))

    def checkpoint(self, size: int | None = None) -> str:
        size = len(self.records) if size is None else size
        return self.signed(Checkpoint(self.verifier_key.name, size, self.tree.root(size)).text)

    def tlog_proof(self, index: int, size: int | None = None) -> TlogProof:
        hashes_ = self.tree.inclusion_proof(index, size)
        return TlogProof(index, tuple(hashes_), self.checkpoint(size))

    def receipt(self, indexes: list[int], size: int | None = None) -> Receipt:
        """The receipt of a batch of the records at these indexes."""
        leaves = tuple(leaf_hash(self.records[index]) for index in indexes)
        runs = []
        offset = 0
        while offset < len(indexes):
            count = 1
            while indexes[offset + count : offset + count + 1] == [indexes[offset] + count]:
                count += 1
            runs.append(Run(offset, indexes[offset], count))
            offset += count
        ranges = self.ranges(merged(indexes), size)
        root = Tree(leaves).root()
        return Receipt(len(leaves), root, leaves, tuple(runs), ranges, self.checkpoint(size))

    def ranges(self, places: list[tuple[int, int]], size: int | None = None) -> tuple[Range, ...]:
        """The ranges of these first indexes and counts, with their proofs."""
        return tuple(
            Range(first, count, tuple(self.tree.range_proof(first, first + count, size)))
            for first, count in places
        )

    def proof(self, indexes: list[int], position: int, chain: list[Issued], **options) -> Proof:
        """The proof of one record of the batch of these, signed by the first of the chain."""
        batch = Tree([leaf_hash(self.records[index]) for index in indexes])
        public_key = chain[0].key.public_key()
        fields = attested_batch_fields(batch.root(), len(batch), public_key, **options)
        attested_batch = message(*fields)
        return Proof(
            self.records[indexes[position]],
            attested_batch,
            sign(chain[0].key, SIGNATURE_PREFIX + attested_batch),
            tuple(each.der for each in chain),
            position,
            tuple(batch.inclusion_proof(position)),
            self.tlog_proof(indexes[position]),
        )
