"""The verifier takes verifier keys, notes and checkpoints in their one form."""

import base64
import hashlib

import pytest

import proof_maker as maker
from verifier.note import Checkpoint, Note, VerifierKey, verify_checkpoint
from verifier.tree import EMPTY_ROOT
from verifying import refused

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm"
    "RKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_c2sp():
    key = VerifierKey.parse(EXAMPLE_KEY)
    assert str(key) == EXAMPLE_KEY
    assert Note.parse(EXAMPLE_NOTE).verify([key]) == "This is an example message.\n"
    with refused("wrong_signature"):
        Note.parse(EXAMPLE_NOTE.replace("This", "That")).verify([key])


@pytest.mark.parametrize(
    "code, vkey",
    [
        ("ambiguous_form", EXAMPLE_KEY.replace("+530d903a", "+530D903A")),
        ("ambiguous_form", EXAMPLE_KEY.replace("+530d903a", "+0530d903a")),
        ("ambiguous_form", EXAMPLE_KEY + "\n"),
        ("ambiguous_form", EXAMPLE_KEY.replace("example.com/foo", "")),
        ("ambiguous_form", EXAMPLE_KEY.replace("example.com/foo", "example.com/ foo")),
        ("ambiguous_form", EXAMPLE_KEY.replace("example.com/foo", "example.com/\u2003foo")),
        ("ambiguous_form", EXAMPLE_KEY + "="),
        ("ambiguous_form", "example.com/foo+530d903a"),
        ("wrong_key", EXAMPLE_KEY.replace("+530d903a", "+530d903b")),
        ("wrong_key", EXAMPLE_KEY.replace("foo", "bar")),
        ("wrong_key", EXAMPLE_KEY[:-4]),
        ("wrong_key", EXAMPLE_KEY.replace("+Aek", "+BOk")),
        ("wrong_key", EXAMPLE_KEY.replace("+Aek", "+Auk")),
    ],
)
def test_a_verifier_key_has_one_form(code, vkey):
    with refused(code):
        VerifierKey.parse(vkey)


def test_a_verifier_key_of_type_2_is_on_p256_in_its_one_encoding():
    key = maker.p256().public_key()
    vkey = VerifierKey.of("log.example", key)
    assert VerifierKey.parse(str(vkey)).key_id == vkey.key_id
    with refused("wrong_key"):
        VerifierKey.parse(str(VerifierKey.of("log.example", maker.p384().public_key())))
    # The same key with a compressed point.
    point = key.public_bytes(
        maker.serialization.Encoding.X962, maker.serialization.PublicFormat.CompressedPoint
    )
    info = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    key_id = hashlib.sha256(info).digest()[:4].hex()
    with refused("ambiguous_form"):
        encoded = base64.b64encode(b"\x02" + info).decode()
        VerifierKey.parse(f"log.example+{key_id}+{encoded}")


def test_signatures_of_others_are_passed_over_and_those_of_known_keys_must_verify():
    log, other = maker.Log([b"a"]), maker.Log([b"a"])
    text = Checkpoint(maker.ORIGIN, 1, log.tree.root()).text
    ours, theirs = (each.signed(text).removeprefix(text + "\n") for each in (log, other))
    witness = VerifierKey.of("witness.example", maker.ed25519_key().public_key())
    for note in (ours, ours + theirs, theirs + ours, 16 * witness.signature_line(bytes(64)) + ours):
        assert verify_checkpoint(text + "\n" + note, log.verifier_key).size == 1
    with refused("unknown_key"):
        verify_checkpoint(text + "\n" + theirs, log.verifier_key)
    forged = log.verifier_key.signature_line(bytes(64))
    for note in (forged, forged + ours, ours + forged):
        with refused("wrong_signature"):
            verify_checkpoint(text + "\n" + note, log.verifier_key)


@pytest.mark.parametrize(
    "text",
    [
        "{o}\n1\n{r}\nextension\n",
        "{o}\n1\n",
        "{o}\n01\n{r}\n",
        "{o}\n+1\n{r}\n",
        "{o}\n1 \n{r}\n",
        "{o}\n\u0661\n{r}\n",
        "{o}\n\n1\n{r}\n",
        "\n1\n{r}\n",
        "{o}\n1\n{r}=\n",
        "{o}\n1\nAAAA\n",
        "{o}\r\n1\r\n{r}\r\n",
    ],
)
def test_a_checkpoint_has_one_form_even_when_it_is_signed(text):
    log = maker.Log([b"a"])
    root = base64.b64encode(log.tree.root()).decode()
    with refused("ambiguous_form"):
        verify_checkpoint(log.signed(text.format(o=maker.ORIGIN, r=root)), log.verifier_key)


def test_a_checkpoint_says_what_a_log_can_be():
    log = maker.Log([b"a"])
    assert verify_checkpoint(log.checkpoint(0), log.verifier_key).root == EMPTY_ROOT
    with refused("wrong_root"):
        forged = log.signed(Checkpoint(maker.ORIGIN, 0, log.tree.root()).text)
        verify_checkpoint(forged, log.verifier_key)
    with refused("wrong_origin"):
        other = Checkpoint(maker.ORIGIN + "1", 1, log.tree.root())
        verify_checkpoint(log.signed(other.text), log.verifier_key)
    with refused("over_limit"):
        huge = Checkpoint(maker.ORIGIN, 2**64, log.tree.root())
        verify_checkpoint(log.signed(huge.text), log.verifier_key)
    with refused("over_limit"):
        witness = VerifierKey.of("witness.example", maker.ed25519_key().public_key())
        padded = log.checkpoint() + 64 * witness.signature_line(bytes(64))
        verify_checkpoint(padded, log.verifier_key)


def test_an_ecdsa_signature_is_strict_der():
    log = maker.Log([b"a"], maker.p256())
    text = Checkpoint(maker.ORIGIN, 1, log.tree.root()).text
    verify_checkpoint(log.checkpoint(), log.verifier_key)
    signature = maker.sign(log.key, text.encode())
    size = signature[1]
    for other in (
        signature + b"\0",
        bytes([0x30, 0x81, size]) + signature[2:],
        bytes([0x30, size + 1, 2, signature[3] + 1, 0]) + signature[4:],
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
        b"",
    ):
        if other:
            with refused("wrong_signature"):
                note = text + "\n" + log.verifier_key.signature_line(other)
                verify_checkpoint(note, log.verifier_key)
