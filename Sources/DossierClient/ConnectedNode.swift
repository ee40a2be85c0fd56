import DossierAPI
import DossierCrypto
import Synchronization

/// The node at the other end of a client's connection, as its certificate has it.
final class ConnectedNode: Sendable {
    private let peer = Mutex<VerifiedPeer?>(nil)

    /// Remembers whose certificate was verified.
    func verified(_ peer: VerifiedPeer) { self.peer.withLock { $0 = peer } }

    /// Who it is; nil before its certificate was verified.
    var identity: PeerIdentity? { self.peer.withLock { $0?.identity } }

    /// Refuses a node whose certificate was taken back since the connection was made.
    ///
    /// Throws ``DossierAPI/ExchangeError`` with code `unverifiable`.
    func check(_ revocations: RevocationLists) throws(ExchangeError) {
        guard let peer = self.peer.withLock({ $0 }) else { return }
        do { try revocations.check(peer) } catch {
            throw ExchangeError(code: .unverifiable, message: error.message, cause: error)
        }
    }
}
