"""What does not check of a log that is offered is not kept, and does no harm to others."""

import contextlib
import os
import pathlib
import re
from collections.abc import Iterator

import grpc
import pytest

import life
import outpost
import pair as pairs
import proof_maker as maker
import recipe
import samples
import wire
from dossier.v1 import mirror_pb2, sync_pb2
from expect import refusal
from life import about
from mirror import MAXIMUM_MESSAGE
from offering import Refused
from outpost import FOLLOWING, NOT_FOUND, PATIENCE_SECONDS, Outpost, eventually, jps
from pair import JP_ORIGIN
from verifier.note import Checkpoint, VerifierKey, verify_checkpoint
from verifier.text import moment
from verifier.tree import HASH_SIZE

# Leaves are asked for again at most every five seconds.
BACKFILL_SECONDS = 10
MAXIMUM_EVIDENCE = 16
REFUSED = sync_pb2.SYNC_STATE_REFUSED


@pytest.fixture(scope="module")
def running(consortium, tmp_path_factory):
    with outpost.running(consortium, tmp_path_factory) as made:
        yield made


@pytest.fixture
def jp(running):
    yield running
    running.assert_running()


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def change_record(_, message):
    run = message.runs[0]
    run.records[0] = flipped(run.records[0])


def drop_record(_, message):
    del message.runs[0].records[-1]


def withhold_another(_, message):
    run = message.runs[0]
    run.records[0] = b""
    run.withheld_hashes = os.urandom(32)


def hide_the_batch(_, message):
    """As if nothing of it was released; the leaves are not those of the log."""
    message.runs[0].CopyFrom(mirror_pb2.LeafRun(withheld_hashes=os.urandom(64)))


def change_signature(_, message):
    batch = message.runs[0].batch
    batch.signature = flipped(batch.signature)


def sign_as(jp, message, signer, originator="jp", log_origin=JP_ORIGIN):
    run = message.runs[0]
    made = recipe.attest(list(run.records), signer.key, signer.chain, originator, log_origin)
    run.batch.attested_batch, run.batch.signature = made.attested_batch, made.signature
    # The certificate that the log's batches have came first, now or before.
    run.batch.certificate_numbers[:] = [max(len(message.certificate_der), 1)]
    message.certificate_der.append(made.certificate_der[0])


def sign_by_another_member(jp, message):
    sign_as(jp, message, jp.pair.kr_at_kr.identity)


def sign_for_another_member(jp, message):
    sign_as(jp, message, jp.pair.kr_at_kr.identity, "kr")


def sign_without_the_role(jp, message):
    sign_as(jp, message, jp.pair.kr.consortium.auditor)


def sign_for_another_log(jp, message):
    sign_as(jp, message, jp.log.signer, log_origin=pairs.US_ORIGIN)


def name_no_certificate(_, message):
    message.runs[0].batch.certificate_numbers[:] = [99]


def change_proof(_, message):
    proof = message.checkpoint.consistency_proof
    message.checkpoint.consistency_proof = flipped(proof or bytes(HASH_SIZE))


def leave_out_proof(_, message):
    message.checkpoint.consistency_proof = b""


def sign_checkpoint(message, log: maker.Log, size: int, root: bytes):
    text = Checkpoint(JP_ORIGIN, size, root).text
    message.checkpoint.checkpoint = log.signed(text).encode()


def forge_checkpoint(jp, message):
    tree = jp.log.log.tree
    sign_checkpoint(message, maker.Log([], origin=JP_ORIGIN), len(tree), tree.root())


def change_checkpoint(_, message):
    note = message.checkpoint.checkpoint.split(b"\n")
    note[1] = b"%d" % (int(note[1]) + 1)
    message.checkpoint.checkpoint = b"\n".join(note)


def sign_another_tree(jp, message):
    sign_checkpoint(message, jp.log.log, len(jp.log), os.urandom(32))


def sign_another_history(jp, message):
    sign_checkpoint(message, jp.log.log, message.first_index, os.urandom(32))


def show_an_older_checkpoint(jp, message):
    message.checkpoint.checkpoint = jp.log.log.checkpoint(message.first_index - 1).encode()


def move_on(_, message):
    message.first_index += 1


def move_back(_, message):
    message.first_index -= 1


def say_nothing(_, message):
    return mirror_pb2.OfferRequest()


def send_no_message(_, message):
    return b"\xff\xff\xff\xff"


def padded(message, size: int) -> bytes:
    """The message with a field that nobody knows, this large."""
    encoded = message.SerializeToString()
    envelope = len(wire.field(1000, bytes(MAXIMUM_MESSAGE))) - MAXIMUM_MESSAGE
    return encoded + wire.field(1000, bytes(size - len(encoded) - envelope))


