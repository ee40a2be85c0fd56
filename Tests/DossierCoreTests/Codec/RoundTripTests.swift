import DossierCore
import Testing

@Suite("Record codec: round trips")
struct RoundTripTests {
    @Test("a record that is encoded and decoded is the same record")
    func sample() throws {
        let bytes = try sampleRecord.encoded()
        #expect(try Record(decoding: bytes) == sampleRecord)
        #expect(try bytes.withUnsafeBytes { try Record(decoding: $0) } == sampleRecord)
    }

    @Test(
        "every field of every message passes through its property, and comes out again",
        arguments: FullMessage.contents)
    func everyField(content: String) throws {
        let bytes = FullMessage.record(content: content)
        let record = try Record(decoding: bytes)
        #expect(try record.encoded() == bytes)
        var properties = 0
        try check(record, named: "record", &properties)
        #expect(properties > 100)
    }

    /// Expects of a property, and of all below it, the value that follows from its name.
    private func check(_ value: Any, named label: String, _ properties: inout Int) throws {
        let expected = FieldValue(of: label)
        properties += 1
        switch value {
        case let text as String: #expect(text == expected.text)
        case let bytes as [UInt8]: #expect(bytes == Array(expected.text.utf8))
        case let number as UInt32: #expect(number == expected.number)
        case let number as UInt64: #expect(number == UInt64(expected.number))
        case let number as Int32: #expect(UInt32(number) == expected.number)
        case let flag as Bool: #expect(flag)
        default: try self.checkChildren(of: value, named: label, &properties)
        }
    }

    private func checkChildren(
        of value: Any, named label: String, _ properties: inout Int
    ) throws {
        let mirror = Mirror(reflecting: value)
        #expect(!mirror.children.isEmpty, "\(label) is absent")
        switch mirror.displayStyle {
        case .struct:
            for child in mirror.children {
                // An enumeration's number goes by the name of the property that it is in.
                let name = try #require(child.label)
                try self.check(child.value, named: name == "rawValue" ? label : name, &properties)
            }
        case .collection, .optional, .enum:
            for child in mirror.children { try self.check(child.value, named: label, &properties) }
        default:
            Issue.record("\(label) is neither value nor message")
        }
    }

    @Test("text of any length and script survives", arguments: 0..<70)
    func texts(length: Int) throws {
        for letter in ["a", "é", "한", "🪙"] {
            var record = sampleRecord
            record.report.titles = [Text(text: String(repeating: letter, count: length))]
            record.header.marking?.releasability = [String(repeating: letter, count: length), ""]
            #expect(try Record(decoding: record.encoded()) == record)
        }
    }

    @Test("numbers at the ends of their ranges survive")
    func numbers() throws {
        var record = sampleRecord
        record.header.version = .max
        record.header.operation = Operation(rawValue: -1)
        record.header.kind = Kind(rawValue: .max)
        record.report.evidence = [Evidence(size: .max)]
        #expect(try Record(decoding: record.encoded()) == record)
    }

    @Test("a count that is nought is not a count that is absent")
    func presence() throws {
        var record = sampleRecord
        record.content = .itWorkerDeployment(
            ITWorkerDeployment(headCounts: [
                HeadCountClaim(count: CountRange(low: 0)),
                HeadCountClaim(count: CountRange(point: 0, high: .max)),
                HeadCountClaim(count: CountRange()),
                HeadCountClaim(),
            ]))
        #expect(try Record(decoding: record.encoded()) == record)
    }

    @Test("of two flags that stand side by side, each keeps its own value")
    func flags() throws {
        for wallet in [Wallet(reused: true), Wallet(sharedInfrastructure: true)] {
            var record = sampleRecord
            record.content = .wallet(wallet)
            #expect(try Record(decoding: record.encoded()) == record)
        }
    }

    @Test("each content states its kind, whose name is that of its field")
    func kinds() throws {
        let contents = try FullMessage.contents.map {
            try Record(decoding: FullMessage.record(content: $0)).content
        }
        #expect(contents.map(\.?.kind) == Kind.known)
        #expect(
            Kind.known.map(\.name)
                == FullMessage.contents.map { $0.replacing("_", with: "-") })
    }

    @Test("a restriction or withdrawal without content survives", arguments: [3, 4] as [Int32])
    func notice(operation: Int32) throws {
        var record = sampleRecord
        record.header.operation = Operation(rawValue: operation)
        record.header.version = 2
        record.header.targetRecordID = [UInt8](repeating: 1, count: 32)
        record.content = nil
        let bytes = try record.encoded()
        #expect(try Record(decoding: bytes) == record)
        #expect(RecordCheck.check(bytes).findings == [])
    }

    @Test(
        "any other record without content is not read",
        arguments: [0, 1, 2, 5, 6, 7, 8, 9, -1, .max] as [Int32])
    func noContent(operation: Int32) throws {
        var record = sampleRecord
        record.header.operation = Operation(rawValue: operation)
        record.content = nil
        let bytes = try record.encoded()
        let error = #expect(throws: CoreError.self) { try Record(decoding: bytes) }
        #expect(error?.code == .unknownKind)
    }

    @Test("records are encoded and decoded on many threads at once")
    func threads() async throws {
        let bytes = try sampleRecord.encoded()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let record = try Record(decoding: bytes)
                    return try record == sampleRecord && record.encoded() == bytes
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}
