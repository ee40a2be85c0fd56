public import DossierCrypto
public import MerkleLog

/// A log as its readers know it: its origin, and the keys whose signatures on checkpoints count.
public struct LogIdentity: Hashable, Sendable {
    /// Origin of the log.
    public let origin: String
    /// The key that signs now; nil if it is not known.
    public let key: VerifierKey?
    /// Keys that signed before.
    public let formerKeys: [FormerKey]
    /// Origins of logs that this one succeeds: their batches were carried over as they were signed.
    public let formerOrigins: [String]

    /// A key that was given up, and up to which size of the tree its signatures count.
    public struct FormerKey: Hashable, Sendable {
        /// The key.
        public let key: VerifierKey
        /// The largest tree that it may have signed.
        public let treeSize: UInt64

        /// A key that was given up.
        public init(key: VerifierKey, treeSize: UInt64) {
            self.key = key
            self.treeSize = treeSize
        }
    }

    /// A log; the keys' names are its origin.
    public init(
        origin: String, key: VerifierKey?, formerKeys: [FormerKey] = [],
        formerOrigins: [String] = []
    ) {
        self.origin = origin
        self.key = key
        self.formerKeys = formerKeys
        self.formerOrigins = formerOrigins
    }

    /// Whether batches that were signed for a log with an origin may be in this one.
    public func holdsBatches(signedFor origin: String) -> Bool {
        // As bytes: text that looks the same is not the same origin.
        ([self.origin] + self.formerOrigins).contains { $0.utf8.elementsEqual(origin.utf8) }
    }

    /// Verifies a checkpoint of the log.
    ///
    /// Throws ``MerkleLog/VerificationError``: `ambiguousForm`, `wrongOrigin`, `unknownKey`,
    /// `wrongSignature`, or `revokedKey` for a former key that signs a larger tree than it may.
    public func verify(checkpoint bytes: [UInt8]) throws(VerificationError) -> SignedCheckpoint {
        guard let key = self.key else {
            throw VerificationError(
                code: .unknownKey, message: "no key of log \(self.origin) is known")
        }
        do throws(VerificationError) {
            return try SignedCheckpoint(verifying: bytes, with: key)
        } catch  where error.code == .unknownKey && !self.formerKeys.isEmpty {
            return try self.verifyByFormerKey(bytes, otherwise: error)
        }
    }

    /// Verifies that a leaf is in the log, and gives the checkpoint that says so.
    ///
    /// Throws what ``verify(checkpoint:)`` throws, `ambiguousForm` for a checkpoint with other
    /// signatures than the log's, and `wrongIndex`, `wrongProof` or `wrongRoot` for the path.
    public func verify(
        _ proof: TlogProof, of leaf: Digest
    ) throws(VerificationError) -> SignedCheckpoint {
        let signed = try self.verify(checkpoint: proof.checkpoint)
        try signed.requireBare()
        try Tree.verifyInclusion(
            leaf: leaf, index: proof.leafIndex, treeSize: signed.head.size, path: proof.path,
            root: signed.head.root)
        return signed
    }

    private func verifyByFormerKey(
        _ bytes: [UInt8], otherwise unknown: VerificationError
    ) throws(VerificationError) -> SignedCheckpoint {
        for former in self.formerKeys {
            let checkpoint: SignedCheckpoint
            do throws(VerificationError) {
                checkpoint = try SignedCheckpoint(verifying: bytes, with: former.key)
            } catch  where error.code == .unknownKey {
                continue
            }
            guard checkpoint.head.size <= former.treeSize else {
                throw VerificationError(
                    code: .revokedKey,
                    message: "checkpoint of \(checkpoint.head.size) leaves is signed by a key that "
                        + "counts up to \(former.treeSize)")
            }
            return checkpoint
        }
        throw unknown
    }
}
