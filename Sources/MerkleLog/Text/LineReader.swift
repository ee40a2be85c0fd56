/// Reads text that has one form only, line by line: proof files, receipts, checkpoints.
///
/// Every function throws `ambiguousForm`, with the number of the line and the rule that it breaks,
/// when what comes next is anything else than what was asked for.
public struct LineReader: Sendable {
    private static let newline = UInt8(ascii: "\n")

    private let subject: String
    private var rest: ArraySlice<UInt8>
    private var lineNumber = 0

    /// Reads from the beginning of `bytes`; errors call them `subject`.
    public init(_ bytes: [UInt8], of subject: String) {
        self.subject = subject
        self.rest = bytes[...]
    }

    /// Whether everything is read.
    public var isAtEnd: Bool { self.rest.isEmpty }

    /// Whether the next line begins with this text.
    public func isNext(_ prefix: String) -> Bool { self.rest.starts(with: prefix.utf8) }

    /// Whether the next line is empty.
    public var isAtEmptyLine: Bool { self.rest.first == Self.newline }

    /// Reads a line and gives it without its newline.
    public mutating func line() throws(VerificationError) -> String {
        let bytes = try self.lineBytes()
        guard let line = String(validating: bytes.dropLast(), as: UTF8.self) else {
            throw self.failure("is not UTF-8")
        }
        return line
    }

    /// Reads a line that must be this one.
    public mutating func require(_ expected: String) throws(VerificationError) {
        let line = try self.line()
        // Not ==, which holds for texts of other bytes as well.
        guard line.utf8.elementsEqual(expected.utf8) else {
            throw self.failure(expected.isEmpty ? "is not empty" : "is not \"\(expected)\"")
        }
    }

    /// Throws unless everything is read.
    public func requireEnd() throws(VerificationError) {
        guard self.isAtEnd else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "\(self.subject) goes on after line \(self.lineNumber)")
        }
    }

    /// Reads a signed note with one signature, byte for byte: all lines to the first that is empty,
    /// and one more.
    public mutating func bareNote() throws(VerificationError) -> [UInt8] {
        let start = self.rest
        while !self.isAtEmptyLine { _ = try self.lineBytes() }
        _ = try self.lineBytes()
        _ = try self.lineBytes()
        return Array(start[..<self.rest.startIndex])
    }

    /// The error that the line read last breaks a rule, such as "is not a number".
    public func failure(_ rule: String) -> VerificationError {
        VerificationError(
            code: .ambiguousForm, message: "line \(self.lineNumber) of \(self.subject) \(rule)")
    }

    private mutating func lineBytes() throws(VerificationError) -> ArraySlice<UInt8> {
        self.lineNumber += 1
        guard let end = self.rest.firstIndex(of: Self.newline) else {
            throw self.failure(self.isAtEnd ? "is missing" : "has no newline")
        }
        defer { self.rest = self.rest[(end + 1)...] }
        return self.rest[...end]
    }
}
