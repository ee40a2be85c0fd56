"""Files that prove nothing, each with one thing wrong, and what is wrong with it."""

import dataclasses
import hashlib
import json
import pathlib

import proof_maker as maker
from verifier import files
from verifier.chains import public_key_info
from verifier.note import Checkpoint

RECORDS = maker.RECORDS
BATCH = [2, 3, 4, 8]
POSITION = 1
RECORD = RECORDS[BATCH[POSITION]]
ELSEWHERE = maker.ORIGIN + "1"
replace = dataclasses.replace


class World:
    """A log, an authority and a signer of kr's, and members that know them."""

    def __init__(self, log_key=None, signer_key=None):
        self.authority = maker.issue(name="KR")
        self.signer = maker.person(self.authority, key=signer_key)
        self.log = maker.Log(RECORDS, log_key)
        self.receipt = self.log.receipt(BATCH)
        self.proof = self.log.proof(BATCH, POSITION, [self.signer])

    @property
    def tlog_proof(self) -> files.TlogProof:
        return self.proof.tlog_proof

    def key_id(self) -> str:
        return hashlib.sha256(public_key_info(self.signer.key.public_key())).hexdigest()

    def write_members(self, folder: pathlib.Path, **changes) -> pathlib.Path:
        """Writes members.json; `changes` are those of kr, or of its log if they begin so."""
        (folder / "kr.pem").write_bytes(self.authority.pem)
        log = {"origin": maker.ORIGIN, "key": self.log.vkey}
        log |= {
            name.removeprefix("log_"): changes.pop(name)
            for name in [*changes]
            if name.startswith("log_")
        }
        kr = {
            "id": "kr",
            "names": [{"text": "KR", "language": "en"}],
            "country": "KR",
            "anchors": ["kr.pem"],
            "log": log,
            "roles": [{"path": "person/*", "roles": ["submitter", "reader"]}],
        }
        members = {"trust_domain": maker.TRUST_DOMAIN, "organisations": [kr | changes]}
        path = folder / "members.json"
        path.write_text(json.dumps(members))
        return path


@dataclasses.dataclass(frozen=True)
class Case:
    """A file with one thing wrong.

    `codes` says what: as the independent verifier names it, and after a slash as the program does,
    where one looks at something first that the other looks at later.
    """

    name: str
    codes: str
    text: str
    record: bytes = RECORD
    members: dict = dataclasses.field(default_factory=dict)

    @property
    def code(self) -> str:
        """What the independent verifier names."""
        return self.codes.partition("/")[0]

    @property
    def program_code(self) -> str:
        """What the program names, in its spelling."""
        head, *tail = self.codes.rpartition("/")[2].split("_")
        return head + "".join(each.capitalize() for each in tail)


def checkpoints(world: World) -> list[tuple[str, str, str, dict]]:
    """Checkpoints that do not do: name, code, checkpoint, changes of the members."""
    log, other = world.log, maker.Log(RECORDS)
    good = log.checkpoint()
    head, line = good.rstrip("\n").rsplit("\n", 1)
    signature = log.verifier_key.signature_line(maker.sign(log.key, b"something else"))
    elsewhere = maker.Log(RECORDS, origin=ELSEWHERE)
    former = [{"key": other.vkey, "tree_size": 12}]
    return [
        ("signed something else", "wrong_signature", f"{head}\n{signature}", {}),
        ("signed by a stranger", "unknown_key", other.checkpoint(), {}),
        ("of another log", "wrong_origin", elsewhere.checkpoint(), {}),
        ("of another log, by our key", "wrong_origin", _misnamed(log), {}),
        ("by a former key", "revoked_key", other.checkpoint(), {"log_former_keys": former}),
        ("signed twice", "ambiguous_form", f"{good}{line}\n", {}),
        ("of size 013", "ambiguous_form", good.replace("\n13\n", "\n013\n"), {}),
        ("of a line more", "ambiguous_form", log.signed(_text(log) + "more\n"), {}),
    ]


def _text(log: maker.Log) -> str:
    return Checkpoint(log.verifier_key.name, 13, log.tree.root()).text


