import DossierCore
import DossierCrypto
import DossierTestSupport

@testable import DossierStore

/// Records with few distinct values, so that conditions on them are met often.
struct RandomRecords {
    private var random: SeededGenerator
    private var number = 0
    // The newest version of each finding.
    private var newest: [[String]: TestRecord] = [:]

    init(seed: UInt64) { self.random = SeededGenerator(seed: seed) }

    mutating func next() -> TestRecord {
        self.number += 1
        var record = TestRecord()
        record.originator = self.pick(["kr", "us", "jp"])
        record.reference = "R-\(self.number / 3)"
        record.kind = self.pick([1, 3, 7, 12, -4])
        record.releasability = self.pick([[], ["us"], ["us", "jp"], ["kr", "gb", "fr"]])
        record.orcon = self.pick([true, false])
        record.occurredStart = self.moment()
        if !record.occurredStart.isEmpty, self.pick([true, false]) {
            record.occurredEnd = self.pick(["2031", "2032-05-06", record.occurredStart])
        }
        record.known = self.moment()
        record.keys = (0..<self.pick([0, 1, 4])).map { _ in self.key() }
        let finding = [record.originator, record.reference]
        if let before = self.newest[finding] {
            record.version = before.version + 1
            record.operation = .amend
            record.target = before.recordID
        } else {
            record.text = "\(self.number)"
        }
        self.newest[finding] = record
        return record
    }

    /// A query of up to three conditions.
    mutating func query(of records: [TestRecord]) -> CatalogQuery {
        var query = CatalogQuery()
        for _ in 0..<self.pick([1, 1, 2, 3]) {
            switch self.pick(Array(0..<9)) {
            case 0: query.kinds = [self.pick([1, 3, 7]), self.pick([12, -4, 99])]
            case 1: query.originators = [self.pick(["kr", "us", "nobody"])]
            case 2: query.reference = self.pick(records).reference
            case 3: query.recordIDPrefix = self.prefix(of: self.pick(records))
            case 4: query.occurredFrom = self.condition()
            case 5: query.occurredTo = self.condition()
            case 6: query.knownFrom = self.condition()
            case 7: query.knownTo = self.condition()
            default: query.lookupKeys.append(self.key())
            }
        }
        return query
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &self.random)]
    }

    private mutating func prefix(of record: TestRecord) -> String {
        String(record.recordID.hexadecimal.prefix(self.pick([1, 2, 8, 16, 20, 64])))
    }

    private mutating func key() -> LookupKey {
        switch self.pick([0, 1, 2]) {
        case 0:
            LookupKey(type: .account, key: self.pick(["eip155:1:0xa", "eip155:1:0xb", "x:y:Q"]))
        case 1: LookupKey(type: .victim, key: self.pick(["bank of ß", "börse"]))
        default: LookupKey(type: .actor, key: self.pick(["lazarus group", "börse"]))
        }
    }

    private mutating func moment() -> String {
        self.pick([true, false, false, false]) ? "" : self.condition()
    }

    private mutating func condition() -> String {
        let year = self.pick(["2016", "2024", "2025", "2030"])
        let month = self.pick(["01", "02", "12"])
        let day = self.pick(["01", "21"])
        return self.pick([
            year, "\(year)-\(month)", "\(year)-\(month)-\(day)",
            "\(year)-\(month)-\(day)T14:03:00Z",
        ])
    }
}

extension CatalogQuery {
    /// Whether a record is one that the query means, told slowly.
    func means(_ record: TestRecord) -> Bool {
        let occurredLast = record.occurredEnd.isEmpty ? record.occurredStart : record.occurredEnd
        let conditions: [Bool?] = [
            self.kinds.isEmpty || self.kinds.contains(record.kind),
            self.originators.isEmpty || self.originators.contains(record.originator),
            self.reference.map { $0 == record.reference },
            self.recordIDPrefix.map { record.recordID.hexadecimal.hasPrefix($0) },
            self.occurredFrom.map { Self.follows(occurredLast, $0) },
            self.occurredTo.map { Self.precedes(record.occurredStart, $0) },
            self.knownFrom.map { Self.follows(record.known, $0) },
            self.knownTo.map { Self.precedes(record.known, $0) },
            self.lookupKeys.allSatisfy { key in record.keys.contains { key.matches($0) } },
        ]
        return !conditions.contains(false)
    }

    private static func follows(_ moment: String, _ limit: String) -> Bool {
        guard let last = self.last(of: moment) else { return false }
        return last >= self.first(of: limit)
    }

    private static func precedes(_ moment: String, _ limit: String) -> Bool {
        guard !moment.isEmpty, let last = self.last(of: limit) else { return false }
        return self.first(of: moment) <= last
    }

    /// The first second of a moment.
    private static func first(of moment: String) -> String {
        moment + "0000-01-01T00:00:00Z".dropFirst(moment.count)
    }

    /// The last second of a moment, or one after it that no other moment has.
    private static func last(of moment: String) -> String? {
        moment.isEmpty ? nil : moment + "9999-12-31T23:59:59Z".dropFirst(moment.count)
    }
}
