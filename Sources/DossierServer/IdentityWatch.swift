import DossierCore
import DossierCrypto
import Logging

/// Looks after the files that a running node's identity comes from.
///
/// What is there is put to use only if it is good; else what was in use stays, and the log says
/// why, once.
struct IdentityWatch {
    private let identity: NodeIdentity
    private let anchors: TrustAnchors
    private let logger: Logger
    private var pair: WatchedFiles
    private var lists: WatchedFiles

    /// A watch over an identity's files.
    init(_ identity: NodeIdentity, anchors: TrustAnchors, logger: Logger) {
        self.identity = identity
        self.anchors = anchors
        self.logger = logger
        let files = identity.files
        self.pair = WatchedFiles(files.map { [$0.certificate, $0.key] } ?? [])
        self.lists = WatchedFiles(files?.revocationLists.map { [$0] } ?? [])
    }

    /// Looks whether certificate or key has changed, and puts a good pair to use.
    ///
    /// - Parameter prepare: checks a pair, and makes what it is used through.
    /// - Returns: what was made of a pair that is new; nil while the old one stays.
    mutating func lookAtPair<Prepared>(
        _ prepare: (Credentials) throws -> Prepared
    ) -> Prepared? {
        guard let files = self.identity.files else { return nil }
        let current = self.identity.credentials
        let finding = self.pair.look { () -> (Credentials, Prepared)? in
            let found = try files.credentials(self.anchors.trustDomain)
            return found.isSame(as: current) ? nil : (found, try prepare(found))
        }
        switch finding {
        case .nothing:
            return nil
        case .value(nil):
            self.identity.setPairProblem(nil)
            return nil
        case .value((let credentials, let prepared)?):
            self.identity.setPairProblem(nil)
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
            let problem = Self.problem(
                "certificate and key in \(files.certificate) and \(files.key)", error,
                "put a certificate and its key into both files")
            self.identity.setPairProblem(problem)
            self.logger.error("\(problem)")
            return nil
        }
    }

    /// Looks whether the revocation lists have changed, and puts good ones to use.
    ///
    /// - Returns: whether others are in use now.
    mutating func lookAtLists() -> Bool {
        guard let files = self.identity.files, let path = files.revocationLists else {
            return false
        }
        let finding = self.lists.look {
            try files.revocations(self.anchors) ?? RevocationLists()
        }
        switch finding {
        case .nothing:
            return false
        case .value(let revocations):
            self.identity.setListsProblem(nil)
            guard revocations != self.identity.revocations else { return false }
            self.identity.replace(revocations)
            self.logger.notice(
                "new revocation lists in use",
                metadata: [
                    "lists": "\(path)", "cas": "\(revocations.lists.count)",
                    "revoked": "\(revocations.revokedCount)",
                ])
            return true
        case .failure(let error):
            let problem = Self.problem(
                "revocation lists in \(path)", error, "put good lists into the file")
            self.identity.setListsProblem(problem)
            self.logger.error("\(problem)")
            return false
        }
    }

    private static func problem(_ what: String, _ error: any Error, _ advice: String) -> String {
        "the \(what) are not used, and those before stay in use: \(NodeError.reason(of: error)); "
            + "\(advice), nothing needs to be restarted"
    }

    private static func moment(_ seconds: Int64) -> String {
        Moment(unixSeconds: seconds).map { "\($0)" } ?? "never"
    }
}
