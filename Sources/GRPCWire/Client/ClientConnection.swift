import NIOCore
import NIONghttp2
import NIOOpenSSL
import Synchronization

/// What all calls of a client share.
struct ClientSettings: Sendable {
    var authority: String
    var scheme: String
    var userAgent: String
    var maximumRequestBytes: Int
    var maximumResponseBytes: Int
    var streamWindow: Int
    var receiveBudget: Int
}

/// One connection of a client: opens calls on it.
final class ClientConnection: HTTP2ConnectionDelegate, @unchecked Sendable {
    // Sendable: all that changes belongs to the event loop, where the handler calls and where `open`
    // demands to be called. Other threads see constants, and come here through the executor.

    /// Prepared headers are kept for so many methods.
    private static let maximumPrepared = 256

    let settings: ClientSettings
    let executor: EventLoopExecutor
    /// Succeeds when the connection has ended, for whatever reason.
    let closed: EventLoopFuture<Void>
    private let ready: EventLoopPromise<ClientConnection>
    private let lost: @Sendable (ClientConnection) -> Void
    private var handler: HTTP2Handler?
    /// Whether new calls are refused. Read by the client as it takes the connection over.
    private let draining = Atomic(false)
    private var prepared: [MethodPath: HeaderBlock] = [:]
    private var calls: [Int32: ClientCall] = [:]
    private var budget: ReceiveBudget
    private let deadlines: DeadlineTimer

    init(
        settings: ClientSettings, executor: EventLoopExecutor, closed: EventLoopFuture<Void>,
        ready: EventLoopPromise<ClientConnection>,
        lost: @escaping @Sendable (ClientConnection) -> Void
    ) {
        self.settings = settings
        self.executor = executor
        self.closed = closed
        self.ready = ready
        self.lost = lost
        self.budget = ReceiveBudget(limit: settings.receiveBudget)
        self.deadlines = DeadlineTimer(eventLoop: executor.eventLoop)
        self.deadlines.expired = { [unowned self] stream in
            self.calls[stream]?.abandon(GRPCStatus(.deadlineExceeded, "deadline has passed"))
        }
    }

    func attach(_ handler: HTTP2Handler) {
        self.handler = handler
    }

    /// Whether new calls are taken, as far as is known. Read from anywhere.
    var isUsable: Bool { !self.draining.load(ordering: .acquiring) }

    // MARK: - Calls

    /// Sends a call's headers. Called on the event loop. Throws UNAVAILABLE if the connection takes
    /// no new calls. A deadline that has passed already ends the call at once.
    func open(_ call: ClientCall, _ outline: CallOutline) throws(GRPCStatus) {
        self.executor.eventLoop.preconditionInEventLoop()
        guard let handler, handler.isOpen, self.isUsable else {
            throw GRPCStatus(.unavailable, "connection takes no new calls")
        }
        var headers = self.headers(for: outline.path)
        let nanoseconds = outline.deadline.map { deadline in
            ContinuousClock.Instant.now.duration(to: deadline).clampedNanoseconds
        }
        if let nanoseconds {
            headers.append(
                name: "grpc-timeout".utf8, value: Timeout.format(nanoseconds: nanoseconds).utf8)
        }
        outline.metadata.append(to: &headers)
        do {
            let stream = try handler.open(headers, delegate: call)
            call.opened(stream, hasDeadline: nanoseconds != nil)
            self.calls[stream.id] = call
            if let nanoseconds { self.deadlines.add(stream.id, in: nanoseconds) }
        } catch {
            throw GRPCStatus(.unavailable, "connection takes no new calls", cause: error)
        }
    }

    private func headers(for path: MethodPath) -> HeaderBlock {
        if let headers = self.prepared[path] { return headers }
        let headers = HeaderBlock([
            ":method": "POST", ":scheme": self.settings.scheme, ":path": "\(path)",
            ":authority": self.settings.authority, "te": "trailers",
            "content-type": "application/grpc", "user-agent": self.settings.userAgent,
        ])
        if self.prepared.count < Self.maximumPrepared { self.prepared[path] = headers }
        return headers
    }

    func callEnded(_ stream: Int32, hadDeadline: Bool) {
        self.calls[stream] = nil
        if hadDeadline { self.deadlines.callEnded { self.calls[$0] != nil } }
        self.releaseGrant(of: stream)
    }

    func requestGrant(_ grant: ReceiveBudget.Grant) {
        if self.budget.request(grant) { self.calls[grant.stream]?.granted(grant.byteCount) }
    }

    func releaseGrant(of stream: Int32) {
        for grant in self.budget.release(stream) {
            self.calls[grant.stream]?.granted(grant.byteCount)
        }
    }

    /// Ends the connection once its calls have ended. Called from anywhere.
    func closeGracefully() {
        LoopReference(self, self.executor.eventLoop).execute { $0.handler?.closeGracefully() }
    }

    // MARK: - Events

    func connectionOpened(_ stream: HTTP2Stream, headers: HeaderBlock, isEnd: Bool) {
        // A server opens no streams: push is switched off.
        stream.reset(.protocolError)
    }

    func connectionReadCompleted() {
        self.executor.drain()
    }

    func connectionBecameReady() {
        self.ready.succeed(self)
    }

    func connectionCanSend() {}

    func connectionIsDraining() {
        self.draining.store(true, ordering: .releasing)
        self.lost(self)
    }

    func connectionClosed(_ error: HTTP2Error?) {
        self.draining.store(true, ordering: .releasing)
        self.handler = nil
        self.deadlines.stop()
        self.lost(self)
        // In TLS 1.3 a server judges the client's certificate after the client's handshake has ended.
        let refusal = error?.cause as? TLSError
        self.ready.fail(
            GRPCError(
                .connectFailed, "connection was closed before it was used", cause: refusal ?? error)
        )
    }
}
