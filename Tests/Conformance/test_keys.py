"""Keys that are replaced or revoked: what they signed before stays good, and nothing after."""

import datetime

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

import node as nodes
import proven
import recipe
import samples
from dossier.v1 import log_pb2
from expect import DENIED, INVALID, refusal
from program import DONE, UNVERIFIED, Program
from verifier.errors import VerificationError
from verifier.members import Members
from verifier.note import FormerKey, verify_checkpoint
from verifier.verify import verify_proof, verify_receipt

HOUR = datetime.timedelta(hours=1)


class Changing:
    """A node and a client of us whose members.json changes."""

    def __init__(self, folder, log_key=None):
        self.consortium = nodes.Consortium(log_key)
        self.folder = folder
        for each in ("node", "client"):
            (folder / each).mkdir()
        self.start()

    def start(self) -> None:
        """Starts node and client with what members.json says now."""
        self.node = nodes.Node(self.consortium, self.folder / "node")
        self.kr = nodes.Client(self.node, self.consortium.people["kr"])
        us = self.consortium.people["us"]
        self.us = Program(self.consortium, us, self.folder / "client")

    def stop(self) -> None:
        self.kr.channel.close()
        assert self.node.stop() == 0, self.node.log.read_text()

    def restart(self) -> None:
        self.stop()
        self.start()

    def submit(self, *references: str, **options):
        """Submits a batch, and returns its receipt and records."""
        records = [samples.statistic(each, ["us"]).SerializeToString() for each in references]
        return self.kr.submit(records, **options), records

    def ask(self, *arguments: str):
        return self.us.call(self.node, *arguments, "--of", "kr")

    @property
    def members(self) -> Members:
        return Members.load(self.us.members)


@pytest.fixture
def changing(tmp_path):
    made = Changing(tmp_path)
    yield made
    if made.node.is_running():
        made.stop()


NEW_KEYS = {
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
}


@pytest.mark.parametrize("make", NEW_KEYS.values(), ids=NEW_KEYS.keys())
def test_a_log_goes_on_under_a_new_key(changing, make):
    old = changing.consortium.verifier_key
    receipt, records = changing.submit("A", "B", "C")
    text = proven.receipt_file(receipt, records).write()
    known = proven.receipt(receipt, records, str(old))
    assert changing.ask("list").returncode == DONE
    assert changing.ask("export", "proof", "kr/B", "--out", "proof").returncode == DONE

    changing.consortium.set_log_key(make())
    changing.consortium.former_keys.append({"key": str(old), "tree_size": known.size})
    changing.restart()
    vkey = changing.consortium.vkey
    request = log_pb2.GetCheckpointRequest(known_size=known.size)
    answer = changing.kr.log.GetCheckpoint(request).checkpoint
    former = [FormerKey(old, known.size)]
    newest = verify_checkpoint(answer.checkpoint, changing.consortium.verifier_key, former)
    assert newest == known, "the same tree, under either key"
    later, more = changing.submit("D", known_size=known.size)
    assert proven.receipt(later, more, vkey, known).size == 4

    done = changing.ask("list")
    assert done.returncode == DONE and len(done.stdout.splitlines()) == 4, done.stderr.decode()
    assert verify_receipt(text, records[1], vkey, former).logged.index == 1
    proof = (changing.us.folder / "proof").read_bytes()
    assert verify_proof(proof, changing.members, records[1]).logged.checkpoint == known
    assert changing.us.run("verify", "proof").returncode == DONE


def test_a_node_needs_the_key_that_the_members_know(changing):
    changing.submit("A")
    changing.stop()
    changing.consortium.log_key = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(RuntimeError, match="the node ended with"):
        changing.start()


