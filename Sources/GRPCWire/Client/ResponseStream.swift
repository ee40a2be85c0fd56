/// The responses of a call, in order. Each one that is taken lets the server send more; a server
/// whose responses are not taken has to wait. There is one reader.
///
/// Ends when the call ended with OK, throws its `GRPCStatus` otherwise. Letting go of the stream
/// before its end cancels the call, as does the cancellation of the task that reads it.
public struct ResponseStream: AsyncSequence, Sendable {
    /// A response.
    public typealias Element = [UInt8]

    /// Cancels the call when nobody can read it any more.
    fileprivate final class Hold: Sendable {
        let call: ClientCall

        init(call: ClientCall) {
            self.call = call
        }

        deinit {
            let call = self.call
            call.executor.perform {
                call.abandon(GRPCStatus(.cancelled, "responses are not wanted any more"))
            }
        }
    }

    private let hold: Hold

    init(call: ClientCall) {
        self.hold = Hold(call: call)
    }

    /// The metadata that the server sent before its first response; empty before that has come.
    public var initialMetadata: Metadata {
        get async throws {
            let call = self.hold.call
            return try await call.executor.run { call.initialMetadata }
        }
    }

    /// The metadata that the server sent with the status; empty before the end.
    public var trailingMetadata: Metadata {
        get async throws {
            let call = self.hold.call
            return try await call.executor.run { call.trailingMetadata }
        }
    }

    /// Reads a response stream.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let hold: Hold

        /// The next response; nil when the call has ended with OK.
        public mutating func next() async throws -> [UInt8]? {
            let call = self.hold.call
            return try await call.executor.run { try await call.nextResponse() }
        }
    }

    /// An iterator; all of a stream's iterators share its responses.
    public func makeAsyncIterator() -> Iterator { Iterator(hold: self.hold) }
}
