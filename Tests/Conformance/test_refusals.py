"""Every malformed, wrongly signed or ambiguous submission: its status, its findings, no trace."""

import datetime

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import pki
import recipe
import samples
import wire
from dossier.v1 import attestation_pb2, exchange_pb2, record_pb2
from expect import refusal
from node import CALL_SECONDS

DENIED = grpc.StatusCode.PERMISSION_DENIED
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def assert_no_trace(client, reference: str) -> None:
    """That nothing of it was logged; on the same connection, so that this is still usable too."""
    assert client.list(reference=reference) == []


# MARK: Rules of values. A change to a good record, and the field that the finding must name.


def theft(change):
    def make(reference):
        record = samples.crypto_theft(reference)
        change(record)
        return record.SerializeToString()

    return make


def clear(path: str):
    """Clears a field of a record, by its path."""

    def change(record):
        *parents, last = path.split(".")
        for parent in parents:
            record = getattr(record, parent)
        record.ClearField(last)

    return theft(change)


def put(path: str, value):
    """Sets a field of a record, by its path with `[0]` for the first element."""

    def change(record):
        *parents, last = path.split(".")
        for parent in parents:
            name, first, _ = parent.partition("[0]")
            record = getattr(record, name)
            record = record[0] if first else record
        if isinstance(value, list):
            del getattr(record, last)[:]
            getattr(record, last).extend(value)
        else:
            setattr(record, last, value)

    return theft(change)


AMOUNT = "crypto_theft.losses[0].amount"
VALUES = {
    "no header": (clear("header"), "header"),
    "no report": (clear("report"), "report"),
    "no content": (clear("crypto_theft"), "content"),
    "format version 2": (put("header.format_version", 2), "header.format_version"),
    "no originator": (clear("header.originator"), "header.originator"),
    "an originator in upper case": (put("header.originator", "KR"), "header.originator"),
    "an originator of 33 characters": (put("header.originator", "k" * 33), "header.originator"),
    "a version of 0": (put("header.version", 0), "header.version"),
    "a second version of nothing": (put("header.version", 2), "header.version"),
    "no operation": (clear("header.operation"), "header.operation"),
    "an assertion with a target": (put("header.target_record_id", b"\1" * 32), "header.target_record_id"),
    "no kind": (clear("header.kind"), "header.kind"),
    "a kind that is not the content's": (put("header.kind", record_pb2.KIND_WALLET), "content"),
    "a kind that this version does not know": (put("header.kind", 9), "header.kind"),
    "no marking": (clear("header.marking"), "header.marking"),
    "no TLP": (clear("header.marking.tlp"), "header.marking.tlp"),
    "released to one twice": (put("header.marking.releasability", ["us", "us"]), "header.marking.releasability"),
    "released to no organisation id": (put("header.marking.releasability", ["U S"]), "header.marking.releasability"),
    "a label of 129 bytes": (put("header.marking.national_label", "x" * 129), "header.marking.national_label"),
    "a moment that does not exist": (put("header.known", "2025-02-30"), "header.known"),
    "a moment with an offset": (put("header.known", "2025-02-21T14:03:00+09:00"), "header.known"),
    "a moment with fractions": (put("header.known", "2025-02-21T14:03:00.5Z"), "header.known"),
    "a period that ends before it starts": (put("header.occurred.end", "2024"), "header.occurred"),
    "a salt of 15 bytes": (put("header.salt", b"x" * 15), "header.salt"),
    "no title": (clear("report.titles"), "report.titles"),
    "a title of 513 bytes": (put("report.titles[0].text", "x" * 513), "report.titles[0].text"),
    "a text without words": (put("report.narratives[0].text", ""), "report.narratives[0].text"),
    "a language that is no tag": (put("report.titles[0].language", "e n"), "report.titles[0].language"),
    "a digest of 31 bytes": (put("report.evidence[0].sha256", b"x" * 31), "report.evidence[0].sha256"),
    "a source without publisher": (put("report.sources[0].publisher", ""), "report.sources[0].publisher"),
    "a UN number that is none": (put("report.external_ids[0].value", "KP-31"), "report.external_ids[0].value"),
    "a claim by nobody": (put("crypto_theft.losses[0].claim.author", ""), "crypto_theft.losses[0].claim.author"),
    "a claim without stance": (put("crypto_theft.losses[0].claim.stance", 0), "crypto_theft.losses[0].claim.stance"),
    "a ticker for a currency": (put(f"{AMOUNT}.currency", "usd"), f"{AMOUNT}.currency"),
    "no valuation basis": (put(f"{AMOUNT}.basis", 0), f"{AMOUNT}.basis"),
    "a decimal with an exponent": (put(f"{AMOUNT}.point", "1.5e9"), f"{AMOUNT}.point"),
    "a decimal with separators": (put(f"{AMOUNT}.point", "1,500"), f"{AMOUNT}.point"),
    "a decimal with a leading zero": (put(f"{AMOUNT}.low", "01"), f"{AMOUNT}.low"),
    "a negative amount": (put(f"{AMOUNT}.low", "-1"), f"{AMOUNT}.low"),
    "an amount below its lower bound": (put(f"{AMOUNT}.point", "1"), AMOUNT),
    "a decimal of 31 digits": (put(f"{AMOUNT}.point", "9" * 31), f"{AMOUNT}.point"),
    "a country that is none": (put("crypto_theft.victim.country_registered", "Korea"), "crypto_theft.victim.country_registered"),
    "a victim of no type": (put("crypto_theft.victim.type", 0), "crypto_theft.victim.type"),
    "an unnamed victim without words": (put("crypto_theft.victim.name", ""), "crypto_theft.victim"),
    "a ticker for a chain": (put("crypto_theft.assets[0].chain", "ETH"), "crypto_theft.assets[0].chain"),
    "an account key in mixed case": (
        put("crypto_theft.accounts[0].account.key", "eip155:1:0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2"),
        "crypto_theft.accounts[0].account.key",
    ),
    "an account key of no chain": (
        put("crypto_theft.accounts[0].account.key", "0x47666fab8bd0ac7003bce3f5c3585383f09486e2"),
        "crypto_theft.accounts[0].account.key",
    ),
}


