"""What members.json says of logs, trust anchors, roles and revoked keys."""

import dataclasses
import datetime
import json
import pathlib
import re

from verifier.chains import Identity, load_anchors, public_key_info
from verifier.errors import VerificationError
from verifier.note import FormerKey, VerifierKey
from verifier.text import MAXIMUM_NUMBER

SUBMITTER = "submitter"


@dataclasses.dataclass(frozen=True)
class Log:
    """A log's origin and verifier key, and its former keys with the size each is good up to."""

    origin: str
    key: str | bytes | None = None
    former_keys: tuple[tuple[str, int], ...] = ()

    def keys(self) -> tuple[VerifierKey, list[FormerKey]]:
        """The key and the former keys; throws when none is published, or one is of another log."""
        if self.key is None:
            message = f"no member has published a key of {self.origin}"
            raise VerificationError("unknown_key", message)
        key = VerifierKey.parse(self.key)
        former = [FormerKey(VerifierKey.parse(each), size) for each, size in self.former_keys]
        if any(each.name != self.origin for each in (key, *(each.key for each in former))):
            raise VerificationError("wrong_origin", f"a key of {self.origin} has another name")
        return key, former


@dataclasses.dataclass(frozen=True)
class Role:
    """Roles of an identity, or of all of a kind; once held only if there is an end."""

    path: str
    roles: tuple[str, ...]
    until: datetime.datetime | None = None

    def is_held(self, role: str, identity: Identity, at: datetime.datetime) -> bool:
        """Whether the identity had the role at this moment."""
        return (
            role in self.roles
            and self.path in (f"{identity.kind}/{identity.name}", f"{identity.kind}/*")
            and (self.until is None or at < self.until)
        )


@dataclasses.dataclass(frozen=True)
class Organisation:
    """A member; `anchors` are PEM, `revoked_keys` leaf indexes by key id."""

    anchors: bytes
    log: Log | None = None
    roles: tuple[Role, ...] = ()
    revoked_keys: dict[bytes, int] = dataclasses.field(default_factory=dict)

    def may_submit(self, identity: Identity, at: datetime.datetime) -> bool:
        """Whether the identity was a submitter at this moment."""
        return any(each.is_held(SUBMITTER, identity, at) for each in self.roles)


@dataclasses.dataclass(frozen=True)
class Members:
    """Trust domain, and organisations by id."""

    trust_domain: str
    organisations: dict[str, Organisation]

    def organisation(self, name: str) -> Organisation:
        """A member; throws when there is none of this id, or it has no trust anchors."""
        found = self.organisations.get(name)
        if found is None or not found.anchors:
            message = f"no trust anchors are known for {name}"
            raise VerificationError("unknown_originator", message)
        return found

    def log(self, origin: str) -> Log:
        """The log of this origin; throws when it is no member's."""
        for each in self.organisations.values():
            if each.log and each.log.origin == origin:
                return each.log
        raise VerificationError("unknown_key", f"no member has published a key of {origin}")

    @classmethod
    def load(cls, path: pathlib.Path) -> "Members":
        """Reads the file and the anchors that it names, relative to it."""
        try:
            members = json.loads(path.read_bytes(), object_pairs_hook=_object)
            listed = members["organisations"]
            organisations = {each["id"]: _organisation(each, path.parent) for each in listed}
            origins = [each.log.origin for each in organisations.values() if each.log]
            found = cls(members["trust_domain"], organisations)
            if len(organisations) != len(listed):
                raise VerificationError("unreadable", f"{path}: an organisation is there twice")
            if len(set(origins)) != len(origins):
                raise VerificationError("unreadable", f"{path}: a log is there twice")
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise VerificationError("unreadable", f"{path}: {error!r}") from None
        found._check_anchors()
        return found

    def _check_anchors(self) -> None:
        """No key may be an anchor of two organisations."""
        owners: dict[bytes, str] = {}
        for name, organisation in self.organisations.items():
            for anchor in load_anchors(organisation.anchors) if organisation.anchors else []:
                key = public_key_info(anchor.public_key())
                if owners.setdefault(key, name) != name:
                    message = f"{owners[key]} and {name} have the same trust anchor"
                    raise VerificationError("unreadable", message)


def _organisation(fields: dict, folder: pathlib.Path) -> Organisation:
    anchors = b"\n".join((folder / each).read_bytes() for each in fields.get("anchors", []))
    log = None
    if "log" in fields:
        former = fields["log"].get("former_keys", [])
        former_keys = tuple((each["key"], _number(each["tree_size"])) for each in former)
        if len({key for key, _ in former_keys}) != len(former_keys):
            raise ValueError("a former key is there twice")
        log = Log(fields["log"]["origin"], fields["log"].get("key"), former_keys)
    roles = tuple(
        Role(each["path"], tuple(each["roles"]), _start(each["until"]) if "until" in each else None)
        for each in fields.get("roles", [])
    )
    revoked = fields.get("revoked_keys", [])
    revoked_keys = {_key_id(each["key_id"]): _number(each["leaf_index"]) for each in revoked}
    if len(revoked_keys) != len(revoked):
        raise ValueError("a revoked key is there twice")
    return Organisation(anchors, log, roles, revoked_keys)


def _start(text: str) -> datetime.datetime:
    """The start of a moment, which may be a year, a month, a day or a second."""
    for form in ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            found = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        if found.strftime(form) == text:
            return found.replace(tzinfo=datetime.timezone.utc)
    raise ValueError(f"not a moment: {text}")


def _key_id(digits: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise ValueError("a key id is 64 lower-case hex digits")
    return bytes.fromhex(digits)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAXIMUM_NUMBER:
        raise ValueError(f"not a number: {value!r}")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, in which no member may be there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found
