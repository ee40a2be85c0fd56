"""A node answers from its mirror of another's log, and proves it by that log's own checkpoint.

kr's node, and us's node, which knows its address and mirrors it.
"""

import dataclasses
import os
import time

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

import life
import node as nodes
import pki
import proven
import recipe
import samples
from dossier.v1 import attestation_pb2, exchange_pb2, log_pb2, mirror_pb2, record_pb2, sync_pb2
from expect import refusal
from life import CURRENT, NOTICE, SUPERSEDED, WITHDRAWN, about, amended, restricted, withdrawn
from mirror import EPOCH_SIZE, Mirror, catch_up
from node import CALL_SECONDS, ORIGIN, Client
from verifier.members import Members
from verifier.note import VerifierKey
from verifier.text import moment
from verifier.tree import verify_inclusion

US_ORIGIN = f"{pki.TRUST_DOMAIN}/dossier/us/1"
SYNC_SECONDS = 15
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@dataclasses.dataclass
class Pair:
    """Both nodes, and clients of them: `kr_at_us` is kr's analyst at us's node."""

    kr: nodes.Node
    us: nodes.Node
    us_vkey: str
    clients: dict[str, Client]

    def __getattr__(self, name: str) -> Client:
        try:
            return self.clients[name]
        except KeyError:
            raise AttributeError(name) from None

    def submit(self, *records) -> None:
        """Submits each record to kr's node in a batch of its own, and waits for the mirror."""
        for each in records:
            self.kr_at_kr.submit([each.SerializeToString()])
        self.sync()

    def sync(self) -> None:
        """Waits until us's node has all of kr's log."""
        wanted = checkpoint_size(self.kr_at_kr)
        deadline = time.monotonic() + SYNC_SECONDS
        while checkpoint_size(self.us_at_us, ORIGIN) < wanted:
            assert time.monotonic() < deadline, self.us.log.read_text()
            time.sleep(0.02)

    def submit_at_us(self, record) -> None:
        """Submits a record of us's to us's node."""
        self.us_at_us.submit([record.SerializeToString()], log_origin=US_ORIGIN)


