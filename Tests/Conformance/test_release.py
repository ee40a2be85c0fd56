"""Others see what is released to them; what is not, is to them as if it were not there."""

import os

import grpc
import pytest

import recipe
import samples
import wire
from dossier.v1 import exchange_pb2, marking_pb2, record_pb2
from expect import refusal
from frames import Connection

GET = "/dossier.v1.ExchangeService/Get"
LIST = "/dossier.v1.ExchangeService/List"


def submit(client, record) -> str:
    """Submits one record and returns its id."""
    data = record if isinstance(record, bytes) else record.SerializeToString()
    client.submit([data])
    return recipe.leaf_hash(data).hex()


def test_each_organisation_sees_only_what_is_released_to_it(kr, us, jp, prefix):
    ids = {
        name: submit(kr, samples.statistic(f"{prefix}-{name}", released_to))
        for name, released_to in {
            "us": ["us"],
            "jp": ["jp"],
            "both": ["us", "jp"],
            "none": [],
        }.items()
    }
    visible = {kr: set(ids), us: {"us", "both"}, jp: {"jp", "both"}}
    for client, names in visible.items():
        for name, record_id in ids.items():
            listed = client.list(reference=f"{prefix}-{name}")
            assert len(listed) == (name in names)
            if name in names:
                assert client.get(record_id).record.record
                assert client.get(originator="kr", reference=f"{prefix}-{name}").record.record
                continue
            with refusal(grpc.StatusCode.NOT_FOUND):
                client.get(record_id)
            with refusal(grpc.StatusCode.NOT_FOUND):
                client.get(originator="kr", reference=f"{prefix}-{name}")


def test_only_the_originator_is_told_why_others_are_not_given_a_record(kr, us, prefix):
    shared = submit(kr, samples.statistic(f"{prefix}-shared", ["us"]))
    kept = submit(kr, samples.statistic(f"{prefix}-kept"))
    assert kr.get(kept).record.withheld_reason != ""
    assert kr.get(shared).record.withheld_reason == ""
    assert us.get(shared).record.withheld_reason == ""


def raw_answer(node, identity, path: str, message) -> list:
    """All that a fresh connection gets for a call, frame by frame."""
    with Connection(node.port, identity) as connection:
        connection.call(1, path, message.SerializeToString())
        return [(frame.name, frame.flags_and_body) for frame in connection.frames_of(1)]


def absent_like(record_id: str) -> str:
    return record_id[:8] + os.urandom(28).hex()


def test_withheld_and_absent_are_answered_byte_for_byte_alike(kr, us, node, prefix):
    theft = samples.crypto_theft(prefix)
    theft.crypto_theft.victim.name = f"{prefix} victim"
    record_id = submit(kr, theft)
    finding = exchange_pb2.FindingSelector
    pairs = [
        (GET, exchange_pb2.GetRequest(record_id=name))
        for name in (record_id, absent_like(record_id))
    ]
    pairs += [
        (GET, exchange_pb2.GetRequest(record_id=record_id[:10])),
        (GET, exchange_pb2.GetRequest(record_id="0123456789")),
        (GET, exchange_pb2.GetRequest(finding=finding(originator="kr", reference=prefix))),
        (GET, exchange_pb2.GetRequest(finding=finding(originator="kr", reference=prefix[::-1]))),
    ]
    for name in (f"{prefix} victim", f"{prefix} nobody"):
        filters = exchange_pb2.Filter(victim=name)
        pairs.append((LIST, exchange_pb2.ListRequest(filter=filters)))
    for (path, withheld), (_, absent) in zip(pairs[::2], pairs[1::2], strict=True):
        answers = [raw_answer(node, us.identity, path, each) for each in (withheld, absent)]
        assert answers[0] == answers[1], withheld
        assert answers[0], "an answer was given"


def test_a_prefix_is_ambiguous_only_among_what_is_released(kr, us, node, prefix):
    """Two records with one prefix cannot be made; a withheld one must not block the other."""
    shared = submit(kr, samples.statistic(f"{prefix}-shared", ["us"]))
    for index in range(20):
        submit(kr, samples.statistic(f"{prefix}-{index}"))
    assert us.get(shared[:8]).record.record


def unknown_in_header(record: bytes) -> bytes:
    """The record with a field in its header that nobody knows."""
    fields = []
    for number, whole, payload in wire.split(record):
        fields.append(wire.field(1, payload + wire.field(99, 1)) if number == 1 else whole)
    return b"".join(fields)


def unknown_in_marking(record: bytes) -> bytes:
    """The record with a field in its marking that nobody knows."""
    fields = []
    for number, whole, payload in wire.split(record):
        if number == 1:
            inner = [
                wire.field(8, part + wire.field(99, "NOFORN")) if field == 8 else all_of_it
                for field, all_of_it, part in wire.split(payload)
            ]
            whole = wire.field(1, b"".join(inner))
        fields.append(whole)
    return b"".join(fields)


def unknown_tlp(record: bytes) -> bytes:
    message = record_pb2.Record.FromString(record)
    message.header.marking.tlp = max(marking_pb2.Tlp.values()) + 1
    return message.SerializeToString()


@pytest.mark.parametrize("change", [unknown_in_header, unknown_in_marking, unknown_tlp])
def test_what_is_not_understood_is_not_released(kr, us, prefix, change):
    record = change(samples.statistic(prefix, ["us"]).SerializeToString())
    record_id = submit(kr, record)
    assert kr.get(record_id).record.withheld_reason != ""
    assert record_id not in {recipe.leaf_hash(each.record).hex() for each in us.list()}
    assert us.list(reference=prefix) == []
    with refusal(grpc.StatusCode.NOT_FOUND):
        us.get(record_id)


def test_others_may_not_submit_here(us, kr, prefix):
    records = [samples.statistic(prefix, originator="us").SerializeToString()]
    with refusal(grpc.StatusCode.PERMISSION_DENIED):
        us.submit(records)
    signed_by_kr = kr.request([samples.statistic(prefix).SerializeToString()])
    with refusal(grpc.StatusCode.PERMISSION_DENIED):
        us.send(signed_by_kr)
    with refusal(grpc.StatusCode.NOT_FOUND):
        kr.get(originator="kr", reference=prefix)
