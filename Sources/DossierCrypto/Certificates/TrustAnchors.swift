import COpenSSL

/// The CA certificates of each organisation, and the decision whom a certificate chain proves.
///
/// Each organisation's anchors are a store of their own, and a chain is checked against the store
/// of the organisation that its identity names. So no CA can speak for another organisation, and
/// no organisation can disturb the checks of another, not even with an anchor of equal name and
/// key identifier.
///
/// Trust anchors never change: whoever reloads them makes new ones, with nothing remembered.
///
/// Sendable although it holds pointers: an `X509_STORE` is built by `init` and locks itself.
public final class TrustAnchors: @unchecked Sendable {
    /// What a certificate is used for.
    public enum Usage: Hashable, Sendable {
        /// A TLS client authenticates itself.
        case client
        /// A TLS server authenticates itself.
        case server
        /// An originator signed a batch.
        case attestation
    }

    /// The most intermediate certificates between anchor and end entity.
    public static let maximumIntermediates = 4

    /// The trust domain of all identities.
    public let trustDomain: String

    /// The CA certificates of each organisation.
    public let certificates: [String: [Certificate]]

    let stores: [String: OpaquePointer]  // X509_STORE *, owned
    private let verified = VerifiedPeers()

    /// Creates trust anchors from each organisation's CA certificates, which may be intermediates.
    ///
    /// Throws `malformedIdentity` for a malformed trust domain or organisation, `malformedAnchors`
    /// for a certificate that is no CA's, or one that stands under two organisations.
    public init(trustDomain: String, anchors: [String: [Certificate]]) throws {
        try Self.check(trustDomain: trustDomain, anchors)
        var stores: [String: OpaquePointer] = [:]
        do {
            for (organisation, certificates) in anchors {
                stores[organisation] = try Self.store(of: certificates)
            }
        } catch {
            for store in stores.values { X509_STORE_free(store) }
            throw error
        }
        self.trustDomain = trustDomain
        self.certificates = anchors
        self.stores = stores
    }

    deinit { for store in self.stores.values { X509_STORE_free(store) } }

    /// Verifies that a chain, end-entity certificate first, proves an identity, and returns it.
    ///
    /// `time` is in seconds since 1970 in UTC, now if nil. Throws what `peerIdentity` throws,
    /// `unknownOrganisation`, `untrustedChain`, `certificateExpired`, `certificateNotYetValid` or
    /// `wrongUsage`.
    public func verify(
        chain: [Certificate], at time: Int64? = nil, usage: Usage
    ) throws -> PeerIdentity {
        try self.peer(proven: chain, at: time ?? UnixTime.now, usage: usage).identity
    }

    /// Verifies a chain in DER, end-entity certificate first, as `verify(chain:at:usage:)` does, and
    /// remembers it: the same bytes again cost one digest, not two signatures.
    ///
    /// Throws `malformedCertificate` as well.
    public func verify(
        encodedChain: [[UInt8]], at time: Int64? = nil, usage: Usage
    ) throws -> VerifiedPeer {
        try Self.check(count: encodedChain.count)
        let time = time ?? UnixTime.now
        let key = VerifiedPeers.Key(encodedChain, usage)
        if let peer = self.verified.peer(for: key, at: time) { return peer }
        let chain = try encodedChain.map { try Certificate(der: $0) }
        let peer = try self.peer(proven: chain, at: time, usage: usage)
        self.verified.remember(peer, for: key)
        return peer
    }

    private static func check(count: Int) throws(CryptoError) {
        guard (1...Certificate.maximumChainLength).contains(count) else {
            throw CryptoError(
                code: .untrustedChain,
                message: "chain of \(count), expected 1 to \(Certificate.maximumChainLength)")
        }
    }

    private func peer(
        proven chain: [Certificate], at time: Int64, usage: Usage
    ) throws -> VerifiedPeer {
        try Self.check(count: chain.count)
        let endEntity = chain[0]
        let identity = try endEntity.peerIdentity(trustDomain: self.trustDomain)
        guard let store = self.stores[identity.organisation] else {
            throw CryptoError(
                code: .unknownOrganisation, message: "no anchors of \(identity.organisation)")
        }
        try usage.check(endEntity)
        let path = try Self.verifyPath(chain, store: store, at: time, usage: usage)
        return VerifiedPeer(
            identity: identity, certificate: endEntity, publicKey: try? endEntity.publicKey,
            path: path.certificates, issuances: path.issuances, validity: path.validity)
    }

    private static func check(
        trustDomain: String, _ anchors: [String: [Certificate]]
    ) throws(CryptoError) {
        guard IdentityGrammar.isTrustDomain(trustDomain.utf8),
            anchors.keys.allSatisfy({ IdentityGrammar.isOrganisation($0.utf8) })
        else {
            throw CryptoError(
                code: .malformedIdentity, message: "malformed trust domain or organisation")
        }
        var holders: [Digest: String] = [:]
        for (organisation, certificates) in anchors {
            for certificate in certificates {
                try self.check(certificate, of: organisation, holders: &holders)
            }
        }
    }

    /// An anchor is told from others by its key: a second certificate for the same key would let
    /// one CA speak for two organisations.
    private static func check(
        _ certificate: Certificate, of organisation: String, holders: inout [Digest: String]
    ) throws(CryptoError) {
        guard certificate.isAuthority else {
            throw CryptoError(
                code: .malformedAnchors, message: "anchor of \(organisation) is no CA certificate")
        }
        let key: Digest
        do { key = SHA256.digest(of: try certificate.subjectPublicKeyInfo) } catch {
            throw CryptoError(code: .malformedAnchors, message: "anchor has no key", cause: error)
        }
        guard holders.updateValue(organisation, forKey: key) ?? organisation == organisation else {
            throw CryptoError(
                code: .malformedAnchors, message: "anchor of \(organisation) is another's as well")
        }
    }

    private static func store(of certificates: [Certificate]) throws(CryptoError) -> OpaquePointer {
        let store = try LibCrypto.make(.libraryFailure, "no store") { X509_STORE_new() }
        for certificate in certificates {
            // The store takes a reference of its own.
            let isAdded = certificate.withX509 { X509_STORE_add_cert(store, $0) == 1 }
            guard isAdded else {
                X509_STORE_free(store)
                throw CryptoError(
                    code: .libraryFailure, message: "anchor not added",
                    cause: LibraryError.drained())
            }
        }
        return store
    }
}
