"""The verifier takes proofs whose parts all belong together, in their one form."""

import dataclasses
import datetime
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import proof_maker as maker
from flips import SAMPLE
from test_flips import refuse_flips_of_proof
from verifier import files
from verifier.chains import public_key_info
from verifier.members import Log, Role
from verifier.note import FormerKey, verify_checkpoint
from verifier.tree import leaf_hash
from verifier.verify import verify_receipt, verify_tlog_proof
from verifying import RECORDS, refused, verified


def test_a_proof_says_who_signed_what_and_that_it_is_logged(log, authority):
    middle = maker.issue(authority, name="Seoul")
    for key in (maker.p256(), maker.p384(), maker.ed25519_key()):
        for chain in ([maker.person(authority, key=key)], [maker.person(middle, key=key), middle]):
            for indexes, position in (([4], 0), ([4, 9, 10], 1), (list(range(13)), 12)):
                proof = log.proof(indexes, position, chain)
                assert files.parse_proof(proof.write()) == proof
                record = RECORDS[indexes[position]]
                result = verified(log, proof, authority, record=record)
                assert result.originator == "kr"
                assert str(result.signer) == "spiffe://msmt.example/org/kr/person/kim"
                assert result.signed_at == maker.SIGNED_AT
                assert (result.position, result.batch_size) == (position, len(indexes))
                assert result.logged.index == indexes[position]
                assert result.logged.record_id == leaf_hash(record).hex()
                assert verify_tlog_proof(proof.tlog_proof.write(), record, log.vkey)
                with refused("wrong_leaf"):
                    verified(log, proof, authority, record=RECORDS[0])


def test_parts_of_a_proof_that_do_not_belong_together(log, authority):
    signer = maker.person(authority)
    good, other = log.proof([4, 9, 10], 1, [signer]), log.proof([4, 9, 11], 2, [signer])
    replace = dataclasses.replace
    for code, changed in (
        ("wrong_root", replace(good, record=RECORDS[1])),
        ("wrong_root", replace(good, record=other.record, tlog_proof=other.tlog_proof)),
        ("wrong_signature", replace(good, attested_batch=other.attested_batch)),
        ("wrong_signature", replace(good, signature=other.signature)),
        ("wrong_signer", replace(good, certificates=(maker.person(authority).der,))),
        ("wrong_root", replace(good, position=0)),
        ("wrong_index", replace(good, position=3)),
        ("wrong_proof", replace(good, path=good.path[:-1])),
        ("wrong_root", replace(good, path=other.path + other.path)),
        ("wrong_root", replace(good, tlog_proof=other.tlog_proof)),
        ("wrong_root", replace(good, tlog_proof=replace(good.tlog_proof, index=8))),
        ("wrong_index", replace(good, tlog_proof=replace(good.tlog_proof, index=13))),
        ("wrong_proof", replace(good, tlog_proof=replace(good.tlog_proof, hashes=()))),
    ):
        with refused(code):
            verified(log, changed, authority)


def test_log_originator_and_record_must_be_those_of_the_attestation(log, authority):
    signer = maker.person(authority)
    with refused("wrong_origin"):
        verified(log, log.proof([4], 0, [signer], origin=maker.ORIGIN + "1"), authority)
    with refused("unknown_key"):
        verified(maker.Log(RECORDS), log.proof([4], 0, [signer]), authority)
    with refused("wrong_origin"):
        elsewhere = Log(maker.ORIGIN + "1", maker.Log([], origin=maker.ORIGIN + "1").vkey)
        verified(log, log.proof([4], 0, [signer]), authority, published=elsewhere)
    with refused("wrong_origin"):
        misnamed = Log(maker.ORIGIN, elsewhere.key)
        verified(log, log.proof([4], 0, [signer]), authority, published=misnamed)
    with refused("unknown_originator"):
        verified(log, log.proof([4], 0, [signer], originator="jp"), authority)
    with refused("wrong_signer"):
        verified(log, log.proof([4], 0, [signer], originator="us"), authority)
    foreign = maker.Log([maker.record(1, "us")])
    with refused("wrong_originator"):
        verified(foreign, foreign.proof([0], 0, [signer]), authority)
    headless = maker.Log([maker.message((2, b"content"))])
    with refused("ambiguous_form"):
        verified(headless, headless.proof([0], 0, [signer]), authority)


def test_a_signer_must_have_been_a_submitter_when_it_signed(log, authority):
    proof = log.proof([4], 0, [maker.person(authority)])
    second = datetime.timedelta(seconds=1)
    submitter, reader = ("submitter",), ("reader", "admin")
    for roles in (
        [Role("person/kim", submitter)],
        [Role("person/*", ("reader", "submitter"))],
        [Role("person/kim", submitter, maker.SIGNED_AT + second)],
        [Role("person/kim", reader), Role("person/*", submitter)],
    ):
        assert verified(log, proof, authority, roles=tuple(roles))
    for roles in (
        [],
        [Role("person/kim", reader)],
        [Role("person/lee", submitter), Role("service/*", submitter), Role("*", submitter)],
        [Role("person/ki*", submitter), Role("person", submitter), Role("person/", submitter)],
        [Role("person/kim", submitter, maker.SIGNED_AT)],
        [Role("person/*", submitter, maker.SIGNED_AT - second)],
    ):
        with refused("wrong_signer"):
            verified(log, proof, authority, roles=tuple(roles))


