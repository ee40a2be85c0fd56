import DossierCore
import DossierCrypto

/// What certificate and key must be to be a node's.
struct CredentialRules: Sendable {
    let members: Members
    let anchors: TrustAnchors
    /// The public half of what signs the log's checkpoints.
    let logKey: PublicKey

    /// The member whose node they are, at a time in seconds since 1970.
    ///
    /// Throws ``NodeError`` with code `notANode`, or `unusableLogKey` if the key signs checkpoints
    /// as well; ``DossierCrypto/CryptoError`` if the chain proves nothing.
    func organisation(
        of credentials: Credentials, at time: Int64
    ) throws -> Members.Organisation {
        let identity = credentials.identity
        guard identity.kind == .node else {
            throw NodeError(
                code: .notANode,
                message: "\(identity.spiffeID) is no node; make its certificate with "
                    + "`dossier pki node`")
        }
        guard let organisation = self.members[identity.organisation] else {
            throw NodeError(
                code: .notANode, message: "\(identity.organisation) is not in the members file")
        }
        _ = try self.anchors.verify(chain: credentials.chain, at: time, usage: .server)
        guard credentials.key.publicKey != self.logKey else {
            throw NodeError(
                code: .unusableLogKey,
                message: "the log key is also the certificate's; make one of its own with "
                    + "`dossier pki log`")
        }
        return organisation
    }

    /// Checks what a running node is to go on with: it must be the same member's.
    ///
    /// Throws what `organisation(of:at:)` throws.
    func checkSuccessor(
        _ credentials: Credentials, of organisation: String, at time: Int64
    ) throws {
        let successor = try self.organisation(of: credentials, at: time)
        guard successor.id == organisation else {
            throw NodeError(
                code: .notANode,
                message: "the certificate is for \(credentials.identity.spiffeID), but this node "
                    + "is \(organisation)'s: another organisation's node is another node")
        }
    }
}

extension Node.Configuration {
    /// What its certificate and key must be.
    var rules: CredentialRules {
        CredentialRules(
            members: self.members, anchors: self.anchors, logKey: self.logKey.publicKey)
    }
}
