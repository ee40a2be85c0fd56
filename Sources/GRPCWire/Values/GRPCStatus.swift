/// How a call ended, as seen by the other side. Handlers throw it, calls of a client throw it.
///
/// A server sends code, message and details to its peer, so none may hold what the peer must not
/// see; `cause` stays in the process and goes to the log.
public struct GRPCStatus: Error, Sendable {
    /// How the call ended.
    public var code: StatusCode
    /// What went wrong, in English, for developers. Seen by the peer.
    public var message: String
    /// More, each in a message type of its own. Seen by the peer.
    public var details: [StatusDetail]
    /// The error behind it; not seen by the peer.
    public var cause: (any Error)?

    /// A status with its code and, if not `ok`, what went wrong.
    public init(
        _ code: StatusCode, _ message: String = "", details: [StatusDetail] = [],
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.details = details
        self.cause = cause
    }
}

extension GRPCStatus: Hashable {
    /// Equality by what the peer sees.
    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.code == rhs.code && lhs.message == rhs.message && lhs.details == rhs.details
    }

    /// Hash by code and message.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.code)
        hasher.combine(self.message)
    }
}

extension GRPCStatus: CustomStringConvertible, CustomDebugStringConvertible {
    /// Code and message: what the peer sees anyway.
    public var description: String {
        self.message.isEmpty ? "\(self.code)" : "\(self.code): \(self.message)"
    }

    /// Everything, for the log.
    public var debugDescription: String {
        let details = self.details.map(\.typeURL).joined(separator: ", ")
        let cause = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self)" + (details.isEmpty ? "" : " [\(details)]") + cause
    }
}

extension GRPCStatus {
    /// The status that stands for any error a handler throws: itself if it is one, otherwise
    /// CANCELLED or INTERNAL with a text that says nothing of the error.
    init(handlerError error: any Error) {
        switch error {
        case let status as GRPCStatus where status.code != .ok: self = status
        case is CancellationError: self.init(.cancelled, "call was cancelled", cause: error)
        default: self.init(.internalError, "internal error", cause: error)
        }
    }

    /// The status of a call whose stream ended without one. PROTOCOL-HTTP2.md, "Errors".
    init(resetCode: UInt32) {
        switch resetCode {
        case 0x7: self.init(.unavailable, "stream was refused")
        case 0x8: self.init(.cancelled, "stream was cancelled by the peer")
        case 0xb: self.init(.resourceExhausted, "peer asks for less load")
        case 0xc: self.init(.permissionDenied, "peer finds the connection's security inadequate")
        default: self.init(.internalError, "stream was reset with code \(resetCode)")
        }
    }
}
