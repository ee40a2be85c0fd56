public import DossierCrypto

// Values in lines. Those that take a keyword read lines of the form `keyword VALUE`.
extension LineReader {
    /// Reads a line `keyword VALUE ...` and gives its values, which single spaces part.
    public mutating func fields(
        _ count: Int, after keyword: String
    ) throws(VerificationError) -> [String] {
        let words = try self.line().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == count + 1, words[0].utf8.elementsEqual(keyword.utf8),
            !words.contains(where: \.isEmpty)
        else { throw self.failure("is not \"\(keyword)\" and \(count) values") }
        return words.dropFirst().map { String($0) }
    }

    /// Reads a line with one decimal number after a keyword.
    public mutating func number(after keyword: String) throws(VerificationError) -> UInt64 {
        let field = try self.fields(1, after: keyword)[0]
        return try self.number(field)
    }

    /// Reads a line with base64 after a keyword. Of no bytes there is no such line.
    public mutating func bytes(after keyword: String) throws(VerificationError) -> [UInt8] {
        let field = try self.fields(1, after: keyword)[0]
        return try self.bytes(field)
    }

    /// Reads a line with a digest in base64 after a keyword.
    public mutating func digest(after keyword: String) throws(VerificationError) -> Digest {
        let field = try self.fields(1, after: keyword)[0]
        return try self.digest(field)
    }

    /// Reads a line that is a digest in base64.
    public mutating func digest() throws(VerificationError) -> Digest {
        let field = try self.line()
        return try self.digest(field)
    }

    /// Reads lines that are a digest in base64 each, up to a line that is empty or begins with
    /// `terminator`, or to the end.
    public mutating func digests(
        until terminator: String? = nil
    ) throws(VerificationError) -> [Digest] {
        var digests: [Digest] = []
        while !self.isAtEnd, !self.isAtEmptyLine, terminator.map({ self.isNext($0) }) != true {
            digests.append(try self.digest())
        }
        return digests
    }

    /// The decimal number that a field of the line read last is: no sign, no leading zeros.
    public func number(_ field: String) throws(VerificationError) -> UInt64 {
        // Parsing forgives signs and zeros, writing has one form.
        guard let number = UInt64(field), String(number).utf8.elementsEqual(field.utf8) else {
            throw self.failure("has no decimal number where one belongs")
        }
        return number
    }

    /// The bytes that a field of the line read last is the base64 of.
    public func bytes(_ field: String) throws(VerificationError) -> [UInt8] {
        guard let bytes = StrictBase64.decode(field) else {
            throw self.failure("has no base64 where it belongs")
        }
        return bytes
    }

    /// The digest that a field of the line read last is the base64 of.
    public func digest(_ field: String) throws(VerificationError) -> Digest {
        let bytes = try self.bytes(field)
        guard let digest = Digest(bytes) else {
            throw self.failure("has \(bytes.count) bytes in base64, expected 32")
        }
        return digest
    }
}
