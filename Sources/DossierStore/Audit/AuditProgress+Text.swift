import DossierCore
import DossierCrypto
import MerkleLog

/// The file that an audit goes on from. It has one form, and a checksum against anything that
/// changes it on the way:
///
///     dossier-audit/v1
///     origin ORIGIN
///     directory BASE64
///     position SEGMENT OFFSET LEAF
///     edge HASH                            for each hash of the tree's edge
///     counts SEGMENTS ATTESTATIONS RECORDS HASHES CATALOG-RECORDS WITHOUT-ROWS
///     unknown FIRST END                    for leaves that are not known
///     tokens BASE64                        sums of eight bytes, little-endian
///     finding OFFSET TABLE LEAF FILE WHAT  the first and third "-" or a number, the rest base64
///     end CRC-32C
extension AuditProgress {
    private static let firstLine = "dossier-audit/v1"
    private static let nothing = "-"

    /// The file's bytes.
    func encoded(_ store: StoreConfiguration) -> [UInt8] {
        var lines = [
            Self.firstLine, "origin \(store.log.origin)",
            "directory \(Self.base64(store.directory))",
            "position \(self.segment) \(self.offset) \(self.leaf)",
        ]
        lines += self.edge.hashes.map { "edge \($0.base64)" }
        let counts = self.counts
        lines.append(
            "counts \(counts.segments) \(counts.attestations) \(counts.records) \(counts.hashes) "
                + "\(counts.catalogRecords) \(self.withoutRows)")
        lines += self.tokens.unknown.map { "unknown \($0.lowerBound) \($0.upperBound)" }
        if !self.tokens.sums.isEmpty {
            var bytes: [UInt8] = []
            for sum in self.tokens.sums { bytes.append(littleEndian: sum) }
            lines.append("tokens \(StrictBase64.encode(bytes))")
        }
        lines += self.findings.map(Self.line(of:))
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        return text + Array("end \(text.withUnsafeBytes(CRC32C.checksum(of:)))\n".utf8)
    }

    /// Reads a file.
    ///
    /// Throws `wrongOrigin` for one of another log or directory, `corrupted` for one that is none.
    init(decoding bytes: [UInt8], _ store: StoreConfiguration, path: String) throws(StoreError) {
        do throws(VerificationError) {
            var reader = LineReader(try Self.checked(bytes), of: "progress")
            try self.init(&reader, store)
        } catch  where error.code == .wrongOrigin {
            throw StoreError(.wrongOrigin, "\(path): \(error.message)", cause: error)
        } catch {
            throw StoreError(
                .corrupted, "\(path) is no progress of an audit: \(error.message)", cause: error)
        }
    }

    private init(
        _ reader: inout LineReader, _ store: StoreConfiguration
    ) throws(VerificationError) {
        self.init()
        try reader.require(Self.firstLine)
        let origin = try reader.fields(1, after: "origin")[0]
        let directory = try Self.text(try reader.fields(1, after: "directory")[0], reader)
        guard origin == store.log.origin, directory == store.directory else {
            throw VerificationError(
                code: .wrongOrigin, message: "it is of log \(origin) in \(directory)")
        }
        let position = try reader.numbers(3, after: "position")
        self.segment = position[0]
        self.offset = Int(clamping: position[1])
        self.edge = try Self.edge(&reader, size: position[2])
        let counts = try reader.numbers(6, after: "counts")
        self.counts.segments = Int(clamping: counts[0])
        self.counts.attestations = Int(clamping: counts[1])
        self.counts.records = Int(clamping: counts[2])
        self.counts.hashes = Int(clamping: counts[3])
        self.counts.catalogRecords = Int(clamping: counts[4])
        self.withoutRows = counts[5]
        self.tokens = try Self.tokens(&reader)
        while reader.isNext("finding ") { self.findings.append(try Self.finding(&reader)) }
        try reader.requireEnd()
    }

    // MARK: - Parts

    /// The lines before the last, which is their checksum.
    private static func checked(_ bytes: [UInt8]) throws(VerificationError) -> [UInt8] {
        let end = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let lines = Array(bytes[..<end])
        var reader = LineReader(Array(bytes[end...]), of: "progress")
        let checksum = try reader.number(after: "end")
        guard checksum == UInt64(lines.withUnsafeBytes(CRC32C.checksum(of:))) else {
            throw reader.failure("has another checksum")
        }
        return lines
    }

    private static func edge(
        _ reader: inout LineReader, size: UInt64
    ) throws(VerificationError) -> TreeEdge {
        var hashes: [Digest] = []
        while reader.isNext("edge ") { hashes.append(try reader.digest(after: "edge")) }
        guard let edge = TreeEdge(size: size, hashes: hashes) else {
            throw reader.failure("ends an edge of another size")
        }
        return edge
    }

    private static func tokens(
        _ reader: inout LineReader
    ) throws(VerificationError) -> TokenSums {
        var unknown: [Range<UInt64>] = []
        while reader.isNext("unknown ") {
            let limits = try reader.numbers(2, after: "unknown")
            guard limits[0] < limits[1] else { throw reader.failure("has an empty range") }
            unknown.append(limits[0]..<limits[1])
        }
        let bytes = reader.isNext("tokens ") ? try reader.bytes(after: "tokens") : []
        let sums = bytes.withUnsafeBytes { bytes in
            var numbers = ByteReader(bytes)
            return (0..<bytes.count / 8).compactMap { _ in numbers.next(UInt64.self) }
        }
        return TokenSums(sums: sums, unknown: unknown)
    }

    private static func line(of finding: AuditFinding) -> String {
        let offset = finding.offset.map { "\($0)" } ?? self.nothing
        let leaf = finding.leaf.map { "\($0)" } ?? self.nothing
        let table = finding.table.map(self.base64) ?? self.nothing
        return "finding \(offset) \(table) \(leaf) \(self.base64(finding.file)) "
            + self.base64(finding.what)
    }

    private static func finding(
        _ reader: inout LineReader
    ) throws(VerificationError) -> AuditFinding {
        let fields = try reader.fields(5, after: "finding")
        var finding = AuditFinding(
            try self.text(fields[3], reader), try self.text(fields[4], reader))
        if fields[0] != self.nothing {
            finding.offset = Int(clamping: try reader.number(fields[0]))
        }
        if fields[1] != self.nothing { finding.table = try self.text(fields[1], reader) }
        if fields[2] != self.nothing { finding.leaf = try reader.number(fields[2]) }
        return finding
    }

    private static func base64(_ text: String) -> String { StrictBase64.encode(Array(text.utf8)) }

    private static func text(
        _ field: String, _ reader: LineReader
    ) throws(VerificationError) -> String {
        String(decoding: try reader.bytes(field), as: UTF8.self)
    }
}

extension LineReader {
    fileprivate mutating func numbers(
        _ count: Int, after keyword: String
    ) throws(VerificationError) -> [UInt64] {
        var numbers: [UInt64] = []
        for field in try self.fields(count, after: keyword) {
            numbers.append(try self.number(field))
        }
        return numbers
    }
}
