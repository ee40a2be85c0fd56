import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import MerkleLog
import Testing

@testable import DossierStore

@Suite("Audit of a damaged store")
struct AuditDamageTests {
    private static var isLong: Bool {
        ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    }

    @Test("finds and locates one changed byte anywhere in segments, hashes and checkpoints")
    func flips() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("audit flips: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        try await withAuditedStore { audited in
            let files = try AuditedFiles(audited)
            for _ in 0..<(Self.isLong ? 1_000 : 250) {
                let (path, offset, place) = files.randomPlace(&random)
                let mask = UInt8.random(in: 1...255, using: &random)
                try flipByte(of: path, at: offset, with: mask)
                let report = try await audited.audit().run()
                try flipByte(of: path, at: offset, with: mask)
                let found = report.findings.map { "\($0.file) \($0.offset ?? -1)" }
                #expect(
                    found == ["\(path) \(place)"],
                    "seed \(seed): \(path) byte \(offset) mask \(mask): \(report.findings)")
            }
            #expect(try await audited.audit().run().findings == [])
        }
    }

    @Test("a changed byte of the catalog is found, or changes no answer")
    func catalogFlips() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("audit catalog flips: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        try await withAuditedStore { audited in
            try await Store.reindex(audited.store)
            // Closing has copied all of it into the database, which is to be read.
            for suffix in ["-wal", "-shm"] {
                let path = "\(audited.directory)/catalog.sqlite\(suffix)"
                if FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.removeItem(atPath: path)
                }
            }
            let path = "\(audited.directory)/catalog.sqlite"
            let size = try POSIXFileSystem().open(path, .read).size()
            let expected = try await Self.answers(of: audited, in: audited.directory)
            var harmless = 0
            for _ in 0..<(Self.isLong ? 300 : 60) {
                let offset = Int.random(in: 0..<size, using: &random)
                let mask = UInt8.random(in: 1...255, using: &random)
                try flipByte(of: path, at: offset, with: mask)
                let report = try await audited.audit().run()
                if report.findings.isEmpty {
                    harmless += 1
                    let answers = try await Self.answers(of: audited, in: audited.directory)
                    #expect(
                        answers == expected,
                        "seed \(seed): \(path) byte \(offset) mask \(mask)")
                }
                try flipByte(of: path, at: offset, with: mask)
            }
            print("audit catalog flips: \(harmless) harmless")
        }
    }

    @Test(
        "an attestation that does not verify, or signs something else, is found with its leaf",
        arguments: ["signature", "root", "size", "originator", "origin"])
    func attestations(_ fault: String) async throws {
        try await withAuditedStore { audited in
            let store = try await Store.openForTests(audited.store)
            let first = store.logSize
            _ = try await store.submit(try Self.submission(audited, fault))
            _ = try await store.submit(try audited.submission([6_000]))
            try await store.close()
            let report = try await audited.audit().run()
            #expect(report.findings.map(\.leaf) == [first])
            #expect(report.findings.map(\.file.isEmpty) == [false])
        }
    }

    @Test("a checkpoint of another key is found, and one of other leaves")
    func checkpoints() async throws {
        try await withAuditedStore { audited in
            let size = try await audited.audit().run().size
            let path = "\(audited.directory)/\(CheckpointFile.name)"
            let file = try POSIXFileSystem().open(path, .update)
            let foreign = try NoteSigner(
                name: TestStoreLog.origin, privateKey: PrivateKey.generate(.ed25519))
            for signer in [foreign, TestStoreLog.signer] {
                let head = TreeHead(size: size - 1, root: SHA256.digest(of: [1, 2, 3]))
                let note = try signer.sign(head).bytes
                let rest = [UInt8](repeating: 0, count: CheckpointFile.slotBytes - note.count)
                try file.write(note + rest, at: CheckpointFile.slotBytes)
                let report = try await audited.audit().run()
                #expect(report.findings.map(\.file) == [path])
                #expect(report.findings.map(\.offset) == [CheckpointFile.slotBytes])
            }
        }
    }

    @Test("files that are too short or missing are found")
    func missing() async throws {
        for name in [HashFile.name, "segments", CheckpointFile.name] {
            try await withAuditedStore { audited in
                let entry = try AuditedFiles(audited).entries.first {
                    $0.path.contains("\(audited.directory)/\(name)")
                }
                let path = try #require(entry?.path)
                if name == CheckpointFile.name {
                    try FileManager.default.removeItem(atPath: path)
                } else {
                    try POSIXFileSystem().open(path, .update).truncate(to: 1_000)
                }
                let report = try await audited.audit().run()
                #expect(report.findings.map(\.file) == [path])
            }
        }
    }

    @Test("an old copy of the log is found by the guard's checkpoint")
    func rollback() async throws {
        try await withAuditedStore { audited in
            let copy = "\(audited.directory).old"
            try FileManager.default.copyItem(atPath: audited.directory, toPath: copy)
            let store = try await Store.openForTests(audited.store)
            _ = try await store.submit(try audited.submission([7_000]))
            try await store.close()
            try FileManager.default.removeItem(atPath: audited.directory)
            try FileManager.default.moveItem(atPath: copy, toPath: audited.directory)
            #expect(try await !audited.audit().run().findings.isEmpty)
        }
    }

    private static func submission(
        _ audited: AuditedStore, _ fault: String
    ) throws -> Submission {
        switch fault {
        case "signature":
            var submission = try audited.submission(5_000..<5_004)
            submission.attestation[submission.attestation.count / 8] ^= 1
            return submission
        case "root":
            return try audited.submission(5_000..<5_004) { batch, _ in
                batch.batchRoot = SHA256.digest(of: [4])
            }
        case "size": return try audited.submission(5_000..<5_004) { batch, _ in batch.size = 5 }
        case "originator":
            return try audited.submission(5_000..<5_001) { batch, records in
                records[0].originator = "us"
                batch.batchRoot = records[0].recordID
            }
        default: return try audited.submission(5_000..<5_004, origin: "msmt.example/dossier/us/1")
        }
    }

    /// What a copy of a store answers to every question that its records are found by.
    private static func answers(
        of audited: AuditedStore, in directory: String
    ) async throws -> [[UInt64]] {
        try await withTemporaryDirectory { folder in
            for suffix in ["", ".guard"] {
                try FileManager.default.copyItem(
                    atPath: directory + suffix, toPath: "\(folder)/copy\(suffix)")
            }
            var configuration = audited.store
            configuration.directory = "\(folder)/copy"
            let store = try await Store.openForTests(configuration)
            let rows = try await store.everything()
            var answers = [rows.map(\.leafIndex), rows.map { UInt64($0.facts.kind) }]
            answers.append(
                rows.map { $0.recordID.digest.bytes.reduce(0) { $0 &* 31 &+ UInt64($1) } })
            answers.append(rows.map { UInt64($0.facts.marking.releasability.count) })
            for record in try await store.read(rows) where record.leafIndex.isMultiple(of: 3) {
                let facts = record.bytes.withUnsafeBytes { TestRecord.facts(of: $0) }
                var query = CatalogQuery()
                query.reference = facts.reference
                answers.append(try await store.everything(query).map(\.leafIndex))
                for key in facts.lookupKeys {
                    var query = CatalogQuery()
                    query.lookupKeys = [key]
                    query.kinds = [facts.kind]
                    answers.append(try await store.everything(query).map(\.leafIndex))
                }
            }
            try await store.close()
            return answers
        }
    }
}
