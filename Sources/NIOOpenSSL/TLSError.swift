/// Why a TLS operation failed. Two errors are equal when their codes are.
///
/// `description` may be shown to a peer; `message` and `cause` are for the log.
public struct TLSError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it is.
    public var code: Code

    /// What happened, for the log. Holds no certificate contents and no key.
    public var message: String

    /// The error underneath: libssl's own, or what `verifyPeer` threw.
    public var cause: (any Error)?

    /// An error with the values given.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code only.
    public var description: String { "TLSError.\(self.code)" }

    /// Code, message and cause.
    public var debugDescription: String {
        guard let cause else { return "\(self.description): \(self.message)" }
        return "\(self.description): \(self.message) (\(String(reflecting: cause)))"
    }

    /// Compares codes.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension TLSError {
    /// The kinds of failure. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case alertReceived, applicationProtocolRefused, certificateRefusedByPeer
            case handshakeFailed, handshakeTimedOut, invalidConfiguration, messageFlood
            case peerCertificateMissing, peerCertificateOutOfDate, peerCertificateRejected
            case peerCertificateRevoked
            case peerCertificateUnfit, peerCertificateUntrusted, peerNameMismatch
            case protocolVersionRefused, protocolViolation, truncated
        }

        private let kind: Kind

        /// The code's name.
        public var description: String { self.kind.rawValue }

        /// The peer ended the connection with a fatal alert that is not about a certificate.
        public static let alertReceived = Self(kind: .alertReceived)

        /// The peer offers none of the configured application protocols, or chose another.
        public static let applicationProtocolRefused = Self(kind: .applicationProtocolRefused)

        /// The peer did not accept our certificate, or missed one. TLS 1.3: often first seen
        /// when reading, after the client's handshake has ended.
        public static let certificateRefusedByPeer = Self(kind: .certificateRefusedByPeer)

        /// The handshake failed for a reason that has no code of its own.
        public static let handshakeFailed = Self(kind: .handshakeFailed)

        /// The handshake did not end within its deadline.
        public static let handshakeTimedOut = Self(kind: .handshakeTimedOut)

        /// The configuration does not make a usable context: unreadable certificate, key that
        /// does not fit it, no trust anchor, or a system configuration that rules out TLS 1.3.
        public static let invalidConfiguration = Self(kind: .invalidConfiguration)

        /// The peer sent more key updates or tickets than any honest one does.
        public static let messageFlood = Self(kind: .messageFlood)

        /// The peer presented no certificate.
        public static let peerCertificateMissing = Self(kind: .peerCertificateMissing)

        /// A certificate of the peer's chain has expired or is not valid yet.
        public static let peerCertificateOutOfDate = Self(kind: .peerCertificateOutOfDate)

        /// The chain is good, but `verifyPeer` refused it; `cause` says why.
        public static let peerCertificateRejected = Self(kind: .peerCertificateRejected)

        /// A certificate of the peer's chain was taken back by its CA: `verifyPeer` says so by
        /// throwing an error with this code.
        public static let peerCertificateRevoked = Self(kind: .peerCertificateRevoked)

        /// A certificate of the peer's chain may not be used so: extended key usage, CA as
        /// end-entity, path length, name constraints, weak key or digest, bad signature.
        public static let peerCertificateUnfit = Self(kind: .peerCertificateUnfit)

        /// The peer's chain does not end in a trust anchor.
        public static let peerCertificateUntrusted = Self(kind: .peerCertificateUntrusted)

        /// The server's certificate is for another name than the one that was dialled.
        public static let peerNameMismatch = Self(kind: .peerNameMismatch)

        /// The peer does not speak TLS 1.3.
        public static let protocolVersionRefused = Self(kind: .protocolVersionRefused)

        /// The peer broke the protocol: a record that does not decrypt, a message out of turn.
        public static let protocolViolation = Self(kind: .protocolViolation)

        /// The transport ended without the peer's close_notify: data may be missing at the end.
        public static let truncated = Self(kind: .truncated)
    }
}
