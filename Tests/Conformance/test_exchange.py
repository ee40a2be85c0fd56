"""An official client that knows nothing but the .proto files and the recipe."""

import hashlib
import itertools

import grpc

import recipe
import samples
from dossier.v1 import attestation_pb2, exchange_pb2, record_pb2
from expect import refusal
from node import CALL_SECONDS, ORIGIN


def encoded(records) -> list[bytes]:
    return [each.SerializeToString() for each in records]


def verify(page_or_answer, logged, attestation) -> None:
    """That the originator signed the record, with nothing but what the node handed out."""
    batch = attestation_pb2.AttestedBatch.FromString(attestation.attested_batch)
    leaf = recipe.leaf_hash(logged.record)
    root = recipe.root_from_path(leaf, logged.position.index, batch.size, logged.position.path)
    assert root == batch.batch_root
    assert page_or_answer.log_origin == batch.log_origin == ORIGIN


def test_records_go_in_and_come_back_byte_for_byte(kr, prefix):
    records = encoded(samples.one_of_each(prefix))
    receipt = kr.submit(records)
    assert receipt.log_origin == ORIGIN
    assert receipt.batch_size == receipt.appended == len(records)
    assert receipt.batch_root == recipe.root_hash([recipe.leaf_hash(each) for each in records])
    run = receipt.runs[0]
    assert len(receipt.runs) == 1 and run.offset == 0 and run.count == len(records)
    assert run.first_index + run.count == receipt.log_size

    for index, record in enumerate(records):
        answer = kr.get(recipe.leaf_hash(record).hex())
        assert answer.record.record == record
        assert answer.record.leaf_index == run.first_index + index
        assert answer.record.position.index == index
        verify(answer, answer.record, answer.attestation)


def test_a_list_gives_everything_in_log_order_with_its_attestations(kr, prefix):
    records = encoded(samples.one_of_each(prefix))
    receipt = kr.submit(records)
    pages = kr.pages()
    listed = []
    for page in pages:
        for logged in page.records:
            verify(page, logged, page.attestations[logged.attestation_index])
            listed.append(logged)
    indexes = [each.leaf_index for each in listed]
    assert indexes == sorted(indexes)
    assert all(page.pinned_size >= receipt.log_size for page in pages)
    assert pages[-1].cursor == b""
    assert [each.record for each in listed][-len(records) :] == records


def test_the_same_again_appends_nothing_and_gives_the_same_indexes(kr, prefix):
    records = encoded(samples.one_of_each(prefix))
    request = kr.request(records)
    first = kr.send(request).receipt
    again = kr.send(request).receipt
    signed_anew = kr.submit(records)
    assert (first.appended, again.appended, signed_anew.appended) == (4, 0, 0)
    assert first.runs == again.runs == signed_anew.runs


def test_a_batch_of_old_and_new_records_appends_the_new_ones(kr, prefix):
    old = encoded(samples.one_of_each(prefix))
    indexes = kr.submit(old).runs[0]
    new = encoded([samples.statistic(f"{prefix}-new")])
    receipt = kr.submit(old[:2] + new + old[2:])
    assert receipt.appended == 1
    covered = [
        (run.offset + step, run.first_index + step)
        for run in receipt.runs
        for step in range(run.count)
    ]
    assert [offset for offset, _ in covered] == list(range(5))
    first = indexes.first_index
    assert [index for offset, index in covered if offset != 2] == list(range(first, first + 4))


def test_other_bytes_under_the_same_version_are_refused(kr, prefix):
    kr.submit(encoded([samples.statistic(prefix)]))
    with refusal(grpc.StatusCode.ALREADY_EXISTS):
        kr.submit(encoded([samples.statistic(prefix)]))


def test_a_prefix_of_the_record_id_is_enough(kr, prefix):
    record = samples.statistic(prefix).SerializeToString()
    kr.submit([record])
    assert kr.get(recipe.leaf_hash(record).hex()[:12]).record.record == record


def test_a_finding_is_got_by_its_reference(kr, prefix):
    record = samples.statistic(prefix).SerializeToString()
    kr.submit([record])
    assert kr.get(originator="kr", reference=prefix).record.record == record
    assert kr.get(originator="kr", reference=prefix, version=1).record.record == record
    with refusal(grpc.StatusCode.NOT_FOUND):
        kr.get(originator="kr", reference=prefix, version=2)


