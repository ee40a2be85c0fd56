/// The certificates that are taken back: the revocation lists of members' CAs.
///
/// A CA that has no list here is not asked about. A list that is older than it promised to be still
/// counts: what it names stays taken back, and everything else stays good, so that a late list
/// locks nobody out. Lists of one CA count together.
///
/// This is for connections. What a certificate signed is judged as of when it signed.
public struct RevocationLists: Hashable, Sendable {
    /// The most bytes of a file with lists.
    public static let maximumFileBytes = 16 * 1024 * 1024
    /// The most lists and certificates in one file.
    public static let maximumCount = 1_024

    /// The lists.
    public let lists: [RevocationList]
    private let revoked: Set<Issuance>

    /// No lists: no certificate is taken back.
    public init() { self.init([]) }

    /// Reads the lists of a PEM file.
    ///
    /// Each must be signed by a trust anchor, or by an intermediate CA below one, whose certificate
    /// then stands in the same file.
    ///
    /// Throws `malformedRevocationList` for a file with none, or with anything else between BEGIN
    /// and END; `untrustedRevocationList` for a list that no such CA signed.
    public init(pem: [UInt8], anchors: TrustAnchors) throws {
        let blocks = try RevocationBlocks(pem: pem)
        let authorities = try anchors.authorities(with: blocks.certificates)
        self.init(
            try blocks.lists.enumerated().map { position, der in
                try UnverifiedRevocationList(der: der, position: position + 1)
                    .verified(by: authorities)
            })
    }

    /// Reads the lists of a file, as `init(pem:anchors:)` does.
    ///
    /// Throws `unreadableFile` as well; the message names the file.
    public init(contentsOfFile path: String, anchors: TrustAnchors) throws {
        let file = try RegularFile(path, failingWith: .unreadableFile)
        let pem = try file.contents(atMost: Self.maximumFileBytes)
        self = try CryptoError.naming(path) { try RevocationLists(pem: pem, anchors: anchors) }
    }

    private init(_ lists: [RevocationList]) {
        self.lists = lists
        self.revoked = Set(
            lists.flatMap { list in
                list.serialNumbers.map { Issuance(issuerKey: list.issuerKey, serialNumber: $0) }
            })
    }

    /// How many certificates are taken back.
    public var revokedCount: Int { self.revoked.count }

    /// Whether one of a chain's certificates is taken back.
    public func revokes(_ issuances: [Issuance]) -> Bool {
        !self.revoked.isEmpty && issuances.contains { self.revoked.contains($0) }
    }

    /// Refuses a peer one of whose certificates is taken back.
    ///
    /// Throws `certificateRevoked`.
    public func check(_ peer: VerifiedPeer) throws(CryptoError) {
        guard self.revokes(peer.issuances) else { return }
        throw CryptoError(
            code: .certificateRevoked,
            message: "the certificate of \(peer.identity.spiffeID), or one above it, is revoked "
                + "by its CA")
    }
}

/// What a file of revocation lists holds, nothing of it verified.
struct RevocationBlocks {
    static let listLabel = "X509 CRL"

    /// Lists, in DER.
    let lists: [[UInt8]]
    /// Certificates of intermediate CAs.
    let certificates: [Certificate]

    init(pem: [UInt8]) throws {
        let blocks = try PEMBlock.all(
            in: pem, labelled: [Self.listLabel, Certificate.label],
            atMost: RevocationLists.maximumCount, failingWith: .malformedRevocationList)
        self.lists = blocks.filter { $0.label == Self.listLabel }.map(\.bytes)
        self.certificates = try blocks.filter { $0.label == Certificate.label }.map {
            try Certificate(der: $0.bytes)
        }
        guard !self.lists.isEmpty else {
            throw CryptoError(
                code: .malformedRevocationList, message: "no revocation list in PEM form")
        }
    }
}
