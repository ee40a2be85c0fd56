"""Files with proofs that others make: the program verifies those that prove what they say."""

import datetime

import pytest

import program
import proof_cases
import proof_maker as maker
from program import DONE, UNVERIFIED
from proof_cases import KINDS, Case, World
from verifier import files
from verifier.__main__ import main

KEYS = {"Ed25519": maker.ed25519_key, "P-256": maker.p256, "P-384": maker.p384}


class Check:
    """Runs program and independent verifier on a file, with the same keys."""

    def __init__(self, world: World, folder):
        self.world = world
        self.folder = folder

    def good(self, kind: str) -> str:
        return getattr(self.world, kind.replace("-", "_")).write()

    def write(self, kind: str, case: Case, key_option: str) -> list[str]:
        """Writes file, record and members, and returns what the commands take."""
        members = self.world.write_members(self.folder, **case.members)
        (self.folder / "file").write_text(case.text)
        options = [str(self.folder / "file")]
        if case.record:
            (self.folder / "record").write_bytes(case.record)
            options += ["--record", str(self.folder / "record")]
        if kind == "proof" or case.members:
            return [*options, "--members", str(members)]
        return [*options, key_option, self.world.log.vkey]

    def program(self, kind: str, case: Case) -> tuple[int, str]:
        """Exit status, and what comes first on standard error after `dossier: error: `."""
        options = self.write(kind, case, "--verifier-key")
        done = program.run("verify", *options)
        assert (done.stdout == b"") == (done.returncode != DONE)
        message = done.stderr.decode().removeprefix("dossier: error: ")
        return done.returncode, message.partition(":")[0]

    def verifier(self, kind: str, case: Case) -> int:
        return main([kind, *self.write(kind, case, "--key")])


@pytest.mark.parametrize("signer_key", KEYS.values(), ids=[f"signer-{each}" for each in KEYS])
@pytest.mark.parametrize("log_key", [maker.ed25519_key, maker.p256], ids=["Ed25519", "P-256"])
def test_the_program_verifies_files_that_others_make(tmp_path, log_key, signer_key):
    world = World(log_key(), signer_key())
    check = Check(world, tmp_path)
    for kind in KINDS:
        good = Case("good", "", check.good(kind))
        assert check.program(kind, good) == (DONE, ""), kind
        assert check.verifier(kind, good) == DONE
    middle = maker.issue(world.authority, name="Seoul", key=signer_key())
    chain = [maker.person(middle, key=signer_key()), middle]
    good = Case("good", "", world.log.proof(list(range(13)), 3, chain).write())
    assert check.program("proof", good) == (DONE, "")
    both = files.write_receipts([world.receipt, world.log.receipt([5], size=7)])
    assert check.program("receipt", Case("good", "", both)) == (DONE, "")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("kind", KINDS)
def test_each_thing_that_can_be_wrong_is_refused_and_named(world, tmp_path, capsys, kind):
    check = Check(world, tmp_path)
    assert check.program(kind, Case("good", "", check.good(kind))) == (DONE, "")
    for case in KINDS[kind](world):
        assert check.program(kind, case) == (UNVERIFIED, case.program_code), case.name
        assert check.verifier(kind, case) == UNVERIFIED, case.name
        assert capsys.readouterr().err.startswith(f"error: {case.code}: "), case.name


def test_every_code_is_shown(world):
    cases = [each for make in KINDS.values() for each in make(world)]
    assert {each.program_code for each in cases} >= {
        *("wrongSignature", "unknownKey", "wrongLeaf", "wrongIndex", "wrongProof", "wrongRoot"),
        *("wrongOrigin", "wrongSigner", "revokedKey", "ambiguousForm", "sizeMismatch"),
    }


def test_a_key_is_good_until_it_is_revoked(world, tmp_path):
    check = Check(world, tmp_path)
    proof = check.good("proof")
    second = datetime.timedelta(seconds=1)
    until = (maker.SIGNED_AT + second).strftime("%Y-%m-%dT%H:%M:%SZ")
    submitter = {"path": "person/kim", "roles": ["submitter"]}
    for members in (
        {"revoked_keys": [{"key_id": world.key_id(), "leaf_index": 4}]},
        {"revoked_keys": [{"key_id": "00" * 32, "leaf_index": 0}]},
        {"roles": [submitter | {"until": until}]},
        {"roles": [submitter]},
    ):
        case = Case("good", "", proof, members=members)
        assert check.program("proof", case) == (DONE, ""), members
        assert check.verifier("proof", case) == DONE
    new = maker.Log(proof_cases.RECORDS)
    former = [{"key": world.log.vkey, "tree_size": 13}]
    for kind in KINDS:
        members = {"log_key": new.vkey, "log_former_keys": former}
        case = Case("good", "", check.good(kind), members=members)
        assert check.program(kind, case) == (DONE, ""), kind
        assert check.verifier(kind, case) == DONE
