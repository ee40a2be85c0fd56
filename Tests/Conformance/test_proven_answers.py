"""Get and List prove that what they hand out is in the log, and that the log only grew."""

import pytest

import proven
import recipe
import samples
from dossier.v1 import log_pb2, record_pb2
from verifier.tree import verify_inclusion


@pytest.fixture
def known(kr, vkey):
    """The newest checkpoint before the test."""
    answer = kr.log.GetCheckpoint(log_pb2.GetCheckpointRequest())
    return proven.checkpoint(answer.checkpoint, vkey)


def submit(client, records) -> list[bytes]:
    """Submits a batch and returns its encoded records."""
    encoded = [each.SerializeToString() for each in records]
    client.submit(encoded)
    return encoded


def statistics(prefix: str, count: int, released_to=()) -> list[record_pb2.Record]:
    return [samples.statistic(f"{prefix}-{number}", released_to) for number in range(count)]


def test_a_record_comes_with_its_inclusion_proof(kr, us, vkey, known, prefix):
    records = submit(kr, statistics(prefix, 7, ["us"]))
    for client in (kr, us):
        for number, record in enumerate(records):
            leaf = recipe.leaf_hash(record)
            for answer in (
                client.get(leaf.hex(), known_size=known.size),
                client.get(originator="kr", reference=f"{prefix}-{number}", known_size=known.size),
            ):
                newest = proven.checkpoint(answer.checkpoint, vkey, known)
                proof = proven.hashes(answer.inclusion_proof)
                assert answer.record.leaf_index == known.size + number
                verify_inclusion(leaf, known.size + number, newest.size, proof, newest.root)
    assert proven.checkpoint(kr.get(leaf.hex()).checkpoint, vkey) == newest


def test_all_pages_of_a_list_carry_one_checkpoint(kr, us, vkey, known, prefix):
    for part in range(5):
        submit(kr, statistics(f"{prefix}-{part}", 500, ["us"]))
    for client in (kr, us):
        pages = client.pages(known_size=known.size)
        assert len(pages) > 2, "a list this long has several pages"
        checkpoints = {proven.page(page, vkey, known) for page in pages}
        assert len(checkpoints) == 1 and checkpoints.pop().size >= known.size + 2500
        assert {page.checkpoint.checkpoint for page in pages} == {pages[0].checkpoint.checkpoint}
        assert {page.pinned_size for page in pages} == {pages[0].pinned_size}
        assert not pages[-1].records and not pages[-1].ranges and not pages[-1].cursor


def test_a_list_of_nothing_has_a_checkpoint_too(kr, us, jp, vkey, known, prefix):
    for client in (kr, us, jp):
        (page,) = client.pages(reference=prefix, known_size=known.size)
        assert proven.page(page, vkey, known) == known
        assert proven.ranges(page) == [] and page.cursor == b""


def joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges of pages, without the cuts between pages."""
    whole: list[tuple[int, int]] = []
    for first, count in ranges:
        if whole and sum(whole[-1]) == first:
            whole[-1] = (whole[-1][0], whole[-1][1] + count)
        else:
            whole.append((first, count))
    return whole


def test_a_sparse_list_has_a_range_for_each_stretch(kr, us, vkey, known, prefix):
    start = known.size
    for number in range(6):
        submit(kr, samples.one_of_each(f"{prefix}-{number}", ["us"] if number % 2 else []))
    kinds = [record_pb2.KIND_IT_WORKER_DEPLOYMENT, record_pb2.KIND_WALLET]
    pages = kr.pages(kinds=kinds)
    found = joined([each for page in pages for each in proven.ranges(page)])
    found = [each for each in found if each[0] >= start]
    assert found == [(start + 4 * number + 1, 2) for number in range(6)]
    released = us.pages(known_size=known.size)
    for page in [*pages, *released]:
        proven.page(page, vkey, known if page in released else None)
    found = joined([each for page in released for each in proven.ranges(page)])
    found = [each for each in found if each[0] >= start]
    assert found == [(start + 4, 4), (start + 12, 4), (start + 20, 4)]


def test_a_list_that_goes_on_is_pinned_and_under_a_newer_checkpoint(kr, vkey, known, prefix):
    submit(kr, statistics(prefix, 5))
    filters = {"originators": ["kr"], "all_versions": True}
    *first, last = kr.pages(limit=2, known_size=known.size, **filters)
    pinned = last.pinned_size
    before = proven.page(last, vkey, known)
    submit(kr, statistics(f"{prefix}-later", 3))
    cursor, listed = last.cursor, [each for page in (*first, last) for each in page.records]
    pages = kr.pages(cursor=cursor, known_size=before.size, **filters)
    for page in pages:
        after = proven.page(page, vkey, before)
        assert page.pinned_size == pinned == before.size and after.size == before.size + 3
        listed += page.records
    assert [each.leaf_index for each in listed] == list(range(pinned))


def test_what_is_listed_is_got_under_the_same_roots(kr, vkey, prefix):
    """No answer may show a tree that another contradicts."""
    records = submit(kr, statistics(prefix, 3))
    by_list = proven.page(kr.pages(reference=f"{prefix}-1")[0], vkey)
    by_get = proven.checkpoint(kr.get(recipe.leaf_hash(records[1]).hex()).checkpoint, vkey)
    leaves = log_pb2.GetLeafHashesRequest(first_index=by_get.size - 3, count=3)
    hashes = proven.hashes(kr.log.GetLeafHashes(leaves).leaf_hashes)
    assert by_list == by_get and hashes == [recipe.leaf_hash(each) for each in records]
