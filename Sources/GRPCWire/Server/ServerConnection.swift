import Logging
import NIOCore
import NIONghttp2

/// What all connections of a server share.
struct ServerSettings: Sendable {
    var router: Router
    var limits: HTTP2Limits
    var maximumRequestBytes: Int
    var maximumResponseBytes: Int
    var maximumHandlers: Int
    var requestTimeoutSeconds: Int
    var receiveBudget: Int
    var logger: Logger
}

/// One connection of a server: turns its streams into calls. Belongs to its event loop.
final class ServerConnection: HTTP2ConnectionDelegate {
    static let responseHeaders = HeaderBlock([
        ":status": "200", "content-type": "application/grpc",
    ])
    static let okTrailers = HeaderBlock(["grpc-status": "0"])

    let settings: ServerSettings
    let executor: EventLoopExecutor
    private let peer: Peer
    private var calls: [Int32: ServerStream] = [:]
    private var runningHandlers = 0
    private weak var handler: HTTP2Handler?
    /// Handlers that start when less is unsent.
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var budget: ReceiveBudget
    private let deadlines: DeadlineTimer

    init(settings: ServerSettings, executor: EventLoopExecutor, peer: Peer) {
        self.settings = settings
        self.executor = executor
        self.peer = peer
        self.budget = ReceiveBudget(limit: settings.receiveBudget)
        self.deadlines = DeadlineTimer(eventLoop: executor.eventLoop)
        self.deadlines.expired = { [unowned self] stream in
            self.calls[stream]?.fail(GRPCStatus(.deadlineExceeded, "deadline has passed"))
        }
    }

    func attach(_ handler: HTTP2Handler) {
        self.handler = handler
    }

    // MARK: - Streams

    func connectionOpened(_ stream: HTTP2Stream, headers: HeaderBlock, isEnd: Bool) {
        switch RequestHead.judge(headers) {
        case .call(let head): self.openCall(on: stream, head: head, isEnd: isEnd)
        case .refused(let status): self.refuse(stream, status)
        case .notGRPC(let answer): self.answer(stream, answer)
        }
    }

    private func openCall(on stream: HTTP2Stream, head: RequestHead, isEnd: Bool) {
        guard let method = self.settings.router.method(at: head.path) else {
            return self.refuse(stream, GRPCStatus(.unimplemented, "method is not known"))
        }
        guard self.runningHandlers < self.settings.maximumHandlers else {
            return self.refuse(
                stream, GRPCStatus(.resourceExhausted, "too many calls on one connection"))
        }
        let timeout = head.timeout
        let call = ServerCall(
            path: method.path, metadata: head.metadata,
            deadline: timeout.map { ContinuousClock.now + .nanoseconds($0) }, peer: self.peer,
            eventLoop: self.executor.eventLoop)
        let served = ServerStream(
            stream: stream, connection: self, method: method, call: call,
            hasDeadline: timeout != nil)
        stream.delegate = served
        self.calls[stream.id] = served
        if let timeout { self.deadlines.add(stream.id, in: timeout) }
        served.open()
        if isEnd { served.streamReceivedEnd() }
    }

    /// A status as the only answer.
    private func refuse(_ stream: HTTP2Stream, _ status: GRPCStatus) {
        var headers = Self.responseHeaders
        headers.append(name: "grpc-accept-encoding".utf8, value: "identity".utf8)
        status.append(to: &headers)
        stream.sendResponse(headers, isEnd: true)
    }

    private func answer(_ stream: HTTP2Stream, _ answer: PlainAnswer) {
        var headers = HeaderBlock([":status": answer.status, "content-type": "text/plain"])
        if answer != .unsupportedMediaType {
            headers.append(name: "allow".utf8, value: "POST".utf8)
        }
        let body = Array(answer.body.utf8)
        stream.sendResponse(headers, isEnd: body.isEmpty)
        stream.send(Chunk(body: body))
        stream.finish()
    }

    func streamClosed(_ stream: Int32, hadDeadline: Bool) {
        self.calls[stream] = nil
        if hadDeadline { self.deadlines.callEnded { self.calls[$0] != nil } }
        self.releaseGrant(of: stream)
    }

    // MARK: - Called by calls

    func handlerStarted() { self.runningHandlers += 1 }

    func handlerEnded() { self.runningHandlers -= 1 }

    /// Whether a handler should wait before it starts.
    var isBackedUp: Bool { self.handler?.isBackedUp ?? false }

    /// Waits while so much is unsent that another response could only pile up behind it: a client
    /// that reads nothing fills no memory with answers.
    func waitUntilSendable() async {
        while self.isBackedUp {
            await withCheckedContinuation { self.waiting.append($0) }
        }
    }

    func connectionCanSend() {
        let waiting = self.waiting
        self.waiting = []
        for continuation in waiting { continuation.resume() }
    }

    func requestGrant(_ grant: ReceiveBudget.Grant) {
        if self.budget.request(grant) { self.calls[grant.stream]?.granted(grant.byteCount) }
    }

    func releaseGrant(of stream: Int32) {
        for grant in self.budget.release(stream) {
            self.calls[grant.stream]?.granted(grant.byteCount)
        }
    }

    // MARK: - Connection

    func connectionReadCompleted() {
        self.executor.drain()
    }

    func connectionBecameReady() {}

    func connectionIsDraining() {}

    func connectionClosed(_ error: HTTP2Error?) {
        self.deadlines.stop()
        self.connectionCanSend()
        guard let error else { return }
        // Peers that just go away are no news.
        self.settings.logger.log(
            level: error.code == .connectionLost ? .debug : .notice, "connection failed",
            metadata: [
                "peer": "\(self.peer.remoteAddress)", "error": "\(String(reflecting: error))",
            ])
    }
}
