"""A log that comes through another member's node: kr's, which jp's node offers to us's node.

jp's and kr's nodes are written in Python (offering.py), and only open calls; us's node is real.
"""

import contextlib
import dataclasses
import os
from collections.abc import Iterator

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

import life
import node as nodes
import proven
import samples
from dossier.v1 import mirror_pb2, record_pb2, sync_pb2
from node import CALL_SECONDS, ORIGIN, Client
from offering import OfferedLog, OutboundNode, Refused
from outpost import ARRIVAL_SECONDS, FOLLOWING, NOT_FOUND, PATIENCE_SECONDS, eventually
from pair import US_ORIGIN, checkpoint_size
from verifier.note import Checkpoint, VerifierKey


@dataclasses.dataclass
class Chain:
    """us's node, which knows the key of kr's log, and who offers it the log."""

    us: nodes.Node
    log: OfferedLog
    reader: Client
    operator: Client

    @contextlib.contextmanager
    def offered_by(
        self, organisation: str, log: OfferedLog | None = None
    ) -> Iterator[OutboundNode]:
        """The log, or what there is of it, is offered by a member meanwhile."""
        identity = self.us.consortium.nodes[organisation]
        node = OutboundNode(log or self.log, lambda: self.us.channel(identity)).start()
        try:
            yield node
        finally:
            node.stop()

    def add(self, reference: str) -> record_pb2.Record:
        record = samples.statistic(reference, ["us"])
        self.log.add([record.SerializeToString()])
        return record

    def status(self) -> sync_pb2.PeerSyncStatus:
        request = sync_pb2.GetSyncStatusRequest()
        peers = self.operator.sync.GetSyncStatus(request, timeout=CALL_SECONDS).peers
        return next(each for each in peers if each.organisation == "kr")

    def comes_from(self, organisation: str) -> None:
        """Waits until the mirror is complete, by the node of an organisation."""

        def is_so() -> bool:
            status = self.status()
            is_complete = status.state == FOLLOWING and status.mirrored == len(self.log)
            return status.path == organisation and is_complete

        eventually(is_so, PATIENCE_SECONDS, self.status)

    def has(self, record: record_pb2.Record) -> bool:
        try:
            self.reader.get(life.record_id(record).hex())
        except grpc.RpcError as error:
            assert error.code() == NOT_FOUND, error.details()
            return False
        return True

    def arrives(self, record: record_pb2.Record) -> None:
        eventually(lambda: self.has(record), ARRIVAL_SECONDS, self.status)

    def is_lost(self) -> None:
        """Waits until the log comes by no path."""
        eventually(lambda: self.status().path == "", PATIENCE_SECONDS, self.status)

    def forgive(self) -> None:
        """As an operator does who has cleared things up."""
        for each in (self.us.folder / "data" / "evidence").glob("*"):
            each.unlink()
        self.operator.sync.ResumeSync(sync_pb2.ResumeSyncRequest(), timeout=CALL_SECONDS)


@pytest.fixture(scope="module")
def running(consortium, tmp_path_factory):
    log = OfferedLog("kr", ORIGIN, consortium.people["kr"], "us")
    key = ed25519.Ed25519PrivateKey.generate()
    vkey = str(VerifierKey.of(US_ORIGIN, key.public_key()))
    changes = {
        "kr": {"log": {"origin": ORIGIN, "key": log.vkey}},
        "us": {"log": {"origin": US_ORIGIN, "key": vkey}},
    }
    us = nodes.Node(consortium, tmp_path_factory.mktemp("us"), "us", key, changes)
    reader = Client(us, consortium.people["us"], "us")
    operator = Client(us, consortium.authorities["us"].person("us", "admin"), "us")
    made = Chain(us, log, reader, operator)
    made.add("T-first")
    yield made
    for each in (reader, operator):
        each.channel.close()
    assert us.stop() == 0, us.log.read_text()


@pytest.fixture
def chain(running):
    yield running
    assert running.us.is_running(), running.us.log.read_text()


# The tests of the first part come first: us's node has never heard of kr's own node then.


