"""Verifies files from the command line.

python -m verifier receipt FILE --record FILE (--key VKEY | --members members.json)
python -m verifier tlog-proof FILE --record FILE (--key VKEY | --members members.json)
python -m verifier proof FILE --members members.json [--record FILE]

Prints what was proven. Exits with 2 when nothing was, after `error: code: message`.
"""

import argparse
import pathlib
import sys
from collections.abc import Callable, Sequence

from verifier.errors import VerificationError
from verifier.files import parse_receipts, parse_tlog_proof
from verifier.members import Members
from verifier.note import Checkpoint, FormerKey, Note
from verifier.text import to_base64
from verifier.verify import Logged, verify_proof, verify_receipt, verify_tlog_proof

FAILED = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs the program, and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        print("\n".join(options.verify(options)))
        return 0
    except VerificationError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verifier", description="Verifies receipts and proofs of Dossier."
    )
    commands = parser.add_subparsers(required=True, metavar="receipt|tlog-proof|proof")
    for name, verify in (("receipt", _receipt), ("tlog-proof", _tlog_proof)):
        command = commands.add_parser(name, help=f"verify a {name} of a record")
        command.add_argument("file", type=pathlib.Path)
        command.add_argument("--record", type=pathlib.Path, required=True)
        keys = command.add_mutually_exclusive_group(required=True)
        keys.add_argument("--key", help="the log's verifier key")
        keys.add_argument("--members", type=pathlib.Path, help="the members file that has it")
        command.set_defaults(verify=verify)
    command = commands.add_parser("proof", help="verify a proof of a record")
    command.add_argument("file", type=pathlib.Path)
    command.add_argument("--members", type=pathlib.Path, required=True)
    command.add_argument("--record", type=pathlib.Path, help="the record that it must be of")
    command.set_defaults(verify=_proof)
    return parser


def _receipt(options: argparse.Namespace) -> list[str]:
    text, record = _read(options.file), _read(options.record)
    keys = _keys(options, lambda: parse_receipts(text)[0].checkpoint)
    result = verify_receipt(text, record, *keys)
    place = f"{result.position + 1} of {result.batch_size}"
    return [
        *_logged(result.logged),
        f"batch       {result.batch_root.hex()}, record {place}; all of it is in the log",
        f"receipts    {result.receipts}",
    ]


def _tlog_proof(options: argparse.Namespace) -> list[str]:
    text, record = _read(options.file), _read(options.record)
    keys = _keys(options, lambda: parse_tlog_proof(text).checkpoint)
    return _logged(verify_tlog_proof(text, record, *keys))


def _keys(
    options: argparse.Namespace, checkpoint: Callable[[], str]
) -> tuple[str, Sequence[FormerKey]]:
    """The log's key and its former keys; whether they have signed is verified later."""
    if options.key is not None:
        return options.key, ()
    origin = Checkpoint.parse(Note.parse(checkpoint()).text).origin
    key, former_keys = Members.load(options.members).log(origin).keys()
    return str(key), former_keys


def _proof(options: argparse.Namespace) -> list[str]:
    record = _read(options.record) if options.record else None
    result = verify_proof(_read(options.file), Members.load(options.members), record)
    return [
        *_logged(result.logged),
        f"originator  {result.originator}",
        f"signed by   {result.signer}",
        f"signed at   {result.signed_at:%Y-%m-%dT%H:%M:%SZ}",
        f"batch       {result.batch_root.hex()}, record {result.position + 1} of"
        f" {result.batch_size}",
    ]


def _logged(logged: Logged) -> list[str]:
    checkpoint = logged.checkpoint
    return [
        f"record      {logged.record_id}",
        f"log         {checkpoint.origin}",
        f"leaf        {logged.index} of {checkpoint.size}",
        f"root        {to_base64(checkpoint.root)}",
    ]


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VerificationError("unreadable", f"{path}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