def send_too_much(_, message):
    return padded(message, MAXIMUM_MESSAGE + 1)


def send_far_too_much(_, message):
    return padded(message, 2 * MAXIMUM_MESSAGE)


LIES = {
    change_record: "wrongLeaf",
    drop_record: "wrongLeaf",
    withhold_another: "wrongLeaf",
    hide_the_batch: "splitView",
    change_signature: "wrongSignature",
    sign_by_another_member: "wrongSigner",
    sign_for_another_member: "wrongSigner",
    sign_without_the_role: "wrongSigner",
    sign_for_another_log: "wrongOrigin",
    name_no_certificate: "ambiguousForm",
    change_proof: "splitView",
    leave_out_proof: "wrong",
    forge_checkpoint: "unknownKey",
    change_checkpoint: "wrongSignature",
    sign_another_tree: "splitView",
    sign_another_history: "splitView",
    show_an_older_checkpoint: "olderCheckpoint",
    move_on: "wrongIndex",
    move_back: "wrongIndex",
    say_nothing: "",
    send_no_message: "",
    send_too_much: "",
    send_far_too_much: "",
}
HISTORIES = (sign_another_history, show_an_older_checkpoint)
NO_ANSWERS = (say_nothing, send_too_much)


@contextlib.contextmanager
def lying(jp: Outpost, kind: type, lie) -> Iterator[None]:
    """jp's node distorts its messages of a kind that bring something."""

    def distort(message):
        brings_leaves = not isinstance(message, mirror_pb2.FollowResponse) or message.runs
        if isinstance(message, kind) and brings_leaves:
            return lie(jp, message) or message
        return message

    jp.node.distort = distort
    try:
        yield
    finally:
        jp.node.distort = lambda message: message
        jp.forget_evidence()
        jp.resume()


def assert_told(jp: Outpost, code: str) -> sync_pb2.PeerSyncStatus:
    """That us's node says what is wrong, and what to do."""
    eventually(lambda: jp.status().error != "", PATIENCE_SECONDS, jp.status)
    status = jp.status()
    assert status.error.startswith(code), status.error
    assert status.state != FOLLOWING and not status.path and status.advice, status
    moment(status.failed_at)
    return status


def assert_accused(jp: Outpost, code: str) -> str:
    """That us's node leaves the log alone, and keeps what shows why: the file's text."""
    status = assert_told(jp, code)
    assert status.state == REFUSED, status
    assert pathlib.Path(status.evidence).parent == jp.pair.us.folder / "data" / "evidence"
    text = pathlib.Path(status.evidence).read_text()
    assert text.startswith("dossier-evidence/v1\npeer jp\n"), text
    return text


def assert_others_go_on(jp: Outpost, reference: str) -> None:
    """That kr's log still comes to us's node at once."""
    record = samples.statistic(reference, ["us"])
    jp.pair.submit(record)
    jp.pair.us_at_us.get(life.record_id(record).hex())
    kr = jp.pair.status("kr")
    assert kr.state == FOLLOWING and not kr.error and not kr.evidence


def assert_both_signed(jp: Outpost, evidence: str, known_size: int) -> None:
    """That evidence has two checkpoints, both signed by the key of the log."""
    _, *notes = re.split("\n(?:known|shown)\n", evidence.split("\nmessage ")[0])
    key = VerifierKey.parse(jp.log.vkey)
    known, shown = (verify_checkpoint(each.encode(), key) for each in notes)
    assert known.size == known_size and shown.size <= known_size and shown != known


@pytest.mark.parametrize("lie", LIES)
def test_nothing_of_a_lie_is_kept(jp, prefix, lie):
    jp.settle()
    before = jp.size()
    first, second = jps(prefix), jps(f"{prefix}-second")
    third = jps(f"{prefix}-third")
    with lying(jp, mirror_pb2.FollowResponse, lie):
        jp.log.add(
            [each.SerializeToString() for each in (first, second)], [third.SerializeToString()]
        )
        if lie in NO_ANSWERS:
            assert_told(jp, "")
        else:
            text = assert_accused(jp, LIES[lie])
        if lie in HISTORIES:
            assert_both_signed(jp, text, before)
        assert jp.size() == before and jp.status().mirrored == before
        assert not any(jp.has(each) for each in (first, second, third))
        assert jp.standings(jp.pair.us_at_us, prefix) == {}
        assert_others_go_on(jp, f"{prefix}-kr")
    jp.arrives(third, PATIENCE_SECONDS)
    jp.settle()
    shown = jp.standings(jp.pair.us_at_us, prefix)
    assert shown.keys() == {prefix, f"{prefix}-second", f"{prefix}-third"}


