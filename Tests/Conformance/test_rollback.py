"""A log that is put back to an older state: node and clients notice, and nothing is signed."""

import pathlib
import shutil

import grpc
import pytest
from google.protobuf import json_format

import node as nodes
import proven
import samples
from dossier.v1 import log_pb2
from expect import refusal
from program import DONE, UNVERIFIED, Program
from verifier.note import Checkpoint, VerifierKey, verify_checkpoint
from verifier.tree import Tree

DATA_LOSS = grpc.StatusCode.DATA_LOSS
GUARD = "data.guard"
YESTERDAY, TODAY = "yesterday", "today"


class Machine:
    """A node whose folders can be copied away and put back, and a client that remembers."""

    def __init__(self, consortium, folder: pathlib.Path):
        self.consortium = consortium
        self.folder = folder
        self.copies = folder / "copies"
        self.copies.mkdir()
        (folder / "client").mkdir()
        (folder / "node").mkdir()
        self.signed: dict[str, bytes] = {}
        self.client = Program(consortium, consortium.people["kr"], folder / "client")
        self.start()

    def start(self) -> None:
        self.node = nodes.Node(self.consortium, self.folder / "node")
        self.kr = nodes.Client(self.node, self.consortium.people["kr"])

    def stop(self) -> None:
        self.kr.channel.close()
        assert self.node.stop() == 0, self.node.log.read_text()

    def copy(self, name: str) -> None:
        """Copies data and guard away, while the node is down, and keeps what it signed last."""
        self.signed[name] = self.checkpoint().checkpoint
        self.stop()
        for each in ("data", GUARD):
            shutil.copytree(self.folder / "node" / each, self.copies / name / each)
        self.start()

    def put_back(self, name: str, *folders: str) -> None:
        """Puts folders back as they were, while the node is down."""
        self.stop()
        for each in folders or ("data", GUARD):
            shutil.rmtree(self.folder / "node" / each)
            shutil.copytree(self.copies / name / each, self.folder / "node" / each)
        self.start()

    def remove_guard(self) -> None:
        self.stop()
        shutil.rmtree(self.folder / "node" / GUARD)
        self.start()

    def submit(self, *references: str) -> int:
        """Submits a record for each, and returns the log's size."""
        records = [samples.statistic(each).SerializeToString() for each in references]
        return self.kr.submit(records).log_size

    def checkpoint(self) -> log_pb2.ProvenCheckpoint:
        return self.kr.log.GetCheckpoint(log_pb2.GetCheckpointRequest()).checkpoint

    def refused_calls(self) -> set[str]:
        """What the client says first to each of its verbs, all of which must fail verification."""
        record = json_format.MessageToJson(samples.statistic("D"), indent=None).encode()
        said = set()
        for arguments, standard_input in (
            (("list",), b""),
            (("list", "--reference", "no-such"), b""),
            (("get", "kr/A"), b""),
            (("log", "checkpoint"), b""),
            (("export", "proof", "kr/A"), b""),
            (("submit", "-", "--format", "ndjson"), record),
        ):
            done = self.client.call(self.node, *arguments, standard_input=standard_input)
            assert done.returncode == UNVERIFIED, arguments
            assert done.stdout == b"", "nothing of what did not verify is printed"
            said.add(done.stderr.decode().removeprefix("dossier: error: ").partition(":")[0])
        return said

    def evidence(self) -> list[pathlib.Path]:
        return sorted(each for each in self.client.state.iterdir() if "conflict" in each.name)


@pytest.fixture
def machine(consortium, tmp_path):
    """A machine that was copied at three leaves, has five, and whose client has seen all."""
    made = Machine(consortium, tmp_path)
    made.submit("A", "B", "C")
    made.copy(YESTERDAY)
    assert made.submit("E", "F") == 5
    assert made.client.call(made.node, "list").returncode == DONE
    made.copy(TODAY)
    yield made
    if made.node.is_running():
        made.stop()


def test_a_client_notices_that_a_log_is_older_than_it_was(machine):
    machine.put_back(YESTERDAY)
    seen = {each.name: each.read_bytes() for each in machine.client.state.iterdir()}
    assert machine.refused_calls() == {"olderCheckpoint"}
    assert {each.name: each.read_bytes() for each in machine.client.state.iterdir()} == seen
    assert machine.checkpoint().checkpoint.split(b"\n")[1] == b"3", "submitting did nothing"


