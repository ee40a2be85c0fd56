// An HTTP/2 connection (RFC 9113) as a NIO channel handler, the protocol itself being the system's
// nghttp2. `HTTP2Handler` owns the connection's life (settings, keepalive, graceful end, limits on
// abuse), `HTTP2Stream` is one exchange on it, and what arrives goes to two delegates.
//
// Left out on purpose: channels for each stream (they cost more than a whole call), server push,
// priorities, upgrade from HTTP/1.1, content (de)coding. Limits stand in `HTTP2Limits`; frames are
// counted by `FrameMeter` before nghttp2 sees them, so that they hold whatever its version.
// Everything here belongs to the channel's event loop and is used on no other thread.

/// Which end of a connection this is.
public enum HTTP2Role: Sendable {
    /// Sends requests.
    case client
    /// Answers requests.
    case server
}

/// Why a stream or a connection ended, as it stands in RST_STREAM and GOAWAY. RFC 9113, section 7.
public struct HTTP2ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code's number on the wire.
    public let rawValue: UInt32

    /// A code by its number; unknown numbers are kept.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// An orderly end.
    public static let noError = Self(rawValue: 0x0)
    /// The peer broke the protocol in a way that has no code of its own.
    public static let protocolError = Self(rawValue: 0x1)
    /// A fault on the side that sends the code.
    public static let internalError = Self(rawValue: 0x2)
    /// The peer sent more than it was allowed to.
    public static let flowControlError = Self(rawValue: 0x3)
    /// The stream was not processed at all: it may be tried again.
    public static let refusedStream = Self(rawValue: 0x7)
    /// The stream is no longer wanted.
    public static let cancel = Self(rawValue: 0x8)
    /// The peer's behaviour causes excessive load.
    public static let enhanceYourCalm = Self(rawValue: 0xb)
    /// The connection's security does not suffice.
    public static let inadequateSecurity = Self(rawValue: 0xc)

    private static let names = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
        "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
        "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]

    /// The code's name in RFC 9113.
    public var description: String {
        guard self.rawValue < Self.names.count else { return "code \(self.rawValue)" }
        return Self.names[Int(self.rawValue)]
    }
}
