"""Batches: what was signed, and by whom, against what came."""

import datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import pki
import recipe
import samples
import wire
from dossier.v1 import attestation_pb2, exchange_pb2
from expect import DENIED, INVALID, assert_no_trace, refusal


def change_batch(**fields):
    """Signs an AttestedBatch that says something else."""

    def make(client, records):
        request = client.request(records)
        batch = attestation_pb2.AttestedBatch.FromString(request.attestation.attested_batch)
        for name, value in fields.items():
            setattr(batch, name, value)
        return sign_again(client, request, batch.SerializeToString())

    return make


def sign_again(client, request, batch: bytes):
    request.attestation.attested_batch = batch
    request.attestation.signature = recipe.sign(
        client.identity.key, recipe.SIGNATURE_PREFIX + batch
    )
    return request


def signed_at(**difference):
    def make(client, records):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**difference)
        return client.request(records, signed_at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

    return make


def change_request(change):
    def make(client, records):
        request = client.request(records)
        change(request)
        return request

    return make


def flip_signature(request):
    signature = bytearray(request.attestation.signature)
    signature[-1] ^= 1
    request.attestation.signature = bytes(signature)


def malleable(client, records):
    """The other signature that ECDSA allows, its number padded: not strict DER."""
    request = client.request(records)
    signature = request.attestation.signature
    length = signature[3]
    longer = signature[:1] + bytes([signature[1] + 1]) + signature[2:3] + bytes([length + 1])
    request.attestation.signature = longer + b"\0" + signature[4:]
    return request


def unsigned_prefix(client, records):
    """Signed without the prefix that says what is signed."""
    request = client.request(records)
    batch = request.attestation.attested_batch
    request.attestation.signature = recipe.sign(client.identity.key, batch)
    return request


def by(issue):
    """Attested with another certificate."""

    def make(client, records):
        signer = issue(client.node.consortium.authorities)
        return client.request(records, key=signer.key, chain=signer.chain)

    return make


def rewritten(change):
    """An attested batch in an ambiguous form, rightly signed."""

    def make(client, records):
        request = client.request(records)
        return sign_again(client, request, change(request.attestation.attested_batch))

    return make


DAY = datetime.timedelta(days=1)
BATCHES = {
    "no attestation": change_request(lambda each: each.ClearField("attestation")),
    "no signature": change_request(lambda each: each.attestation.ClearField("signature")),
    "no certificate": change_request(lambda each: each.attestation.ClearField("certificate_der")),
    "a flipped bit in the signature": change_request(flip_signature),
    "a signature that is not strict DER": malleable,
    "a signature without the prefix": unsigned_prefix,
    "a certificate that is none": change_request(
        lambda each: each.attestation.certificate_der.__setitem__(0, b"no certificate")
    ),
    "nine certificates": change_request(
        lambda each: each.attestation.certificate_der.extend(
            [each.attestation.certificate_der[0]] * 8
        )
    ),
    "another's certificate": change_request(
        lambda each: each.attestation.certificate_der.__setitem__(
            0, pki.Authority("x").person("kr", "kim").chain[0].public_bytes(Encoding.DER)
        )
    ),
    "an unknown authority's signer": by(lambda _: pki.Authority("kr CA").person("kr", "kim")),
    "us's authority names kr": by(lambda each: each["us"].person("kr", "kim")),
    "a signer whose certificate has expired": by(
        lambda each: each["kr"].person("kr", "kim", valid=(-2 * DAY, -DAY))
    ),
    "a signer that may not sign": by(
        lambda each: each["kr"].person("kr", "kim", digital_signature=False)
    ),
    "version 2": change_batch(version=2),
    "meant for another log": change_batch(log_origin="msmt.example/dossier/us/1"),
    "another root": change_batch(batch_root=b"\1" * 32),
    "a root of 31 bytes": change_batch(batch_root=b"\1" * 31),
    "another size": change_batch(size=2),
    "another key id": change_batch(key_id=b"\1" * 32),
    "signed more than a day ago": signed_at(hours=-25),
    "signed six minutes ahead": signed_at(minutes=6),
    "signed at no moment": change_batch(signed_at="now"),
    "signed on a day": change_batch(signed_at=recipe.now()[:10]),
    "an attested batch with its version twice": rewritten(lambda batch: batch + wire.field(1, 1)),
    "an attested batch with a padded size": rewritten(
        lambda batch: batch.replace(b"\x28\x01", b"\x28\x81\x00")
    ),
    "an attested batch of 1,025 bytes": change_batch(log_origin="x" * 1025),
    "no records": lambda client, _: exchange_pb2.SubmitRequest(
        attestation=client.request([b"x"]).attestation
    ),
    "the same record twice": lambda client, records: client.request(records * 2),
    "a record more than attested": lambda client, records: exchange_pb2.SubmitRequest(
        attestation=client.request(records).attestation, records=records * 2
    ),
    "a flipped bit in a record": change_request(
        lambda each: each.records.__setitem__(
            0, each.records[0][:-1] + bytes([each.records[0][-1] ^ 1])
        )
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_that_is_not_as_signed_is_refused(kr, prefix, name):
    records = [samples.statistic(prefix).SerializeToString()]
    with refusal(INVALID) as refused:
        kr.send(BATCHES[name](kr, records))
    assert refused.violations
    assert_no_trace(kr, prefix)


def test_what_was_signed_for_another_originator_is_refused(kr, consortium, prefix):
    us = consortium.people["us"]
    record = samples.statistic(prefix, originator="us").SerializeToString()
    with refusal(DENIED):
        kr.submit([record], key=us.key, chain=us.chain, originator="us")
    with refusal(INVALID, DENIED):
        kr.submit([record], originator="us")
    with refusal(INVALID) as refused:
        kr.submit([record])
    assert list(refused.violations) == ["records[0].header.originator"]
    with refusal(DENIED):
        reader = consortium.reader
        kr.submit(
            [samples.statistic(prefix).SerializeToString()], key=reader.key, chain=reader.chain
        )
    assert_no_trace(kr, prefix)


def test_records_of_one_batch_belong_together(kr, prefix):
    here = samples.statistic(f"{prefix}-a", ["us"]).SerializeToString()
    there = samples.statistic(f"{prefix}-b", ["jp"]).SerializeToString()
    with refusal(INVALID) as refused:
        kr.submit([here, there])
    assert list(refused.violations) == ["records[1].header.marking.releasability"]
    same = samples.statistic(f"{prefix}-a", ["us"]).SerializeToString()
    with refusal(INVALID) as refused:
        kr.submit([here, same])
    assert list(refused.violations) == ["records[1].header.version"]
    assert_no_trace(kr, f"{prefix}-a")
