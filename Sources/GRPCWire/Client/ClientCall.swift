import NIOCore
import NIONghttp2

/// One call of a client: from its request's headers to its status.
final class ClientCall: HTTP2StreamDelegate, @unchecked Sendable {
    // Sendable: used on the connection's event loop only, where those who hold it come through its
    // executor.

    private enum State {
        /// No response headers yet.
        case waiting
        /// The response has begun.
        case responding
        /// The status is known.
        case over
    }

    let executor: EventLoopExecutor
    private let connection: ClientConnection
    private var stream: HTTP2Stream?
    private var hasDeadline = false
    private var state = State.waiting
    private var intake: MessageIntake
    private var inbox = MessageInbox { _ in }
    private let gate = WriteGate()
    private(set) var initialMetadata = Metadata()
    private(set) var trailingMetadata = Metadata()
    /// Whether the server certainly did nothing: the call may be tried on another connection.
    private(set) var isUnprocessed = false

    init(connection: ClientConnection) {
        self.connection = connection
        self.executor = connection.executor
        self.intake = MessageIntake(
            maximumBytes: connection.settings.maximumResponseBytes,
            initialWindow: connection.settings.streamWindow)
        self.inbox = MessageInbox { [unowned self] in self.responseTaken(byteCount: $0) }
    }

    func opened(_ stream: HTTP2Stream, hasDeadline: Bool) {
        self.stream = stream
        self.hasDeadline = hasDeadline
    }

    // MARK: - Requests

    /// Sends a request without waiting, with or without the end of the requests.
    func send(_ message: [UInt8], isLast: Bool) throws(GRPCStatus) {
        let limit = self.connection.settings.maximumRequestBytes
        guard message.count <= limit else {
            throw GRPCStatus(
                .resourceExhausted, "request has \(message.count) bytes, at most \(limit) are sent")
        }
        self.stream?.send(
            Chunk(prefix: UInt64(message.count), prefixLength: Wire.prefixLength, body: message))
        if isLast { self.stream?.finish() }
    }

    /// Sends a request, after waiting until the server has taken enough of those before.
    func write(_ message: [UInt8]) async throws {
        while let stream, !stream.isWritable, self.state != .over {
            try await self.gate.wait(on: self.executor)
        }
        try self.gate.check()
        try self.send(message, isLast: false)
    }

    func finishRequests() {
        self.stream?.finish()
    }

    func streamCanSend() {
        self.gate.open()
    }

    // MARK: - Responses

    func nextResponse() async throws -> [UInt8]? {
        do {
            return try await self.inbox.next(on: self.executor)
        } catch let error as CancellationError {
            self.abandon(GRPCStatus(.cancelled, "call was cancelled", cause: error))
            throw GRPCStatus(.cancelled, "call was cancelled", cause: error)
        }
    }

    func streamReceivedHeaders(_ headers: HeaderBlock, isEnd: Bool) {
        switch self.state {
        case .waiting:
            self.responseBegan(ResponseHead(headers), isEnd: isEnd, headers: headers)
        case .responding where isEnd:
            self.trailingMetadata = ResponseHead(headers).metadata
            self.end(
                GRPCStatus(trailers: headers)
                    ?? GRPCStatus(.unknown, "response has no grpc-status"))
        case .responding, .over:
            break
        }
    }

    private func responseBegan(_ head: ResponseHead, isEnd: Bool, headers: HeaderBlock) {
        if head.isInformational, !isEnd { return }
        if isEnd {
            self.trailingMetadata = head.metadata
            self.end(GRPCStatus(trailers: headers) ?? head.fault ?? ResponseHead.noStatus)
        } else if let fault = head.fault {
            self.abandon(fault)
        } else {
            self.state = .responding
            self.initialMetadata = head.metadata
        }
    }

    func streamReceivedData(_ bytes: RawSpan) {
        guard self.state != .over else { return }
        self.intake.received(bytes.byteCount)
        do {
            try bytes.withUnsafeBytes { bytes throws(GRPCStatus) in
                var rest = bytes[...]
                while let message = try self.intake.next(from: &rest) {
                    self.inbox.push(message)
                }
            }
        } catch {
            self.abandon(error)
        }
        self.askForGrant()
    }

    func streamReceivedEnd() {
        self.end(ResponseHead.noStatus)
    }

    /// The reader took a response: its bytes may be followed by others.
    private func responseTaken(byteCount: Int) {
        let release = self.intake.taken(messageBytes: byteCount)
        guard let stream, self.state != .over else { return }
        if release.endsGrant { self.connection.releaseGrant(of: stream.id) }
        if release.increment > 0 { stream.openWindow(by: release.increment) }
        self.askForGrant()
    }

    private func askForGrant() {
        guard let stream, self.state != .over,
            let byteCount = self.intake.grantToAsk(hasUnread: !self.inbox.isEmpty)
        else { return }
        self.connection.requestGrant(
            ReceiveBudget.Grant(stream: stream.id, byteCount: byteCount))
    }

    /// The grant is given.
    func granted(_ byteCount: Int) {
        self.intake.granted(byteCount)
        self.stream?.openWindow(by: byteCount)
    }

    // MARK: - End

    /// The server said how the call ended.
    private func end(_ status: GRPCStatus) {
        guard self.state != .over else { return }
        self.state = .over
        if status.code != .ok {
            self.inbox.fail(status)
        } else if self.intake.isMidMessage {
            self.inbox.fail(GRPCStatus(.internalError, "response ends within a message"))
        } else {
            self.inbox.finish()
        }
        self.gate.fail(
            status.code == .ok ? GRPCStatus(.cancelled, "server ended the call") : status)
        // The server wants no more requests.
        if let stream, !stream.isFinished { stream.reset(.cancel) }
    }

    /// This end gives the call up.
    func abandon(_ status: GRPCStatus) {
        guard self.state != .over else { return }
        self.state = .over
        self.inbox.abort(status)
        self.gate.fail(status)
        self.stream?.reset(.cancel)
    }

    func streamClosed(_ end: HTTP2StreamEnd) {
        if let stream { self.connection.callEnded(stream.id, hadDeadline: self.hasDeadline) }
        self.stream = nil
        guard self.state != .over else { return }
        let status: GRPCStatus
        switch end {
        case .code(let code):
            self.isUnprocessed = code == .refusedStream
            status = GRPCStatus(resetCode: code.rawValue)
        case .connection(let error):
            status = GRPCStatus(.unavailable, "connection was lost", cause: error)
        }
        self.end(status)
    }

    func streamTicked() {}
}
