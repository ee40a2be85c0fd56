public import DossierCrypto

/// An originator's signature over a batch of its records.
///
/// The recipe stands in `Protos/dossier/v1/attestation.proto`.
public struct Attestation: Hashable, Sendable {
    /// What is signed begins with this, so that the signature can be mistaken for no other.
    public static let domainSeparator = Array("dossier-attestation/v1\n".utf8)
    /// The most certificates: the signing one and intermediates.
    public static let maximumCertificates = 8

    /// An encoded ``AttestedBatch``, exactly as signed.
    public var attestedBatch: [UInt8]
    /// The signature.
    public var signature: [UInt8]
    /// The signing certificate in DER, then intermediates up to and without the trust anchor.
    public var certificates: [[UInt8]]

    /// An attestation as it was received or stored; nothing of it is verified.
    public init(attestedBatch: [UInt8], signature: [UInt8], certificates: [[UInt8]]) {
        self.attestedBatch = attestedBatch
        self.signature = signature
        self.certificates = certificates
    }

    /// Signs a batch.
    ///
    /// - Parameters:
    ///   - batch: what is signed; its key id must be that of `key`.
    ///   - key: the originator's key, that of the first certificate.
    ///   - certificates: the chain, without the trust anchor.
    /// - Throws: ``DossierCrypto/CryptoError`` when the key cannot sign.
    public init(signing batch: AttestedBatch, with key: PrivateKey, certificates: [Certificate])
        throws
    {
        let encoded = batch.encoded()
        self.init(
            attestedBatch: encoded, signature: try key.sign(Self.domainSeparator + encoded),
            certificates: certificates.map(\.der))
    }
}
