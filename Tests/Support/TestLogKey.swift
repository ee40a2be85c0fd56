public import DossierCore
public import DossierCrypto
public import MerkleLog

/// The key that signs checkpoints in tests: made once in a process, for every log.
public enum TestLogKey {
    /// The private key.
    public static let privateKey: PrivateKey = {
        guard let key = try? PrivateKey.generate(.ed25519) else {
            preconditionFailure("libcrypto makes no Ed25519 key")
        }
        return key
    }()

    /// What signs the checkpoints of a log.
    public static func signer(of origin: String) throws -> NoteSigner {
        try NoteSigner(name: origin, privateKey: self.privateKey)
    }

    /// A log as its readers know it.
    public static func log(_ origin: String) throws -> LogIdentity {
        LogIdentity(origin: origin, key: try self.signer(of: origin).verifierKey)
    }
}