@pytest.mark.parametrize("more", [2, 3, 20], ids=["to its size", "a leaf beyond", "far beyond"])
def test_a_client_notices_that_a_log_has_gone_another_way(machine, vkey, more):
    machine.put_back(YESTERDAY)
    machine.submit(*(f"X{number}" for number in range(more)))
    assert machine.refused_calls() == {"splitView"}
    assert machine.evidence()
    for path in machine.evidence():
        one, other = contradiction(path.read_text(), vkey)
        assert one.size == 5 and other.size in (3 + more, 4 + more)
        leaves = log_pb2.GetLeafHashesRequest(first_index=0, count=100)
        tree = Tree(proven.hashes(machine.kr.log.GetLeafHashes(leaves).leaf_hashes))
        assert tree.root(other.size) == other.root, "the node's log is the other's"
        assert tree.root(5) != one.root, "no log with that root at size 5 can become this one"


def contradiction(text: str, vkey: str) -> tuple[Checkpoint, Checkpoint]:
    """The two checkpoints of an evidence file, both signed by the log."""
    parts = text.split("\n\n")
    assert len(parts) == 4, "two notes, an empty line between them"
    notes = (f"{parts[0]}\n\n{parts[1]}\n", f"{parts[2]}\n\n{parts[3]}")
    key = VerifierKey.parse(vkey)
    one, other = (verify_checkpoint(each, key) for each in notes)
    return one, other


def test_a_client_goes_on_when_the_newest_data_are_back(machine):
    machine.put_back(YESTERDAY)
    machine.submit("X", "Y", "Z")
    assert machine.refused_calls() == {"splitView"}
    machine.put_back(TODAY)
    done = machine.client.call(machine.node, "list")
    assert done.returncode == DONE and len(done.stdout.splitlines()) == 5
    assert machine.submit("G") == 6
    assert machine.client.call(machine.node, "list").returncode == DONE
    assert machine.evidence(), "what was found stays"


def test_a_client_that_has_seen_nothing_yet_cannot_tell(machine, consortium, tmp_path):
    folder = tmp_path / "newcomer"
    folder.mkdir()
    newcomer = Program(consortium, consortium.people["us"], folder)
    machine.put_back(YESTERDAY)
    assert newcomer.call(machine.node, "list", "--of", "kr").returncode == DONE
    machine.put_back(TODAY)
    assert newcomer.call(machine.node, "list", "--of", "kr").returncode == DONE
    machine.put_back(YESTERDAY)
    assert newcomer.call(machine.node, "list", "--of", "kr").returncode == UNVERIFIED


def test_a_node_whose_data_are_older_than_its_guard_signs_nothing(machine, vkey):
    yesterday = machine.signed[YESTERDAY]
    machine.put_back(YESTERDAY, "data")
    said = machine.node.log.read_text()
    assert "rolled" in said or "older" in said, said
    guard = (machine.folder / "node" / GUARD / "checkpoint").read_bytes()
    for known in ("D", "A"):
        record = samples.statistic(known).SerializeToString()
        with refusal(DATA_LOSS):
            machine.kr.submit([record])
    logged = machine.kr.list()
    with refusal(DATA_LOSS):
        machine.kr.submit([each.record for each in logged])
    assert [each.leaf_index for each in logged] == [0, 1, 2]
    answer = machine.kr.get(originator="kr", reference="B")
    for given in (answer.checkpoint, machine.checkpoint(), machine.kr.pages()[0].checkpoint):
        assert given.checkpoint == yesterday, "the old checkpoint and no new one"
        assert proven.checkpoint(given, vkey).size == 3
    machine.stop()
    machine.start()
    assert machine.checkpoint().checkpoint == yesterday, "starting again changes nothing"
    assert (machine.folder / "node" / GUARD / "checkpoint").read_bytes() == guard
    with refusal(DATA_LOSS):
        machine.submit("D")
    machine.put_back(TODAY, "data")
    assert machine.submit("D") == 6, "the newest data are back, and the log goes on"


def test_a_node_without_its_guard_signs_nothing(machine):
    """Whoever puts old data back could as well remove what would tell."""
    for folders in (["data"], ["data", GUARD]):
        machine.remove_guard()
        with refusal(DATA_LOSS):
            machine.submit("D")
        assert machine.checkpoint().checkpoint == machine.signed[TODAY]
        assert len(machine.kr.list()) == 5
        machine.put_back(TODAY, *folders)
    assert machine.submit("D") == 6


def test_a_node_with_an_older_guard_goes_on_with_its_data(machine):
    machine.put_back(YESTERDAY, GUARD)
    assert machine.submit("D") == 6
