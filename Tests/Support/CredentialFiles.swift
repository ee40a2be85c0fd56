import DossierCrypto
import Foundation

/// A certificate file and a key file, written as an operator's tools do.
public struct CredentialFiles: Sendable {
    /// Path of the certificate chain.
    public let certificate: String
    /// Path of the private key.
    public let key: String

    /// Files at paths.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Files `node.pem` and `node.key` in a folder.
    public init(in folder: String) {
        self.init(certificate: "\(folder)/node.pem", key: "\(folder)/node.key")
    }

    /// Puts both in place, certificate first, each whole.
    public func replace(with credential: TestPKI.Credential) throws {
        try self.replaceCertificate(with: credential)
        try self.replaceKey(with: credential)
    }

    /// Puts a certificate in place, whole.
    public func replaceCertificate(with credential: TestPKI.Credential) throws {
        try Self.replace(self.certificate, with: credential.certificatePEM)
    }

    /// Puts a key in place, whole, readable by its owner alone.
    public func replaceKey(with credential: TestPKI.Credential) throws {
        try Self.replace(self.key, with: credential.privateKeyPEM)
    }

    /// Writes into the files that are there, without replacing them: to a reader they are cut off
    /// at first.
    public func overwrite(_ path: String, with bytes: some Collection<UInt8>) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }

    private static func replace(_ path: String, with bytes: [UInt8]) throws {
        let files = FileManager.default
        let new = "\(path).new"
        guard
            files.createFile(
                atPath: new, contents: Data(bytes), attributes: [.posixPermissions: 0o600]),
            rename(new, path) == 0
        else { throw TestSupportError("\(path) is not written") }
    }
}
