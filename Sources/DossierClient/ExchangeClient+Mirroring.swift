public import DossierAPI
import GRPCWire

// MARK: - Mirroring

extension ExchangeClient {
    /// Follows a log of the node.
    ///
    /// Its messages are bytes as they came: nothing of them is verified.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``.
    public func follow(_ request: FollowRequest) async throws -> MirrorMessages {
        try await self.messages(of: Mirroring.follow, request.encoded())
    }

    /// Asks for leaves of a log whose hashes alone are known.
    ///
    /// Its messages are bytes as they came: nothing of them is verified.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``.
    public func fetch(_ request: FetchRequest) async throws -> MirrorMessages {
        try await self.messages(of: Mirroring.fetch, request.encoded())
    }

    private func messages(of method: MethodPath, _ request: [UInt8]) async throws -> MirrorMessages
    {
        try await self.call(knowing: nil) {
            MirrorMessages(
                responses: try await self.grpc.serverStreaming(method, request, timeout: nil))
        }
    }
}

/// The messages of a call that mirrors a log. Letting go of them ends the call.
public struct MirrorMessages: Sendable {
    let responses: ResponseStream

    /// The next message as it came; nil when the node has ended the call.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``.
    public func next() async throws -> [UInt8]? {
        do {
            var iterator = self.responses.makeAsyncIterator()
            return try await iterator.next()
        } catch let status as GRPCStatus {
            throw ExchangeError(status)
        }
    }
}
