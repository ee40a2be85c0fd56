/// The requests of a call, in order. Each one that is taken lets the client send more; a client
/// whose requests are not taken has to wait. There is one reader.
///
/// Ends after the client's last request; throws the call's status when it is over for another
/// reason, and `CancellationError` in a task that is cancelled.
public struct RequestStream: AsyncSequence, Sendable {
    /// A request.
    public typealias Element = [UInt8]

    let stream: ServerStream

    /// Reads a request stream.
    public struct Iterator: AsyncIteratorProtocol {
        let stream: ServerStream

        /// The next request; nil after the last.
        public mutating func next() async throws -> [UInt8]? {
            let stream = self.stream
            return try await stream.executor.run { try await stream.nextRequest() }
        }
    }

    /// An iterator; all of a stream's iterators share its requests.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self.stream) }
}
