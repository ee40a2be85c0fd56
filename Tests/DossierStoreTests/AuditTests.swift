import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import MerkleLog
import Synchronization
import Testing

@testable import DossierStore

@Suite("Audit")
struct AuditTests {
    @Test("finds nothing in a store in order, and has read all of it")
    func clean() async throws {
        try await withAuditedStore { audited in
            let report = try await audited.audit().run()
            #expect(report.findings == [])
            #expect(report.notes == [])
            #expect(report.counts.records == Int(report.size))
            #expect(report.counts.catalogRecords == Int(report.size))
            #expect(report.counts.hashes == Int(Subtree.storedCount(treeSize: report.size)))
            #expect(report.counts.checkpoints == 4)
            #expect(report.counts.segments > 5)
        }
    }

    @Test("finds nothing in an empty store, nor in one without catalog")
    func empty() async throws {
        try await withTemporaryDirectory { folder in
            let audited = try AuditedStore(folder)
            let store = try await Store.openForTests(audited.store)
            try await store.close()
            #expect(try await audited.audit().run().findings == [])
            for name in try FileManager.default.contentsOfDirectory(atPath: audited.directory)
            where name.hasPrefix("catalog") {
                try FileManager.default.removeItem(atPath: "\(audited.directory)/\(name)")
            }
            let report = try await audited.audit().run()
            #expect(report.findings == [])
            #expect(report.notes.count == 1)
        }
    }

    @Test("writes nothing into the store's directories")
    func readOnly() async throws {
        try await withAuditedStore { audited in
            let before = try Self.contents(audited)
            _ = try await audited.audit().run()
            #expect(try Self.contents(audited) == before)
        }
    }

    @Test("finds nothing while the store is open and grows")
    func live() async throws {
        try await withAuditedStore { audited in
            let store = try await Store.openForTests(audited.store)
            let end = store.logSize + 200
            async let growing: Void = {
                for number in 1_000..<1_200 {
                    _ = try await store.submit(try audited.submission([number]))
                }
            }()
            var sizes: [UInt64] = []
            repeat {
                let report = try await audited.audit().run()
                #expect(report.findings == [])
                sizes.append(report.size)
            } while store.logSize < end
            #expect(sizes == sizes.sorted())
            try await growing
            #expect(try await audited.audit().run().size == store.logSize)
            try await store.close()
        }
    }

    @Test("an audit that was interrupted goes on, and reports what one without a break does")
    func resume() async throws {
        try await withAuditedStore { audited in
            let segments = try AuditedFiles(audited).entries.filter { $0.path.contains("segment") }
            for entry in [segments[1], segments[segments.count - 1]] {
                try flipByte(of: entry.path, at: entry.size - 1, with: 1)
            }
            let whole = try await audited.audit().run()
            #expect(whole.findings.count == 2)
            let file = "\(audited.directory).progress"
            // So late that a segment must have been taken, however many are read at once.
            for threads in [1, 2] {
                await #expect(throws: StoreError(.cancelled, "")) {
                    _ = try await audited.audit(progressFile: file, threads: threads).run {
                        done, total in
                        if done > total * 3 / 4 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
                #expect(FileManager.default.fileExists(atPath: file))
                let start = Mutex<UInt64?>(nil)
                let resumed = try await audited.audit(progressFile: file).run { done, _ in
                    start.withLock { if $0 == nil { $0 = done } }
                }
                #expect(start.withLock { $0 ?? 0 } > 0)
                #expect(Set(resumed.findings) == Set(whole.findings))
                #expect(resumed.counts == whole.counts)
                #expect(!FileManager.default.fileExists(atPath: file))
            }
        }
    }

    @Test("refuses to go on from another log's progress, or from a file that is none")
    func foreignProgress() async throws {
        try await withAuditedStore { audited in
            let file = "\(audited.directory).progress"
            let progress = AuditProgress()
            var other = audited.store
            other.directory = "/elsewhere"
            for (bytes, code) in [
                (progress.encoded(other), StoreError.Code.wrongOrigin),
                (progress.encoded(audited.store).flipping(bit: 200), .corrupted), ([], .corrupted),
            ] {
                try Data(bytes).write(to: URL(filePath: file))
                await #expect(throws: StoreError(code, "")) {
                    _ = try await audited.audit(progressFile: file).run()
                }
            }
        }
    }

    /// Everything in the store's and the guard's directories but SQLite's shared memory.
    private static func contents(_ audited: AuditedStore) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for directory in [audited.directory, audited.guardDirectory] {
            for name in try FileManager.default.subpathsOfDirectory(atPath: directory)
            where !name.hasSuffix("-shm") {
                let path = "\(directory)/\(name)"
                contents[path] = FileManager.default.contents(atPath: path) ?? Data()
            }
        }
        return contents
    }
}

/// Calls `body` with a store that was filled and closed.
func withAuditedStore(_ body: (AuditedStore) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let audited = try AuditedStore(folder)
        let store = try await Store.openForTests(audited.store)
        try await audited.fill(in: store)
        _ = try await store.pinnedSize()
        try await store.close()
        try await body(audited)
    }
}
