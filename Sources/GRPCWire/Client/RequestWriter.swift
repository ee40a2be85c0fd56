/// Sends the requests of a call. There is one writer at a time.
public struct RequestWriter: Sendable {
    let call: ClientCall

    /// Sends a request, after waiting until the server has taken enough of those before. Throws the
    /// call's `GRPCStatus` when it is over, and `CancellationError` in a cancelled task.
    public func write(_ message: [UInt8]) async throws {
        let call = self.call
        try await call.executor.run { try await call.write(message) }
    }

    /// Says that there are no more requests.
    public func finish() {
        let call = self.call
        call.executor.perform { call.finishRequests() }
    }
}
