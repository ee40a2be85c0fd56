import DossierCore
import DossierCrypto
import Logging

/// Looks after the files that a running node's identity comes from.
///
/// What is there is put to use only if it is good; else what was in use stays, and the log says
/// why, once.
struct IdentityWatch {
    private static let hint =
        "put a good certificate and its key into both files; nothing needs to be restarted"

    private let identity: NodeIdentity
    private let logger: Logger
    private var pair: WatchedFiles

    /// A watch over an identity's files.
    init(_ identity: NodeIdentity, logger: Logger) {
        self.identity = identity
        self.logger = logger
        self.pair = WatchedFiles(identity.files.map { [$0.certificate, $0.key] } ?? [])
    }

    /// Looks whether certificate or key has changed, and puts a good pair to use.
    ///
    /// - Parameter prepare: checks a pair, and makes what it is used through.
    /// - Returns: what was made of a pair that is new; nil while the old one stays.
    mutating func look<Prepared>(
        _ prepare: (Credentials) throws -> Prepared
    ) -> Prepared? {
        guard let files = self.identity.files else { return nil }
        let current = self.identity.credentials
        let finding = self.pair.look { () -> (Credentials, Prepared)? in
            let found = try self.identity.read(files)
            return found.isSame(as: current) ? nil : (found, try prepare(found))
        }
        switch finding {
        case .nothing, .value(nil):
            return nil
        case .value((let credentials, let prepared)?):
            self.identity.replace(credentials)
            self.logger.notice(
                "new certificate and key in use",
                metadata: [
                    "certificate": "\(files.certificate)",
                    "identity": "\(credentials.identity.spiffeID)",
                    "ends": "\(Self.moment(credentials.chain[0].notAfter))",
                ])
            return prepared
        case .failure(let error):
            self.logger.error(
                "new certificate and key are not used, the old ones stay",
                metadata: [
                    "certificate": "\(files.certificate)", "key": "\(files.key)",
                    "reason": "\(NodeError.reason(of: error))",
                    "hint": "\(Self.hint)",
                ])
            return nil
        }
    }

    private static func moment(_ seconds: Int64) -> String {
        Moment(unixSeconds: seconds).map { "\($0)" } ?? "never"
    }
}