def checkpoint_size(client: Client, origin: str = "") -> int:
    request = log_pb2.GetCheckpointRequest(log_origin=origin)
    try:
        answer = client.log.GetCheckpoint(request, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error.details()
        return -1
    return int(answer.checkpoint.checkpoint.split(b"\n")[1])


@pytest.fixture(scope="module")
def running(consortium, tmp_path_factory):
    key = ed25519.Ed25519PrivateKey.generate()
    vkey = str(VerifierKey.of(US_ORIGIN, key.public_key()))
    kr = nodes.Node(consortium, tmp_path_factory.mktemp("kr"))
    changes = {
        "kr": consortium.changes | {"node": {"address": f"localhost:{kr.port}"}},
        "us": {"log": {"origin": US_ORIGIN, "key": vkey}},
    }
    us = nodes.Node(consortium, tmp_path_factory.mktemp("us"), "us", key, changes)
    clients = {
        f"{name}_at_{at}": Client(node, consortium.people[name], name)
        for name in consortium.people
        for at, node in (("kr", kr), ("us", us))
    }
    made = Pair(kr, us, vkey, clients)
    made.submit(samples.statistic("T-first"))
    yield made
    for each in clients.values():
        each.channel.close()
    for each in (us, kr):
        assert each.stop() == 0, each.log.read_text()


@pytest.fixture
def pair(running):
    yield running
    for each in (running.kr, running.us):
        assert each.is_running(), each.log.read_text()


def seen(client: Client, **filters) -> list[tuple[int, bytes, int]]:
    """What is listed of kr's log: leaf index, record and standing."""
    return [
        (each.leaf_index, each.record, each.standing)
        for page in client.pages(**filters)
        for each in page.records
        if page.log_origin == ORIGIN
    ]


def standings(client: Client, reference: str, **filters) -> list[tuple[int, int]]:
    return [
        (record_pb2.Record.FromString(record).header.version, standing)
        for _, record, standing in seen(client, reference=reference, **filters)
    ]


def test_us_sees_the_same_at_both_nodes(pair, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    second = amended(first, ["jp"])
    taken_back = samples.statistic(f"{prefix}-taken-back", ["us"])
    kept = samples.statistic(f"{prefix}-kept")
    pair.submit(first, second, taken_back, withdrawn(taken_back), kept)
    for filters in ({}, {"all_versions": True}):
        here, there = seen(pair.us_at_us, **filters), seen(pair.us_at_kr, **filters)
        assert here == there and here
    assert standings(pair.us_at_us, prefix, all_versions=True) == [(1, CURRENT)]
    everything = standings(pair.us_at_us, f"{prefix}-taken-back", all_versions=True)
    assert everything == [(1, WITHDRAWN), (2, NOTICE)]


def test_a_mirrored_record_is_proven_by_its_own_log(pair, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    pair.submit(first)
    answer = pair.us_at_us.get(originator="kr", reference=prefix)
    assert answer.log_origin == ORIGIN and answer.record.record == first.SerializeToString()
    checkpoint = proven.checkpoint(answer.checkpoint, vkey)
    leaf = life.record_id(first)
    proof = proven.hashes(answer.inclusion_proof)
    verify_inclusion(leaf, answer.record.leaf_index, checkpoint.size, proof, checkpoint.root)
    batch = attestation_pb2.AttestedBatch.FromString(answer.attestation.attested_batch)
    assert (batch.log_origin, batch.originator, batch.batch_root) == (ORIGIN, "kr", leaf)
    moment(answer.heard_at)
    assert not pair.us_at_kr.get(originator="kr", reference=prefix).heard_at


def test_pages_of_a_mirror_say_when_it_was_heard_and_the_last_is_of_the_own_log(pair, vkey, prefix):
    pair.submit(samples.statistic(prefix, ["us"]))
    pair.submit_at_us(samples.statistic(f"{prefix}-own", originator="us"))
    pages = pair.us_at_us.pages()
    for page in pages:
        proven.page(page, vkey if page.log_origin == ORIGIN else pair.us_vkey)
        if page.log_origin == ORIGIN:
            moment(page.heard_at)
        else:
            assert not page.heard_at
    assert {page.log_origin for page in pages} == {ORIGIN, US_ORIGIN}
    assert pages[-1].log_origin == US_ORIGIN and not pages[-1].records and not pages[-1].cursor


def test_pages_go_on_from_the_tree_that_is_known_of_each_log(pair, vkey, prefix):
    pair.submit(samples.statistic(prefix, ["us"]))
    page = next(each for each in pair.us_at_us.pages() if each.log_origin == ORIGIN)
    known = proven.checkpoint(page.checkpoint, vkey)
    pair.submit(samples.statistic(f"{prefix}-later", ["us"]))
    tree = exchange_pb2.KnownTree(log_origin=ORIGIN, size=known.size)
    request = exchange_pb2.ListRequest(known_trees=[tree])
    pages = list(pair.us_at_us.exchange.List(request, timeout=CALL_SECONDS))
    for each in pages:
        if each.log_origin == ORIGIN:
            assert proven.page(each, vkey, known).size == known.size + 1
    tree.size = known.size + 1000
    request = exchange_pb2.ListRequest(known_trees=[tree])
    for each in pair.us_at_us.exchange.List(request, timeout=CALL_SECONDS):
        if each.log_origin == ORIGIN:
            assert proven.page(each, vkey).size == known.size + 1, "a mirror may be behind"


def test_records_under_originator_control_are_at_their_own_node_only(pair, prefix):
    record = samples.statistic(prefix, ["us"])
    record.header.marking.orcon = True
    pair.submit(record)
    assert standings(pair.us_at_kr, prefix) == [(1, CURRENT)]
    for client in (pair.us_at_us, pair.kr_at_us, pair.jp_at_us):
        assert standings(client, prefix) == []
        with refusal(NOT_FOUND):
            client.get(life.record_id(record).hex())


def test_a_restriction_takes_a_record_from_the_mirror_too(pair, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    pair.submit(first)
    assert standings(pair.us_at_us, prefix) == standings(pair.jp_at_us, prefix) == [(1, CURRENT)]
    pair.submit(restricted(first, ["jp"]))
    for client in (pair.us_at_us, pair.us_at_kr):
        assert standings(client, prefix) == []
        assert standings(client, prefix, all_versions=True) == [(2, NOTICE)]
        with refusal(NOT_FOUND):
            client.get(life.record_id(first).hex())


def test_others_at_the_mirror_are_given_what_is_released_to_them(pair, prefix):
    for name, released_to in {"both": ["us", "jp"], "us": ["us"], "jp": ["jp"]}.items():
        pair.submit(samples.statistic(f"{prefix}-{name}", released_to))
    assert standings(pair.jp_at_us, f"{prefix}-both") == [(1, CURRENT)]
    assert standings(pair.kr_at_us, f"{prefix}-us") == [(1, CURRENT)], "kr is its originator"
    for client, name in ((pair.jp_at_us, "us"), (pair.jp_at_us, "jp"), (pair.us_at_us, "jp")):
        assert standings(client, f"{prefix}-{name}") == []


def test_one_member_adds_to_the_finding_of_another(pair, prefix):
    target = samples.statistic(prefix, ["us"])
    pair.submit(target)
    shared = samples.statistic(f"{prefix}-shared", ["us", "jp"])
    pair.submit(shared)
    for name, its in (("note", target), ("shared-note", shared)):
        note = about(life.record_id(its), f"{prefix}-{name}", ["kr", "jp"], originator="us")
        pair.submit_at_us(note)
    unknown = about(os.urandom(32), f"{prefix}-unknown", ["kr", "jp"], originator="us")
    pair.submit_at_us(unknown)

    def listed(client: Client, name: str) -> int:
        return len(client.list(reference=f"{prefix}-{name}"))

    assert [listed(pair.kr_at_us, name) for name in ("note", "shared-note", "unknown")] == [1, 1, 0]
    assert [listed(pair.jp_at_us, name) for name in ("note", "shared-note", "unknown")] == [0, 1, 0]
    assert [listed(pair.us_at_us, name) for name in ("note", "shared-note", "unknown")] == [1, 1, 1]


def test_a_list_at_the_mirror_goes_on_with_what_is_new_there(pair, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    request = exchange_pb2.ListRequest(follow=True, new_only=True)
    call = pair.us_at_us.exchange.List(request, timeout=CALL_SECONDS)
    assert not next(call).records
    pair.submit(first, amended(first))
    pair.submit_at_us(samples.statistic(f"{prefix}-own", originator="us"))
    found: list[tuple[str, int]] = []
    while len(found) < 3:
        page = next(call)
        proven.page(page, vkey if page.log_origin == ORIGIN else pair.us_vkey)
        headers = [record_pb2.Record.FromString(each.record).header for each in page.records]
        found += [(each.reference, each.version) for each in headers]
    call.cancel()
    assert sorted(found) == [(prefix, 1), (prefix, 2), (f"{prefix}-own", 1)]
    assert standings(pair.us_at_us, prefix, all_versions=True) == [(1, SUPERSEDED), (2, CURRENT)]


def test_the_log_service_proves_from_the_mirror(pair, vkey, prefix):
    pair.submit(samples.statistic(prefix), samples.statistic(f"{prefix}-us", ["us"]))
    request = log_pb2.GetCheckpointRequest(log_origin=ORIGIN)
    size = proven.checkpoint(pair.us_at_us.log.GetCheckpoint(request).checkpoint, vkey).size
    for method, request in (
        ("GetLeafHashes", log_pb2.GetLeafHashesRequest(count=size, log_origin=ORIGIN)),
        (
            "GetInclusionProof",
            log_pb2.GetInclusionProofRequest(leaf_index=1, tree_size=size, log_origin=ORIGIN),
        ),
        (
            "GetConsistencyProof",
            log_pb2.GetConsistencyProofRequest(first_size=1, second_size=size, log_origin=ORIGIN),
        ),
    ):
        clients = (pair.us_at_us, pair.us_at_kr)
        here, there = (getattr(each.log, method)(request) for each in clients)
        assert here == there, method


def test_a_node_hands_on_what_it_mirrors_as_far_as_each_may_have_it(pair, consortium, prefix):
    names = {name: f"{prefix}-{name}" for name in ("both", "us", "jp", "control")}
    controlled = samples.statistic(names["control"], ["us", "jp"])
    controlled.header.marking.orcon = True
    pair.submit(
        samples.statistic(names["both"], ["us", "jp"]),
        samples.statistic(names["us"], ["us"]),
        samples.statistic(names["jp"], ["jp"]),
        controlled,
    )
    mirrors = {}
    for server in (pair.us, pair.kr):
        client = Client(server, consortium.nodes["jp"], "jp")
        mirror = Mirror("jp", ORIGIN, Members.load(server.folder / "members.json"))
        catch_up(mirror, client.channel)
        client.channel.close()
        mirrors[server] = mirror
    relayed, direct = mirrors[pair.us], mirrors[pair.kr]
    assert relayed.tree.root() == direct.tree.root()
    # What us's node may not have itself it cannot give.
    assert set(relayed.records) < set(direct.records)
    references = [
        {record_pb2.Record.FromString(data).header.reference for data in each.records.values()}
        for each in (relayed, direct)
    ]
    assert references[0] & set(names.values()) == {names["both"]}
    assert references[1] & set(names.values()) == {names["both"], names["jp"]}


def test_what_nobody_offers_is_not_found(pair, consortium):
    client = Client(pair.us, consortium.nodes["jp"], "jp")
    for origin in ("", f"{pki.TRUST_DOMAIN}/dossier/kr/2", f"{pki.TRUST_DOMAIN}/dossier/jp/1"):
        with refusal(NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
            list(client.mirroring.Follow(mirror_pb2.FollowRequest(log_origin=origin, once=True)))
    client.channel.close()


def test_a_node_tells_which_logs_it_offers(pair, consortium):
    client = Client(pair.us, consortium.nodes["jp"], "jp")
    call = client.mirroring.Watch(mirror_pb2.WatchRequest(), timeout=CALL_SECONDS)
    offered = {each.log_origin: each for each in next(call).logs}
    assert set(offered) == {ORIGIN, US_ORIGIN}
    assert offered[ORIGIN].size == checkpoint_size(pair.kr_at_kr)
    assert all(len(each.release_epoch) == EPOCH_SIZE for each in offered.values())
    pair.submit(samples.statistic("T-watched"))
    changed = next(each for message in call for each in message.logs if each.log_origin == ORIGIN)
    assert changed.size == offered[ORIGIN].size + 1
    call.cancel()
    client.channel.close()


def test_the_status_of_sync_is_that_of_the_mirror(pair, consortium, prefix):
    pair.submit(samples.statistic(prefix), samples.statistic(f"{prefix}-us", ["us"]))
    size = checkpoint_size(pair.kr_at_kr)
    admin = Client(pair.us, consortium.authorities["us"].person("us", "admin"), "us")
    (peer,) = admin.sync.GetSyncStatus(sync_pb2.GetSyncStatusRequest()).peers
    assert (peer.path, peer.stale) == ("kr", False)
    assert (peer.organisation, peer.log_origin) == ("kr", ORIGIN)
    assert peer.address == f"localhost:{pair.kr.port}"
    assert (peer.mirrored, peer.known, peer.not_released) == (size, size, 0)
    assert peer.state == sync_pb2.SYNC_STATE_FOLLOWING and not peer.error and not peer.evidence
    moment(peer.heard_at)
    given = len(seen(pair.us_at_us, all_versions=True))
    assert peer.hash_only <= size - given, "what was restricted since is still kept"
    paused = admin.sync.PauseSync(sync_pb2.PauseSyncRequest(organisations=["kr"])).peers
    assert [each.state for each in paused] == [sync_pb2.SYNC_STATE_PAUSED]
    record = samples.statistic(f"{prefix}-while-paused", ["us"]).SerializeToString()
    pair.kr_at_kr.submit([record])
    time.sleep(0.5)
    with refusal(NOT_FOUND):
        pair.us_at_us.get(recipe.leaf_hash(record).hex())
    (peer,) = admin.sync.SyncOnce(sync_pb2.SyncOnceRequest(organisations=["kr"])).peers
    assert peer.mirrored == size + 1
    assert pair.us_at_us.get(recipe.leaf_hash(record).hex()).record.record == record
    admin.sync.ResumeSync(sync_pb2.ResumeSyncRequest())
    pair.submit(samples.statistic(f"{prefix}-after", ["us"]))
    admin.channel.close()
