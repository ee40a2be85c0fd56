import DossierCrypto
import DossierTestSupport
import Foundation

/// The certificate and key files of an organisation's node in a scene, and its CA.
struct NodeCertificates: Sendable {
    let files: CredentialFiles
    private let authority: CertificateAuthority
    private let organisation: String

    init(_ scene: Scene, of organisation: String) throws {
        let folder = "\(scene.pki)/\(organisation)"
        self.organisation = organisation
        self.files = CredentialFiles(in: folder)
        self.authority = try CertificateAuthority(
            certificate: Certificate(
                pem: [UInt8](Data(contentsOf: URL(filePath: "\(folder)/ca.pem")))),
            privateKey: PrivateKey(contentsOfFile: "\(folder)/ca.key"))
    }

    /// A new certificate of the node and its key, in no file yet.
    ///
    /// - Parameter seconds: how long it is valid.
    func next(
        lasting seconds: Int64 = CertificateProfile.nodeLifetimeSeconds
    ) throws -> TestPKI.Credential {
        let key = try PrivateKey.generate(.ecdsaP256)
        var profile = CertificateProfile.endEntity(
            try PeerIdentity(
                trustDomain: "msmt.example", organisation: self.organisation, kind: .node,
                name: "node"), hosts: ["localhost", "127.0.0.1"])
        profile.notAfter = UnixTime.now + seconds
        return TestPKI.Credential(
            certificate: try self.authority.issue(profile, for: key.publicKey), privateKey: key,
            issuer: self.authority.certificate)
    }

    /// Keeps a copy of the certificate that is in use; gives its path.
    func keepAside(_ name: String) throws -> String {
        let path = "\(self.files.certificate).\(name)"
        try FileManager.default.copyItem(atPath: self.files.certificate, toPath: path)
        return path
    }
}
