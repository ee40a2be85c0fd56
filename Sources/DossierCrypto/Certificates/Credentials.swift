/// Whom a client or a node speaks for, and the key it proves it with.
public struct Credentials: Sendable {
    /// The certificate chain, without the trust anchor, end-entity certificate first.
    public let chain: [Certificate]
    /// The chain in PEM.
    public let chainPEM: [UInt8]
    /// The private key.
    public let key: PrivateKey
    /// Who that is.
    public let identity: PeerIdentity

    /// Credentials of a member.
    ///
    /// - Parameters:
    ///   - chainPEM: certificate chain in PEM.
    ///   - key: the private key of its first certificate.
    ///   - trustDomain: the members' trust domain.
    /// - Throws: ``CryptoError`` when the certificate carries no identity of the trust domain, or
    ///   the key is another certificate's.
    public init(chainPEM: [UInt8], key: PrivateKey, trustDomain: String) throws {
        let chain = try Certificate.chain(pem: chainPEM)
        self.chain = chain
        self.chainPEM = chainPEM
        self.key = key
        self.identity = try chain[0].peerIdentity(trustDomain: trustDomain)
        guard try chain[0].publicKey == key.publicKey else {
            throw CryptoError(
                code: .keyMismatch, message: "the private key is not that of the certificate")
        }
    }

    /// Credentials from a file with the certificate chain and one with the private key, both PEM.
    ///
    /// Throws `unreadableFile`, what `PrivateKey.init(contentsOfFile:)` throws, and what
    /// `init(chainPEM:key:trustDomain:)` throws; the message names the file.
    public init(certificateFile: String, keyFile: String, trustDomain: String) throws {
        let file = try RegularFile(certificateFile, failingWith: .unreadableFile)
        let pem = try file.contents(atMost: Certificate.maximumFileBytes)
        let key = try CryptoError.naming(keyFile) { try PrivateKey(contentsOfFile: keyFile) }
        self = try CryptoError.naming(certificateFile) {
            try Credentials(chainPEM: pem, key: key, trustDomain: trustDomain)
        }
    }

    /// Whether both are the same certificates: of a key there is nothing to compare.
    public func isSame(as other: Credentials) -> Bool { self.chain == other.chain }
}