def test_a_revoked_key_is_good_below_its_leaf_index(log, authority):
    signer = maker.person(authority)
    key_id = hashlib.sha256(public_key_info(signer.key.public_key())).digest()
    proof = log.proof([4], 0, [signer])
    assert verified(log, proof, authority, revoked_keys={key_id: 5, bytes(32): 0})
    for leaf_index in (4, 3, 0):
        with refused("revoked_key"):
            verified(log, proof, authority, revoked_keys={key_id: leaf_index})


def test_a_former_key_of_a_log_is_good_up_to_its_tree_size(log, authority):
    old, stranger = maker.Log(RECORDS), maker.Log(RECORDS)
    record = RECORDS[4]
    proof = old.proof([4], 0, [maker.person(authority)])
    receipt, tlog_proof = old.receipt([4]).write(), proof.tlog_proof.write()

    def check(*former: tuple[maker.Log, int]) -> None:
        keys = [FormerKey(each.verifier_key, size) for each, size in former]
        verify_receipt(receipt, record, log.vkey, keys)
        verify_tlog_proof(tlog_proof, record, log.vkey, keys)

    check((old, 13))
    check((stranger, 0), (old, 2**40))
    for code, *former in (
        ("revoked_key", (old, 12)),
        ("revoked_key", (old, 0), (stranger, 13)),
        ("unknown_key", (stranger, 13)),
        ("unknown_key",),
    ):
        with refused(code):
            check(*former)
        published = Log(maker.ORIGIN, log.vkey, tuple((each.vkey, size) for each, size in former))
        with refused(code):
            verified(log, proof, authority, published=published)
    published = Log(maker.ORIGIN, log.vkey, ((old.vkey, 13),))
    assert verified(log, proof, authority, published=published)
    both = old.checkpoint() + log.checkpoint().split("\n\n")[1]
    assert verify_checkpoint(both, log.verifier_key, [FormerKey(old.verifier_key, 0)]).size == 13


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("position 1", "position 01"),
        lambda text: text.replace("position 1", "position +1"),
        lambda text: text.replace("record ", "record  "),
        lambda text: text.replace("\n\n", "\n\n\n", 1),
        lambda text: text.replace("\nindex 9\n", "\nextra YWJj\nindex 9\n"),
        lambda text: text.replace("\nindex 9\n", "\nindex 9 \n"),
        lambda text: text.replace("\nsignature ", "\nsignature\t"),
        lambda text: text.replace("path ", "", 1),
        lambda text: text + text[text.rindex("—") :],
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text + text,
        lambda text: text[text.index("c2sp.org") :],
        lambda text: "\n".join(each for each in text.split("\n") if "signature" not in each),
        lambda text: "\n".join(each for each in text.split("\n") if "certificate" not in each),
    ],
)
def test_a_proof_has_one_form(log, authority, change):
    text = log.proof([4, 9, 10], 1, [maker.person(authority)]).write()
    changed = change(text)
    assert changed != text
    with refused("ambiguous_form"):
        verified(log, changed, authority)


def test_limits_of_a_proof(log, authority):
    good = log.proof([4, 9, 10], 1, [maker.person(authority)])
    replace = dataclasses.replace
    for changed in (
        replace(good, record=bytes(262_145)),
        replace(good, attested_batch=bytes(1025)),
        replace(good, signature=bytes(257)),
        replace(good, certificates=(bytes(8193),)),
        replace(good, certificates=9 * good.certificates),
        replace(good, position=2**64),
    ):
        with refused("over_limit"):
            verified(log, changed, authority)


@pytest.mark.parametrize(
    "log_key, signer_key, authority_key",
    [
        (maker.ed25519_key, maker.p256, maker.p256),
        (maker.p256, maker.ed25519_key, maker.ed25519_key),
        (maker.ed25519_key, maker.p384, lambda: rsa.generate_private_key(65537, 2048)),
    ],
)
def test_no_bit_of_a_proof_can_be_flipped(log_key, signer_key, authority_key):
    authority = maker.issue(name="KR", key=authority_key())
    # Last bits that are zero are those which a parser might overlook.
    signer = maker.person(authority, key=signer_key())
    while signer.certificate.signature[-1] & 1:
        signer = maker.person(authority, key=signer_key())
    log = maker.Log(RECORDS, log_key())
    text = log.proof([4, 9, 10], 1, [signer]).write().encode()
    members = maker.members(log, authority)
    refuse_flips_of_proof(text, members, SAMPLE)


def test_no_bit_of_a_proof_with_an_intermediate_can_be_flipped(log, authority):
    middle = maker.issue(authority, name="Seoul")
    text = log.proof([4], 0, [maker.person(middle), middle]).write().encode()
    members = maker.members(log, authority)
    refuse_flips_of_proof(text, members, SAMPLE)
