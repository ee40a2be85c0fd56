"""A node that nobody can connect to: it offers its log over calls that it opens itself.

Written from Protos/dossier/v1/mirror.proto alone; nothing here comes from Dossier. `OfferedLog` is
what the node has, as one follower may have it, and `OutboundNode` opens the calls and answers.
"""

import dataclasses
import queue
import threading
import time
from collections.abc import Callable, Iterator

import grpc
from google.protobuf.message import Message

import life
import pki
import proof_maker as maker
import recipe
from dossier.v1 import attestation_pb2, exchange_pb2, log_pb2, mirror_pb2, mirror_pb2_grpc
from verifier.tree import Tree, leaf_hash

HEARTBEAT_SECONDS = 10
WATCH_SECONDS = 0.2
RETRY_SECONDS = 0.05
EPOCH_SIZE = 8


class Refused(Exception):
    """Why a question is not answered."""

    def __init__(self, code: grpc.StatusCode, message: str):
        super().__init__(message)
        self.refusal = exchange_pb2.Refusal(code=code.value[0], message=message)


@dataclasses.dataclass(frozen=True)
class Batch:
    """Records that were logged together, from a leaf on."""

    first_index: int
    records: list[bytes]
    attestation: attestation_pb2.Attestation

    @property
    def end(self) -> int:
        return self.first_index + len(self.records)


