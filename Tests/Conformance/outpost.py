"""jp's node, which nobody can connect to, offers its log to us's node over calls that it opens.

jp's node is written in Python (offering.py); us's node, which mirrors kr's log meanwhile, is real.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator

import grpc

import life
import pair as pairs
import samples
from cable import Cable
from dossier.v1 import record_pb2, sync_pb2
from node import CALL_SECONDS, Client
from offering import OfferedLog, OutboundNode
from pair import JP_ORIGIN, checkpoint_size

ARRIVAL_SECONDS = 2
PATIENCE_SECONDS = 15
FOLLOWING = sync_pb2.SYNC_STATE_FOLLOWING
NOT_FOUND = grpc.StatusCode.NOT_FOUND


def eventually(condition: Callable[[], bool], seconds: float, what: Callable[[], object]) -> None:
    """Waits until it holds; `what` tells why it does not."""
    since = time.monotonic()
    while not condition():
        assert time.monotonic() - since < seconds, what()
        time.sleep(0.02)


@dataclasses.dataclass
class Outpost:
    """Both real nodes, and jp's, whose connections go through a cable."""

    pair: pairs.Pair
    log: OfferedLog
    cable: Cable
    node: OutboundNode = dataclasses.field(init=False)

    def __post_init__(self):
        self.node = self.connected()

    def add(self, *records: record_pb2.Record) -> None:
        """Logs each record in a batch of its own, all at once."""
        self.log.add(*([each.SerializeToString()] for each in records))

    def has(self, record: record_pb2.Record) -> bool:
        """Whether us's node shows us's analyst the record."""
        try:
            self.pair.us_at_us.get(life.record_id(record).hex())
        except grpc.RpcError as error:
            assert error.code() in (NOT_FOUND, grpc.StatusCode.UNAVAILABLE), error.details()
            return False
        return True

    def arrives(self, record: record_pb2.Record, seconds: float = ARRIVAL_SECONDS) -> None:
        eventually(lambda: self.has(record), seconds, self.status)

    def size(self) -> int:
        """How many leaves of jp's log us's node has."""
        return checkpoint_size(self.pair.us_at_us, JP_ORIGIN)

    def settle(self) -> None:
        """Waits until us's node has all of jp's log, and nothing is wrong."""

        def is_settled() -> bool:
            status = self.status()
            return status.state == FOLLOWING and status.mirrored == len(self.log)

        eventually(is_settled, PATIENCE_SECONDS, self.status)
        assert not self.status().error

    def resume(self) -> None:
        """As an operator does who has talked to jp's."""
        request = sync_pb2.ResumeSyncRequest(organisations=["jp"])
        self.pair.operator.sync.ResumeSync(request, timeout=CALL_SECONDS)

    def forget_evidence(self) -> None:
        """Removes what there is, since no more than 16 files are kept of each peer."""
        for each in (self.pair.us.folder / "data" / "evidence").glob("jp-*"):
            each.unlink()

    def connected(self) -> OutboundNode:
        """jp's node, begun anew."""
        us, identity = self.pair.us, self.pair.us.consortium.nodes["jp"]
        return OutboundNode(self.log, lambda: us.channel(identity, port=self.cable.port)).start()

    def status(self) -> sync_pb2.PeerSyncStatus:
        return self.pair.status("jp")

    def standings(self, client: Client, prefix: str) -> dict[str, list[tuple[int, int]]]:
        """Versions and standings of jp's findings that a client is shown, by reference."""
        found: dict[str, list[tuple[int, int]]] = {}
        for page in client.pages(all_versions=True):
            for each in page.records:
                header = record_pb2.Record.FromString(each.record).header
                if page.log_origin == JP_ORIGIN and header.reference.startswith(prefix):
                    versions = found.setdefault(header.reference, [])
                    versions.append((header.version, each.standing))
        return found

    def assert_running(self) -> None:
        for each in (self.pair.kr, self.pair.us):
            assert each.is_running(), each.log.read_text()


def jps(reference: str, released_to=("us",)) -> record_pb2.Record:
    """A finding of jp's."""
    return samples.statistic(reference, released_to, "jp")


@contextlib.contextmanager
def running(consortium, tmp_path_factory, is_relayed: bool = False) -> Iterator[Outpost]:
    """All three nodes, until the end; us's has what jp's offers, and `is_relayed` kr's too."""
    log = OfferedLog("jp", JP_ORIGIN, consortium.people["jp"], "us")
    with pairs.running(consortium, tmp_path_factory, log.vkey, is_relayed) as pair:
        made = Outpost(pair, log, Cable(pair.us.port))
        made.add(jps("T-first"))
        made.settle()
        try:
            yield made
        finally:
            made.node.stop()
            made.cable.close()