def _misnamed(log: maker.Log) -> str:
    """Says another origin, under a signature of the log's own name."""
    return log.signed(_text(log).replace(maker.ORIGIN, ELSEWHERE))


def receipts(world: World) -> list[Case]:
    """Receipts that do not do."""
    log, good = world.log, world.receipt
    (first, last), (low, high) = good.runs, good.ranges
    split = (replace(first, count=1), files.Run(1, 3, 2), last)
    beyond = replace(last, first_index=13), replace(high, first_index=13)
    later = replace(last, first_index=9), replace(high, first_index=9)
    changed = replace(low, hashes=(low.hashes[1], *low.hashes[1:]))
    leaves = (*good.leaves[:3], bytes(32))
    too_long = log.ranges([(2, 4), (8, 1)])
    cases = [
        ("of another record", "wrong_leaf", good, RECORDS[0]),
        ("beyond the log", "wrong_index", _placed(good, *beyond)),
        ("at another index", "wrong_root", _placed(good, *later)),
        ("a hash less", "wrong_proof", _ranges(good, replace(low, hashes=low.hashes[1:]), high)),
        ("a hash more", "wrong_proof", _ranges(good, low, replace(high, hashes=5 * high.hashes))),
        ("another hash", "wrong_root", _ranges(good, changed, high)),
        ("another batch root", "wrong_root/wrong_leaf", replace(good, root=bytes(32))),
        ("another leaf", "wrong_root/wrong_leaf", replace(good, leaves=leaves)),
        ("runs that could be one", "ambiguous_form", replace(good, runs=split)),
        ("ranges that could be one", "ambiguous_form/wrong_index", _cut(log, good)),
        ("ranges that descend", "ambiguous_form/wrong_index", _ranges(good, high, low)),
        ("a leaf less", "size_mismatch/ambiguous_form", replace(good, leaves=good.leaves[:3])),
        ("a record more", "size_mismatch/ambiguous_form", replace(good, size=5)),
        ("a run less", "size_mismatch", replace(good, runs=(first,))),
        ("a range less", "size_mismatch/wrong_index", _ranges(good, low)),
        ("a range too long", "size_mismatch/wrong_index", _ranges(good, *too_long)),
        ("runs in another order", "size_mismatch", replace(good, runs=(last, first))),
    ]
    found = [Case(each[0], each[1], each[2].write(), *each[3:]) for each in cases]
    for name, code, checkpoint, members in checkpoints(world):
        text = replace(good, checkpoint=checkpoint).write()
        found.append(Case(f"checkpoint {name}", code, text, members=members))
    return found


def _placed(good: files.Receipt, run: files.Run, held: files.Range) -> files.Receipt:
    """The receipt with its last record somewhere else."""
    return replace(good, runs=(good.runs[0], run), ranges=(good.ranges[0], held))


def _ranges(good: files.Receipt, *ranges: files.Range) -> files.Receipt:
    return replace(good, ranges=ranges)


def _cut(log: maker.Log, good: files.Receipt) -> files.Receipt:
    return replace(good, ranges=log.ranges([(2, 1), (3, 2), (8, 1)]))


def tlog_proofs(world: World) -> list[Case]:
    """C2SP tlog-proofs that do not do."""
    good = world.tlog_proof
    less, more = good.hashes[1:], (*good.hashes, bytes(32))
    cases = [
        ("of another record", "wrong_root", good, RECORDS[0]),
        ("beyond the log", "wrong_index", replace(good, index=13)),
        ("at another index", "wrong_root", replace(good, index=2)),
        ("a hash less", "wrong_proof", replace(good, hashes=less)),
        ("a hash more", "wrong_proof", replace(good, hashes=more)),
        ("another hash", "wrong_root", replace(good, hashes=(bytes(32), *less))),
    ]
    found = [Case(each[0], each[1], each[2].write(), *each[3:]) for each in cases]
    for name, code, checkpoint, members in checkpoints(world):
        text = replace(good, checkpoint=checkpoint).write()
        found.append(Case(f"checkpoint {name}", code, text, members=members))
    text = good.write()
    found.append(Case("an index 03", "ambiguous_form", text.replace("index 3", "index 03")))
    extra = text.replace("\nindex", "\nextra YQ==\nindex")
    return [*found, Case("a line extra", "ambiguous_form", extra)]


