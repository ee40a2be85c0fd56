public import DossierCrypto
import Synchronization

/// What a node proves itself with, and which certificates it knows to be taken back: both change
/// while the node runs.
///
/// Whoever opens a connection asks for them then. Connections that are open keep the certificate
/// they began with. The node looks after its files.
public final class NodeIdentity: Sendable {
    /// Where certificate, key and revocation lists are.
    public struct Files: Hashable, Sendable {
        /// PEM file with the certificate chain, without the trust anchor.
        public var certificate: String
        /// PEM file with the private key, readable by its owner alone.
        public var key: String

        /// PEM file with the revocation lists of members' CAs; nil for none.
        public var revocationLists: String?

        /// Files at paths.
        public init(certificate: String, key: String, revocationLists: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.revocationLists = revocationLists
        }
    }

    private struct State {
        var credentials: Credentials
        var revocations: RevocationLists
        /// Why what is in the files now is not in use.
        var pairProblem: String?
        var listsProblem: String?
    }

    /// Where it is read from; nil if it stays what it is.
    let files: Files?
    private let state: Mutex<State>

    /// What files hold, now and whenever they change.
    ///
    /// Throws ``DossierCrypto/CryptoError`` naming the file: unreadable, no certificate and key, two
    /// that do not belong together, or no revocation lists of members' CAs.
    public init(files: Files, anchors: TrustAnchors) throws {
        self.files = files
        self.state = Mutex(
            State(
                credentials: try files.credentials(anchors.trustDomain),
                revocations: try files.revocations(anchors) ?? RevocationLists()))
    }

    /// An identity that stays what it is.
    public init(_ credentials: Credentials, revocations: RevocationLists = RevocationLists()) {
        self.files = nil
        self.state = Mutex(State(credentials: credentials, revocations: revocations))
    }

    /// The certificate and key in use.
    public var credentials: Credentials { self.state.withLock { $0.credentials } }

    /// The revocation lists in use.
    public var revocations: RevocationLists { self.state.withLock { $0.revocations } }

    /// Files that hold something other than what is in use, and why.
    var problems: [String] {
        self.state.withLock { [$0.pairProblem, $0.listsProblem].compactMap { $0 } }
    }

    /// Sets why what is in the files of certificate and key is not in use; nil if it is.
    func setPairProblem(_ problem: String?) { self.state.withLock { $0.pairProblem = problem } }

    /// Sets why what is in the file of revocation lists is not in use; nil if it is.
    func setListsProblem(_ problem: String?) { self.state.withLock { $0.listsProblem = problem } }

    /// Uses others from now on.
    func replace(_ credentials: Credentials) {
        self.state.withLock { $0.credentials = credentials }
    }

    /// Uses others from now on.
    func replace(_ revocations: RevocationLists) {
        self.state.withLock { $0.revocations = revocations }
    }
}

extension NodeIdentity.Files {
    /// The certificate and key that are there now.
    func credentials(_ trustDomain: String) throws -> Credentials {
        try Credentials(
            certificateFile: self.certificate, keyFile: self.key, trustDomain: trustDomain)
    }

    /// The revocation lists that are there now; nil without a file for them.
    func revocations(_ anchors: TrustAnchors) throws -> RevocationLists? {
        try self.revocationLists.map { try RevocationLists(contentsOfFile: $0, anchors: anchors) }
    }
}
