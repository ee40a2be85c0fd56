public import DossierCore

/// Records for tests: as small as they may be, and every one another.
public struct TestRecord: Sendable {
    /// The record as a value, to be changed before it is encoded.
    public var record: Record
    /// Bytes to add to the encoded header: fields that no reader knows.
    public var headerExtra: [UInt8] = []
    /// Bytes to add to the encoded record.
    public var recordExtra: [UInt8] = []

    /// A statistic under a reference, released to some.
    public init(
        _ reference: String, originator: String = "kr", to releasability: [String] = [],
        version: UInt32 = 1, orcon: Bool = false, title: String = "Title"
    ) {
        self.record = Record(
            header: Header(
                formatVersion: 1, originator: originator, reference: reference, version: version,
                operation: .assert, kind: .assessment,
                marking: Marking(tlp: .green, orcon: orcon, releasability: releasability.sorted()),
                salt: Array(0..<16)),
            report: Report(titles: [Text(text: title, language: "en")]),
            content: .assessment(
                Assessment(
                    metric: Text(text: "metric"), population: Text(text: "population"))))
    }

    /// The encoded record.
    public var encoded: [UInt8] {
        get throws {
            let bytes = try self.record.encoded()
            guard !self.headerExtra.isEmpty else { return bytes + self.recordExtra }
            var rest = bytes[1...]
            let length = Self.readVarint(&rest)
            let header = rest.prefix(length) + self.headerExtra
            return [0x0A] + Self.varint(header.count) + header + rest.dropFirst(length)
                + self.recordExtra
        }
    }

    /// A value as a varint.
    public static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt64(value)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func readVarint(_ bytes: inout ArraySlice<UInt8>) -> Int {
        var value = 0
        var shift = 0
        while let byte = bytes.popFirst() {
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return value
    }
}
