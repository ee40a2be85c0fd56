"""A node under test, `dossier serve`, and official gRPC clients of it."""

import json
import os
import pathlib
import signal
import subprocess
import time

import grpc
from cryptography.hazmat.primitives.asymmetric import ed25519

import pki
import recipe
from dossier.v1 import (
    exchange_pb2,
    exchange_pb2_grpc,
    log_pb2_grpc,
    mirror_pb2_grpc,
    sync_pb2_grpc,
)
from verifier.note import VerifierKey

ORIGIN = f"{pki.TRUST_DOMAIN}/dossier/kr/1"
START_SECONDS = 30
CALL_SECONDS = 60


class Consortium:
    """Three organisations, each with an authority, an analyst named `kim` and a node's certificate.

    It is kr's node that runs, if a test does not say otherwise.

    `changes` and `former_keys` are what members.json says of kr beside the usual.
    """

    def __init__(self, log_key=None):
        self.authorities = {name: pki.Authority(f"{name} CA") for name in ("kr", "us", "jp")}
        self.people = {
            name: authority.person(name, "kim") for name, authority in self.authorities.items()
        }
        self.reader = self.authorities["kr"].person("kr", "reader-only")
        self.stranger = self.authorities["kr"].person("kr", "without-roles")
        self.auditor = self.authorities["jp"].person("jp", "auditor")
        self.admin = self.authorities["kr"].person("kr", "admin")
        self.overseer = self.authorities["kr"].person("kr", "auditor")
        self.nodes = {name: authority.node(name) for name, authority in self.authorities.items()}
        self.node = self.nodes["kr"]
        self.changes: dict = {}
        self.former_keys: list[dict] = []
        self.set_log_key(log_key or ed25519.Ed25519PrivateKey.generate())

    def set_log_key(self, key) -> None:
        """The key that signs kr's log from now on."""
        self.log_key = key
        self.verifier_key = VerifierKey.of(ORIGIN, key.public_key())

    @property
    def vkey(self) -> str:
        """The verifier key of kr's log."""
        return str(self.verifier_key)

    def write_members(
        self, folder: pathlib.Path, changes: dict[str, dict] | None = None
    ) -> pathlib.Path:
        """Writes members.json and the anchors that it names, and returns its path.

        `changes` says what is said of an organisation beside the usual.
        """
        all_changes = {"kr": self.changes} | (changes or {})

        def organisation(name: str) -> dict:
            anchor = folder / f"{name}-ca.pem"
            anchor.write_bytes(pki.pem([self.authorities[name].certificate]))
            roles = [
                {"path": "person/kim", "roles": ["submitter", "reader"]},
                {"path": "node/one", "roles": ["node"]},
                {"path": "person/admin", "roles": ["admin"]},
            ]
            log = {"origin": f"{pki.TRUST_DOMAIN}/dossier/{name}/1"}
            if name == "kr":
                log |= {"key": self.vkey, "former_keys": self.former_keys}
                roles.append({"path": "person/reader-only", "roles": ["reader"]})
                roles.append({"path": "person/auditor", "roles": ["auditor"]})
            if name == "jp":
                roles.append({"path": "person/auditor", "roles": ["auditor"]})
            found = {
                "id": name,
                "names": [{"text": name.upper(), "language": "en"}],
                "country": name.upper(),
                "anchors": [anchor.name],
                "log": log,
                "roles": roles,
            }
            return found | all_changes.get(name, {})

        path = folder / "members.json"
        organisations = [organisation(name) for name in self.authorities]
        members = {"trust_domain": pki.TRUST_DOMAIN, "organisations": organisations}
        path.write_text(json.dumps(members))
        return path


