"""Receipts prove that a batch is in the log, and that the log only grew."""

import grpc
import pytest

import proven
import samples
from dossier.v1 import exchange_pb2, log_pb2
from expect import INVALID, assert_no_trace, refusal
from node import CALL_SECONDS

OUT_OF_RANGE = grpc.StatusCode.OUT_OF_RANGE
MAXIMUM_RANGES = 1000


def encoded(*references: str) -> list[bytes]:
    return [samples.statistic(each).SerializeToString() for each in references]


def newest(client, vkey: str, known=None):
    """The newest checkpoint, proven to go on from `known`."""
    request = log_pb2.GetCheckpointRequest(known_size=known.size if known else 0)
    return proven.checkpoint(client.log.GetCheckpoint(request).checkpoint, vkey, known)


def stream(client, submissions: list) -> list:
    requests = [exchange_pb2.SubmitStreamRequest(submission=each) for each in submissions]
    return list(client.exchange.SubmitStream(iter(requests), timeout=CALL_SECONDS))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 17, 64, 300])
def test_a_receipt_proves_that_its_batch_is_in_the_log(kr, vkey, prefix, count):
    records = encoded(*(f"{prefix}-{number}" for number in range(count)))
    receipt = kr.submit(records)
    checkpoint = proven.receipt(receipt, records, vkey)
    assert proven.indexes(receipt) == list(range(checkpoint.size - count, checkpoint.size))
    assert proven.ranges(receipt) == [(checkpoint.size - count, count)]


def test_a_receipt_goes_on_from_the_size_that_the_client_knows(kr, vkey, prefix):
    start = newest(kr, vkey)
    known = []
    for number in range(20):
        records = encoded(f"{prefix}-{number}")
        before = known[number // 2] if known else start
        receipt = kr.submit(records, known_size=before.size)
        known.append(proven.receipt(receipt, records, vkey, before))
    for before in [start, *known]:
        assert newest(kr, vkey, before) == known[-1]
        receipt = kr.submit(records, known_size=before.size)
        assert receipt.appended == 0
        assert proven.receipt(receipt, records, vkey, before) == known[-1]


def test_answers_of_a_stream_are_receipts_as_good_as_any(kr, vkey, prefix):
    known = newest(kr, vkey)
    batches = [encoded(f"{prefix}-{number}", f"{prefix}-{number}-b") for number in range(40)]
    submissions = [kr.request(each, known_size=known.size) for each in batches]
    answers = stream(kr, submissions)
    sizes = []
    for answer, records in zip(answers, batches, strict=True):
        sizes.append(proven.receipt(answer.receipt, records, vkey, known).size)
    assert sizes == sorted(sizes)
    assert newest(kr, vkey, known).size == sizes[-1] == known.size + 80


def test_a_repeat_has_the_same_indexes_under_the_newest_checkpoint(kr, vkey, prefix):
    records = encoded(prefix, f"{prefix}-2")
    request = kr.request(records)
    first = kr.send(request).receipt
    later = kr.submit(encoded(f"{prefix}-3"))
    for again in (kr.send(request).receipt, kr.submit(records), stream(kr, [request])[0].receipt):
        assert again.appended == 0 and again.runs == first.runs
        assert again.checkpoint == later.checkpoint
        assert proven.receipt(again, records, vkey).size == later.log_size


def test_old_and_new_records_have_runs_in_order_of_the_batch_and_merged_ranges(kr, vkey, prefix):
    old = encoded(*(f"{prefix}-{number}" for number in range(4)))
    start = proven.indexes(kr.submit(old))[0]
    new = encoded(f"{prefix}-new")
    receipt = kr.submit(old[2:] + new + old[:2])
    proven.receipt(receipt, old[2:] + new + old[:2], vkey)
    assert (receipt.appended, proven.ranges(receipt)) == (1, [(start, 5)])
    runs = [(each.offset, each.first_index, each.count) for each in receipt.runs]
    assert runs == [(0, start + 2, 3), (3, start, 2)]

    newer = encoded(f"{prefix}-newer", f"{prefix}-newest")
    batch = [newer[0], old[3], old[1], old[0], newer[1]]
    receipt = kr.submit(batch)
    proven.receipt(receipt, batch, vkey)
    runs = [(each.offset, each.first_index, each.count) for each in receipt.runs]
    expected = [start + 5, start + 3, start + 1, start, start + 6]
    assert runs == [(offset, first, 1) for offset, first in enumerate(expected)]
    assert proven.ranges(receipt) == [(start, 2), (start + 3, 1), (start + 5, 2)]


def test_a_batch_may_be_scattered_over_as_many_ranges_as_a_receipt_holds(kr, vkey, prefix):
    records = encoded(*(f"{prefix}-{number}" for number in range(2 * MAXIMUM_RANGES)))
    kr.submit(records)
    receipt = kr.submit(records[::2])
    assert receipt.appended == 0 and len(receipt.ranges) == MAXIMUM_RANGES
    proven.checkpoint(receipt.checkpoint, vkey)
    text = proven.receipt_file(receipt, records[::2]).write()
    assert proven.verify_receipt(text, records[-2], vkey).position == MAXIMUM_RANGES - 1


def test_a_batch_scattered_over_more_ranges_is_refused_whole(kr, prefix):
    records = encoded(*(f"{prefix}-{number}" for number in range(2 * MAXIMUM_RANGES + 1)))
    kr.submit(records)
    with refusal(INVALID):
        kr.submit(records[::2])
    with refusal(INVALID):
        kr.submit(records[::2] + encoded(prefix))
    assert_no_trace(kr, prefix)


@pytest.mark.parametrize("beyond", [1, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_size_that_the_log_has_not_reached_is_refused_and_nothing_is_done(
    kr, vkey, prefix, beyond
):
    size = newest(kr, vkey).size
    known_size = min(size + beyond, 2**64 - 1)
    record_id = proven.recipe.leaf_hash(kr.list()[0].record).hex()
    (record,) = encoded(prefix)
    for call in (
        lambda: kr.submit([record], known_size=known_size),
        lambda: kr.get(record_id, known_size=known_size),
        lambda: kr.pages(limit=1, known_size=known_size),
        lambda: kr.log.GetCheckpoint(log_pb2.GetCheckpointRequest(known_size=known_size)),
    ):
        with refusal(OUT_OF_RANGE):
            call()
    good = encoded(f"{prefix}-good")
    answers = stream(kr, [kr.request([record], known_size=known_size), kr.request(good)])
    assert answers[0].refusal.code == OUT_OF_RANGE.value[0]
    assert proven.receipt(answers[1].receipt, good, vkey).size == size + 1
    assert_no_trace(kr, prefix)


def test_a_repeat_with_a_size_that_the_log_has_not_reached_is_refused(kr, vkey, prefix):
    records = encoded(prefix)
    kr.submit(records)
    with refusal(OUT_OF_RANGE):
        kr.submit(records, known_size=newest(kr, vkey).size + 1)
