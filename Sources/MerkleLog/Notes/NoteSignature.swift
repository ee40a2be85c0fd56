/// A signature line of a note.
public struct NoteSignature: Hashable, Sendable {
    // An em dash and a space.
    private static let prefix = "\u{2014} "

    let keyName: KeyName
    /// What names the key, beside the name.
    public let keyID: UInt32
    /// The signature itself.
    public let signature: [UInt8]

    /// The name of the key.
    public var name: String { self.keyName.text }

    init(key: VerifierKey, signature: [UInt8]) {
        self.keyName = key.keyName
        self.keyID = key.keyID
        self.signature = signature
    }

    init(readFrom reader: inout LineReader) throws(VerificationError) {
        let isSignature = reader.isNext(Self.prefix)
        let line = try reader.line().unicodeScalars
        guard isSignature, let space = line.lastIndex(of: " ") else {
            throw reader.failure("is no signature line")
        }
        let name = line[..<space].dropFirst(Self.prefix.unicodeScalars.count)
        let bytes = try reader.bytes(String(line[line.index(after: space)...]))
        guard bytes.count > 4 else { throw reader.failure("has no signature after the key ID") }
        self.keyName = try KeyName(String(name))
        self.keyID = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.signature = Array(bytes.dropFirst(4))
    }

    /// Whether this is, by what it says, a signature of a key.
    func names(_ key: VerifierKey) -> Bool {
        self.keyID == key.keyID && self.keyName == key.keyName
    }

    /// The line, with its newline.
    var line: String {
        let keyID = withUnsafeBytes(of: self.keyID.bigEndian) { Array($0) }
        return "\(Self.prefix)\(self.name) \(StrictBase64.encode(keyID + self.signature))\n"
    }
}
