"""Certificates: their one encoding, chains to trust anchors as of a moment, identities."""

import dataclasses
import datetime
import itertools
import re
import warnings
from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from verifier.errors import VerificationError
from verifier.signatures import check_signing_key, check_strict_der

MINIMUM_RSA_BITS = 2048
MAXIMUM_DOMAIN = 255
MAXIMUM_NAME = 64
KINDS = ("node", "person", "service")
_DOTTED = "[a-z0-9]+(?:[._-][a-z0-9]+)*"
_ORGANISATION = "[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
_IDENTITY = re.compile(f"spiffe://({_DOTTED})/org/({_ORGANISATION})/([a-z]+)/({_DOTTED})")
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
)
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclasses.dataclass(frozen=True)
class Identity:
    """Who holds a certificate."""

    trust_domain: str
    organisation: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"spiffe://{self.trust_domain}/org/{self.organisation}/{self.kind}/{self.name}"


def load_anchors(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise VerificationError("unreadable", f"trust anchors: {error}") from None


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate, if `der` is its one encoding.

    All but the outer signature is covered by it or must repeat what is. Of the signature, the
    number of unused bits is not: it must be 0.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of serial numbers that are refused below
            certificate = x509.load_der_x509_certificate(der)
            serial_number = certificate.serial_number
        again = certificate.public_bytes(serialization.Encoding.DER)
        signature = certificate.signature
        version = certificate.version
    except Exception as error:  # whatever the parser does not like
        raise VerificationError("ambiguous_form", f"not a certificate: {error}") from None
    bit_string = b"\x03" + _der_length(len(signature) + 1) + b"\x00" + signature
    if again != der or not der.endswith(bit_string):
        raise VerificationError("ambiguous_form", "not the one DER encoding of the certificate")
    if version != x509.Version.v3 or serial_number <= 0:
        message = "a certificate is not of version 3, or its serial number is not positive"
        raise VerificationError("wrong_chain", message)
    return certificate


def check_chain(
    certificates: Sequence[x509.Certificate],
    anchors: Iterable[x509.Certificate],
    at: datetime.datetime,
) -> None:
    """Throws unless the certificates are exactly the path to an anchor, good at that moment.

    The signing certificate comes first; each is issued by the next, the last by an anchor, and no
    certificate before the last. No certificate is itself an anchor.
    """
    anchors = list(anchors)
    if any(certificate in anchors for certificate in certificates):
        raise VerificationError("wrong_chain", "a certificate of the path is a trust anchor")
    for certificate in certificates[:-1]:
        if any(_is_issued_by(certificate, anchor) for anchor in anchors):
            raise VerificationError("wrong_chain", "the path goes on after a trust anchor")
    last = certificates[-1]
    found = [anchor for anchor in anchors if _is_issued_by(last, anchor)]
    if not found:
        raise VerificationError("wrong_chain", "the path does not end in a trust anchor")
    # Signatures first, from the anchor down; only then is anything believed.
    for issued, issuer in reversed(list(itertools.pairwise(certificates))):
        if not _is_issued_by(issued, issuer):
            raise VerificationError("wrong_chain", "a certificate is not issued by the next one")
    failure = None
    for anchor in found:
        try:
            _check_path([*certificates, anchor], at)
            return
        except VerificationError as error:
            failure = error
    assert failure
    raise failure


def identity(certificate: x509.Certificate) -> Identity:
    """What the one URI among the alternative names says."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    uris = names.get_values_for_type(x509.UniformResourceIdentifier) if names else []
    if len(uris) != 1:
        raise VerificationError("wrong_signer", "the certificate has not exactly one URI")
    match = _IDENTITY.fullmatch(uris[0])
    if not match:
        raise VerificationError("wrong_signer", "the URI of the certificate is no identity")
    found = Identity(*match.groups())
    if len(found.trust_domain) > MAXIMUM_DOMAIN or len(found.name) > MAXIMUM_NAME:
        raise VerificationError("wrong_signer", "the identity is too long")
    if found.kind not in KINDS:
        raise VerificationError("wrong_signer", f"there is no kind {found.kind} of identity")
    return found


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether names, algorithms and signature fit."""
    try:
        certificate.verify_directly_issued_by(issuer)
        key = issuer.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            check_strict_der(certificate.signature, key.key_size, "a certificate")
        return True
    except (InvalidSignature, VerificationError):
        return False
    except Exception:  # names that differ, algorithms that do not fit the key or are not known
        return False


def _check_path(path: Sequence[x509.Certificate], at: datetime.datetime) -> None:
    """Checks what the certificates say; the last is the anchor, the first the signer's."""
    intermediates = 0
    for place, certificate in enumerate(path):
        try:
            _check_certificate(certificate, at)
            if place:
                _check_authority(certificate, intermediates)
            else:
                _check_end_entity(certificate)
        except VerificationError:
            raise
        except Exception as error:  # extensions that do not parse
            raise VerificationError("wrong_chain", f"a certificate: {error}") from None
        if place and certificate.subject != certificate.issuer:
            intermediates += 1


def _check_certificate(certificate: x509.Certificate, at: datetime.datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise VerificationError("wrong_chain", "a certificate was not valid when it was signed")
    digest = certificate.signature_hash_algorithm
    if digest is not None and not isinstance(digest, _DIGESTS):
        raise VerificationError("wrong_chain", f"a certificate is signed with {digest.name}")
    for extension in certificate.extensions:
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            name = extension.oid.dotted_string
            raise VerificationError("wrong_chain", f"critical extension {name} is not understood")


def _check_authority(certificate: x509.Certificate, intermediates: int) -> None:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if not constraints or not constraints.ca or not usage or not usage.key_cert_sign:
        raise VerificationError("wrong_chain", "an issuer may not sign certificates")
    if constraints.path_length is not None and intermediates > constraints.path_length:
        raise VerificationError("wrong_chain", "a path is longer than its issuer allows")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MINIMUM_RSA_BITS:
            raise VerificationError("wrong_chain", f"an RSA key has {key.key_size} bits")
    else:
        check_signing_key(key, "wrong_chain")


def _check_end_entity(certificate: x509.Certificate) -> None:
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if constraints and constraints.ca:
        raise VerificationError("wrong_signer", "the certificate is one of an authority")
    if not usage or not usage.digital_signature:
        raise VerificationError("wrong_signer", "the certificate is not for digital signatures")
    key = check_signing_key(certificate.public_key(), "wrong_signer")
    if public_key_info(key) not in certificate.tbs_certificate_bytes:
        raise VerificationError("wrong_signer", "the key is not a named curve's uncompressed point")


def public_key_info(public_key) -> bytes:
    """The SubjectPublicKeyInfo in DER."""
    return public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _extension(certificate: x509.Certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except Exception as error:  # extensions that do not parse
        raise VerificationError("wrong_chain", f"a certificate: {error}") from None


def _der_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    encoded = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(encoded)]) + encoded
