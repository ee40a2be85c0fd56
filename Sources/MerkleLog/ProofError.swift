/// Why a proof does not prove what it should. Two errors are equal when their codes are.
public struct ProofError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
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
    public var description: String { "ProofError.\(self.code)" }

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

extension ProofError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case indexOutOfRange, wrongPathLength, rootMismatch }

        private let value: Value

        /// The code's own name.
        public var description: String { self.value.rawValue }

        /// The tree has no leaf with this index.
        public static let indexOutOfRange = Self(value: .indexOutOfRange)
        /// A path for this index and size has another number of hashes.
        public static let wrongPathLength = Self(value: .wrongPathLength)
        /// The path leads to another root.
        public static let rootMismatch = Self(value: .rootMismatch)
    }
}
