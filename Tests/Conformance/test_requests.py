"""Requests that are malformed, and their sizes."""

import grpc
import pytest

import samples
import wire
from expect import INVALID, assert_no_trace, refusal
from node import CALL_SECONDS


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
