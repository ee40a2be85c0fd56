"""A node that nobody can connect to offers its log over calls that it opens, and is mirrored."""

import threading
import time

import grpc
import pytest

import life
import node as nodes
import outpost
import proven
from dossier.v1 import mirror_pb2
from expect import DENIED, refusal
from life import CURRENT, NOTICE, SUPERSEDED, about, amended, restricted
from node import CALL_SECONDS, Client
from outpost import PATIENCE_SECONDS, eventually, jps
from pair import JP_ORIGIN, checkpoint_size
from verifier.text import moment
from verifier.tree import verify_inclusion

# Leaves are asked for again at most every five seconds.
BACKFILL_SECONDS = 10
CUTS = 6
MAXIMUM_OFFERS = 8


@pytest.fixture(scope="module")
def running(consortium, tmp_path_factory):
    with outpost.running(consortium, tmp_path_factory, is_relayed=True) as made:
        yield made


@pytest.fixture
def jp(running):
    yield running
    running.assert_running()


# What comes


def test_what_is_offered_is_proven_by_its_own_log(jp, prefix):
    record = jps(prefix)
    jp.add(record)
    jp.arrives(record)
    answer = jp.pair.us_at_us.get(originator="jp", reference=prefix)
    assert answer.log_origin == JP_ORIGIN and answer.record.record == record.SerializeToString()
    checkpoint = proven.checkpoint(answer.checkpoint, jp.log.vkey)
    assert checkpoint.root == jp.log.log.tree.root(checkpoint.size)
    leaf = life.record_id(record)
    proof = proven.hashes(answer.inclusion_proof)
    verify_inclusion(leaf, answer.record.leaf_index, checkpoint.size, proof, checkpoint.root)
    batch = jp.log.batches[-1].attestation
    assert answer.attestation.attested_batch == batch.attested_batch
    moment(answer.heard_at)
    assert not answer.stale
    pages = [each for each in jp.pair.us_at_us.pages() if each.log_origin == JP_ORIGIN]
    assert sum(len(each.records) for each in pages) > 0
    for each in pages:
        proven.page(each, jp.log.vkey)


def test_what_is_new_comes_as_it_is_logged(jp, prefix):
    for number in range(10):
        record = jps(f"{prefix}-{number}")
        jp.add(record)
        jp.arrives(record)
    assert jp.size() == len(jp.log)


def test_everybody_sees_what_is_released_to_them(jp, prefix):
    first, taken = jps(f"{prefix}-amended", ["us", "kr"]), jps(f"{prefix}-taken", ["us", "kr"])
    controlled = jps(f"{prefix}-control", ["us", "kr"])
    controlled.header.marking.orcon = True
    of_kr = jps(f"{prefix}-kr", ["kr"])
    jp.log.add([each.SerializeToString() for each in (first, of_kr, controlled, taken)])
    jp.add(amended(first, ["us"]), restricted(taken, ["kr"]))
    jp.settle()
    assert jp.standings(jp.pair.us_at_us, prefix) == {
        f"{prefix}-amended": [(1, SUPERSEDED), (2, CURRENT)],
        f"{prefix}-taken": [(2, NOTICE)],
    }
    assert jp.standings(jp.pair.kr_at_us, prefix)[f"{prefix}-amended"] == [(1, CURRENT)]


def test_what_was_withheld_comes_when_another_epoch_says_so(jp, prefix):
    target = jps(prefix)
    note = about(life.record_id(target), f"{prefix}-note", ["us"], originator="jp")
    jp.add(note)
    jp.settle()
    assert jp.status().hash_only > 0 and not jp.has(note)
    jp.node.asked.clear()
    jp.add(target)
    jp.arrives(target)
    jp.arrives(note, BACKFILL_SECONDS)
    assert "fetch" in jp.node.asked


def test_a_third_node_has_it_of_the_second(jp, prefix):
    """us's node offers jp's log to kr's, which never hears of jp's node itself."""
    record, of_us = jps(prefix, ["us", "kr"]), jps(f"{prefix}-us", ["us"])
    jp.add(record, of_us)
    jp.settle()
    kr = jp.pair.kr_at_kr
    size = len(jp.log)
    eventually(
        lambda: checkpoint_size(kr, JP_ORIGIN) == size, PATIENCE_SECONDS, jp.pair.kr.log.read_text
    )
    assert jp.standings(kr, prefix) == {prefix: [(1, CURRENT)]}
    answer = kr.get(originator="jp", reference=prefix)
    checkpoint = proven.checkpoint(answer.checkpoint, jp.log.vkey)
    leaf, proof = life.record_id(record), proven.hashes(answer.inclusion_proof)
    verify_inclusion(leaf, answer.record.leaf_index, checkpoint.size, proof, checkpoint.root)
    assert answer.log_origin == JP_ORIGIN and not answer.heard_at


