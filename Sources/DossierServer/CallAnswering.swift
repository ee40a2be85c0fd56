import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire
import Logging

/// Runs calls for the peer of their connection; whatever is thrown becomes a status.
struct CallAnswering: Sendable {
    /// Knows which certificates are taken back.
    let identity: NodeIdentity
    let logger: Logger
    let shutdown: Shutdown

    /// Runs a call.
    func answer<Value>(
        _ call: ServerCall, _ body: (Peer) async throws -> Value
    ) async throws -> Value {
        guard let peer = call.connection as? Peer else {
            throw GRPCStatus(.unauthenticated, "no verified certificate")
        }
        // Its connection is closed as well, but a call may come before that.
        guard !self.identity.revocations.revokes(peer.issuances) else {
            throw GRPCStatus(
                .unauthenticated, "the certificate of \(peer.identity.spiffeID) is revoked")
        }
        do {
            return try await body(peer)
        } catch let error where error is GRPCStatus || error is CancellationError {
            throw error  // The call itself ended: cancelled, or past its deadline.
        } catch {
            let error = ExchangeError(wrapping: error)
            self.record(error, call, peer)
            throw GRPCStatus(error)
        }
    }

    /// Runs a call that goes on until its peer ends it, or the node shuts down.
    func follow(
        _ call: ServerCall, _ body: @escaping @Sendable (Peer) async throws -> Void
    ) async throws {
        try await self.answer(call) { peer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body(peer) }
                group.addTask {
                    await self.shutdown.wait()
                    try Task.checkCancellation()
                    throw GRPCStatus(.unavailable, "the node is shutting down")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    /// Refusals are part of the day, failures of our own are not.
    private func record(_ error: ExchangeError, _ call: ServerCall, _ peer: Peer) {
        let level: Logger.Level = error.isNodesFault ? .error : .notice
        self.logger.log(
            level: level, "\(call.path.method) refused",
            metadata: [
                "peer": "\(peer.identity.spiffeID)", "code": "\(error.code)",
                "error": "\(String(reflecting: error).escapedForTerminal)",
            ])
    }
}
