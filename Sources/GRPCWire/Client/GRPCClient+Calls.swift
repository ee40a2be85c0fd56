extension GRPCClient {
    /// Calls a method with one request and one response.
    ///
    /// A call that the server has certainly not processed, because its connection was ending, is
    /// tried once more on another.
    public func unary(
        _ path: MethodPath, _ request: [UInt8], metadata: Metadata = Metadata(),
        timeout: Duration? = nil
    ) async throws -> [UInt8] {
        try await self.unaryResponse(path, request, metadata: metadata, timeout: timeout).message
    }

    /// The same, with the server's metadata.
    public func unaryResponse(
        _ path: MethodPath, _ request: [UInt8], metadata: Metadata = Metadata(),
        timeout: Duration? = nil
    ) async throws -> UnaryResponse {
        let outline = CallOutline(path: path, metadata: metadata, timeout: timeout)
        let first = try await self.attempt(outline, request)
        if case .answered(let response) = first { return try response.get() }
        switch try await self.attempt(outline, request) {
        case .answered(let response): return try response.get()
        case .notProcessed(let status): throw status
        }
    }

    /// Calls a method with one request and many responses.
    public func serverStreaming(
        _ path: MethodPath, _ request: [UInt8], metadata: Metadata = Metadata(),
        timeout: Duration? = nil
    ) async throws -> ResponseStream {
        let call = try await self.openCall(
            CallOutline(path: path, metadata: metadata, timeout: timeout))
        let responses = ResponseStream(call: call)
        try await call.executor.run { try call.send(request, isLast: true) }
        return responses
    }

    /// Calls a method with many requests and one response. `body` sends the requests; when it
    /// returns they are complete, and if it throws the call is cancelled.
    public func clientStreaming(
        _ path: MethodPath, metadata: Metadata = Metadata(), timeout: Duration? = nil,
        _ body: (_ requests: RequestWriter) async throws -> Void
    ) async throws -> [UInt8] {
        let outline = CallOutline(path: path, metadata: metadata, timeout: timeout)
        return try await self.withCall(outline) { call in
            try await body(RequestWriter(call: call))
            call.executor.perform { call.finishRequests() }
            return try await call.executor.run { try await call.unaryResponse().message }
        }
    }

    /// Calls a method with many requests and many responses. `body` sends the requests and reads the
    /// responses; the call ends with it at the latest.
    public func bidirectional<Result>(
        _ path: MethodPath, metadata: Metadata = Metadata(), timeout: Duration? = nil,
        _ body: (_ requests: RequestWriter, _ responses: ResponseStream) async throws -> Result
    ) async throws -> Result {
        let outline = CallOutline(path: path, metadata: metadata, timeout: timeout)
        return try await self.withCall(outline) { call in
            try await body(RequestWriter(call: call), ResponseStream(call: call))
        }
    }

    // MARK: - Private parts

    private enum Attempt: Sendable {
        case answered(Result<UnaryResponse, any Error>)
        case notProcessed(GRPCStatus)
    }

    private func attempt(_ outline: CallOutline, _ request: [UInt8]) async throws -> Attempt {
        let connection = try await self.connection(for: outline)
        return try await connection.executor.run {
            let call = ClientCall(connection: connection)
            do throws(GRPCStatus) {
                try connection.open(call, outline)
            } catch {
                return .notProcessed(error)
            }
            do {
                try call.send(request, isLast: true)
                return .answered(.success(try await call.unaryResponse()))
            } catch let status as GRPCStatus where call.isUnprocessed {
                return .notProcessed(status)
            } catch {
                call.abandon(GRPCStatus(.cancelled, "request was not sent"))
                return .answered(.failure(error))
            }
        }
    }

    /// The connection; why there is none is a status, as calls throw.
    private func connection(
        for outline: CallOutline
    ) async throws(GRPCStatus) -> ClientConnection {
        do {
            return try await self.connection(before: outline.deadline)
        } catch let status as GRPCStatus {
            throw status
        } catch is CancellationError {
            throw GRPCStatus(.cancelled, "call was cancelled")
        } catch {
            throw GRPCStatus(.unavailable, "no connection", cause: error)
        }
    }

    private func openCall(_ outline: CallOutline) async throws -> ClientCall {
        let connection = try await self.connection(for: outline)
        let call = ClientCall(connection: connection)
        try await connection.executor.run { try connection.open(call, outline) }
        return call
    }

    private func withCall<Result>(
        _ outline: CallOutline, _ body: (ClientCall) async throws -> Result
    ) async throws -> Result {
        let call = try await self.openCall(outline)
        defer {
            call.executor.perform { call.abandon(GRPCStatus(.cancelled, "call was given up")) }
        }
        return try await body(call)
    }
}

/// What a call is opened with.
struct CallOutline: Sendable {
    var path: MethodPath
    var metadata: Metadata
    var deadline: ContinuousClock.Instant?

    init(path: MethodPath, metadata: Metadata, timeout: Duration?) {
        self.path = path
        self.metadata = metadata
        self.deadline = timeout.map { .now + $0 }
    }
}

/// The answer to a call with one response.
public struct UnaryResponse: Sendable {
    /// The response.
    public let message: [UInt8]
    /// What the server sent before it.
    public let initialMetadata: Metadata
    /// What the server sent after it.
    public let trailingMetadata: Metadata
}

extension ClientCall {
    /// The one response. Called on the event loop.
    func unaryResponse() async throws -> UnaryResponse {
        guard let message = try await self.nextResponse() else {
            throw GRPCStatus(.unimplemented, "server sent no response")
        }
        guard try await self.nextResponse() == nil else {
            let status = GRPCStatus(.unimplemented, "server sent more than one response")
            self.abandon(status)
            throw status
        }
        return UnaryResponse(
            message: message, initialMetadata: self.initialMetadata,
            trailingMetadata: self.trailingMetadata)
    }
}
