// DossierServer: an organisation's node.
//
// `Node` opens the store, listens, and drains when told to stop. `ExchangeService` answers the
// calls of dossier.v1.ExchangeService: `SubmissionChecker` decides whether a batch may be logged,
// the store logs it, and every record that leaves goes through `ReleaseDecision`. `Peer` is who
// calls, by certificate, and what the member directory lets it do. `NodeIdentity` is what the node
// proves itself with and which certificates it turns away, kept up with its files by
// `IdentityWatch`; `Expiry` warns of what ends.
//
// The room leaves out how bytes travel (GRPCWire), what a record must look like (DossierCore) and
// how it is kept (DossierStore).

public import DossierCore
public import DossierCrypto

/// Who calls, and what it may do.
public struct Peer: Sendable {
    /// The identity its verified certificate proves.
    public let identity: PeerIdentity
    /// What the member directory lets it do.
    public let roles: Set<Members.Role>
    /// Who issued its certificate and those above it.
    let issuances: [Issuance]

    /// Organisation id of the peer.
    public var organisation: String { self.identity.organisation }

    /// The peer that a verified certificate chain proves.
    ///
    /// - Parameter chain: DER, end-entity certificate first.
    /// - Throws: ``DossierCrypto/CryptoError`` when the chain does not end in an anchor of the
    ///   organisation that the certificate names, or a certificate is revoked.
    init(
        chain: [[UInt8]], anchors: TrustAnchors, members: Members, revocations: RevocationLists
    ) throws {
        let peer = try anchors.verify(encodedChain: chain, usage: .client)
        try revocations.check(peer)
        self.identity = peer.identity
        self.issuances = peer.issuances
        self.roles = members.roles(of: self.identity, at: UnixTime.now)
    }
}
