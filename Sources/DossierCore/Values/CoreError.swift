/// Why the core refused something. Two errors are equal when their codes are.
///
/// `description` names the code only and may be shown to a peer; `debugDescription` has the rest
/// and belongs into the log. Neither holds contents of records.
public struct CoreError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
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
    public var description: String { "CoreError.\(self.code)" }

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

extension CoreError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformedRecord, unknownKind, recordTooLarge, outOfMemory
            case malformedJSON, unknownName, malformedAccount
            case malformedAttestation, invalidMembers, unknownGroup
            case invalidMapping
        }

        private let value: Value

        /// The code's own name.
        public var description: String { self.value.rawValue }

        /// Bytes that are not a record, or a value that cannot be put into one.
        public static let malformedRecord = Self(value: .malformedRecord)
        /// A record whose content is of a kind that is not known here.
        public static let unknownKind = Self(value: .unknownKind)
        /// A record larger than the limit, encoded or in memory.
        public static let recordTooLarge = Self(value: .recordTooLarge)
        /// The system gave no memory.
        public static let outOfMemory = Self(value: .outOfMemory)
        /// Text that is not JSON, or JSON that does not fit the message.
        public static let malformedJSON = Self(value: .malformedJSON)
        /// A message, field or value by a name that is not known here.
        public static let unknownName = Self(value: .unknownName)
        /// Text that is not an account.
        public static let malformedAccount = Self(value: .malformedAccount)
        /// Bytes that are not an attestation or attested batch.
        public static let malformedAttestation = Self(value: .malformedAttestation)
        /// A member directory that cannot be used.
        public static let invalidMembers = Self(value: .invalidMembers)
        /// A group that the members file does not have.
        public static let unknownGroup = Self(value: .unknownGroup)
        /// A mapping file that cannot be used.
        public static let invalidMapping = Self(value: .invalidMapping)
    }
}
