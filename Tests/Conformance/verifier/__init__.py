"""Verifies receipts and proofs of Dossier, written from the specification alone.

The specification is Protos/dossier/v1/log.proto and attestation.proto, C2SP signed-note,
tlog-checkpoint and tlog-proof, and RFC 6962 and RFC 9162. Nothing here comes from Dossier, and
nothing but `cryptography` is needed. See `python -m verifier --help`.
"""
