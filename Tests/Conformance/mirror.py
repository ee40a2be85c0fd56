"""A mirror of a log, kept as Protos/dossier/v1/mirror.proto says, by the independent verifier.

Nothing here comes from Dossier. Whatever a message says that is not proven raises an error.
"""

import contextlib
import dataclasses
from collections.abc import Iterator

import grpc

import proven
from dossier.v1 import attestation_pb2, mirror_pb2, record_pb2
from node import CALL_SECONDS
from verifier.attestation import AttestedBatch, record_originator, verify_attestation
from verifier.errors import VerificationError
from verifier.members import Members
from verifier.note import Checkpoint
from verifier.tree import (
    Tree,
    leaf_hash,
    root_from_inclusion,
    root_of,
)

FOLLOW = "/dossier.v1.MirrorService/Follow"
FETCH = "/dossier.v1.MirrorService/Fetch"
MAXIMUM_MESSAGE = 5_242_880
EPOCH_SIZE = 8


def require(condition: bool, what: str) -> None:
    if not condition:
        raise VerificationError("ambiguous_form", what)


@dataclasses.dataclass
class Taken:
    """What a message brought."""

    first_index: int
    records: list[int] = dataclasses.field(default_factory=list)
    hashes: list[int] = dataclasses.field(default_factory=list)
    runs: list[mirror_pb2.LeafRun] = dataclasses.field(default_factory=list)
    checkpoint: Checkpoint | None = None

    @property
    def leaves(self) -> int:
        return len(self.records) + len(self.hashes)


