"""A certificate authority of its own for each organisation, made with `cryptography`.

Certificates follow the profiles in Certs/, unless a test asks for something else.
"""

import dataclasses
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TRUST_DOMAIN = "msmt.example"
CLIENT = [ExtendedKeyUsageOID.CLIENT_AUTH]
BOTH = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
DAY = datetime.timedelta(days=1)


def pem(certificates) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def private_pem(key) -> bytes:
    """The private key as PKCS#8."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def write_key(key, path: pathlib.Path) -> pathlib.Path:
    """Writes a private key that only its owner may read."""
    path.touch(mode=0o600)
    path.write_bytes(private_pem(key))
    return path


def spiffe(organisation: str, kind: str, name: str, trust_domain: str = TRUST_DOMAIN) -> str:
    return f"spiffe://{trust_domain}/org/{organisation}/{kind}/{name}"


@dataclasses.dataclass
class Identity:
    """A private key and its certificate chain, end-entity certificate first."""

    key: ec.EllipticCurvePrivateKey
    chain: list[x509.Certificate]

    @property
    def key_pem(self) -> bytes:
        return private_pem(self.key)

    def write(self, folder: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        """Writes NAME.pem and NAME.key, and returns their paths."""
        certificate = folder / f"{name}.pem"
        certificate.write_bytes(pem(self.chain))
        return certificate, write_key(self.key, folder / f"{name}.key")


class Authority:
    """A certificate authority; `parent` makes it an intermediate one."""

    def __init__(self, name: str, parent: "Authority | None" = None, valid=(-DAY, DAY)):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.parent = parent
        issuer = parent or self
        self.certificate = (
            self._builder(self.key.public_key(), self.name, issuer.name, valid)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(certificate_signing=True), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                critical=False,
            )
            .sign(issuer.key, hashes.SHA256())
        )

    @property
    def anchor(self) -> "x509.Certificate":
        """The certificate that others must trust."""
        return self.parent.anchor if self.parent else self.certificate

    def issue(
        self,
        *uris: str,
        usages=CLIENT,
        dns=(),
        addresses=(),
        valid=(-DAY, DAY),
        key=None,
        digital_signature=True,
        is_authority=False,
        common_name="",
    ) -> Identity:
        """A certificate with these URIs as alternative names, and all that the profiles ask for."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
        names = [x509.UniformResourceIdentifier(each) for each in uris]
        names += [x509.DNSName(each) for each in dns]
        names += [x509.IPAddress(ipaddress.ip_address(each)) for each in addresses]
        builder = (
            self._builder(key.public_key(), x509.Name(attributes), self.name, valid)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                _usage(digital_signature=digital_signature, key_agreement=not digital_signature),
                critical=True,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(names), critical=not common_name
            )
        certificate = builder.sign(self.key, hashes.SHA256())
        chain = [certificate]
        if self.parent:
            chain.append(self.certificate)
        return Identity(key, chain)

    def person(self, organisation: str, name: str, **options) -> Identity:
        return self.issue(spiffe(organisation, "person", name), **options)

    def node(self, organisation: str, **options) -> Identity:
        return self.issue(
            spiffe(organisation, "node", "one"),
            usages=BOTH,
            dns=["localhost"],
            addresses=["127.0.0.1"],
            **options,
        )

    def revoke(self, *identities: Identity, lasting=DAY) -> bytes:
        """A revocation list of the first certificates of these, in PEM."""
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(now - DAY)
            .next_update(now + lasting)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for identity in identities:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(identity.chain[0].serial_number)
                .revocation_date(now - DAY)
                .build()
            )
        return pem([builder.sign(self.key, hashes.SHA256())])

    @staticmethod
    def _builder(public_key, subject, issuer, valid=(-DAY, DAY)):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + valid[0])
            .not_valid_after(now + valid[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        )


def _usage(certificate_signing=False, digital_signature=False, key_agreement=False):
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=certificate_signing,
        crl_sign=certificate_signing,
        encipher_only=False,
        decipher_only=False,
    )
