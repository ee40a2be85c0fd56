import DossierCore
import DossierCrypto

/// The words under which the full-text index files a record.
///
/// A token is a letter and, for anything but small numbers and months, twelve lower-case
/// hexadecimal digits of the SHA-256 of what is looked for: letters and digits alone survive the
/// index's tokenizer, whatever a name or an account key is made of. Two keys with the same digits
/// are possible, so whatever is found by a token is compared again.
enum CatalogTokens {
    // The letters. Spans of time use three: months, years, and "spans too much to list".
    private static let recordID = UInt8(ascii: "r")
    private static let reference = UInt8(ascii: "n")
    private static let originator = UInt8(ascii: "o")
    private static let kind = UInt8(ascii: "k")
    private static let batchRoot = UInt8(ascii: "b")
    private static let occurred = MonthSpan.Letters(months: "m", years: "y", always: "x")
    private static let known = MonthSpan.Letters(months: "p", years: "q", always: "z")

    private static let digits = Array("0123456789abcdef".utf8)
    private static let hashBytes = 6

    /// Everything a record is found by, as the index takes it.
    static func text(recordID: Digest, facts: RecordFacts) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(384)
        recordID.withUnsafeBytes { self.append(self.recordID, hexadecimalOf: $0, to: &text) }
        self.append(self.reference, hashOf: facts.reference, to: &text)
        self.append(self.originator, hashOf: facts.originator, to: &text)
        text.append(contentsOf: self.kind(facts.kind).utf8)
        text.append(UInt8(ascii: " "))
        let occurred = MonthSpan(start: facts.occurredStart, end: facts.occurredEnd)
        let known = MonthSpan(start: facts.known, end: "")
        for token in occurred?.tokens(self.occurred) ?? [] { self.append(token, to: &text) }
        for token in known?.tokens(self.known) ?? [] { self.append(token, to: &text) }
        facts.lookupKeys.forEachTerm { type, term in
            SHA256.digest(of: term).withUnsafeBytes {
                self.append(type.rawValue, hexadecimalOf: $0, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The index query for what a catalog query can be narrowed by; nil if by nothing.
    static func expression(for query: CatalogQuery) -> String? {
        var conditions: [[String]] = [
            query.kinds.map(self.kind),
            query.originators.map { self.token(self.originator, hashOf: $0) },
            query.reference.map { [self.token(self.reference, hashOf: $0)] } ?? [],
            query.recordIDPrefix.map { [self.prefix($0)] } ?? [],
        ]
        conditions += query.lookupKeys.map { [self.token($0.type.rawValue, hashOf: $0.term)] }
        conditions.append(
            MonthSpan.tokens(from: query.occurredFrom, to: query.occurredTo, self.occurred))
        conditions.append(MonthSpan.tokens(from: query.knownFrom, to: query.knownTo, self.known))
        let groups = conditions.filter { !$0.isEmpty }.map {
            "(" + $0.joined(separator: " OR ") + ")"
        }
        return groups.isEmpty ? nil : groups.joined(separator: " AND ")
    }

    /// The index query for any of these records.
    static func expression(anyOf recordIDs: some Sequence<Digest>) -> String {
        recordIDs.map { self.prefix($0.hexadecimal) }.joined(separator: " OR ")
    }

    /// The index query for the findings of any of these versions.
    static func expression(anyOf versions: some Sequence<FindingVersion>) -> String {
        self.expression(anyOfReferences: versions.map(\.reference))
    }

    /// The index query for findings under any of these references.
    static func expression(anyOfReferences references: some Sequence<String>) -> String {
        references.map { self.token(self.reference, hashOf: $0) }.joined(separator: " OR ")
    }

    /// The index query for the first record of a batch that was appended whole.
    static func expression(wholeBatch root: Digest) -> String {
        var token: [UInt8] = []
        root.withUnsafeBytes { self.append(self.batchRoot, hexadecimalOf: $0, to: &token) }
        return String(decoding: token.dropLast(), as: UTF8.self)
    }

    /// The query term for records whose id begins with these digits, and perhaps others.
    private static func prefix(_ digits: String) -> String {
        let letter = String(UnicodeScalar(self.recordID))
        let kept = digits.prefix(2 * self.hashBytes)
        return letter + kept + (kept.count < 2 * self.hashBytes ? "*" : "")
    }

    private static func kind(_ kind: Int32) -> String {
        // The index's syntax has no sign; an unknown kind may be negative.
        String(UnicodeScalar(self.kind)) + String(UInt32(bitPattern: kind))
    }

    private static func token(_ letter: UInt8, hashOf text: some StringProtocol) -> String {
        var token: [UInt8] = []
        self.append(letter, hashOf: text, to: &token)
        return String(decoding: token.dropLast(), as: UTF8.self)
    }

    private static func append(
        _ letter: UInt8, hashOf text: some StringProtocol, to tokens: inout [UInt8]
    ) {
        var copy = String(text)
        let digest = copy.withUTF8 { SHA256.digest(of: UnsafeRawBufferPointer($0)) }
        digest.withUnsafeBytes { self.append(letter, hexadecimalOf: $0, to: &tokens) }
    }

    private static func append(
        _ letter: UInt8, hexadecimalOf bytes: UnsafeRawBufferPointer, to tokens: inout [UInt8]
    ) {
        tokens.append(letter)
        for byte in bytes.prefix(self.hashBytes) {
            tokens.append(self.digits[Int(byte >> 4)])
            tokens.append(self.digits[Int(byte & 0xF)])
        }
        tokens.append(UInt8(ascii: " "))
    }

    private static func append(_ token: String, to tokens: inout [UInt8]) {
        tokens.append(contentsOf: token.utf8)
        tokens.append(UInt8(ascii: " "))
    }
}
