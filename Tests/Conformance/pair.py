"""kr's node, and us's node, which knows its address and mirrors its log."""

import contextlib
import dataclasses
import time
from collections.abc import Iterator

import grpc
from cryptography.hazmat.primitives.asymmetric import ed25519

import node as nodes
import pki
import samples
from dossier.v1 import log_pb2, sync_pb2
from node import CALL_SECONDS, ORIGIN, Client
from verifier.note import VerifierKey

US_ORIGIN = f"{pki.TRUST_DOMAIN}/dossier/us/1"
JP_ORIGIN = f"{pki.TRUST_DOMAIN}/dossier/jp/1"
SYNC_SECONDS = 15


@dataclasses.dataclass
class Pair:
    """Both nodes, and clients of them: `kr_at_us` is kr's analyst at us's node.

    `operator` is us's at us's node.
    """

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

    def status(self, organisation: str) -> sync_pb2.PeerSyncStatus:
        """How us's node stands with an organisation."""
        request = sync_pb2.GetSyncStatusRequest()
        peers = self.operator.sync.GetSyncStatus(request, timeout=CALL_SECONDS).peers
        return next(each for each in peers if each.organisation == organisation)

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


@contextlib.contextmanager
def running(
    consortium, tmp_path_factory, jp_vkey: str = "", is_relayed: bool = False
) -> Iterator[Pair]:
    """Both nodes, until the end.

    With `jp_vkey`, the verifier key of jp's log, us's node mirrors that too, if it comes; with
    `is_relayed` kr's node does, which can have it of us's.
    """
    key = ed25519.Ed25519PrivateKey.generate()
    vkey = str(VerifierKey.of(US_ORIGIN, key.public_key()))
    jp = {"jp": {"log": {"origin": JP_ORIGIN, "key": jp_vkey}}} if jp_vkey else {}
    kr = nodes.Node(consortium, tmp_path_factory.mktemp("kr"), changes=jp if is_relayed else None)
    changes = jp | {
        "kr": consortium.changes | {"node": {"address": f"localhost:{kr.port}"}},
        "us": {"log": {"origin": US_ORIGIN, "key": vkey}},
    }
    us = nodes.Node(consortium, tmp_path_factory.mktemp("us"), "us", key, changes)
    clients = {
        f"{name}_at_{at}": Client(node, consortium.people[name], name)
        for name in consortium.people
        for at, node in (("kr", kr), ("us", us))
    }
    operator = consortium.authorities["us"].person("us", "admin")
    clients["operator"] = Client(us, operator, "us")
    made = Pair(kr, us, vkey, clients)
    made.submit(samples.statistic("T-first"))
    try:
        yield made
    finally:
        for each in clients.values():
            each.channel.close()
        for each in (us, kr):
            assert each.stop() == 0, each.log.read_text()
