"""The life of a finding as Protos/dossier/v1/record.proto has it: its versions, and who sees what.

Nothing here comes from Dossier: `Findings` is written from that text alone, for every record and
every member, and slow.
"""

import dataclasses
import os
from collections.abc import Iterable

from google.protobuf.unknown_fields import UnknownFieldSet

import recipe
import samples
from dossier.v1 import exchange_pb2, marking_pb2, record_pb2

ABOUT_ANOTHER = (
    record_pb2.OPERATION_ANNOTATE,
    record_pb2.OPERATION_CORROBORATE,
    record_pb2.OPERATION_DISPUTE,
    record_pb2.OPERATION_ENDORSE,
)
NOTICES = (record_pb2.OPERATION_RESTRICT, record_pb2.OPERATION_WITHDRAW)
CURRENT = exchange_pb2.STANDING_CURRENT
SUPERSEDED = exchange_pb2.STANDING_SUPERSEDED
WITHDRAWN = exchange_pb2.STANDING_WITHDRAWN
NOTICE = exchange_pb2.STANDING_NOTICE


def record_id(record: record_pb2.Record) -> bytes:
    """Id of a record that is encoded as Python encodes it."""
    return recipe.leaf_hash(record.SerializeToString())


def following(
    before: record_pb2.Record, operation: int, released_to: Iterable[str] | None = None
) -> record_pb2.Record:
    """The version after this one; it is released as that is, unless said otherwise."""
    made = record_pb2.Record.FromString(before.SerializeToString())
    made.header.version += 1
    made.header.operation = operation
    made.header.target_record_id = record_id(before)
    made.header.salt = os.urandom(16)
    if released_to is not None:
        made.header.marking.releasability[:] = released_to
    made.report.titles[0].text = f"Version {made.header.version}"
    if operation in NOTICES:
        made.ClearField("content")
    elif made.WhichOneof("content") is None:
        made.assessment.CopyFrom(samples.statistic("any").assessment)
    return made


def amended(before, released_to=None) -> record_pb2.Record:
    return following(before, record_pb2.OPERATION_AMEND, released_to)


def restricted(before, released_to=None) -> record_pb2.Record:
    return following(before, record_pb2.OPERATION_RESTRICT, released_to)


def withdrawn(before, released_to=None) -> record_pb2.Record:
    return following(before, record_pb2.OPERATION_WITHDRAW, released_to)


def about(
    target: bytes,
    reference: str,
    released_to: Iterable[str] = (),
    operation: int = record_pb2.OPERATION_ANNOTATE,
    originator: str = "kr",
) -> record_pb2.Record:
    """A finding about the record of this id."""
    made = samples.statistic(reference, released_to, originator)
    made.header.operation = operation
    made.header.target_record_id = target
    return made


@dataclasses.dataclass(frozen=True)
class Version:
    """A logged record, with what is needed of it."""

    index: int
    data: bytes
    record_id: bytes
    header: record_pb2.Header

    @property
    def is_notice(self) -> bool:
        return self.header.operation in NOTICES

    @property
    def is_understood(self) -> bool:
        """Whether header and marking hold nothing that these .proto files do not know."""
        marking = self.header.marking
        messages = (self.header, marking, self.header.occurred)
        return (
            not any(len(UnknownFieldSet(each)) for each in messages)
            and self.header.operation in record_pb2.Operation.values()
            and marking.tlp in marking_pb2.Tlp.values()
            and marking.pap in marking_pb2.Pap.values()
        )

    def names(self, organisation: str) -> bool:
        return organisation in self.header.marking.releasability


class Findings:
    """All findings of a log."""

    def __init__(self, records: Iterable[tuple[int, bytes]]):
        """Takes every record of the log, with its leaf index."""
        self.versions: list[Version] = []
        self._by_id: dict[bytes, Version] = {}
        self._findings: dict[tuple[str, str], list[Version]] = {}
        for index, data in records:
            header = record_pb2.Record.FromString(data).header
            found = Version(index, data, recipe.leaf_hash(data), header)
            self.versions.append(found)
            self._by_id[found.record_id] = found
            self._findings.setdefault((header.originator, header.reference), []).append(found)
        for each in self._findings.values():
            each.sort(key=lambda version: version.header.version)

    def finding(self, version: Version) -> list[Version]:
        """All versions of its finding, in order."""
        return self._findings[version.header.originator, version.header.reference]

    def is_released(self, version: Version, organisation: str) -> bool:
        """Whether the log's own node gives the record to people of the organisation."""
        if version.header.originator == organisation:
            return True
        if not version.is_understood or not self._is_named(version, organisation):
            return False
        first = self.finding(version)[0]
        if first.header.operation not in ABOUT_ANOTHER:
            return True
        target = self._by_id.get(first.header.target_record_id)
        # A notice tells who was removed that they were; they may not have the finding.
        return target is not None and any(
            self.is_released(each, organisation)
            for each in self.finding(target)
            if each.header.version >= target.header.version and not each.is_notice
        )

    def _is_named(self, version: Version, organisation: str) -> bool:
        number = version.header.version
        versions = self.finding(version)
        if version.is_notice and any(
            each.names(organisation) for each in versions if each.header.version < number
        ):
            return True
        restrictions = [
            each
            for each in versions
            if each.header.operation == record_pb2.OPERATION_RESTRICT
            and each.header.version >= number
        ]
        return version.names(organisation) and all(
            each.names(organisation) for each in restrictions
        )

    def shown(self, organisation: str) -> dict[int, int]:
        """Standing by leaf index of what the organisation may see, from what it may see alone."""
        found = {}
        for versions in self._findings.values():
            seen = [each for each in versions if self.is_released(each, organisation)]
            is_withdrawn = any(
                each.header.operation == record_pb2.OPERATION_WITHDRAW for each in seen
            )
            content = [each for each in seen if not each.is_notice]
            for each in seen:
                if each.is_notice:
                    found[each.index] = NOTICE
                elif is_withdrawn:
                    found[each.index] = WITHDRAWN
                else:
                    found[each.index] = CURRENT if each is content[-1] else SUPERSEDED
        return dict(sorted(found.items()))

    def answer(self, originator: str, reference: str, organisation: str) -> Version | None:
        """What the organisation gets that asks for the finding without a version."""
        shown = self.shown(organisation)
        seen = [each for each in self._findings[originator, reference] if each.index in shown]
        current = [each for each in seen if shown[each.index] == CURRENT]
        notices = [each for each in seen if each.is_notice]
        return (current or notices or [None])[-1]

    def mirrored(self, organisation: str) -> set[int]:
        """Leaf indexes of the records that a mirror of the organisation has."""
        return {
            each.index
            for each in self.versions
            if self.is_released(each, organisation) and not each.header.marking.orcon
        }