class Mirror:
    """What an organisation keeps of a log: its records, and the hash of every leaf."""

    def __init__(self, organisation: str, log_origin: str, members: Members):
        self.organisation = organisation
        self.origin = log_origin
        self.members = members
        self.vkey = str(members.log(log_origin).keys()[0])
        self.tree = Tree([])
        self.records: dict[int, bytes] = {}
        self.newest: Checkpoint | None = None
        self.release_epoch = b""
        self._places: dict[bytes, int] = {}
        self._roots_to_come: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.tree)

    @property
    def hash_only(self) -> list[int]:
        """The leaves of which it has the hash alone."""
        return [index for index in range(len(self)) if index not in self.records]

    def clone(self) -> "Mirror":
        """A mirror that has the same, from now on another."""
        made = Mirror(self.organisation, self.origin, self.members)
        made.tree.extend([self.tree.leaf(index) for index in range(len(self))])
        made.records |= self.records
        made.newest, made.release_epoch = self.newest, self.release_epoch
        made._places |= self._places
        made._roots_to_come |= self._roots_to_come
        return made

    def cut(self, size: int) -> "Mirror":
        """What the mirror was when it had this many leaves; all checkpoints stay seen."""
        made = Mirror(self.organisation, self.origin, self.members)
        made.tree.extend([self.tree.leaf(index) for index in range(size)])
        made.records = {index: data for index, data in self.records.items() if index < size}
        made._places = {made.tree.leaf(index): index for index in range(size)}
        made.newest = self.newest
        if self.newest and self.newest.size > size:
            made._roots_to_come = {self.newest.size: self.newest.root}
        return made

    # Following

    def take(
        self, message: mirror_pb2.FollowResponse, certificates: list[bytes], relayed: bool = False
    ) -> Taken:
        """Verifies a message and keeps what it brings; `certificates` are those of the stream.

        One that is `relayed` does not come from the log's own node, and may be behind.
        """
        require(message.first_index == len(self), f"it goes on at {message.first_index}")
        require(len(message.release_epoch) == EPOCH_SIZE, "an epoch has 8 bytes")
        new_numbers = self._take_certificates(message, certificates)
        taken = Taken(message.first_index, runs=list(message.runs))
        used: set[int] = set()
        for run in message.runs:
            if run.HasField("batch"):
                used |= set(run.batch.certificate_numbers)
                self._take_batch(run, certificates, taken)
            else:
                self._take_hashes(run, taken)
        require(new_numbers <= used, "a certificate came that no batch of the message refers to")
        taken.checkpoint = self._take_checkpoint(message, relayed)
        if not message.runs:
            require(taken.checkpoint.size == len(self), "without leaves it says that all are there")
        self.release_epoch = message.release_epoch
        return taken

    @staticmethod
    def _take_certificates(
        message: mirror_pb2.FollowResponse, certificates: list[bytes]
    ) -> set[int]:
        first = len(certificates)
        for each in message.certificate_der:
            require(each not in certificates, "a certificate came twice on one stream")
            certificates.append(each)
        return set(range(first, len(certificates)))

    def _take_hashes(self, run: mirror_pb2.LeafRun, taken: Taken) -> None:
        require(not run.records, "a run without a batch has no records")
        withheld = proven.hashes(run.withheld_hashes)
        require(len(withheld) > 0, "a run has leaves")
        for each in withheld:
            taken.hashes.append(len(self))
            self._append(each)

    def _take_batch(self, run: mirror_pb2.LeafRun, certificates: list[bytes], taken: Taken) -> None:
        """Takes the leaves that a batch added, if what was signed has them all."""
        batch = AttestedBatch.parse(run.batch.attested_batch)
        require(any(run.records), "a run of which all is withheld has no batch")
        added = self._added(run.batch.added, batch.size)
        known = iter(proven.hashes(run.batch.known_hashes))
        withheld = iter(proven.hashes(run.withheld_hashes))
        records = iter(run.records)
        before = len(self)
        leaves, arrived = [], []
        try:
            for is_added in added:
                if is_added:
                    record = next(records)
                    arrived.append(record)
                    leaves.append(leaf_hash(record) if record else next(withheld))
                else:
                    leaves.append(next(known))
                    require(
                        self._places.get(leaves[-1], before) < before,
                        "what a batch did not add is in the log before it",
                    )
        except StopIteration:
            raise VerificationError("size_mismatch", "a run has too few leaves") from None
        for rest in (records, known, withheld):
            require(next(rest, None) is None, "a run has too many records or hashes")
        if root_of(leaves) != batch.batch_root:
            raise VerificationError("wrong_root", "the leaves do not make the batch root")
        require(
            all(number < len(certificates) for number in run.batch.certificate_numbers),
            "a certificate did not come",
        )
        chain = [certificates[number] for number in run.batch.certificate_numbers]
        self._verify_batch(batch, run.batch.attested_batch, run.batch.signature, chain)
        new = [leaf for leaf, is_added in zip(leaves, added, strict=True) if is_added]
        for leaf, record in zip(new, arrived, strict=True):
            if record:
                self._verify_record(record, batch)
                self.records[len(self)] = record
                taken.records.append(len(self))
            else:
                taken.hashes.append(len(self))
            self._append(leaf)

    @staticmethod
    def _added(bits: bytes, size: int) -> list[bool]:
        """For each record of a batch whether it was added."""
        if not bits:
            return [True] * size
        require(len(bits) == (size + 7) // 8, "a bit for each record")
        value = int.from_bytes(bits, "little")
        require(value >> size == 0, "no bits beyond the records")
        found = [bool(value >> index & 1) for index in range(size)]
        require(any(found) and not all(found), "bits are there when some were added, not all")
        return found

    def _verify_batch(
        self, batch: AttestedBatch, data: bytes, signature: bytes, chain: list[bytes]
    ) -> None:
        if batch.log_origin != self.origin:
            raise VerificationError("wrong_origin", f"a batch is meant for {batch.log_origin}")
        originator = self.members.organisation(batch.originator)
        verify_attestation(batch, data, signature, chain, originator, self.members.trust_domain)

    def _verify_record(self, record: bytes, batch: AttestedBatch) -> None:
        """Whose it is, and that its own words release it to the organisation."""
        if record_originator(record) != batch.originator:
            raise VerificationError("wrong_originator", "a record of another originator")
        header = record_pb2.Record.FromString(record).header
        is_notice = header.operation in (
            record_pb2.OPERATION_RESTRICT,
            record_pb2.OPERATION_WITHDRAW,
        )
        is_named = self.organisation in header.marking.releasability
        if self.organisation != header.originator and not (is_named or is_notice):
            raise VerificationError("wrong_leaf", f"{header.reference} was not for us")
        if header.marking.orcon and not is_notice:
            raise VerificationError("wrong_leaf", f"{header.reference} is under ORCON")

    def _append(self, leaf: bytes) -> None:
        require(leaf not in self._places, "a leaf is in the log once")
        self._places[leaf] = len(self)
        self.tree.extend([leaf])
        root = self._roots_to_come.pop(len(self), None)
        if root is not None and self.tree.root() != root:
            raise VerificationError("wrong_root", f"another tree of {len(self)} was signed before")

    def _take_checkpoint(self, message: mirror_pb2.FollowResponse, relayed: bool) -> Checkpoint:
        found = proven.checkpoint(
            message.checkpoint,
            self.vkey,
            Checkpoint(self.origin, len(self), self.tree.root()),
        )
        if self.newest and found.size < self.newest.size and not relayed:
            raise VerificationError("wrong_root", f"{found.size} after {self.newest.size}")
        if self.newest and found.size == self.newest.size and found != self.newest:
            raise VerificationError("wrong_root", f"two trees of {found.size}")
        if not self.newest or found.size > self.newest.size:
            self.newest = found
        if found.size > len(self):
            root = self._roots_to_come.setdefault(found.size, found.root)
            if root != found.root:
                raise VerificationError("wrong_root", f"two trees of {found.size}")
        return found

    # Fetching

    def fetch(self, channel: grpc.Channel, *ranges: tuple[int, int]) -> list[int]:
        """Asks for ranges (first index, count) again, and keeps what comes; returns which."""
        wanted = [mirror_pb2.LeafRange(first_index=first, count=count) for first, count in ranges]
        request = mirror_pb2.FetchRequest(log_origin=self.origin, ranges=wanted)
        call = channel.unary_stream(FETCH, mirror_pb2.FetchRequest.SerializeToString)
        size = len(self)
        asked = {
            index for first, count in ranges for index in range(first, min(first + count, size))
        }
        fetched: list[int] = []
        answered_below = 0
        # An answer that ends well has everything that there is.
        for data in call(request, timeout=CALL_SECONDS):
            require(len(data) <= MAXIMUM_MESSAGE, "a message is too large")
            message = mirror_pb2.FetchResponse.FromString(data)
            require(message.answered_below >= answered_below, "answers go forwards")
            answered_below = message.answered_below
            new = self._take_fetched(message)
            require(all(index < answered_below for index in new), "what came is answered")
            fetched += new
        require(fetched == sorted(set(fetched)), "records come in log order")
        require(asked.issuperset(fetched), "it was not asked for")
        return fetched

    def _take_fetched(self, message: mirror_pb2.FetchResponse) -> list[int]:
        used = {each.attestation_index for each in message.records}
        require(used == set(range(len(message.attestations))), "an attestation is for nothing")
        batches = [self._fetched_batch(each) for each in message.attestations]
        for each in message.records:
            batch = batches[each.attestation_index]
            leaf = leaf_hash(each.record)
            if each.leaf_index >= len(self) or leaf != self.tree.leaf(each.leaf_index):
                raise VerificationError("wrong_leaf", f"not the leaf {each.leaf_index}")
            path = proven.hashes(each.position.path)
            root = root_from_inclusion(leaf, each.position.index, batch.size, path)
            if root != batch.batch_root:
                raise VerificationError("wrong_root", "the path leads to another batch root")
            self._verify_record(each.record, batch)
            self.records[each.leaf_index] = each.record
        return [each.leaf_index for each in message.records]

    def _fetched_batch(self, attestation: attestation_pb2.Attestation) -> AttestedBatch:
        batch = AttestedBatch.parse(attestation.attested_batch)
        self._verify_batch(
            batch,
            attestation.attested_batch,
            attestation.signature,
            list(attestation.certificate_der),
        )
        return batch


class Stream:
    """A call of `Follow` that a mirror takes messages from, one when it is asked for the next."""

    def __init__(
        self,
        mirror: Mirror,
        channel: grpc.Channel,
        once: bool = False,
        timeout: float = CALL_SECONDS,
        relayed: bool = False,
    ):
        self.mirror = mirror
        self.relayed = relayed
        self.certificates: list[bytes] = []
        self.bytes = 0
        request = mirror_pb2.FollowRequest(
            log_origin=mirror.origin, position=len(mirror), once=once
        )
        call = channel.unary_stream(FOLLOW, mirror_pb2.FollowRequest.SerializeToString)
        self.call = call(request, timeout=timeout)

    def __iter__(self) -> Iterator[Taken]:
        return self

    def __next__(self) -> Taken:
        data = next(self.call)
        require(len(data) <= MAXIMUM_MESSAGE, "a message is too large")
        self.bytes += len(data)
        message = mirror_pb2.FollowResponse.FromString(data)
        return self.mirror.take(message, self.certificates, self.relayed)

    def until(self, size: int) -> list[Taken]:
        """Takes messages until the mirror has this many leaves."""
        found = []
        while len(self.mirror) < size:
            found.append(next(self))
        return found


@contextlib.contextmanager
def following(mirror: Mirror, channel: grpc.Channel, **options) -> Iterator[Stream]:
    """A stream that is cancelled at the end."""
    stream = Stream(mirror, channel, **options)
    try:
        yield stream
    finally:
        stream.call.cancel()


def catch_up(mirror: Mirror, channel: grpc.Channel, relayed: bool = False) -> list[Taken]:
    """Follows to the end of what the node has of the log, and returns what came."""
    return list(Stream(mirror, channel, once=True, relayed=relayed))