def test_a_client_does_not_take_what_a_former_key_signed_too_late(changing):
    """Whoever finds an old key cannot go on with the log."""
    changing.submit("A", "B", "C")
    old = changing.consortium.verifier_key
    changing.consortium.former_keys.append({"key": str(old), "tree_size": 2})
    served = changing.consortium.log_key
    changing.consortium.set_log_key(ed25519.Ed25519PrivateKey.generate())
    changing.consortium.write_members(changing.us.folder)
    changing.consortium.log_key = served
    done = changing.ask("list")
    assert (done.returncode, done.stdout) == (UNVERIFIED, b"")
    assert done.stderr.startswith(b"dossier: error: revokedKey: ")
    answer = changing.kr.log.GetCheckpoint(log_pb2.GetCheckpointRequest()).checkpoint
    key = changing.consortium.verifier_key
    with pytest.raises(VerificationError, match="^revoked_key: "):
        verify_checkpoint(answer.checkpoint, key, [FormerKey(old, 2)])


def test_a_revoked_signing_key_is_good_for_what_was_logged_before(changing):
    _, records = changing.submit("A", "B")
    for name in ("A", "B"):
        assert changing.ask("export", "proof", f"kr/{name}", "--out", name).returncode == DONE
    key_id = recipe.key_id(changing.consortium.people["kr"].key.public_key()).hex()
    changing.consortium.changes["revoked_keys"] = [{"key_id": key_id, "leaf_index": 1}]
    changing.restart()
    with refusal(INVALID):
        changing.submit("C")
    assert [each.leaf_index for each in changing.kr.list()] == [0, 1]
    assert changing.ask("get", "kr/A").returncode == DONE
    assert changing.us.run("verify", "A").returncode == DONE
    assert verify_proof((changing.us.folder / "A").read_bytes(), changing.members, records[0])
    for arguments in (("get", "kr/B"), ("export", "proof", "kr/B")):
        done = changing.ask(*arguments)
        assert (done.returncode, done.stdout) == (UNVERIFIED, b""), arguments
        assert done.stderr.startswith(b"dossier: error: revokedKey: ")
    # A list goes on past it, and says so.
    done = changing.ask("list")
    assert done.returncode == UNVERIFIED and b", leaf 1: revokedKey: " in done.stderr
    assert len(done.stdout.splitlines()) == 1 and b'"reference":"A"' in done.stdout
    done = changing.us.run("verify", "B")
    assert done.returncode == UNVERIFIED and b"revokedKey" in done.stderr
    with pytest.raises(VerificationError, match="^revoked_key: "):
        verify_proof((changing.us.folder / "B").read_bytes(), changing.members)
    other = changing.consortium.authorities["kr"].person("kr", "kim")
    receipt, _ = changing.submit("D", key=other.key, chain=other.chain)
    assert receipt.log_size == 3, "kim's new key is good"


def test_who_was_a_submitter_stays_the_signer_of_what_was_signed_then(changing):
    _, records = changing.submit("A")
    assert changing.ask("export", "proof", "kr/A", "--out", "A").returncode == DONE
    now = datetime.datetime.now(datetime.timezone.utc)

    def until(moment: datetime.datetime) -> list[dict]:
        end = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        was = {"path": "person/kim", "roles": ["submitter"], "until": end}
        return [was, {"path": "person/*", "roles": ["reader"]}]

    changing.consortium.changes["roles"] = until(now + HOUR)
    changing.restart()
    assert changing.submit("B")[0].log_size == 2
    assert changing.ask("get", "kr/A").returncode == DONE
    changing.consortium.changes["roles"] = until(now - HOUR)
    changing.restart()
    for signed_at in (now, now - 2 * HOUR):
        with refusal(DENIED):
            changing.submit("C", signed_at=signed_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    done = changing.ask("get", "kr/A")
    assert (done.returncode, done.stdout) == (UNVERIFIED, b"")
    assert done.stderr.startswith(b"dossier: error: wrongSigner: ")
    with pytest.raises(VerificationError, match="^wrong_signer: "):
        verify_proof((changing.us.folder / "A").read_bytes(), changing.members, records[0])
    with refusal(grpc.StatusCode.NOT_FOUND):
        changing.kr.get(originator="kr", reference="C")
