/// Who a certificate says its holder is: an organisation's node, person or service.
///
/// Written as a SPIFFE ID, `spiffe://<trust domain>/org/<organisation>/<kind>/<name>`, in exactly
/// one form: nothing is escaped, folded or normalised, so equal identities are equal bytes.
public struct PeerIdentity: Hashable, Sendable {
    /// What an organisation gives certificates to.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A running node.
        case node
        /// An analyst.
        case person
        /// A program that acts for the organisation.
        case service
    }

    /// The trust domain, a lower-case host name.
    public let trustDomain: String
    /// The organisation: `[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?`.
    public let organisation: String
    /// Node, person or service.
    public let kind: Kind
    /// The name within organisation and kind: lower-case letters and digits, with single `.`, `_`
    /// or `-` between them, at most 64 bytes.
    public let name: String

    /// Creates an identity from its parts.
    ///
    /// Throws `malformedIdentity` if one of them is not in the form given there.
    public init(trustDomain: String, organisation: String, kind: Kind, name: String) throws {
        guard IdentityGrammar.isTrustDomain(trustDomain.utf8),
            IdentityGrammar.isOrganisation(organisation.utf8), IdentityGrammar.isName(name.utf8)
        else {
            throw CryptoError(code: .malformedIdentity, message: "identity has a malformed part")
        }
        self.trustDomain = trustDomain
        self.organisation = organisation
        self.kind = kind
        self.name = name
    }

    /// Reads an identity from the bytes of a SPIFFE ID of the trust domain given.
    ///
    /// Throws `malformedIdentity` for anything but the one form, `foreignTrustDomain` for a
    /// well-formed identity of another domain.
    public init(spiffeID: some Collection<UInt8>, trustDomain: String) throws {
        guard let parts = IdentityGrammar.parts(ofSPIFFEID: Array(spiffeID)),
            let kind = Kind(rawValue: parts.kind)
        else {
            throw CryptoError(
                code: .malformedIdentity,
                message: "URI of \(spiffeID.count) bytes is no SPIFFE ID of an organisation")
        }
        try self.init(
            trustDomain: parts.trustDomain, organisation: parts.organisation, kind: kind,
            name: parts.name)
        guard self.trustDomain == trustDomain else {
            throw CryptoError(
                code: .foreignTrustDomain,
                message: "trust domain \(self.trustDomain), expected \(trustDomain)")
        }
    }

    /// The identity as a SPIFFE ID.
    public var spiffeID: String { "spiffe://\(self.trustDomain)\(self.path)" }

    /// The identity within its trust domain: `/org/<organisation>/<kind>/<name>`.
    public var path: String { "/org/\(self.organisation)/\(self.kind.rawValue)/\(self.name)" }
}

extension PeerIdentity: CustomStringConvertible {
    /// The SPIFFE ID.
    public var description: String { self.spiffeID }
}
