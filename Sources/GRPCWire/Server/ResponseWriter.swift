/// Sends the responses of a call. There is one writer at a time.
public struct ResponseWriter: Sendable {
    let stream: ServerStream

    /// Sends a response, after waiting until the client has taken enough of what was sent before.
    /// Throws the call's status when it is over, and `CancellationError` in a cancelled task.
    public func write(_ message: [UInt8]) async throws {
        let stream = self.stream
        try await stream.executor.run { try await stream.write(message) }
    }
}
