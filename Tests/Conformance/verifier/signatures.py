"""Signatures of the three algorithms, ECDSA in strict DER."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from verifier.errors import VerificationError

SigningKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "secp256r1": hashes.SHA256,
    "secp384r1": hashes.SHA384,
}


def check_signing_key(public_key: object, code: str) -> SigningKey:
    """The key, if it is P-256, P-384 or Ed25519."""
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return public_key
    if isinstance(public_key, ec.EllipticCurvePublicKey) and public_key.curve.name in _DIGESTS:
        return public_key
    raise VerificationError(code, "the key is none of P-256, P-384, Ed25519")


def verify_signature(public_key: SigningKey, signature: bytes, message: bytes, what: str) -> None:
    """Throws unless the signature verifies. The key decides the algorithm."""
    try:
        if isinstance(public_key, ed25519.Ed25519PublicKey):
            public_key.verify(signature, message)
        else:
            check_strict_der(signature, public_key.curve.key_size, what)
            digest = _DIGESTS[public_key.curve.name]()
            public_key.verify(signature, message, ec.ECDSA(digest))
    except InvalidSignature:
        raise VerificationError("wrong_signature", f"the signature of {what} is wrong") from None


def check_strict_der(signature: bytes, bits: int, what: str) -> None:
    """Throws unless an ECDSA signature is the one DER encoding of two numbers that may be right."""
    try:
        r, s = utils.decode_dss_signature(signature)
        is_strict = utils.encode_dss_signature(r, s) == signature
    except ValueError:
        is_strict = False
    if not is_strict or not (0 < r < 1 << bits and 0 < s < 1 << bits):
        raise VerificationError("wrong_signature", f"the signature of {what} is not strict DER")
