import COpenSSL

extension Certificate {
    /// The most certificates that one PEM file may hold.
    public static let maximumChainLength = 10

    /// The most bytes of such a file: PEM takes four bytes for three, and people write into it.
    public static let maximumFileBytes = 2 * maximumChainLength * maximumBytes

    private static let label = "CERTIFICATE"

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
        get throws {
            let output = try MemoryBIO()
            try LibCrypto.require(.libraryFailure, "certificate not encoded") {
                PEM_write_bio(output.bio, Self.label, "", self.der, self.der.count) > 0
            }
            return output.contents()
        }
    }

    private static func blocks(inPEM pem: [UInt8]) throws -> [[UInt8]] {
        let input = try MemoryBIO.holding(pem)
        var blocks: [[UInt8]] = []
        while let block = try self.nextBlock(in: input) {
            guard blocks.count < self.maximumChainLength else {
                throw CryptoError(
                    code: .malformedCertificate,
                    message: "more than \(self.maximumChainLength) certificates in one file")
            }
            blocks.append(block)
        }
        guard !blocks.isEmpty else {
            throw CryptoError(code: .malformedCertificate, message: "no certificate in PEM form")
        }
        return blocks
    }

    /// The next block's bytes; nil at the end of the input.
    private static func nextBlock(in input: borrowing MemoryBIO) throws(CryptoError) -> [UInt8]? {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        ERR_clear_error()
        // 1 is a block, 0 the end of the input (its reason says so) or a broken block.
        guard PEM_read_bio(input.bio, &name, &header, &bytes, &count) == 1 else {
            let isEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
            let reason = LibraryError.drained()
            guard isEnd else {
                throw CryptoError(
                    code: .malformedCertificate, message: "broken PEM block", cause: reason)
            }
            return nil
        }
        defer {
            dossier_free(name)
            dossier_free(header)
            dossier_free(bytes)
        }
        guard let name, let bytes, String(cString: name) == self.label else {
            throw CryptoError(
                code: .malformedCertificate, message: "PEM block is not a \(self.label)")
        }
        return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    }
}