def content(field: str) -> str:
    """The path of a field as findings name it: what a kind says is below `content`."""
    return field if field.startswith(("header", "report", "content")) else f"content.{field}"


@pytest.mark.parametrize("name", VALUES)
def test_a_record_that_breaks_a_rule_is_refused_with_its_field(kr, prefix, name):
    make, field = VALUES[name]
    with refusal(INVALID) as refused:
        kr.submit([make(prefix)])
    field = f"records[0].{content(field)}"
    assert any(field.startswith(each) or each.startswith(field) for each in refused.violations), (
        refused.violations
    )
    assert all(refused.violations.values()), "each finding says what to do"
    assert_no_trace(kr, prefix)


@pytest.mark.parametrize("reference", ["", " A", "A ", "-A", "A-", "Ä", "A" * 65, "A\nB", "A?B"])
def test_a_reference_that_is_none_is_refused(kr, reference):
    with refusal(INVALID) as refused:
        kr.submit([samples.statistic(reference).SerializeToString()])
    assert "records[0].header.reference" in refused.violations


def test_all_findings_come_at_once(kr, prefix):
    first, second = samples.crypto_theft(prefix), samples.statistic(f"{prefix}-2")
    first.header.salt = b""
    first.crypto_theft.losses[0].amount.currency = "x"
    second.assessment.ClearField("metric")
    second.header.known = "yesterday"
    with refusal(INVALID) as refused:
        kr.submit([first.SerializeToString(), second.SerializeToString()])
    assert set(refused.violations) == {
        "records[0].header.salt",
        "records[0].content.crypto_theft.losses[0].amount.currency",
        "records[1].content.assessment.metric",
        "records[1].header.known",
    }


# MARK: Unambiguous form. A change to the bytes of a good record.


def in_header(change):
    """Applies a change to the header's fields: a list of (number, bytes, payload)."""

    def make(reference):
        parts = []
        for number, whole, payload in wire.split(samples.statistic(reference).SerializeToString()):
            parts.append(wire.field(1, change(wire.split(payload))) if number == 1 else whole)
        return b"".join(parts)

    return make


def replace(number: int, make):
    """Replaces a field of the header."""
    return in_header(
        lambda fields: b"".join(
            make(whole, payload) if each == number else whole for each, whole, payload in fields
        )
    )


def append(extra: bytes):
    return lambda reference: samples.statistic(reference).SerializeToString() + extra


def append_twice(field_number: int):
    def make(reference):
        data = samples.statistic(reference).SerializeToString()
        again = next(whole for number, whole, _ in wire.split(data) if number == field_number)
        return data + again

    return make


