/// Why something other than a call failed: a server's start, a connection, a value that cannot be
/// sent. Two errors are equal when their codes are. Calls fail with `GRPCStatus`.
public struct GRPCError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case listenFailed, connectFailed, invalidMetadata, malformedMessage, invalidState
        }
        private let kind: Kind

        /// The server's address could not be listened on.
        public static let listenFailed = Self(kind: .listenFailed)
        /// No connection came about: network, handshake, or a peer that does not speak HTTP/2.
        public static let connectFailed = Self(kind: .connectFailed)
        /// A metadata name or value cannot be sent.
        public static let invalidMetadata = Self(kind: .invalidMetadata)
        /// A message, for instance a status detail, is not what it says it is.
        public static let malformedMessage = Self(kind: .malformedMessage)
        /// The object cannot do this now: a server that runs already, a client that was closed.
        public static let invalidState = Self(kind: .invalidState)

        /// The code's name.
        public var description: String { self.kind.rawValue }
    }

    /// What kind of failure it was.
    public var code: Code
    /// What happened, for the log.
    public var message: String
    /// The lower error, if there was one.
    public var cause: (any Error)?

    /// An error with its code and what to log.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code alone: safe to show to a peer.
    public var description: String { "GRPCError.\(self.code)" }

    /// Everything, for the log.
    public var debugDescription: String {
        let cause = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "GRPCError.\(self.code): \(self.message)\(cause)"
    }

    /// Equality by code.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hash by code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}
