import Logging
import NIOCore
import NIONghttp2

/// One call on a server: from its request's headers to its status and the end of its handler.
final class ServerStream: HTTP2StreamDelegate, @unchecked Sendable {
    // Sendable: used on the connection's event loop only. The handler's task runs there too; the
    // types that handlers hold, and which they may use elsewhere, come here through the executor.

    private enum State {
        /// The one request is not complete; there is no handler yet.
        case receiving
        /// The handler runs.
        case running
        /// The status is sent or the stream is gone; the handler may still run.
        case over
    }

    let stream: HTTP2Stream
    let executor: EventLoopExecutor
    let call: ServerCall
    private let connection: ServerConnection
    private let method: ServerMethod
    private let hasDeadline: Bool
    private var state = State.receiving
    private var task: Task<Void, Never>?

    private var intake: MessageIntake
    private var ticksReceiving = 0
    /// The one request of a call without request stream, until its handler has it.
    private var request: [UInt8]?
    /// The requests of a call with request stream.
    private var inbox: MessageInbox?

    private var hasSentHeaders = false
    private var gate: WriteGate?

    init(
        stream: HTTP2Stream, connection: ServerConnection, method: ServerMethod,
        call: ServerCall, hasDeadline: Bool
    ) {
        self.stream = stream
        self.connection = connection
        self.executor = connection.executor
        self.method = method
        self.call = call
        self.hasDeadline = hasDeadline
        self.intake = MessageIntake(
            maximumBytes: method.maximumRequestBytes ?? connection.settings.maximumRequestBytes,
            initialWindow: connection.settings.limits.initialStreamWindow)
    }

    // MARK: - Requests

    /// Starts the handler of a call with request stream: it need not wait for a request.
    func open() {
        guard self.method.hasRequestStream else { return }
        self.inbox = MessageInbox { [unowned self] count in
            self.requestTaken(byteCount: count)
        }
        self.startHandler(request: [])
    }

    func streamReceivedHeaders(_ headers: HeaderBlock, isEnd: Bool) {
        // A client's trailers say nothing in gRPC.
        if isEnd { self.streamReceivedEnd() }
    }

    func streamReceivedData(_ bytes: RawSpan) {
        guard self.state != .over else { return }
        self.intake.received(bytes.byteCount)
        do {
            try bytes.withUnsafeBytes { bytes throws(GRPCStatus) in
                var rest = bytes[...]
                while let message = try self.intake.next(from: &rest), self.state != .over {
                    self.requestArrived(message)
                }
            }
        } catch {
            self.fail(error)
        }
        self.askForGrant()
    }

    private func requestArrived(_ message: consuming [UInt8]) {
        if let inbox {
            self.ticksReceiving = 0
            inbox.push(message)
        } else if self.request == nil {
            self.request = message
        } else {
            self.fail(GRPCStatus(.unimplemented, "method takes exactly one request"))
        }
    }

    func streamReceivedEnd() {
        guard self.state != .over else { return }
        if self.intake.isMidMessage {
            self.fail(GRPCStatus(.internalError, "request ends within a message"))
        } else if let inbox {
            inbox.finish()
        } else if let request {
            self.request = nil
            self.startHandler(request: request)
        } else {
            self.fail(GRPCStatus(.unimplemented, "method takes exactly one request"))
        }
    }

    /// The handler took a request: its bytes may be followed by others.
    private func requestTaken(byteCount: Int) {
        let release = self.intake.taken(messageBytes: byteCount)
        if release.endsGrant { self.connection.releaseGrant(of: self.stream.id) }
        if release.increment > 0 { self.stream.openWindow(by: release.increment) }
        self.askForGrant()
    }

    private func askForGrant() {
        guard self.state != .over,
            let byteCount = self.intake.grantToAsk(hasUnread: self.inbox?.isEmpty == false)
        else { return }
        self.connection.requestGrant(
            ReceiveBudget.Grant(stream: self.stream.id, byteCount: byteCount))
    }

    /// The grant is given.
    func granted(_ byteCount: Int) {
        self.intake.granted(byteCount)
        self.stream.openWindow(by: byteCount)
    }

    func nextRequest() async throws -> [UInt8]? {
        self.executor.eventLoop.preconditionInEventLoop()
        return try await self.inbox?.next(on: self.executor)
    }

    // MARK: - Handler

    private func startHandler(request: consuming [UInt8]) {
        self.state = .running
        self.connection.handlerStarted()
        // Ends with its handler; cancelled when the call is over before.
        self.task = Task(executorPreference: self.executor) { [request = consume request] in
            if self.connection.isBackedUp { await self.connection.waitUntilSendable() }
            if self.state == .running { await self.handle(request) }
            self.executor.eventLoop.preconditionInEventLoop()
            self.task = nil
            self.releaseWaiters(GRPCStatus(.cancelled, "call is over"))
            self.connection.handlerEnded()
        }
    }

