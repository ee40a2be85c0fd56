"""The program `dossier` as one analyst runs it, with settings and state in a folder of its own."""

import os
import pathlib
import subprocess

import node as nodes
import pki

RUN_SECONDS = 60
DONE, FAILED, UNVERIFIED, USAGE = 0, 1, 2, 64


def run(
    *arguments, standard_input: bytes = b"", folder: pathlib.Path | None = None, **settings
) -> subprocess.CompletedProcess:
    """Runs the program with these arguments and environment variables, and says how it went."""
    return subprocess.run(
        [os.environ["DOSSIER"], *arguments],
        input=standard_input,
        capture_output=True,
        timeout=RUN_SECONDS,
        cwd=folder,
        env={**os.environ, **{name: str(value) for name, value in settings.items()}},
    )


class Program:
    """Runs `dossier` for one identity, in `folder`; state that it keeps stays there."""

    def __init__(self, consortium, identity: pki.Identity, folder: pathlib.Path):
        self.folder = folder
        self.certificate, self.key = identity.write(folder, "analyst")
        self.members = consortium.write_members(folder)
        self.state = folder / "state"

    def run(self, *arguments, standard_input: bytes = b"") -> subprocess.CompletedProcess:
        """Runs it with these arguments, and says how it went."""
        return run(
            *arguments,
            standard_input=standard_input,
            folder=self.folder,
            DOSSIER_STATE=self.state,
            DOSSIER_MEMBERS=self.members,
            DOSSIER_CERTIFICATE=self.certificate,
            DOSSIER_KEY=self.key,
        )

    def call(
        self, node: nodes.Node, *arguments, standard_input: bytes = b""
    ) -> subprocess.CompletedProcess:
        """Runs it against a node."""
        address = f"localhost:{node.port}"
        return self.run(*arguments, "--node", address, standard_input=standard_input)

    def answer(self, node: nodes.Node, *arguments, standard_input: bytes = b"") -> bytes:
        """What it prints when it must succeed."""
        done = self.call(node, *arguments, standard_input=standard_input)
        assert done.returncode == DONE, done.stderr.decode()
        return done.stdout
