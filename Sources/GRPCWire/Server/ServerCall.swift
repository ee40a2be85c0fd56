import NIOCore

/// What a handler knows of the call it serves, and what it can say beside its messages.
public final class ServerCall: @unchecked Sendable {
    // Sendable: all is constant but `initialMetadata` and `trailingMetadata`, which are touched on
    // the event loop only; without one there is one caller, a test.

    /// Which method was called.
    public let path: MethodPath
    /// The client's metadata.
    public let metadata: Metadata
    /// The client's verified certificate chain in DER, end-entity first.
    public let peerCertificates: [[UInt8]]
    /// The time by which the call must end, if the client set one. The handler's task is cancelled
    /// then.
    public let deadline: ContinuousClock.Instant?
    /// The client's network address, for the log.
    public let remoteAddress: String
    /// What `GRPCServer.Configuration.onConnection` made of the connection.
    public let connection: any Sendable

    private let eventLoop: (any EventLoop)?
    private(set) var initialMetadata = Metadata()
    private(set) var trailingMetadata = Metadata()

    /// A call that no connection stands behind, for tests of handlers.
    public convenience init(
        path: MethodPath, metadata: Metadata = Metadata(), peerCertificates: [[UInt8]] = [],
        deadline: ContinuousClock.Instant? = nil, remoteAddress: String = "test",
        connection: any Sendable = ()
    ) {
        self.init(
            path: path, metadata: metadata, deadline: deadline,
            peer: Peer(
                certificates: peerCertificates, remoteAddress: remoteAddress,
                attachment: connection),
            eventLoop: nil)
    }

    init(
        path: MethodPath, metadata: Metadata, deadline: ContinuousClock.Instant?, peer: Peer,
        eventLoop: (any EventLoop)?
    ) {
        self.path = path
        self.metadata = metadata
        self.deadline = deadline
        self.peerCertificates = peer.certificates
        self.remoteAddress = peer.remoteAddress
        self.connection = peer.attachment
        self.eventLoop = eventLoop
    }

    /// Sets what is sent with the first response message; without effect after it.
    public func setInitialMetadata(_ metadata: Metadata) {
        self.onLoop { $0.initialMetadata = metadata }
    }

    /// Sets what is sent with the status.
    public func setTrailingMetadata(_ metadata: Metadata) {
        self.onLoop { $0.trailingMetadata = metadata }
    }

    private func onLoop(_ body: @escaping @Sendable (ServerCall) -> Void) {
        guard let eventLoop, !eventLoop.inEventLoop else { return body(self) }
        eventLoop.execute { body(self) }
    }
}

/// Who is at the other end of a connection.
struct Peer: Sendable {
    var certificates: [[UInt8]]
    var remoteAddress: String
    var attachment: any Sendable
}