    private func handle(_ request: [UInt8]) async {
        do {
            switch self.method.handler {
            case .unary(let handler):
                self.end(with: try await handler(request, self.call))
            case .clientStreaming(let handler):
                self.end(with: try await handler(RequestStream(stream: self), self.call))
            case .serverStreaming(let handler):
                try await handler(request, ResponseWriter(stream: self), self.call)
                self.end(GRPCStatus(.ok))
            case .bidirectional(let handler):
                try await handler(
                    RequestStream(stream: self), ResponseWriter(stream: self), self.call)
                self.end(GRPCStatus(.ok))
            }
        } catch {
            self.handlerThrew(error)
        }
    }

    private func handlerThrew(_ error: any Error) {
        guard self.state == .running else { return }
        let status = GRPCStatus(handlerError: error)
        if status.code == .internalError || status.code == .unknown || status.code == .dataLoss {
            self.connection.settings.logger.error(
                "call failed",
                metadata: [
                    "method": "\(self.call.path)", "peer": "\(self.call.remoteAddress)",
                    "stream": "\(self.stream.id)", "error": "\(String(reflecting: error))",
                ])
        }
        self.end(status)
    }

    // MARK: - Responses

    private func end(with response: [UInt8]) {
        guard self.state == .running else { return }
        do {
            try self.send(response)
            self.end(GRPCStatus(.ok))
        } catch {
            self.end(GRPCStatus(handlerError: error))
        }
    }

    func write(_ message: [UInt8]) async throws {
        self.executor.eventLoop.preconditionInEventLoop()
        let gate = self.gate ?? WriteGate()
        self.gate = gate
        while !self.stream.isWritable, self.state == .running {
            try await gate.wait(on: self.executor)
        }
        try gate.check()
        guard self.state == .running else {
            throw GRPCStatus(.cancelled, "call is over")
        }
        try self.send(message)
    }

    private func send(_ message: [UInt8]) throws {
        let limit = self.connection.settings.maximumResponseBytes
        guard message.count <= limit else {
            throw GRPCStatus(
                .resourceExhausted,
                "response has \(message.count) bytes, at most \(limit) are sent")
        }
        self.sendHeaders()
        self.stream.send(
            Chunk(prefix: UInt64(message.count), prefixLength: Wire.prefixLength, body: message))
    }

    private func sendHeaders() {
        guard !self.hasSentHeaders else { return }
        self.hasSentHeaders = true
        var headers = ServerConnection.responseHeaders
        if !self.call.initialMetadata.isEmpty { self.call.initialMetadata.append(to: &headers) }
        self.stream.sendResponse(headers, isEnd: false)
    }

    /// Sends the status, which ends the call for the client; the handler has ended or is cancelled.
    private func end(_ status: GRPCStatus) {
        guard self.state != .over else { return }
        self.leave()
        let trailing = self.call.trailingMetadata
        if self.hasSentHeaders {
            if status.code == .ok, trailing.isEmpty {
                self.stream.finish(trailers: ServerConnection.okTrailers)
            } else {
                var trailers = HeaderBlock()
                status.append(to: &trailers)
                trailing.append(to: &trailers)
                self.stream.finish(trailers: trailers)
            }
        } else {
            var headers = ServerConnection.responseHeaders
            self.call.initialMetadata.append(to: &headers)
            status.append(to: &headers)
            trailing.append(to: &headers)
            self.stream.sendResponse(headers, isEnd: true)
        }
    }

    // MARK: - End

    /// Ends the call for another reason than its handler's end.
    func fail(_ status: GRPCStatus) {
        guard self.state != .over else { return }
        self.end(status)
        self.cancelHandler(status)
    }

    func streamClosed(_ end: HTTP2StreamEnd) {
        self.connection.streamClosed(self.stream.id, hadDeadline: self.hasDeadline)
        guard self.state != .over else { return }
        self.leave()
        self.cancelHandler(GRPCStatus(.cancelled, "call was cancelled by the client"))
    }

    private func leave() {
        self.state = .over
        self.request = nil
    }

    private func cancelHandler(_ status: GRPCStatus) {
        self.releaseWaiters(status)
        self.task?.cancel()
    }

    /// Lets those fail who read requests or write responses, also after their handler.
    private func releaseWaiters(_ status: GRPCStatus) {
        self.inbox?.abort(status)
        self.gate?.fail(status)
    }

    func streamCanSend() {
        self.gate?.open()
    }

    /// A request that takes too long to arrive is given up, however steadily it drips; not one that
    /// waits for this end to open the window.
    func streamTicked() {
        guard self.state != .over, self.intake.isOpen,
            self.state == .receiving || self.intake.isMidMessage
        else { return }
        self.ticksReceiving += 1
        if self.ticksReceiving > self.connection.settings.requestTimeoutSeconds {
            self.fail(GRPCStatus(.deadlineExceeded, "request did not arrive in time"))
        }
    }
}
