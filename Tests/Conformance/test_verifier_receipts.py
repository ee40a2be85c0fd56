"""The verifier takes receipts that prove all of a batch, in their one form."""

import dataclasses

import pytest

import proof_maker as maker
from flips import SAMPLE
from test_flips import refuse_flips_of_receipt
from verifier import files
from verifier.tree import EMPTY_ROOT, leaf_hash
from verifier.verify import verify_receipt
from verifying import RECORDS, refused


def small_receipt(key=None) -> tuple[maker.Log, bytes]:
    log = maker.Log(RECORDS, key)
    return log, log.receipt([2, 3, 4, 8]).write().encode()


def test_a_receipt_proves_all_of_its_records():
    for key in (maker.ed25519_key(), maker.p256()):
        log = maker.Log(RECORDS, key)
        for indexes in ([0], [12], [2, 3, 4, 8], [8, 2, 3], list(range(13)), [5, 4, 3]):
            text = log.receipt(indexes).write()
            assert files.write_receipts(files.parse_receipts(text)) == text
            for position, index in enumerate(indexes):
                result = verify_receipt(text, RECORDS[index], log.vkey)
                assert (result.position, result.logged.index) == (position, index)
                assert (result.batch_size, result.logged.checkpoint.size) == (len(indexes), 13)
                assert result.logged.record_id == leaf_hash(RECORDS[index]).hex()
            with refused("wrong_leaf"):
                verify_receipt(text, b"another", log.vkey)


def test_several_receipts_in_one_file_must_all_be_good():
    log = maker.Log(RECORDS)
    good, other = log.receipt([2, 3]), log.receipt([7], size=9)
    result = verify_receipt(files.write_receipts([good, other]), RECORDS[7], log.vkey)
    assert (result.logged.index, result.logged.checkpoint.size, result.receipts) == (7, 9, 2)
    bad = dataclasses.replace(other, root=good.root)
    for receipts in ([good, bad], [bad, good]):
        with refused("wrong_root"):
            verify_receipt(files.write_receipts(receipts), RECORDS[2], log.vkey)


def test_a_log_that_signs_two_roots_of_a_size_is_caught():
    log = maker.Log(RECORDS)
    other = maker.Log(list(reversed(RECORDS)), log.key)
    receipts = [log.receipt([2]), other.receipt([3])]
    with refused("wrong_root"):
        verify_receipt(files.write_receipts(receipts), RECORDS[2], log.vkey)


def moved(receipt, first_index: int):
    """The receipt with its last record at another index."""
    replace = dataclasses.replace
    *runs, last_run = receipt.runs
    *ranges, last_range = receipt.ranges
    runs.append(replace(last_run, first_index=first_index))
    ranges.append(replace(last_range, first_index=first_index))
    return replace(receipt, runs=tuple(runs), ranges=tuple(ranges))


def test_runs_and_ranges_that_do_not_hold_exactly_the_batch_are_refused():
    log = maker.Log(RECORDS)
    good = log.receipt([2, 3, 4, 8])
    first, last = good.runs
    earlier, later = good.ranges
    replace = dataclasses.replace
    for code, changed in (
        ("size_mismatch", replace(good, runs=(first,))),
        ("size_mismatch", replace(good, runs=(last,))),
        ("size_mismatch", replace(good, runs=(last, first))),
        ("size_mismatch", replace(good, runs=(first, first, last))),
        ("size_mismatch", replace(good, runs=())),
        ("size_mismatch", replace(good, runs=(first, replace(last, count=2)))),
        ("size_mismatch", replace(good, runs=(replace(first, count=0), first, last))),
        ("size_mismatch", replace(good, size=5)),
        ("size_mismatch", replace(good, leaves=good.leaves[:3])),
        ("wrong_root", replace(good, root=EMPTY_ROOT)),
        ("size_mismatch", replace(good, runs=(replace(first, first_index=3), last))),
        ("size_mismatch", replace(good, runs=(first, replace(last, first_index=2)))),
        ("size_mismatch", replace(good, ranges=())),
        ("size_mismatch", replace(good, ranges=(earlier,))),
        ("size_mismatch", replace(good, ranges=log.ranges([(2, 4), (8, 1)]))),
        ("size_mismatch", replace(good, ranges=log.ranges([(2, 7)]))),
        ("size_mismatch", replace(good, ranges=log.ranges([(2, 3), (8, 1), (10, 1)]))),
        ("ambiguous_form", replace(good, ranges=(later, earlier))),
        ("ambiguous_form", replace(good, ranges=(earlier, earlier, later))),
        ("ambiguous_form", replace(good, ranges=log.ranges([(2, 1), (3, 2), (8, 1)]))),
        ("ambiguous_form", replace(good, runs=(files.Run(0, 2, 1), files.Run(1, 3, 2), last))),
        ("wrong_root", moved(good, 9)),
        ("wrong_index", moved(good, 13)),
        ("wrong_proof", replace(good, ranges=(replace(earlier, hashes=later.hashes[1:]), later))),
        ("over_limit", replace(good, ranges=1001 * good.ranges)),
        ("over_limit", replace(good, size=10_001)),
        ("over_limit", replace(good, size=0)),
    ):
        with refused(code):
            verify_receipt(changed.write(), RECORDS[2], log.vkey)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: "\n" + text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("batch 4 ", "batch  4 "),
        lambda text: text.replace("batch 4 ", "batch 04 "),
        lambda text: text.replace("run 0 2 3", "run 0 2 3 "),
        lambda text: text.replace("run 0 2 3", "run 0 2 3 0"),
        lambda text: text.replace("run 0 2 3", "run -0 2 3"),
        lambda text: text.replace("range 2 3", "range 2 3 "),
        lambda text: text.replace("range 2 3", "range 02 3"),
        lambda text: text.replace("range 2 3\n", ""),
        lambda text: text.replace("\nleaf ", "\n leaf ", 1),
        lambda text: text.replace("\n\n", "\n\n\n", 1),
        lambda text: text.replace("\n\n", "\n", 1),
        lambda text: text.replace("/v1", "/v2", 1),
        lambda text: text + text[text.rindex("—") :],
        lambda text: text.replace("=\n", "\n", 1),
        lambda text: text.replace("run", "leaf", 1),
    ],
)
def test_a_receipt_has_one_form(change):
    log, text = small_receipt()
    changed = change(text.decode())
    assert changed != text.decode()
    with refused("ambiguous_form"):
        verify_receipt(changed, RECORDS[2], log.vkey)


@pytest.mark.parametrize("key", [maker.ed25519_key, maker.p256])
def test_no_bit_of_a_receipt_can_be_flipped(key):
    log, text = small_receipt(key())
    refuse_flips_of_receipt(text, RECORDS[2], log.vkey, SAMPLE)