def test_each_record_of_a_batch_says_who_has_it(jp, consortium, prefix):
    """A batch should have one releasability; us's node must not rely on that."""
    both, of_us = jps(f"{prefix}-both", ["us", "kr"]), jps(f"{prefix}-us", ["us"])
    jp.log.add([each.SerializeToString() for each in (both, of_us)])
    jp.settle()
    assert jp.standings(jp.pair.kr_at_us, prefix) == {f"{prefix}-both": [(1, CURRENT)]}
    client = Client(jp.pair.us, consortium.nodes["kr"], "kr")
    request = mirror_pb2.FollowRequest(log_origin=JP_ORIGIN, position=len(jp.log) - 2, once=True)
    given = [
        record
        for message in client.mirroring.Follow(request, timeout=CALL_SECONDS)
        for run in message.runs
        for record in run.records
    ]
    client.channel.close()
    assert of_us.SerializeToString() not in given


# Connections that end


def test_what_is_new_comes_after_each_cut(jp, prefix):
    for number in range(CUTS):
        assert jp.cable.cut() >= 1
        record = jps(f"{prefix}-{number}")
        jp.add(record)
        jp.arrives(record)
    jp.settle()


def test_nothing_is_lost_or_doubled_by_cuts_at_any_moment(jp, prefix):
    start = len(jp.log)
    references = [f"{prefix}-{number:03}" for number in range(120)]
    for number, reference in enumerate(references):
        jp.add(jps(reference))
        if number % 20 == 10:
            jp.cable.cut()
    jp.settle()
    assert jp.size() == len(jp.log) == start + len(references)
    shown = jp.standings(jp.pair.us_at_us, prefix)
    assert shown == {reference: [(1, CURRENT)] for reference in references}


def test_a_node_that_was_away_is_heard_again(jp, consortium, prefix):
    jp.node.stop()
    eventually(lambda: jp.status().path != "jp", PATIENCE_SECONDS, jp.status)
    record = jps(prefix)
    jp.add(record)
    time.sleep(0.5)
    assert not jp.has(record)
    jp.node = jp.connected()
    jp.arrives(record)


# Calls that are refused


def offered(client: Client, timeout: float = CALL_SECONDS):
    """A call that waits for its question."""
    return client.mirroring.Offer(iter(Silence()), timeout=timeout)


class Silence:
    """Requests that never come."""

    def __iter__(self):
        return self

    def __next__(self):
        threading.Event().wait()


def test_only_nodes_may_offer(jp, consortium):
    strangers = [
        (consortium.people["jp"], "jp"),
        (consortium.people["us"], "us"),
        (consortium.auditor, "jp"),
        (consortium.reader, "kr"),
        (consortium.stranger, "kr"),
    ]
    for identity, organisation in strangers:
        client = Client(jp.pair.us, identity, organisation)
        with refusal(DENIED):
            next(offered(client))
        with refusal(DENIED):
            next(client.mirroring.Watch(mirror_pb2.WatchRequest(), timeout=CALL_SECONDS))
        client.channel.close()


def test_a_node_offers_nothing_to_itself(jp, consortium):
    client = Client(jp.pair.us, consortium.nodes["us"], "us")
    with refusal(grpc.StatusCode.NOT_FOUND):
        next(offered(client))
    client.channel.close()


def test_so_many_calls_may_wait(jp, consortium, prefix):
    """us's node reaches kr's by itself, and asks nothing over the calls that kr's opens."""
    client = Client(jp.pair.us, consortium.nodes["kr"], "kr")
    calls = [offered(client) for _ in range(MAXIMUM_OFFERS + 1)]

    def refused() -> list:
        return [each for each in calls if not each.is_active()]

    eventually(refused, PATIENCE_SECONDS, lambda: f"{len(calls)} calls may wait")
    with refusal(grpc.StatusCode.RESOURCE_EXHAUSTED):
        next(refused()[0])
    record = jps(prefix)
    jp.add(record)
    jp.arrives(record)
    assert len(refused()) == 1, "the others wait"
    next(each for each in calls if each.is_active()).cancel()

    def is_taken() -> bool:
        calls.append(offered(client))
        time.sleep(0.2)
        return calls[-1].is_active()

    eventually(is_taken, PATIENCE_SECONDS, lambda: "a call that was given up still counts")
    for each in calls:
        each.cancel()
    client.channel.close()


def test_a_node_that_does_not_sync_takes_no_offers(consortium, tmp_path):
    made = nodes.Node(consortium, tmp_path, options=("--no-sync",))
    client = Client(made, consortium.nodes["us"], "us")
    with refusal(grpc.StatusCode.UNIMPLEMENTED):
        next(offered(client))
    assert next(client.mirroring.Watch(mirror_pb2.WatchRequest(), timeout=CALL_SECONDS))
    client.channel.close()
    assert made.stop() == 0, made.log.read_text()