def padded(length: int):
    """The value of a varint field with more bytes than it needs."""
    return lambda whole, _: whole[:1] + wire.varint(wire.read_varint(whole, 1)[0], length)


# Field numbers in Header.
REFERENCE, VERSION, KIND = 3, 4, 7
FORMS = {
    "the header twice": append_twice(1),
    "the content twice": append_twice(27),
    "two contents": append(wire.field(22, b"")),
    "the reference twice": replace(REFERENCE, lambda whole, _: whole * 2),
    "a version padded to 2 bytes": replace(VERSION, padded(2)),
    "a version padded to 10 bytes": replace(VERSION, padded(10)),
    "a varint of 11 bytes": replace(VERSION, lambda whole, _: whole[:1] + b"\x81" + b"\x80" * 9 + b"\0"),
    "a version past 32 bits": replace(VERSION, lambda *_: wire.field(VERSION, 1 << 32)),
    "an enum past 32 bits": replace(KIND, lambda *_: wire.field(KIND, (1 << 32) + 12)),
    "a tag padded to 2 bytes": replace(VERSION, lambda whole, _: b"\xa0\x00" + whole[1:]),
    "a length padded to 2 bytes": replace(
        REFERENCE, lambda _, payload: wire.tag(REFERENCE, 2) + wire.varint(len(payload), 2) + payload
    ),
    "a varint for text": replace(REFERENCE, lambda *_: wire.field(REFERENCE, 1)),
    "text for a varint": replace(VERSION, lambda *_: wire.field(VERSION, b"\x01")),
    "a fixed32 for a varint": replace(VERSION, lambda *_: wire.tag(VERSION, 5) + b"\1\0\0\0"),
    "field number 0": append(b"\x00\x01"),
    "field number 2^29": append(wire.tag(1 << 29, 0) + b"\x01"),
    "wire type 6": append(wire.tag(99, 6)),
    "wire type 7": append(wire.tag(99, 7)),
    "an unknown group": append(wire.tag(99, 3) + wire.tag(99, 4)),
    "the end of no group": append(wire.tag(99, 4)),
    "a cut tag": append(b"\xff"),
    "a cut length": append(b"\x0a\xff"),
    "a cut payload": append(b"\x0a\x05abc"),
    "a length of 2^64 - 1": append(b"\x0a" + wire.varint((1 << 64) - 1)),
    "a cut fixed64": append(wire.tag(99, 1) + b"1234567"),
    "orcon of 2": in_header(
        lambda fields: b"".join(
            wire.field(8, payload + wire.field(3, 2)) if number == 8 else whole
            for number, whole, payload in fields
        )
    ),
    "NUL in a reference": replace(REFERENCE, lambda _, payload: wire.field(REFERENCE, payload + b"\0")),
    "UTF-8 that is cut": replace(REFERENCE, lambda _, payload: wire.field(REFERENCE, payload + b"\xc3")),
    "nothing at all": lambda _: b"",
    "text that is no message": lambda reference: reference.encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_an_ambiguous_encoding_is_refused(kr, prefix, name):
    with refusal(INVALID) as refused:
        kr.submit([FORMS[name](prefix)])
    assert any(each.startswith("records[0]") for each in refused.violations), refused.violations
    assert_no_trace(kr, prefix)


BAD_TEXT = {
    "NUL": b"a\0b",
    "a lone continuation byte": b"a\x80",
    "an over-long slash": b"\xc0\xaf",
    "an over-long NUL": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "past the last code point": b"\xf4\x90\x80\x80",
    "a cut sequence": b"\xe2\x82",
    "Latin-1": "Börse".encode("latin-1"),
}


def text_fields(descriptor, path=()):
    """The path of field numbers to each string in a kind of record, each message once."""
    for field in descriptor.fields:
        if field.type == field.TYPE_STRING:
            yield (*path, field.number)
        elif field.message_type is not None:
            yield from text_fields(field.message_type, (*path, field.number))


def nested(path, payload: bytes) -> bytes:
    for number in reversed(path):
        payload = wire.field(number, payload)
    return payload


def test_bad_text_is_refused_in_every_field_there_is(kr):
    paths = list(text_fields(record_pb2.Record.DESCRIPTOR))
    assert len(paths) > 100
    for name, text in BAD_TEXT.items():
        some = paths if name == "NUL" else paths[:: max(1, len(paths) // 12)]
        for path in some:
            with refusal(INVALID) as refused:
                kr.submit([nested(path, text)])
            rules = " ".join(refused.violations.values())
            assert "UTF" in rules or "NUL" in rules, (name, path, refused.violations)


# MARK: Batches. What was signed, and by whom, against what came.


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
        lambda each: each.attestation.certificate_der.extend([each.attestation.certificate_der[0]] * 8)
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
        lambda each: each.records.__setitem__(0, each.records[0][:-1] + bytes([each.records[0][-1] ^ 1]))
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
        kr.submit([samples.statistic(prefix).SerializeToString()], key=reader.key, chain=reader.chain)
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


# MARK: Other requests


def raw_call(client, method: str, request: bytes):
    return client.channel.unary_unary(f"/dossier.v1.ExchangeService/{method}")(
        request, timeout=CALL_SECONDS
    )


REQUESTS = {
    "no selector": ("Get", b""),
    "two selectors": ("Get", wire.field(1, "ab" * 32) + wire.field(2, wire.field(1, "kr"))),
    "a record id of 7 digits": ("Get", wire.field(1, "1234567")),
    "a record id of 65 digits": ("Get", wire.field(1, "a" * 65)),
    "a record id in upper case": ("Get", wire.field(1, "ABCDEF0123")),
    "a record id that is none": ("Get", wire.field(1, "../../etc/passwd")),
    "a finding without reference": ("Get", wire.field(2, wire.field(1, "kr"))),
    "a group": ("Get", wire.tag(1, 3) + wire.tag(1, 4)),
    "bytes that are no message": ("Get", b"\xff\xff\xff\xff"),
    "a submission that is no message": ("Submit", b"\xff\xff\xff\xff"),
    "an attestation twice": ("Submit", wire.field(1, b"") * 2),
    "bad text": ("Get", wire.field(1, b"\xff" * 8)),
    "text with NUL": ("Get", wire.field(1, b"12345678\0")),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_is_malformed_is_refused(kr, name):
    method, request = REQUESTS[name]
    with refusal(INVALID) as refused:
        raw_call(kr, method, request)
    assert refused.error.details()
    kr.pages(limit=1)


BAD_FILTERS = {
    "a moment": {"occurred_from": "soon"},
    "an originator": {"originators": ["K R"]},
    "too many originators": {"originators": [f"o{index}" for index in range(65)]},
    "an account": {"account": "::"},
    "a record id": {"record_id_prefix": "xyz"},
}


@pytest.mark.parametrize("name", BAD_FILTERS)
def test_a_filter_that_is_malformed_is_refused(kr, name):
    with refusal(INVALID) as refused:
        kr.pages(**BAD_FILTERS[name])
    assert refused.error.details()


def test_sizes_are_what_the_protos_say(kr, prefix):
    """256 KiB a record, 10,000 records, 4 MiB a request: at the limit and one past it."""

    def long_record(reference, size):
        record = samples.statistic(reference)
        for _ in range(5):
            record.report.remarks.add(text="x" * 50_000)
        missing = size - record.ByteSize()
        record.report.remarks.add(text="x" * (missing - 1_000))
        missing = size - record.ByteSize()
        record.report.remarks[-1].text += "x" * missing
        assert record.ByteSize() == size
        return record.SerializeToString()

    assert kr.submit([long_record(f"{prefix}-limit", 262_144)]).appended == 1
    with refusal(INVALID, grpc.StatusCode.RESOURCE_EXHAUSTED):
        kr.submit([long_record(f"{prefix}-past", 262_145)])

    def small(index):
        record = samples.statistic(f"{prefix}-{index}")
        record.ClearField("report")
        record.report.titles.add(text="t")
        return record.SerializeToString()

    many = [small(index) for index in range(10_001)]
    with refusal(INVALID):
        kr.submit(many)
    assert kr.submit(many[:10_000]).appended == 10_000

    # An unknown field, 5 bytes longer than what it holds, makes the request as long as may be.
    request = kr.request([long_record(f"{prefix}-big-{index}", 262_000) for index in range(15)])
    missing = 4_194_304 - request.ByteSize()
    longest = request.SerializeToString() + wire.field(99, b"x" * (missing - 5))
    assert len(longest) == 4_194_304
    kr.submit_raw(longest)
    with refusal(grpc.StatusCode.RESOURCE_EXHAUSTED):
        kr.submit_raw(longest + b"\0")
    assert_no_trace(kr, f"{prefix}-past")
