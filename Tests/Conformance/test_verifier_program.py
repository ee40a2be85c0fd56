"""What `python -m verifier` prints, and how it fails."""

import json
import pathlib

import pytest

import proof_maker as maker
from verifier import files
from verifier.__main__ import main
from verifier.attestation import AttestedBatch
from verifier.tree import leaf_hash
from verifying import RECORDS


@pytest.fixture
def folder(tmp_path: pathlib.Path, log, authority) -> pathlib.Path:
    """Files as the program takes them."""
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "kr.pem").write_bytes(authority.pem)
    (tmp_path / "record").write_bytes(RECORDS[9])
    (tmp_path / "receipt").write_text(log.receipt([8, 9]).write())
    proof = log.proof([8, 9], 1, [maker.person(authority)])
    (tmp_path / "proof").write_text(proof.write())
    (tmp_path / "tlog-proof").write_text(proof.tlog_proof.write())
    write_members(tmp_path, kr_organisation(log))
    return tmp_path


def kr_organisation(log) -> dict:
    return {
        "id": "kr",
        "anchors": ["pki/kr.pem"],
        "log": {"origin": maker.ORIGIN, "key": log.vkey},
        "roles": [{"path": "person/kim", "roles": ["submitter"]}],
    }


def write_members(folder: pathlib.Path, *organisations: dict) -> None:
    members = {"trust_domain": maker.TRUST_DOMAIN, "organisations": organisations}
    (folder / "members.json").write_text(json.dumps(members))


def run(folder: pathlib.Path, command: str, *options: str) -> int:
    return main([command, str(folder / command), *options])


def test_the_program_says_what_was_proven(folder, log, capsys):
    record, members = str(folder / "record"), str(folder / "members.json")
    assert run(folder, "receipt", "--record", record, "--key", log.vkey) == 0
    shown = capsys.readouterr().out
    assert f"record      {leaf_hash(RECORDS[9]).hex()}\n" in shown
    assert "leaf        9 of 13\n" in shown and "record 2 of 2" in shown
    assert run(folder, "tlog-proof", "--record", record, "--key", log.vkey) == 0
    assert "log         msmt.example/dossier/kr/1\n" in capsys.readouterr().out
    assert run(folder, "proof", "--members", members, "--record", record) == 0
    shown = capsys.readouterr().out
    assert "signed by   spiffe://msmt.example/org/kr/person/kim\n" in shown
    assert "signed at   2025-02-21T14:03:00Z\n" in shown


def test_the_program_fails_with_2_and_a_code(folder, log, authority, capsys):
    record, members = str(folder / "record"), str(folder / "members.json")

    def fails(code: str, command: str, *options: str) -> None:
        assert run(folder, command, *options) == 2
        output = capsys.readouterr()
        assert output.err.startswith(f"error: {code}: ") and not output.out

    fails("wrong_leaf", "receipt", "--record", members, "--key", log.vkey)
    fails("unknown_key", "receipt", "--record", record, "--key", maker.Log([]).vkey)
    fails("unreadable", "receipt", "--record", record + "s", "--key", log.vkey)
    fails("ambiguous_form", "receipt", "--record", record, "--key", "key")
    fails("wrong_leaf", "proof", "--members", members, "--record", members)
    fails("unreadable", "proof", "--members", record)

    def read(name: str) -> bytes:
        return (folder / name).read_bytes()

    kr = kr_organisation(log)
    us = {**kr, "id": "us", "log": {"origin": "msmt.example/dossier/us/1"}}
    (role,) = kr["roles"]
    former = {"key": log.vkey, "tree_size": 13}
    key_id = AttestedBatch.parse(files.parse_proof(read("proof")).attested_batch).key_id.hex()
    for code, *organisations in (
        ("unknown_key", {**kr, "log": {"origin": maker.ORIGIN}}),
        ("wrong_origin", {**kr, "log": us["log"]}),
        ("wrong_signer", {**kr, "roles": []}),
        ("wrong_signer", {**kr, "roles": [{**role, "until": "2025-02-21T14:03:00Z"}]}),
        ("wrong_signer", {**kr, "roles": [{**role, "until": "2025-02-21"}]}),
        ("unreadable", {**kr, "roles": [{**role, "until": "2025-02-30"}]}),
        ("unreadable", {**kr, "roles": [{**role, "until": "2025-2"}]}),
        ("revoked_key", {**kr, "revoked_keys": [{"key_id": key_id, "leaf_index": 9}]}),
        ("unreadable", {**kr, "log": {**kr["log"], "former_keys": 2 * [former]}}),
        ("unreadable", {**kr, "revoked_keys": 2 * [{"key_id": key_id, "leaf_index": 9}]}),
        ("unreadable", {**kr, "revoked_keys": [{"key_id": key_id.upper(), "leaf_index": 9}]}),
        ("unreadable", {**kr, "revoked_keys": [{"key_id": key_id, "leaf_index": "9"}]}),
        ("unknown_originator", {**kr, "anchors": []}),
        ("unknown_originator", {**kr, "id": "us"}),
        ("unreadable", kr, kr),
        ("unreadable", kr, us),
        ("unreadable", kr, {**kr, "id": "us", "anchors": []}),
        ("unreadable", {**kr, "anchors": ["pki/none.pem"]}),
        ("unreadable", {**kr, "anchors": ["record"]}),
    ):
        write_members(folder, *organisations)
        fails(code, "proof", "--members", members)
    for until in ("2025-02-21T14:03:01Z", "2025-02-22", "2025-03", "2026"):
        write_members(folder, {**kr, "roles": [{**role, "until": until}]})
        assert run(folder, "proof", "--members", members) == 0
        capsys.readouterr()
    new = maker.Log(RECORDS)
    for size, code in ((13, None), (12, "revoked_key")):
        former = [{"key": log.vkey, "tree_size": size}]
        keys = {"origin": maker.ORIGIN, "key": new.vkey, "former_keys": former}
        write_members(folder, {**kr, "log": keys})
        for command in ("receipt", "tlog-proof", "proof"):
            options = (command, "--members", members, "--record", record)
            if code:
                fails(code, *options)
            else:
                assert run(folder, *options) == 0
                capsys.readouterr()
    (folder / "members.json").write_text('{"organisations": [], "organisations": []}')
    fails("unreadable", "proof", "--members", members)
