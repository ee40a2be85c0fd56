import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

@testable import DossierStore

/// A record for the store's tests: its bytes are its facts as text, which the store reads back
/// when it builds the catalog from the log.
struct TestRecord: Hashable, Sendable {
    var originator = "kr"
    var reference = "KR-1"
    var version: UInt32 = 1
    var kind: Int32 = 1
    var releasability = ["us", "jp"]
    var orcon = false
    var occurredStart = ""
    var occurredEnd = ""
    var known = ""
    var keys: [LookupKey] = []
    var operation = Operation.assert
    var target: Digest?
    var text = ""

    /// The next version of the finding.
    func next(_ operation: Operation = .amend, text: String = "") -> TestRecord {
        var next = self
        next.version += 1
        next.operation = operation
        next.target = self.recordID
        next.text = text
        return next
    }

    /// The record's bytes.
    var bytes: [UInt8] {
        let keys = self.keys.map { "\($0.type.rawValue)=\($0.key)" }.joined(separator: ";")
        let fields = [
            self.originator, self.reference, String(self.version), String(self.kind),
            self.releasability.joined(separator: ","), self.orcon ? "1" : "0", self.occurredStart,
            self.occurredEnd, self.known, keys, String(self.operation.rawValue),
            self.target?.hexadecimal ?? "", self.text,
        ]
        return Array(fields.joined(separator: "|").utf8)
    }

    /// The record's id.
    var recordID: Digest { Tree.leafHash(of: self.bytes) }

    /// The record's facts.
    var facts: RecordFacts {
        RecordFacts(
            originator: self.originator, reference: self.reference, version: self.version,
            operation: self.operation, targetRecordID: self.target?.bytes ?? [], kind: self.kind,
            formatVersion: 1,
            marking: MarkingFacts(
                tlp: 3, pap: 2, orcon: self.orcon, releasability: self.releasability),
            isKnownKind: true, occurredStart: self.occurredStart, occurredEnd: self.occurredEnd,
            known: self.known, lookupKeys: LookupKeys(self.keys))
    }

    /// Reads the facts of a record's bytes.
    static func facts(of bytes: UnsafeRawBufferPointer) -> RecordFacts {
        let fields = String(decoding: bytes, as: UTF8.self)
            .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 13 else { return RecordFacts() }
        var record = TestRecord()
        record.originator = fields[0]
        record.reference = fields[1]
        record.version = UInt32(fields[2]) ?? 0
        record.kind = Int32(fields[3]) ?? 0
        record.releasability = fields[4].split(separator: ",").map(String.init)
        record.orcon = fields[5] == "1"
        record.occurredStart = fields[6]
        record.occurredEnd = fields[7]
        record.known = fields[8]
        record.keys = fields[9].split(separator: ";").compactMap { key in
            let parts = key.split(separator: "=", maxSplits: 1).map(String.init)
            guard let type = UInt8(parts[0]).flatMap(LookupKey.KeyType.init(rawValue:)) else {
                return nil
            }
            return LookupKey(type: type, key: parts[1])
        }
        record.operation = Operation(rawValue: Int32(fields[10]) ?? 0)
        record.target = Digest(hexadecimal: fields[11])
        return record.facts
    }
}

extension Submission {
    /// A batch of test records.
    init(_ records: [TestRecord], attestation: String = "attestation") {
        let hashes = records.map(\.recordID)
        self.init(
            attestation: Array(attestation.utf8), batchRoot: Tree.root(of: hashes),
            leafHashes: hashes, records: records.map(\.bytes), facts: records.map(\.facts))
    }

    /// A batch of records that differ in their reference, from one number on.
    static func numbered(_ numbers: Range<Int>, text: String = "") -> Submission {
        Submission(numbers.map { TestRecord(reference: "KR-\($0)", text: text) })
    }
}

extension LogIdentity {
    /// The log of the store's tests.
    static let forTests = LogIdentity(
        origin: TestStoreLog.origin, key: TestStoreLog.signer.verifierKey)
}

/// The log of the store's tests, and what signs it.
enum TestStoreLog {
    static let origin = "msmt.example/dossier/kr/1"
    static let signer: NoteSigner = {
        guard let signer = try? TestLogKey.signer(of: Self.origin) else {
            preconditionFailure("the test key signs notes")
        }
        return signer
    }()
}

extension Store {
    /// Opens a store whose guard is beside it.
    static func openForTests(_ configuration: StoreConfiguration) async throws(StoreError) -> Store
    {
        try await self.open(
            configuration,
            checkpoints: CheckpointPolicy(
                signer: TestStoreLog.signer, guardDirectory: "\(configuration.directory).guard"))
    }
}

extension StoreConfiguration {
    /// A store of test records.
    static func forTests(
        _ directory: String, segmentBytes: Int = StoreConfiguration.defaultSegmentBytes
    ) -> StoreConfiguration {
        var configuration = StoreConfiguration(
            directory: directory, log: .forTests, segmentBytes: segmentBytes)
        configuration.facts = { TestRecord.facts(of: $0) }
        return configuration
    }
}