class Node:
    """`dossier serve`, for kr unless said otherwise, with its data in `folder`.

    They may be there already. `changes` goes to `Consortium.write_members`, `options` to the
    program.
    """

    def __init__(
        self,
        consortium: Consortium,
        folder: pathlib.Path,
        organisation: str = "kr",
        log_key=None,
        changes: dict[str, dict] | None = None,
        options: tuple[str, ...] = (),
    ):
        self.consortium = consortium
        self.folder = folder
        self.organisation = organisation
        members = consortium.write_members(folder, changes)
        certificate, key = consortium.nodes[organisation].write(folder, "node")
        log_key = pki.write_key(log_key or consortium.log_key, folder / "log.key")
        port_file = folder / "port"
        port_file.unlink(missing_ok=True)
        self.log = folder / "stderr"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    os.environ["DOSSIER"],
                    *("serve", "--members", members),
                    *("--data", folder / "data", "--certificate", certificate, "--key", key),
                    *("--log-key", log_key),
                    *("--listen", "127.0.0.1:0", "--port-file", port_file),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (port_file.exists() and port_file.read_text().strip()):
            try:
                code = self.process.wait(timeout=0.02)
                raise RuntimeError(f"the node ended with {code}: {self.log.read_text()}")
            except subprocess.TimeoutExpired:
                assert time.monotonic() < deadline, self.log.read_text()
        self.port = int(port_file.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=CALL_SECONDS)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def memory(self, key: str = "VmRSS") -> int:
        """Resident bytes now (VmRSS) or at most since `forget_peak` (VmHWM)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith(key))
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def channel(
        self, identity: pki.Identity | None, anchor=None, port: int | None = None
    ) -> grpc.Channel:
        """A channel with this client certificate, or none; `port` is one that leads to the node."""
        anchor = anchor or self.consortium.authorities[self.organisation].certificate
        credentials = grpc.ssl_channel_credentials(
            root_certificates=pki.pem([anchor]),
            private_key=identity.key_pem if identity else None,
            certificate_chain=pki.pem(identity.chain) if identity else None,
        )
        options = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_receive_message_length", -1),
        ]
        return grpc.secure_channel(f"localhost:{port or self.port}", credentials, options)


class Client:
    """The exchange as one member's official gRPC client sees it."""

    def __init__(self, node: Node, identity: pki.Identity, organisation: str = "kr"):
        self.node = node
        self.identity = identity
        self.organisation = organisation
        self.channel = node.channel(identity)
        self.exchange = exchange_pb2_grpc.ExchangeServiceStub(self.channel)
        self.log = log_pb2_grpc.LogServiceStub(self.channel)
        self.mirroring = mirror_pb2_grpc.MirrorServiceStub(self.channel)
        self.sync = sync_pb2_grpc.SyncServiceStub(self.channel)

    def request(self, records: list[bytes], **changes) -> exchange_pb2.SubmitRequest:
        """A submission of encoded records, attested by the recipe."""
        attestation = recipe.attest(
            records,
            changes.get("key", self.identity.key),
            changes.get("chain", self.identity.chain),
            changes.get("originator", self.organisation),
            changes.get("log_origin", ORIGIN),
            changes.get("signed_at"),
        )
        return exchange_pb2.SubmitRequest(
            attestation=attestation, records=records, known_size=changes.get("known_size", 0)
        )

    def submit(self, records: list[bytes], **changes):
        return self.send(self.request(records, **changes)).receipt

    def send(self, request: exchange_pb2.SubmitRequest):
        return self.exchange.Submit(request, timeout=CALL_SECONDS)

    def submit_raw(self, request: bytes):
        """`Submit` with a request message encoded by the caller."""
        call = self.channel.unary_unary("/dossier.v1.ExchangeService/Submit")
        return call(request, timeout=CALL_SECONDS)

    def get(self, record_id: str = "", known_size: int = 0, **finding) -> exchange_pb2.GetResponse:
        request = exchange_pb2.GetRequest(known_size=known_size)
        if record_id:
            request.record_id = record_id
        else:
            request.finding.CopyFrom(exchange_pb2.FindingSelector(**finding))
        return self.exchange.Get(request, timeout=CALL_SECONDS)

    def pages(self, limit: int = 0, cursor: bytes = b"", known_size: int = 0, **filters):
        request = exchange_pb2.ListRequest(
            filter=exchange_pb2.Filter(**filters),
            limit=limit,
            cursor=cursor,
            known_size=known_size,
        )
        return list(self.exchange.List(request, timeout=CALL_SECONDS))

    def list(self, **filters) -> list[exchange_pb2.LoggedRecord]:
        return [record for page in self.pages(**filters) for record in page.records]
