public import DossierCore

/// Why the exchange refused or failed a call. Two errors are equal when their codes are.
///
/// `message` goes to the peer: it names what the peer sent, the rule and what to do, and never
/// what the peer may not see. `cause` is for the node's own log.
public struct ExchangeError: Error, Hashable, CustomStringConvertible,
    CustomDebugStringConvertible
{
    /// The most findings that one refusal carries.
    public static let maximumFindings = 1_000

    /// What kind of failure this is.
    public var code: Code
    /// What to tell the peer.
    public var message: String
    /// Each thing found wrong with a submission.
    public var findings: [Finding]
    /// The failure below this one.
    public var cause: (any Error)?

    /// Creates an error.
    public init(
        code: Code, message: String, findings: [Finding] = [], cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.findings = Array(findings.prefix(Self.maximumFindings))
        self.cause = cause
    }

    /// The code's name.
    public var description: String { "ExchangeError.\(self.code)" }

    /// Everything there is to tell, for the log.
    public var debugDescription: String {
        let reason = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(reason)"
    }

    /// Equal when the codes are.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension ExchangeError {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Value: String {
            case invalidSubmission, badRequest, badCursor, notPermitted, notFound, conflict
            case outOfOrder, unsupportedOperation, overloaded, unavailable, dataLoss
            case outOfRange, unverifiable, failed
        }

        let value: Value

        /// The code's name.
        public var description: String { self.value.rawValue }

        /// A batch that is malformed, wrongly signed or breaks a rule; see the findings.
        public static let invalidSubmission = Self(value: .invalidSubmission)
        /// A request other than a submission that is malformed or breaks a rule.
        public static let badRequest = Self(value: .badRequest)
        /// A cursor that is not this node's, is past its end, or was made for another question.
        public static let badCursor = Self(value: .badCursor)
        /// The peer may not do this.
        public static let notPermitted = Self(value: .notPermitted)
        /// Absent or not released to the peer.
        public static let notFound = Self(value: .notFound)
        /// Another record stands under the same originator, reference and version.
        public static let conflict = Self(value: .conflict)
        /// An operation whose predecessor is not the newest version.
        public static let outOfOrder = Self(value: .outOfOrder)
        /// An operation that this node does not carry out.
        public static let unsupportedOperation = Self(value: .unsupportedOperation)
        /// More than the node takes at once; try again later.
        public static let overloaded = Self(value: .overloaded)
        /// Shutting down, or storage refuses writes; try again later.
        public static let unavailable = Self(value: .unavailable)
        /// An index or a size that the log has not reached; with a known size, that the log is not
        /// the one which the client has seen.
        public static let outOfRange = Self(value: .outOfRange)
        /// Stored data does not check.
        public static let dataLoss = Self(value: .dataLoss)
        /// An answer of another node than the one asked for. Made by clients only.
        public static let unverifiable = Self(value: .unverifiable)
        /// Anything unforeseen, or a status that none of the above stands for.
        public static let failed = Self(value: .failed)
    }
}
