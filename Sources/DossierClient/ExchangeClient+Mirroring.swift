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
        let (node, revocations) = (self.node, self.configuration.revocations)
        return try await self.call(knowing: nil) {
            MirrorMessages(
                responses: try await self.grpc.serverStreaming(method, request, timeout: nil),
                checkNode: { () throws(ExchangeError) in try node.check(revocations()) })
        }
    }
}

/// The messages of a call that mirrors a log. Letting go of them ends the call.
public struct MirrorMessages: Sendable {
    let responses: ResponseStream
    /// Throws if the node's certificate was taken back.
    let checkNode: @Sendable () throws(ExchangeError) -> Void

    /// The next message as it came; nil when the node has ended the call.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, with code `unverifiable` when the node's certificate
    ///   was taken back meanwhile.
    public func next() async throws -> [UInt8]? {
        do {
            var iterator = self.responses.makeAsyncIterator()
            let message = try await iterator.next()
            try self.checkNode()
            return message
        } catch let status as GRPCStatus {
            throw ExchangeError(status)
        }
    }
}