@pytest.mark.parametrize("lie", NO_ANSWERS)
def test_what_is_no_answer_is_left_alone_too(jp, prefix, lie):
    """As a message is that cannot be read: no honest node sends it."""
    jp.settle()
    with lying(jp, mirror_pb2.FollowResponse, lie):
        jp.add(jps(prefix))
        assert_accused(jp, "")


def test_two_histories_are_kept_whatever_came_before(jp, prefix):
    """A peer must not hide them behind lies that show less."""
    jp.settle()
    before = jp.size()
    folder = jp.pair.us.folder / "data" / "evidence"
    folder.mkdir(exist_ok=True)
    for number in range(MAXIMUM_EVIDENCE):
        (folder / f"jp-{number:016x}.evidence").write_text("dossier-evidence/v1\npeer jp\n")
    with lying(jp, mirror_pb2.FollowResponse, sign_another_history):
        jp.add(jps(prefix))
        assert_both_signed(jp, assert_accused(jp, "splitView"), before)


def change_fetched_record(_, message):
    message.records[0].record = flipped(message.records[0].record)


def change_fetched_path(_, message):
    position = message.records[0].position
    position.path = flipped(position.path)


FETCH_LIES = {change_fetched_record: "wrongLeaf", change_fetched_path: "wrong"}


def test_nothing_of_a_lie_is_fetched(jp, prefix):
    target = jps(prefix)
    note = about(life.record_id(target), f"{prefix}-note", ["us"], originator="jp")
    others = [jps(f"{prefix}-beside").SerializeToString()]
    jp.log.add([*others, note.SerializeToString()])
    jp.settle()
    jp.log.add([target.SerializeToString()])
    for lie, code in FETCH_LIES.items():
        with lying(jp, mirror_pb2.FetchResponse, lie):
            assert_accused(jp, code)
            assert jp.has(target) and not jp.has(note), "what came before it is kept"
            assert_others_go_on(jp, f"{prefix}-{lie.__name__}")
    jp.arrives(note, BACKFILL_SECONDS)
    jp.settle()


def test_a_log_that_is_shorter_than_before_is_told(jp, prefix):
    """A node that says so of its own log has lost something."""
    jp.settle()

    def refuse(*_):
        raise Refused(grpc.StatusCode.OUT_OF_RANGE, "there are 1 leaves")

    before = jp.size()
    with lying(jp, mirror_pb2.FollowResponse, refuse):
        jp.add(jps(prefix))
        assert "there are 1 leaves" in assert_accused(jp, "")
        assert jp.size() == before
        assert_others_go_on(jp, f"{prefix}-kr")
    jp.settle()


def test_a_node_that_cannot_answer_is_not_accused(jp, prefix):
    jp.settle()

    def refuse(*_):
        raise Refused(grpc.StatusCode.UNAVAILABLE, "storage is away")

    record = jps(prefix)
    with lying(jp, mirror_pb2.FollowResponse, refuse):
        jp.add(record)
        eventually(lambda: jp.status().error != "", PATIENCE_SECONDS, jp.status)
        status = jp.status()
        assert "storage is away" in status.error and status.state != REFUSED, status
        assert not status.evidence
    jp.arrives(record, PATIENCE_SECONDS)


def test_a_watch_that_is_no_message_is_told(jp, prefix):
    jp.settle()
    record = jps(prefix)
    with lying(jp, mirror_pb2.WatchResponse, send_no_message):
        jp.cable.cut()
        jp.add(record)
        eventually(lambda: "malformed" in jp.status().error, PATIENCE_SECONDS, jp.status)
        assert not jp.has(record)
        assert_others_go_on(jp, f"{prefix}-kr")
    jp.arrives(record, PATIENCE_SECONDS)


def test_the_largest_message_is_taken(jp, prefix):
    record = jps(prefix)
    with lying(jp, mirror_pb2.FollowResponse, lambda _, each: padded(each, MAXIMUM_MESSAGE)):
        jp.add(record)
        jp.arrives(record, PATIENCE_SECONDS)
    assert not jp.status().error


def test_what_is_not_for_us_is_forgotten(jp, prefix):
    """A node that sends too much harms itself alone."""
    open_, of_kr, controlled = jps(prefix), jps(f"{prefix}-kr", ["kr"]), jps(f"{prefix}-control")
    controlled.header.marking.orcon = True
    batch = [each.SerializeToString() for each in (open_, of_kr, controlled)]

    def give_all(_, message):
        message.runs[0].records[:] = batch
        message.runs[0].withheld_hashes = b""

    before = jp.status().not_released
    with lying(jp, mirror_pb2.FollowResponse, give_all):
        jp.log.add(batch)
        jp.settle()
    assert jp.status().not_released == before + 2
    assert jp.has(open_) and not jp.has(of_kr) and not jp.has(controlled)
    with refusal(NOT_FOUND):
        jp.pair.kr_at_us.get(life.record_id(of_kr).hex())