class OfferedLog:
    """A log of an organisation's own, and what of it one follower may have."""

    def __init__(self, originator: str, origin: str, signer: pki.Identity, follower: str):
        self.originator = originator
        self.origin = origin
        self.signer = signer
        self.follower = follower
        self.log = maker.Log([], origin=origin)
        self.batches: list[Batch] = []
        self._released: set[int] = set()
        self._late = 0
        self._changed = threading.Condition()

    @property
    def vkey(self) -> str:
        return self.log.vkey

    def __len__(self) -> int:
        return len(self.log.records)

    def add(self, *batches: list[bytes]) -> None:
        """Logs these batches at once: nobody sees a tree between them."""
        first = len(self)
        made = []
        for records in batches:
            attestation = recipe.attest(
                records, self.signer.key, self.signer.chain, self.originator, self.origin
            )
            made.append(Batch(first, records, attestation))
            first = made[-1].end
        self.append(*made)

    def append(self, *batches: Batch) -> None:
        """Logs batches that were attested before."""
        with self._changed:
            before = len(self)
            for each in batches:
                assert each.first_index == len(self)
                self.batches.append(each)
                self.log.records.extend(each.records)
                self.log.tree.extend([leaf_hash(record) for record in each.records])
            released = life.Findings(enumerate(self.log.records)).mirrored(self.follower)
            if any(index < before for index in released - self._released):
                self._late += 1
            self._released = released
            self._changed.notify_all()

    def copy(self, batches: int) -> "OfferedLog":
        """The log as it was when it had so many batches; from now on another."""
        made = OfferedLog(self.originator, self.origin, self.signer, self.follower)
        made.log.key, made.log.verifier_key = self.log.key, self.log.verifier_key
        made.append(*self.batches[:batches])
        return made

    def wake(self) -> None:
        """Has those who wait look again whether their call is over."""
        with self._changed:
            self._changed.notify_all()

    # What is answered. Each answer ends early once its call is over.

    def watch(self, is_over: Callable[[], bool]) -> Iterator[mirror_pb2.WatchResponse]:
        told = None
        while not is_over():
            offered = self._offered()
            logs = [] if offered == told else [offered]
            yield mirror_pb2.WatchResponse(logs=logs)
            told = offered
            time.sleep(WATCH_SECONDS)
            with self._changed:
                self._wait(lambda: is_over() or self._offered() != offered)

    def follow(
        self, request: mirror_pb2.FollowRequest, is_over: Callable[[], bool]
    ) -> Iterator[mirror_pb2.FollowResponse]:
        self._check_origin(request.log_origin)
        if request.position > len(self):
            message = f"there are {len(self)} leaves, not {request.position}"
            raise Refused(grpc.StatusCode.OUT_OF_RANGE, message)
        position, certificates = request.position, []
        says_so = True
        while not is_over():
            with self._changed:
                messages = [
                    self._leaves(each, position, certificates)
                    for each in self.batches
                    if each.end > position
                ]
                if not messages and says_so:
                    messages = [self._message(position, [], position)]
                position, epoch = len(self), self._epoch()
            yield from messages
            if request.once:
                return
            with self._changed:
                self._wait(
                    lambda: is_over() or len(self) > position or self._epoch() != epoch
                )
                says_so = len(self) == position

    def fetch(self, request: mirror_pb2.FetchRequest) -> Iterator[mirror_pb2.FetchResponse]:
        self._check_origin(request.log_origin)
        with self._changed:
            size, released = len(self), self._released
        for each in request.ranges:
            for index in range(each.first_index, min(each.first_index + each.count, size)):
                if index in released:
                    yield self._fetched(index)

    def _wait(self, condition: Callable[[], bool]) -> None:
        self._changed.wait_for(condition, HEARTBEAT_SECONDS)

    def _check_origin(self, origin: str) -> None:
        if origin != self.origin:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"{origin} is not offered")

    def _epoch(self) -> bytes:
        return self._late.to_bytes(EPOCH_SIZE, "big")

    def _offered(self) -> mirror_pb2.OfferedLog:
        with self._changed:
            return mirror_pb2.OfferedLog(
                log_origin=self.origin, size=len(self), release_epoch=self._epoch()
            )

    def _message(
        self, first_index: int, runs: list[mirror_pb2.LeafRun], end: int
    ) -> mirror_pb2.FollowResponse:
        proof = self.log.tree.consistency_proof(end)
        return mirror_pb2.FollowResponse(
            first_index=first_index,
            runs=runs,
            checkpoint=log_pb2.ProvenCheckpoint(
                checkpoint=self.log.checkpoint().encode(), consistency_proof=b"".join(proof)
            ),
            release_epoch=self._epoch(),
        )

    def _leaves(
        self, batch: Batch, position: int, certificates: list[bytes]
    ) -> mirror_pb2.FollowResponse:
        """What a batch added, but for the leaves below a position."""
        first = max(position, batch.first_index)
        indexes = range(first, batch.end)
        message = self._message(first, [mirror_pb2.LeafRun()], batch.end)
        (run,) = message.runs
        run.withheld_hashes = b"".join(
            self.log.tree.leaf(index) for index in indexes if index not in self._released
        )
        if not self._released.intersection(indexes):
            return message
        run.records.extend(
            self.log.records[index] if index in self._released else b"" for index in indexes
        )
        run.batch.attested_batch = batch.attestation.attested_batch
        run.batch.signature = batch.attestation.signature
        for each in batch.attestation.certificate_der:
            if each not in certificates:
                certificates.append(each)
                message.certificate_der.append(each)
            run.batch.certificate_numbers.append(certificates.index(each))
        skipped = first - batch.first_index
        if skipped:
            known = range(batch.first_index, first)
            run.batch.known_hashes = b"".join(self.log.tree.leaf(index) for index in known)
            bits = (1 << len(batch.records)) - (1 << skipped)
            run.batch.added = bits.to_bytes((len(batch.records) + 7) // 8, "little")
        return message

    def _fetched(self, index: int) -> mirror_pb2.FetchResponse:
        batch = next(each for each in self.batches if index < each.end)
        place = index - batch.first_index
        path = Tree([leaf_hash(each) for each in batch.records]).inclusion_proof(place)
        position = attestation_pb2.BatchPosition(index=place, path=b"".join(path))
        record = exchange_pb2.LoggedRecord(
            record=self.log.records[index], leaf_index=index, position=position
        )
        return mirror_pb2.FetchResponse(
            attestations=[batch.attestation], records=[record], answered_below=index + 1
        )


class OutboundNode:
    """Keeps one call of Offer open that waits for a question, and answers those that come.

    Whenever the connection is lost it makes another. `distort` is asked for what is sent in place
    of a message: another, its bytes, or a whole `OfferRequest`. `asked` has the names of the
    questions that came.
    """

    def __init__(self, log: OfferedLog, connect: Callable[[], grpc.Channel]):
        self.log = log
        self.asked: list[str] = []
        self.distort: Callable[[Message], Message | bytes] = lambda message: message
        self._connect = connect
        self._stopped = threading.Event()
        self._channel: grpc.Channel | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "OutboundNode":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        if self._channel:
            self._channel.close()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._channel = self._connect()
            stub = mirror_pb2_grpc.MirrorServiceStub(self._channel)
            try:
                while not self._stopped.is_set():
                    OfferingCall(stub, self).wait_for_question()
            except (grpc.RpcError, ValueError, StopIteration):
                pass  # The connection, or the other side, ended it; or the channel was closed.
            self._channel.close()
            self._stopped.wait(RETRY_SECONDS)

    def answer(
        self, question: mirror_pb2.OfferResponse, is_over: Callable[[], bool]
    ) -> Iterator[mirror_pb2.OfferRequest]:
        """The answer to a question, message by message."""
        name = question.WhichOneof("question")
        self.asked.append(name)
        answers = {
            "watch": lambda: self.log.watch(is_over),
            "follow": lambda: self.log.follow(question.follow, is_over),
            "fetch": lambda: self.log.fetch(question.fetch),
        }
        try:
            for message in answers[name]():
                sent = self.distort(message)
                if isinstance(sent, Message) and not isinstance(sent, mirror_pb2.OfferRequest):
                    sent = sent.SerializeToString()
                if isinstance(sent, bytes):
                    sent = mirror_pb2.OfferRequest(message=sent)
                yield sent
        except Refused as refused:
            yield mirror_pb2.OfferRequest(refusal=refused.refusal)


class OfferingCall:
    """One call of Offer: waits for its question, and answers it in a thread of gRPC's."""

    def __init__(self, stub: mirror_pb2_grpc.MirrorServiceStub, node: OutboundNode):
        self._node = node
        self._questions: queue.SimpleQueue = queue.SimpleQueue()
        self._is_over = threading.Event()
        self._call = stub.Offer(self._answers())
        if not self._call.add_callback(self._end):
            self._end()

    def wait_for_question(self) -> None:
        """Waits until the call is asked something, which is answered from then on."""
        self._questions.put(next(self._call))

    def _end(self) -> None:
        self._is_over.set()
        self._questions.put(None)
        self._node.log.wake()

    def _answers(self) -> Iterator[mirror_pb2.OfferRequest]:
        question = self._questions.get()
        if question is not None:
            yield from self._node.answer(question, self._is_over.is_set)
