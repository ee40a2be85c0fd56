import COpenSSL

/// One block of a PEM file: what stands between BEGIN and END.
struct PEMBlock {
    /// What it says it is.
    let label: String
    /// Its bytes.
    let bytes: [UInt8]

    /// The block in PEM form.
    var pem: [UInt8] {
        get throws(CryptoError) {
            let output = try MemoryBIO()
            try LibCrypto.require(.libraryFailure, "\(self.label) not encoded") {
                PEM_write_bio(output.bio, self.label, "", self.bytes, self.bytes.count) > 0
            }
            return output.contents()
        }
    }

    /// The blocks of a PEM file, in its order. Text around them is left alone, as everywhere.
    ///
    /// - Parameters:
    ///   - labels: what the blocks may be.
    ///   - limit: how many there may be.
    ///   - code: what anything else is told with.
    static func all(
        in pem: [UInt8], labelled labels: [String], atMost limit: Int,
        failingWith code: CryptoError.Code
    ) throws -> [PEMBlock] {
        let input = try MemoryBIO.holding(pem)
        var blocks: [PEMBlock] = []
        while let block = try self.next(in: input, code) {
            guard labels.contains(block.label) else {
                throw CryptoError(
                    code: code,
                    message: "PEM block is not a \(labels.joined(separator: " or "))")
            }
            guard blocks.count < limit else {
                throw CryptoError(code: code, message: "more than \(limit) PEM blocks in one file")
            }
            blocks.append(block)
        }
        return blocks
    }

    /// The next block; nil at the end of the input.
    private static func next(
        in input: borrowing MemoryBIO, _ code: CryptoError.Code
    ) throws(CryptoError) -> PEMBlock? {
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
                throw CryptoError(code: code, message: "broken PEM block", cause: reason)
            }
            return nil
        }
        defer {
            dossier_free(name)
            dossier_free(header)
            dossier_free(bytes)
        }
        guard let name, let bytes else {
            throw CryptoError(code: code, message: "PEM block is empty")
        }
        return PEMBlock(
            label: String(cString: name),
            bytes: [UInt8](UnsafeBufferPointer(start: bytes, count: count)))
    }
}
