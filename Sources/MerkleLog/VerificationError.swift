/// Why something does not prove what it should. Two errors are equal when their codes are.
public struct VerificationError: Error, Hashable, CustomStringConvertible,
    CustomDebugStringConvertible
{
    /// What kind of failure this is.
    public var code: Code
    /// What happened, for the log.
    public var message: String
    /// The failure below this one, if there was one.
    public var cause: (any Error)?

    /// Creates an error.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code alone, safe to show a peer.
    public var description: String { "VerificationError.\(self.code)" }

    /// Code, message and cause, for the log.
    public var debugDescription: String {
        let reason = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(reason)"
    }

    /// Whether both have the same code.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension VerificationError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case wrongSignature, unknownKey, revokedKey, wrongSigner
            case wrongLeaf, wrongIndex, wrongProof, wrongRoot
            case wrongOrigin, olderCheckpoint, splitView, sizeMismatch
            case ambiguousForm
        }

        private let value: Value

        /// The code's own name.
        public var description: String { self.value.rawValue }

        /// A signature was not made by this key over these bytes.
        public static let wrongSignature = Self(value: .wrongSignature)
        /// There is no signature of the key, or the key is of a kind that signs no notes.
        public static let unknownKey = Self(value: .unknownKey)
        /// The key was revoked before it can have signed this.
        public static let revokedKey = Self(value: .revokedKey)
        /// The signature is good, and of somebody else than who should have signed.
        public static let wrongSigner = Self(value: .wrongSigner)
        /// The leaf is not the one that is spoken of.
        public static let wrongLeaf = Self(value: .wrongLeaf)
        /// The tree has no leaf with this index, or a range is empty or runs backwards.
        public static let wrongIndex = Self(value: .wrongIndex)
        /// A proof for these indices and sizes has another number of hashes.
        public static let wrongProof = Self(value: .wrongProof)
        /// The proof leads to another root.
        public static let wrongRoot = Self(value: .wrongRoot)
        /// The checkpoint is of another log.
        public static let wrongOrigin = Self(value: .wrongOrigin)
        /// The checkpoint is of a smaller tree than one that is known already.
        public static let olderCheckpoint = Self(value: .olderCheckpoint)
        /// Neither of two trees is a prefix of the other: the log has shown two histories.
        public static let splitView = Self(value: .splitView)
        /// A text is not in the one form that it must have.
        public static let ambiguousForm = Self(value: .ambiguousForm)
        /// A size is not the one that it must be, or larger than any tree of this room.
        public static let sizeMismatch = Self(value: .sizeMismatch)
    }
}
