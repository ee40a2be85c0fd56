"""What tests of the verifier share: files made by proof_maker, and what must be refused."""

import pytest

import proof_maker as maker
from verifier.errors import VerificationError
from verifier.verify import verify_proof

RECORDS = maker.RECORDS


def refused(code: str):
    """Expects a VerificationError of this code."""
    return pytest.raises(VerificationError, match=f"^{code}: ")


def verified(log, proof, *anchors, record=None, published=None, **changes):
    """Verifies a proof with these anchors of kr, and this log or as published; us has the same."""
    text = proof if isinstance(proof, bytes | str) else proof.write()
    members = maker.members(log, *anchors, published=published, **changes)
    members.organisations["us"] = members.organisations["kr"]
    return verify_proof(text, members, record)
