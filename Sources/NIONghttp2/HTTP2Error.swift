/// Why an HTTP/2 connection failed. Two errors are equal when their codes are.
public struct HTTP2Error: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case peerViolation, excessiveLoad, timedOut, connectionLost, closed, library
        }
        private let kind: Kind

        /// The peer broke the protocol.
        public static let peerViolation = Self(kind: .peerViolation)
        /// The peer went past a limit of `HTTP2Limits`.
        public static let excessiveLoad = Self(kind: .excessiveLoad)
        /// The peer did not answer in time.
        public static let timedOut = Self(kind: .timedOut)
        /// The connection ended in the middle of an exchange.
        public static let connectionLost = Self(kind: .connectionLost)
        /// The connection takes no new streams.
        public static let closed = Self(kind: .closed)
        /// nghttp2 could not go on, for instance for lack of memory.
        public static let library = Self(kind: .library)

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
    public var description: String { "HTTP2Error.\(self.code)" }

    /// Everything, for the log.
    public var debugDescription: String {
        let cause = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "HTTP2Error.\(self.code): \(self.message)\(cause)"
    }

    /// Equality by code.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hash by code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}
