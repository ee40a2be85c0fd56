"""Who is let in. TLS 1.3 hides a refused client certificate, so each case tries a call."""

import datetime

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

import pki
import samples
from expect import refusal
from node import CALL_SECONDS, Client

HEALTH = "/grpc.health.v1.Health/Check"
DAY = datetime.timedelta(days=1)
KIM = pki.spiffe("kr", "person", "kim")
SERVER_ONLY = [ExtendedKeyUsageOID.SERVER_AUTH]


def check_health(channel) -> bytes:
    with channel:
        return channel.unary_unary(HEALTH)(b"", timeout=CALL_SECONDS)


def kim(uri: str):
    """A certificate of kr's authority with this URI."""
    return lambda authorities: authorities["kr"].issue(uri)


def self_signed(_):
    authority = pki.Authority("kr CA")
    return pki.Identity(authority.key, [authority.certificate])


def without_its_intermediate(authorities):
    identity = pki.Authority("kr issuing CA", authorities["kr"]).issue(KIM)
    return pki.Identity(identity.key, identity.chain[:1])


def of_an_end_entity(authorities):
    issuer = authorities["kr"].issue(KIM)
    authority = pki.Authority("not an authority")
    authority.key, authority.certificate = issuer.key, issuer.chain[0]
    authority.name = issuer.chain[0].subject
    identity = authority.issue(KIM)
    return pki.Identity(identity.key, [*identity.chain, issuer.chain[0]])


def through_twenty_intermediates(authorities):
    authority, chain = authorities["kr"], []
    for level in range(20):
        authority = pki.Authority(f"level {level}", authority)
        chain.insert(0, authority.certificate)
    identity = authority.issue(KIM)
    return pki.Identity(identity.key, [identity.chain[0], *chain])


REFUSED = {
    "no certificate": lambda _: None,
    "self-signed": self_signed,
    "an unknown authority's": lambda _: pki.Authority("kr CA").person("kr", "kim"),
    "us's authority names kr": lambda each: each["us"].person("kr", "kim"),
    "kr's authority names us": lambda each: each["kr"].person("us", "kim"),
    "an organisation that is no member": lambda each: each["kr"].person("xx", "kim"),
    "expired": lambda each: each["kr"].person("kr", "kim", valid=(-2 * DAY, -DAY)),
    "not valid yet": lambda each: each["kr"].person("kr", "kim", valid=(DAY, 2 * DAY)),
    "for servers only": lambda each: each["kr"].person("kr", "kim", usages=SERVER_ONLY),
    "not for signatures": lambda each: each["kr"].person("kr", "kim", digital_signature=False),
    "RSA of 1,024 bits": lambda each: each["kr"].person(
        "kr", "kim", key=rsa.generate_private_key(65537, 1024)
    ),
    "without its intermediate": without_its_intermediate,
    "issued by an end-entity certificate": of_an_end_entity,
    "through twenty intermediates": through_twenty_intermediates,
    "no alternative name": lambda each: each["kr"].issue(common_name=KIM),
    "a DNS name only": lambda each: each["kr"].issue(dns=["kim.kr.msmt.example"]),
    "two URIs": lambda each: each["kr"].issue(KIM, pki.spiffe("kr", "person", "lee")),
    "the same URI twice": lambda each: each["kr"].issue(KIM, KIM),
    "another trust domain": kim(pki.spiffe("kr", "person", "kim", "other.example")),
    "upper case in the trust domain": kim(pki.spiffe("kr", "person", "kim", "MSMT.example")),
    "another scheme": kim(KIM.replace("spiffe", "https")),
    "upper case in the scheme": kim(KIM.replace("spiffe", "SPIFFE")),
    "a port": kim(KIM.replace("example", "example:443")),
    "user information": kim(KIM.replace("//", "//kim@")),
    "a query": kim(f"{KIM}?admin"),
    "a fragment": kim(f"{KIM}#admin"),
    "a percent escape": kim(KIM.replace("kim", "k%69m")),
    "dots": kim(KIM.replace("person", "node/../person")),
    "an empty segment": kim(KIM.replace("/person", "//person")),
    "a trailing slash": kim(f"{KIM}/"),
    "no name": kim(KIM.removesuffix("/kim")),
    "a segment too many": kim(f"{KIM}/kim"),
    "an unknown kind": kim(pki.spiffe("kr", "robot", "kim")),
    "upper case in the organisation": kim(pki.spiffe("KR", "person", "kim")),
    "an embedded NUL": kim(f"{KIM}\0.us"),
    "more than 2,048 bytes": kim(KIM + "m" * 2048),
}


@pytest.mark.parametrize("issue", REFUSED.values(), ids=REFUSED.keys())
def test_a_certificate_is_refused(node, consortium, issue):
    identity = issue(consortium.authorities)
    with refusal(grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED):
        check_health(node.channel(identity))


ACCEPTED = {
    "a person": lambda each: each["kr"].person("kr", "kim"),
    "a person of another organisation": lambda each: each["us"].person("us", "kim"),
    "a node of another organisation": lambda each: each["us"].node("us"),
    "a service": lambda each: each["kr"].issue(pki.spiffe("kr", "service", "feed")),
    "through an intermediate": lambda each: pki.Authority("kr issuing CA", each["kr"]).issue(KIM),
    "P-384": lambda each: each["kr"].person(
        "kr", "kim", key=ec.generate_private_key(ec.SECP384R1())
    ),
}


@pytest.mark.parametrize("issue", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_certificate_is_accepted(node, consortium, issue):
    assert check_health(node.channel(issue(consortium.authorities))) == b"\x08\x01"


def test_the_node_shows_a_certificate_that_its_own_anchor_vouches_for(node, consortium):
    foreign = consortium.authorities["us"].certificate
    with refusal(grpc.StatusCode.UNAVAILABLE):
        check_health(node.channel(consortium.people["kr"], anchor=foreign))


SIGNING_KEYS = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


@pytest.mark.parametrize("make", SIGNING_KEYS.values(), ids=SIGNING_KEYS.keys())
def test_every_kind_of_key_may_sign(kr, consortium, prefix, make):
    signer = consortium.authorities["kr"].person("kr", "kim", key=make())
    records = [each.SerializeToString() for each in samples.one_of_each(prefix)]
    assert kr.submit(records, key=signer.key, chain=signer.chain).appended == 4


def test_a_signer_may_have_an_intermediate(kr, consortium, prefix):
    signer = pki.Authority("kr issuing CA", consortium.authorities["kr"]).person("kr", "kim")
    record = samples.statistic(prefix).SerializeToString()
    assert kr.submit([record], key=signer.key, chain=signer.chain).appended == 1


def test_roles_come_from_the_members_and_not_from_the_certificate(node, consortium, prefix):
    records = [samples.statistic(prefix).SerializeToString()]
    reader = Client(node, consortium.reader)
    with refusal(grpc.StatusCode.PERMISSION_DENIED):
        reader.submit(records)
    reader.pages(limit=1)
    stranger = Client(node, consortium.stranger)
    with refusal(grpc.StatusCode.PERMISSION_DENIED):
        stranger.submit(records)
    with refusal(grpc.StatusCode.PERMISSION_DENIED):
        stranger.pages(limit=1)
    for client in (reader, stranger):
        client.channel.close()