def proofs(world: World) -> list[Case]:
    """Proofs of a record that do not do."""
    log, good, signer = world.log, world.proof, world.signer
    other = log.proof([4, 9], 0, [signer])
    stranger = maker.person(world.authority)
    foreign = maker.person(world.authority, f"spiffe://{maker.TRUST_DOMAIN}/org/us/person/kim")
    unknown = maker.person(maker.issue(name="KR"))
    another = maker.Log([*RECORDS[:3], maker.record(3, "us"), *RECORDS[4:]], log.key)
    of_us = another.proof(BATCH, POSITION, [signer])
    own, first = (stranger.der,), RECORDS[0]
    until, day = (maker.SIGNED_AT.strftime(each) for each in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"))

    def by(*chain: maker.Issued, **options) -> files.Proof:
        return log.proof(BATCH, POSITION, list(chain), **options)

    def roles(**fields) -> dict:
        return {"roles": [{"path": "person/kim", "roles": ["submitter"]} | fields]}

    revoked = {"revoked_keys": [{"key_id": world.key_id(), "leaf_index": 3}]}
    cases = [
        ("of another record", "wrong_leaf", good, RECORDS[0]),
        ("with another record", "wrong_root/wrong_leaf", replace(good, record=first), first),
        ("another signature", "wrong_signature", replace(good, signature=other.signature)),
        ("another's certificate", "wrong_signer/unknown_key", replace(good, certificates=own)),
        ("by another organisation", "wrong_signer/unknown_key", by(foreign)),
        ("by an unknown authority's", "wrong_chain/unknown_key", by(unknown)),
        ("with the anchor", "wrong_chain/ambiguous_form", by(signer, world.authority)),
        ("at no position", "wrong_index", replace(good, position=4)),
        ("at another position", "wrong_root/wrong_leaf", replace(good, position=0)),
        ("a hash of the path less", "wrong_proof", replace(good, path=good.path[:-1])),
        ("a hash of the path more", "wrong_proof", replace(good, path=(*good.path, bytes(32)))),
        ("another path", "wrong_root/wrong_leaf", replace(good, path=good.path[::-1])),
        ("meant for another log", "wrong_origin", by(signer, origin=ELSEWHERE)),
        ("of another originator", "unknown_originator/wrong_signer", by(signer, originator="us")),
        ("another's record", "wrong_originator/wrong_signer", of_us, None),
        ("by no submitter", "wrong_signer", good, RECORD, {"roles": []}),
        ("by a reader", "wrong_signer", good, RECORD, roles(roles=["reader", "node"])),
        ("by a submitter of before", "wrong_signer", good, RECORD, roles(until=until)),
        ("by one of the day before", "wrong_signer", good, RECORD, roles(until=day)),
        ("by a revoked key", "revoked_key", good, RECORD, revoked),
        ("log of another name", "wrong_origin", good, RECORD, _elsewhere()),
    ]
    found = [
        Case(each[0], each[1], each[2].write(), (each[3:4] or (RECORD,))[0], *each[4:])
        for each in cases
    ]
    for each in tlog_proofs(world):
        if each.record == RECORD and each.text.startswith(files.TLOG_PROOF):
            text = good.write().replace(good.tlog_proof.write(), each.text)
            found.append(replace(each, text=text))
    text = good.write()
    padded = text.replace("position 1", "position 01")
    return [*found, Case("a position 01", "ambiguous_form", padded)]


def _elsewhere() -> dict:
    log = maker.Log(RECORDS, origin=ELSEWHERE)
    return {"log_origin": ELSEWHERE, "log_key": log.vkey}


KINDS = {"receipt": receipts, "tlog-proof": tlog_proofs, "proof": proofs}