def test_every_filter_finds_its_record_and_no_other(kr, prefix):
    records = samples.one_of_each(prefix)
    records[0].crypto_theft.victim.name = f"{prefix} Börse"
    records[0].crypto_theft.actors[0].actor = f"{prefix} Gruppe"
    address = "0x" + hashlib.sha256(prefix.encode()).hexdigest()[:40]
    records[0].crypto_theft.accounts[0].account.key = f"eip155:1:{address}"
    records[0].header.occurred.start = records[0].header.occurred.end = "1999-12-31"
    records[0].header.known = "1999-12-31T23:59:58Z"
    theft, *others = encoded(records)
    kr.submit([theft, *others])
    filters = [
        {"reference": f"{prefix}-1"},
        {"occurred_to": "1999", "occurred_from": "1999-12"},
        {"known_to": "1999-12", "known_from": "1999"},
        {"account": f"eip155:1:{address.upper().replace('X', 'x')}"},
        {"victim": f"{prefix}  BÖRSE"},
        {"actor": f"{prefix} gruppe"},
        {"record_id_prefix": recipe.leaf_hash(theft).hex()[:16]},
    ]
    for each in filters:
        assert [logged.record for logged in kr.list(**each)] == [theft], each
        assert kr.list(kinds=[record_pb2.KIND_WALLET], **each) == []
        assert kr.list(originators=["us"], **each) == []
        assert len(kr.list(kinds=[record_pb2.KIND_CRYPTO_THEFT], originators=["kr"], **each)) == 1


def test_a_list_goes_on_at_its_cursor(kr, us, prefix):
    records = encoded([samples.statistic(f"{prefix}-{index}") for index in range(5)])
    kr.submit(records)
    everything = [(each.leaf_index, each.record) for each in kr.list()]
    seen, cursor = [], b""
    while True:
        pages = kr.pages(limit=3, cursor=cursor)
        seen += [(each.leaf_index, each.record) for page in pages for each in page.records]
        cursor = pages[-1].cursor if pages else b""
        if not cursor:
            break
    assert seen == everything
    cursor = kr.pages(limit=1)[-1].cursor
    for call in (
        lambda: us.pages(limit=1, cursor=cursor),
        lambda: kr.pages(limit=1, cursor=cursor, reference="other"),
        lambda: kr.pages(limit=1, cursor=bytes([cursor[0] ^ 1]) + cursor[1:]),
        lambda: kr.pages(limit=1, cursor=b"\x00" * 4096),
    ):
        with refusal(grpc.StatusCode.INVALID_ARGUMENT):
            call()


def test_a_refused_batch_does_not_end_a_stream(kr, prefix):
    good = [encoded([samples.statistic(f"{prefix}-{index}")]) for index in range(3)]
    bad = samples.statistic(f"{prefix}-bad")
    bad.assessment.ClearField("metric")
    submissions = [
        kr.request(good[0]),
        kr.request(encoded([bad])),
        kr.request(good[1]),
        kr.request(good[2], log_origin="msmt.example/dossier/us/1"),
        kr.request(good[2]),
        kr.request(good[0]),
    ]
    requests = [exchange_pb2.SubmitStreamRequest(submission=each) for each in submissions]
    answers = list(kr.exchange.SubmitStream(iter(requests), timeout=CALL_SECONDS))
    outcomes = [each.WhichOneof("outcome") for each in answers]
    assert outcomes == ["receipt", "refusal", "receipt", "refusal", "receipt", "receipt"]
    refused = answers[1].refusal
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert [each.field for each in refused.findings] == ["records[0].content.assessment.metric"]
    assert [each.receipt.appended for each in answers if each.HasField("receipt")] == [1, 1, 1, 0]
    with refusal(grpc.StatusCode.NOT_FOUND):
        kr.get(originator="kr", reference=f"{prefix}-bad")


def test_a_stream_takes_many_more_batches_than_its_window(kr, prefix):
    batches = [encoded([samples.statistic(f"{prefix}-{index}")]) for index in range(100)]
    requests = [exchange_pb2.SubmitStreamRequest(submission=kr.request(each)) for each in batches]
    answers = list(kr.exchange.SubmitStream(iter(requests), timeout=CALL_SECONDS))
    assert sum(each.receipt.appended for each in answers) == 100


def test_a_deadline_ends_its_call_and_no_other(kr, prefix):
    record = samples.statistic(prefix).SerializeToString()
    request = exchange_pb2.SubmitStreamRequest(submission=kr.request([record]))
    stream = kr.exchange.SubmitStream(itertools.repeat(request), timeout=0.2)
    with refusal(grpc.StatusCode.DEADLINE_EXCEEDED):
        for _ in stream:
            pass
    assert kr.get(originator="kr", reference=prefix).record.record == record
