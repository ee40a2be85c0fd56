extension Certificate {
    /// The most certificates that one PEM file may hold.
    public static let maximumChainLength = 10

    /// The most bytes of such a file: PEM takes four bytes for three, and people write into it.
    public static let maximumFileBytes = 2 * maximumChainLength * maximumBytes

    static let label = "CERTIFICATE"

    /// Creates a certificate from PEM that holds exactly one.
    ///
    /// Throws `malformedCertificate`.
    public convenience init(pem: [UInt8]) throws {
        let blocks = try Self.blocks(inPEM: pem)
        guard blocks.count == 1 else {
            throw CryptoError(
                code: .malformedCertificate, message: "\(blocks.count) certificates, expected 1")
        }
        try self.init(der: blocks[0])
    }

    /// Reads the certificates of a PEM file, in its order.
    ///
    /// Throws `malformedCertificate` for none, more than `maximumChainLength`, or anything else
    /// between BEGIN and END. Text around the blocks is left alone, as everywhere.
    public static func chain(pem: [UInt8]) throws -> [Certificate] {
        try self.blocks(inPEM: pem).map { try Certificate(der: $0) }
    }

    /// The certificate in PEM form.
    public var pem: [UInt8] {
        get throws { try PEMBlock(label: Self.label, bytes: self.der).pem }
    }

    private static func blocks(inPEM pem: [UInt8]) throws -> [[UInt8]] {
        let blocks = try PEMBlock.all(
            in: pem, labelled: [self.label], atMost: self.maximumChainLength,
            failingWith: .malformedCertificate)
        guard !blocks.isEmpty else {
            throw CryptoError(code: .malformedCertificate, message: "no certificate in PEM form")
        }
        return blocks.map(\.bytes)
    }
}
