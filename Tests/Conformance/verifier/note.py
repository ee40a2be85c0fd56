"""C2SP signed notes, verifier keys of types 0x01 and 0x02, and checkpoints."""

import dataclasses
import hashlib
import re
from collections.abc import Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from verifier.errors import VerificationError
from verifier.signatures import SigningKey, verify_signature
from verifier.text import from_base64, hash_from_base64, number, to_base64, utf8
from verifier.tree import EMPTY_ROOT

KEY_ID_SIZE = 4
ED25519_TYPE = 0x01
ECDSA_TYPE = 0x02
MAXIMUM_CHECKPOINT = 4096
SIGNATURE_START = "\N{EM DASH} "


@dataclasses.dataclass(frozen=True)
class VerifierKey:
    """A public key with the name and the id by which signatures refer to it."""

    name: str
    key_id: bytes
    public_key: SigningKey

    @classmethod
    def parse(cls, vkey: bytes | str) -> "VerifierKey":
        """Reads NAME+KEYID+BASE64(TYPE || KEY)."""
        text = utf8(vkey)
        parts = text.split("+", 2)
        if len(parts) != 3 or "\n" in text:
            raise VerificationError("ambiguous_form", "a verifier key is NAME+KEYID+KEY")
        name, digits, encoded = parts
        check_name(name)
        if not re.fullmatch("[0-9a-f]{8}", digits):
            raise VerificationError("ambiguous_form", "a key id is 8 lower-case hex digits")
        material = from_base64(encoded, "the verifier key")
        key_type, key = material[0], material[1:]
        public_key = _load_key(key_type, key)
        key_id = _key_id(name, key_type, key)
        if key_id.hex() != digits:
            raise VerificationError("wrong_key", f"the id of the key is {key_id.hex()}")
        return cls(name, key_id, public_key)

    @classmethod
    def of(cls, name: str, public_key: SigningKey) -> "VerifierKey":
        """The verifier key of a public key, Ed25519 or P-256."""
        check_name(name)
        key_type, key = _material(public_key)
        return cls(name, _key_id(name, key_type, key), public_key)

    def __str__(self) -> str:
        key_type, key = _material(self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([key_type]) + key)}"

    def signature_line(self, signature: bytes) -> str:
        """The line that says that this key made `signature`."""
        return f"{SIGNATURE_START}{self.name} {to_base64(self.key_id + signature)}\n"


def check_name(name: str) -> None:
    """Throws unless `name` may be a key's name: not empty, no Unicode spaces, no plus."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise VerificationError("ambiguous_form", "a key name is empty or has spaces or plus")


def _load_key(key_type: int, key: bytes) -> SigningKey:
    if key_type == ED25519_TYPE:
        if len(key) != 32:
            raise VerificationError("wrong_key", f"an Ed25519 key has 32 bytes, not {len(key)}")
        return ed25519.Ed25519PublicKey.from_public_bytes(key)
    if key_type == ECDSA_TYPE:
        try:
            public_key = serialization.load_der_public_key(key)
        except (ValueError, UnsupportedAlgorithm):
            raise VerificationError("wrong_key", "not a public key in DER") from None
        if not (
            isinstance(public_key, ec.EllipticCurvePublicKey)
            and isinstance(public_key.curve, ec.SECP256R1)
        ):
            raise VerificationError("wrong_key", "a key of type 0x02 is on P-256")
        if _material(public_key)[1] != key:
            raise VerificationError("ambiguous_form", "not the one DER encoding of the public key")
        return public_key
    raise VerificationError("wrong_key", f"a log's key has type 0x01 or 0x02, not {key_type:#04x}")


def _material(public_key: SigningKey) -> tuple[int, bytes]:
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return ED25519_TYPE, public_key.public_bytes_raw()
    return ECDSA_TYPE, public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _key_id(name: str, key_type: int, key: bytes) -> bytes:
    if key_type == ECDSA_TYPE:
        return hashlib.sha256(key).digest()[:KEY_ID_SIZE]
    hashed = name.encode("utf-8") + b"\n" + bytes([key_type]) + key
    return hashlib.sha256(hashed).digest()[:KEY_ID_SIZE]


@dataclasses.dataclass(frozen=True)
class NoteSignature:
    """A signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclasses.dataclass(frozen=True)
class Note:
    """A signed note; nothing is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> "Note":
        """Reads a note; its last empty line stands between text and signatures."""
        whole = utf8(data)
        head, separator, tail = whole.rpartition("\n\n")
        if not separator or not tail.endswith("\n"):
            raise VerificationError("ambiguous_form", "a note is text, empty line, signatures")
        lines = tail[:-1].split("\n")
        return cls(head + "\n", tuple(_signature(line) for line in lines))

    def verify(self, keys: Sequence[VerifierKey]) -> str:
        """The text. Throws unless a key has signed it and all signatures of the keys verify."""
        is_signed = False
        for each in self.signatures:
            for key in keys:
                if (key.name, key.key_id) == (each.name, each.key_id):
                    message = self.text.encode("utf-8")
                    verify_signature(key.public_key, each.signature, message, "the note")
                    is_signed = True
        if not is_signed:
            raise VerificationError("unknown_key", "no signature in the note is by a known key")
        return self.text

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether a signature says that it is by the key; `verify` shows that it is."""
        return any((each.name, each.key_id) == (key.name, key.key_id) for each in self.signatures)


def _signature(line: str) -> NoteSignature:
    parts = line.removeprefix(SIGNATURE_START).split(" ")
    if not line.startswith(SIGNATURE_START) or len(parts) != 2:
        raise VerificationError("ambiguous_form", "a signature line is: em dash, name, base64")
    check_name(parts[0])
    decoded = from_base64(parts[1], "a signature")
    if len(decoded) <= KEY_ID_SIZE:
        raise VerificationError("ambiguous_form", "a signature has no bytes after the key id")
    return NoteSignature(parts[0], decoded[:KEY_ID_SIZE], decoded[KEY_ID_SIZE:])


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Origin, size and root of a log."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads a note's text, which has exactly three lines. No signature is verified."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise VerificationError("ambiguous_form", "a checkpoint has exactly three lines")
        check_name(lines[0])
        size = number(lines[1], "the tree size")
        root = hash_from_base64(lines[2], "the root hash")
        if size == 0 and root != EMPTY_ROOT:
            raise VerificationError("wrong_root", "the root is not that of an empty tree")
        return cls(lines[0], size, root)

    @property
    def text(self) -> str:
        """The text that a log signs."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclasses.dataclass(frozen=True)
class FormerKey:
    """A key that a log had before; good for checkpoints up to a tree size."""

    key: VerifierKey
    tree_size: int


def verify_checkpoint(
    data: bytes | str, key: VerifierKey, former_keys: Sequence[FormerKey] = ()
) -> Checkpoint:
    """Throws unless `data` is a checkpoint of the log whose key this is."""
    if len(data.encode("utf-8") if isinstance(data, str) else data) > MAXIMUM_CHECKPOINT:
        raise VerificationError("over_limit", f"a checkpoint is over {MAXIMUM_CHECKPOINT} bytes")
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise VerificationError("wrong_origin", f"the checkpoint is of {checkpoint.origin}")
    note.verify([key, *(each.key for each in former_keys)])
    if not note.is_signed_by(key):
        good_up_to = max(each.tree_size for each in former_keys if note.is_signed_by(each.key))
        if checkpoint.size > good_up_to:
            message = f"the key that signed it was good for checkpoints up to size {good_up_to}"
            raise VerificationError("revoked_key", message)
    return checkpoint
