import DossierAPI
import DossierClient
import DossierCore
import MerkleLog

/// Reaches a peer's node over the network.
struct NodeConnector: PeerConnecting {
    /// What a connection is made from, asked for with each.
    let configuration: @Sendable () -> ExchangeClient.Configuration

    func connect() async throws(SyncFailure) -> any PeerLink {
        do {
            return NodeLink(client: try await ExchangeClient.connect(self.configuration()))
        } catch {
            throw SyncFailure(linking: error)
        }
    }
}

/// A connection to a peer's node.
private struct NodeLink: PeerLink {
    let client: ExchangeClient

    func ask(_ question: LogQuestion) async throws(SyncFailure) -> any PeerMessages {
        do { return NodeMessages(messages: try await self.client.ask(question)) } catch {
            throw SyncFailure(linking: error)
        }
    }

    func offer(
        _ offering: any LogOffering, onQuestion: @Sendable () async -> Void
    ) async throws(SyncFailure) {
        do { try await self.client.offer(offering, onQuestion: onQuestion) } catch {
            throw SyncFailure(linking: error)
        }
    }

    func close() async { self.client.close() }
}

/// The messages of a call.
private struct NodeMessages: PeerMessages {
    let messages: MirrorMessages

    func next() async throws(SyncFailure) -> [UInt8]? {
        do { return try await self.messages.next() } catch {
            throw SyncFailure(linking: error)
        }
    }
}

extension SyncFailure {
    /// What a failure of a connection or call means.
    init(linking error: any Error) {
        switch error {
        case let error as SyncFailure: self = error
        case let error as VerificationError: self.init(error)
        case let error as ExchangeError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the call was given up")
        default: self.init(.unreachable, "\(error)", cause: error)
        }
    }

    private init(_ error: ExchangeError) {
        let message = error.message.escapedForTerminal
        switch error.code {
        case .notPermitted: self.init(.notPermitted, message, cause: error)
        case .outOfRange: self.init(.olderLog, message, cause: error)
        // What this side could not read of an answer, and not what the peer says of a question.
        case .badRequest, .unverifiable, .overloaded: self.init(.broken, message, cause: error)
        case .notFound, .unsupportedOperation, .dataLoss, .failed:
            self.init(.unavailable, message, cause: error)
        default: self.init(.unreachable, message, cause: error)
        }
    }
}
