public import DossierCrypto
import Synchronization

/// What a node proves itself with, now: it changes while the node runs.
///
/// Whoever opens a connection asks for it then; connections that are open keep what they began
/// with. The node looks after its files.
public final class NodeIdentity: Sendable {
    /// Where certificate and key are.
    public struct Files: Hashable, Sendable {
        /// PEM file with the certificate chain, without the trust anchor.
        public var certificate: String
        /// PEM file with the private key, readable by its owner alone.
        public var key: String

        /// Files at paths.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Where it is read from; nil if it stays what it is.
    let files: Files?
    private let trustDomain: String
    private let state: Mutex<Credentials>

    /// What files hold, now and whenever they change.
    ///
    /// Throws ``DossierCrypto/CryptoError`` naming the file: unreadable, no certificate and key, or
    /// two that do not belong together.
    public init(files: Files, trustDomain: String) throws {
        self.files = files
        self.trustDomain = trustDomain
        self.state = Mutex(try Self.read(files, trustDomain))
    }

    /// Credentials that stay what they are.
    public init(_ credentials: Credentials) {
        self.files = nil
        self.trustDomain = credentials.identity.trustDomain
        self.state = Mutex(credentials)
    }

    /// The certificate and key in use.
    public var credentials: Credentials { self.state.withLock { $0 } }

    /// Uses others from now on.
    func replace(_ credentials: Credentials) {
        self.state.withLock { $0 = credentials }
    }

    /// What is in the files now.
    func read(_ files: Files) throws -> Credentials { try Self.read(files, self.trustDomain) }

    private static func read(_ files: Files, _ trustDomain: String) throws -> Credentials {
        try Credentials(
            certificateFile: files.certificate, keyFile: files.key, trustDomain: trustDomain)
    }
}
