"""The one error of this package."""


class VerificationError(Exception):
    """Something was not proven; `code` says in one word why.

    Codes:

      ambiguous_form      text or bytes are not in the one form that they may have
      over_limit          something is larger or more than the specification allows
      wrong_key           a verifier key's id does not fit, or its type is not one of a log's
      unknown_key         no signature in the note is by the log's key
      wrong_signature     a signature does not verify
      wrong_origin        the log is another one
      size_mismatch       numbers of records, leaves and runs do not fit
      wrong_leaf          the record is not the one that this is about
      wrong_index         an index is outside of the tree
      wrong_proof         a proof has too few or too many hashes
      wrong_root          a proof leads to another root
      unknown_originator  no trust anchors are known for the originator
      wrong_originator    record and attestation have different originators
      wrong_signer        the certificate is not one that may sign for the originator
      revoked_key         a key of the log or the originator was no longer good for this
      wrong_chain         the certificates do not lead to a trust anchor of the originator
      unreadable          a file cannot be read, or does not say what is needed
    """

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
