"""The verifier takes chains that are exactly the path to an anchor of the originator."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import proof_maker as maker
from verifier.chains import load_certificate
from verifying import refused, verified


def test_an_anchor_may_be_an_intermediate_and_the_path_is_exact(log, authority):
    middle = maker.issue(authority, name="Seoul")
    other, elsewhere = maker.issue(name="KR"), maker.issue(name="Other")
    again = maker.issue(elsewhere, name="Seoul", key=middle.key)
    signer = maker.person(middle)

    def check(*chain, anchors=(authority,)):
        verified(log, log.proof([4], 0, list(chain)), *anchors)

    check(signer, middle)
    check(signer, middle, anchors=(other, authority))
    check(signer, anchors=(middle,))
    check(signer, anchors=(authority, middle))
    for chain, anchors in (
        ([signer], [authority]),
        ([signer, middle], [other]),
        ([signer, middle], [middle]),
        ([signer, middle, authority], [authority]),
        ([signer, middle, middle], [authority]),
        ([signer, again], [authority]),
        ([signer, middle], [authority, middle]),
        ([maker.person(authority), middle], [authority]),
        ([maker.person(authority), other], [authority]),
    ):
        with refused("wrong_chain"):
            check(*chain, anchors=anchors)
    # A path that might go on to another anchor ends in the first.
    check(signer, again, anchors=(elsewhere,))
    with refused("wrong_chain"):
        check(signer, again, anchors=(middle, elsewhere))


def test_issuers_must_be_authorities_valid_and_within_their_path_length(log):
    before = (maker.SIGNED_AT - 2 * maker.DAY, maker.SIGNED_AT - maker.DAY)
    after = (maker.SIGNED_AT + maker.DAY, maker.SIGNED_AT + 2 * maker.DAY)
    second = datetime.timedelta(seconds=1)
    root = maker.issue(name="root", path_length=1)

    def check(signer, *middle, anchor=root):
        verified(log, log.proof([4], 0, [signer, *middle]), anchor)

    good = maker.issue(root, name="good", path_length=0)
    check(maker.person(good), good)
    check(maker.person(root, valid=(maker.SIGNED_AT, maker.SIGNED_AT)))
    for valid in (
        before,
        after,
        (before[0], maker.SIGNED_AT - second),
        (maker.SIGNED_AT + second, after[1]),
    ):
        with refused("wrong_chain"):
            check(maker.person(root, valid=valid))
        middle = maker.issue(root, name="middle", valid=valid)
        with refused("wrong_chain"):
            check(maker.person(middle), middle)
        anchor = maker.issue(name="anchor", valid=valid)
        with refused("wrong_chain"):
            check(maker.person(anchor), anchor=anchor)
    for options in (
        {"is_authority": False},
        {"signs": False},
        {"key": ec.generate_private_key(ec.SECP521R1())},
        {"key": rsa.generate_private_key(65537, 1024)},
        {"extra": x509.InhibitAnyPolicy(0)},
        {"extra": x509.NameConstraints([x509.UniformResourceIdentifier("a.example")], None)},
    ):
        middle = maker.issue(root, name="middle", **options)
        with refused("wrong_chain"):
            check(maker.person(middle), middle)
        anchor = maker.issue(name="anchor", **options)
        with refused("wrong_chain"):
            check(maker.person(anchor), anchor=anchor)
    for key in (maker.p384(), maker.ed25519_key(), rsa.generate_private_key(65537, 2048)):
        middle = maker.issue(root, name="middle", key=key)
        check(maker.person(middle), middle)
    lower = maker.issue(good, name="lower")
    for chain in ((maker.person(lower), lower, good), (maker.person(good), good)):
        anchor = maker.issue(name="root", key=root.key, path_length=0)
        with refused("wrong_chain"):
            check(*chain, anchor=anchor)
    with refused("wrong_chain"):
        check(maker.person(lower), lower, good)


def test_the_signers_certificate_must_be_one_for_signing(log, authority):
    start = "spiffe://msmt.example/org/kr/"
    for uri in (
        "spiffe://msmt.example/org/us/person/kim",
        "spiffe://other.example/org/kr/person/kim",
        start + "robot/kim",
        start + "person/",
        start + "person/kim/lee",
        start + "person/Kim",
        start + "person/kim%20lee",
        start + "person/kim..lee",
        start + "person/" + 65 * "k",
        "spiffe://msmt.example/org/kr-/person/kim",
        "https://msmt.example/org/kr/person/kim",
    ):
        with refused("wrong_signer"):
            verified(log, log.proof([4], 0, [maker.person(authority, uri)]), authority)
    for signer in (
        maker.issue(authority, uris=(start + "person/kim", start + "person/lee")),
        maker.person(authority, is_authority=True),
        maker.person(authority, signs=False),
    ):
        with refused("wrong_signer"):
            verified(log, log.proof([4], 0, [signer]), authority)
    verified(log, log.proof([4], 0, [maker.person(authority, start + "node/seoul.one")]), authority)
    with refused("wrong_signer"):
        key = ec.generate_private_key(ec.SECP521R1())
        verified(log, log.proof([4], 0, [maker.person(authority, key=key)]), authority)
    with refused("wrong_chain"):
        signer = maker.person(authority, extra=x509.InhibitAnyPolicy(0))
        verified(log, log.proof([4], 0, [signer]), authority)


def test_a_certificate_has_one_encoding(authority):
    signer = maker.person(authority)
    der, signature = signer.der, signer.certificate.signature
    assert load_certificate(der) == signer.certificate
    at = len(der) - len(signature) - 1
    assert der[at] == 0
    # A bit of the signature less, where it is zero anyway.
    while signature[-1] & 1:
        signer = maker.person(authority)
        der, signature = signer.der, signer.certificate.signature
        at = len(der) - len(signature) - 1
    for other in (
        der[:at] + b"\1" + der[at + 1 :],
        der + b"\0",
        der[:-1],
        b"\x30\x83\x00" + der[2:],
        b"",
    ):
        with refused("ambiguous_form"):
            load_certificate(other)


def test_a_certificate_signed_with_another_digest_is_refused(authority, log):
    signer = maker.person(authority, digest=hashes.SHA224)
    with refused("wrong_chain"):
        verified(log, log.proof([4], 0, [signer]), authority)
