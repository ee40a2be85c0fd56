import Synchronization

/// What a verified chain proves.
public struct VerifiedPeer: Sendable {
    /// Whom it proves.
    public let identity: PeerIdentity
    /// The end-entity certificate.
    public let certificate: Certificate
    /// Its key; nil if it is not of a ``KeyAlgorithm``.
    public let publicKey: PublicKey?
    /// The path from the end-entity certificate up to, and without, the trust anchor, in DER.
    public let path: [[UInt8]]
    /// Who issued each of them, and under which number.
    public let issuances: [Issuance]
    /// From when to when every certificate of the path is valid, in seconds since 1970 in UTC.
    public let validity: Range<Int64>
}

/// The chains that were verified before, by their bytes.
///
/// Besides the anchors, which never change, the outcome of a verification depends on the time alone,
/// so it holds within the path's validity. Only successes are kept: a stranger cannot fill it.
final class VerifiedPeers: Sendable {
    /// More than the members of an exchange have; when it is full, all are forgotten.
    static let maximumCount = 4096

    struct Key: Hashable {
        let digest: Digest
        let usage: TrustAnchors.Usage

        init(_ encodedChain: [[UInt8]], _ usage: TrustAnchors.Usage) {
            let hasher = SHA256.Hasher()
            for certificate in encodedChain {
                // The length before the bytes: one certificate cannot pass for two.
                withUnsafeBytes(of: UInt64(certificate.count)) { hasher.update($0) }
                hasher.update(certificate)
            }
            self.digest = hasher.finish()
            self.usage = usage
        }
    }

    private let peers = Mutex<[Key: VerifiedPeer]>([:])

    func peer(for key: Key, at time: Int64) -> VerifiedPeer? {
        let peer = self.peers.withLock { $0[key] }
        return peer.flatMap { $0.validity.contains(time) ? $0 : nil }
    }

    func remember(_ peer: VerifiedPeer, for key: Key) {
        self.peers.withLock { peers in
            if peers.count >= Self.maximumCount { peers.removeAll(keepingCapacity: true) }
            peers[key] = peer
        }
    }
}