def test_a_relay_is_enough(chain, prefix):
    with chain.offered_by("jp"):
        record = chain.add(prefix)
        chain.comes_from("jp")
        assert chain.has(record)
        status = chain.status()
        assert not status.heard_at and not status.direct_age_seconds and not status.error
        answer = chain.reader.get(life.record_id(record).hex())
        assert proven.checkpoint(answer.checkpoint, chain.log.vkey).size == len(chain.log)
        assert answer.log_origin == ORIGIN and not answer.heard_at and not answer.stale
        for number in range(5):
            chain.arrives(chain.add(f"{prefix}-{number}"))
    assert not chain.status().heard_at, "kr's own node was not heard"


def test_its_own_node_is_better(chain, prefix):
    """It is taken as soon as it is there, at the leaf that the relay has come to."""
    with chain.offered_by("jp"):
        chain.comes_from("jp")
        with chain.offered_by("kr"):
            chain.comes_from("kr")
            chain.arrives(chain.add(prefix))
            assert chain.status().heard_at
        chain.comes_from("jp")
        chain.arrives(chain.add(f"{prefix}-again"))


def test_a_relay_that_is_behind_is_no_liar(chain, prefix):
    with chain.offered_by("kr"):
        record = chain.add(prefix)
        chain.comes_from("kr")
    chain.is_lost()
    behind = chain.log.copy(len(chain.log.batches) - 2)
    with chain.offered_by("jp", behind) as relay:
        eventually(lambda: "watch" in relay.asked, PATIENCE_SECONDS, chain.status)
        second = chain.add(f"{prefix}-second")
        behind.append(*chain.log.batches[len(behind.batches) :])
        chain.comes_from("jp")
        assert chain.has(record) and chain.has(second)
        assert not chain.status().evidence


def test_a_relay_that_began_anew_is_no_liar(chain, prefix):
    """It says that it has less only when it is asked: it may have lost what it had."""

    def refuse(message):
        if isinstance(message, mirror_pb2.FollowResponse):
            raise Refused(grpc.StatusCode.OUT_OF_RANGE, "there are 0 leaves")
        return message

    with chain.offered_by("jp") as relay:
        relay.distort = refuse
        record = chain.add(prefix)
        # Of a liar nothing would be asked again so soon.
        eventually(lambda: relay.asked.count("follow") > 2, PATIENCE_SECONDS, chain.status)
        status = chain.status()
        assert not status.evidence and status.state != sync_pb2.SYNC_STATE_REFUSED, status
        relay.distort = lambda message: message
        eventually(lambda: chain.has(record), PATIENCE_SECONDS, chain.status)


# Lies


def change_record(_, message):
    run = message.runs[0]
    run.records[0] = run.records[0][:-1] + bytes([run.records[0][-1] ^ 1])


def leave_out_leaf(_, message):
    """As if the leaf had never been."""
    message.first_index += 1
    message.runs[0].CopyFrom(mirror_pb2.LeafRun(withheld_hashes=os.urandom(32)))


def sign_another_history(log, message):
    text = Checkpoint(ORIGIN, message.first_index, os.urandom(32)).text
    message.checkpoint.checkpoint = log.log.signed(text).encode()


# Who is to blame: two histories are those of the log, whoever shows them.
BLAMED = {change_record: "jp", leave_out_leaf: "jp", sign_another_history: "kr"}


@pytest.mark.parametrize("lie", BLAMED)
def test_a_relay_that_lies_is_left(chain, prefix, lie):
    """Nothing of it is kept, and the log comes by another path at once."""

    def distort(message):
        if isinstance(message, mirror_pb2.FollowResponse) and message.runs:
            lie(chain.log, message)
        return message

    with chain.offered_by("jp") as relay:
        chain.comes_from("jp")
        before = len(chain.log)
        relay.distort = distort
        record = chain.add(prefix)
        eventually(lambda: chain.status().error != "", PATIENCE_SECONDS, chain.status)
        assert checkpoint_size(chain.reader, ORIGIN) == before and not chain.has(record)
        (evidence,) = (chain.us.folder / "data" / "evidence").glob("*")
        assert evidence.read_text().split("\n")[1] == f"peer {BLAMED[lie]}"
        with chain.offered_by("kr"):
            chain.comes_from("kr")
            assert chain.has(record)
        chain.is_lost()
        relay.distort = lambda message: message
        chain.forgive()
        chain.comes_from("jp")
        assert not chain.status().error
    chain.is_lost()
