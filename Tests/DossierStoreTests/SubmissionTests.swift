import DossierCore
import DossierCrypto
import DossierTestSupport
import Glibc
import Testing

@testable import DossierStore

@Suite("Submitting")
struct SubmissionTests {
    typealias Run = BatchRun

    @Test("records are appended in their order, and read back with what proves them")
    func append() async throws {
        try await withTestStore { store, _ in
            let first = try await store.submit(.numbered(0..<5))
            let second = try await store.submit(.numbered(5..<12))
            #expect(first.runs == [Run(offset: 0, firstIndex: 0, count: 5)])
            #expect(second.runs == [Run(offset: 0, firstIndex: 5, count: 7)])
            #expect((first.appended, second.appended, second.logSize) == (5, 7, 12))
            let records = try await store.checkEverything()
            #expect(
                records.map(\.bytes) == (0..<12).map { TestRecord(reference: "KR-\($0)").bytes })
            #expect(
                records.map(\.batch.firstIndex) == Array(repeating: 0, count: 5)
                    + Array(repeating: 5, count: 7))
            #expect(records.allSatisfy { $0.batch.attestation == Array("attestation".utf8) })
        }
    }

    @Test("the same batch again adds nothing and gives the same indexes")
    func repeatedBatch() async throws {
        try await withTestStore { store, configuration in
            let first = try await store.submit(.numbered(0..<5))
            _ = try await store.submit(.numbered(5..<9))
            // Known from memory, then from the catalog, then after a restart.
            let second = try await store.submit(.numbered(0..<5))
            _ = try await store.pinnedSize()
            let third = try await store.submit(.numbered(0..<5))
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            let fourth = try await reopened.submit(.numbered(0..<5))
            for outcome in [second, third, fourth] {
                #expect(outcome.runs == first.runs)
                #expect((outcome.appended, outcome.logSize) == (0, 9))
            }
            try await reopened.close()
        }
    }

    @Test("records that the log holds are not appended again, and the runs say where all are")
    func partialRepeat() async throws {
        try await withTestStore { store, _ in
            _ = try await store.submit(.numbered(0..<4))
            let outcome = try await store.submit(.numbered(2..<8))
            #expect(
                outcome.runs
                    == [
                        Run(offset: 0, firstIndex: 2, count: 2),
                        Run(offset: 2, firstIndex: 4, count: 4),
                    ].joinedWhereAdjacent)
            #expect(outcome.appended == 4)
            let mixed = try await store.submit(
                Submission([9, 1, 10, 0, 3, 11].map { TestRecord(reference: "KR-\($0)") }))
            #expect(
                mixed.runs == [
                    Run(offset: 0, firstIndex: 8, count: 1),
                    Run(offset: 1, firstIndex: 1, count: 1),
                    Run(offset: 2, firstIndex: 9, count: 1),
                    Run(offset: 3, firstIndex: 0, count: 1),
                    Run(offset: 4, firstIndex: 3, count: 1),
                    Run(offset: 5, firstIndex: 10, count: 1),
                ])
            _ = try await store.checkEverything()
        }
    }

    @Test("other bytes under a version that stands are refused, with what stands, and add nothing")
    func conflict() async throws {
        try await withTestStore { store, configuration in
            _ = try await store.submit(.numbered(0..<4))
            let standing = TestRecord(reference: "KR-2").recordID
            let other = Submission([
                TestRecord(reference: "KR-7"), TestRecord(reference: "KR-2", text: "other"),
            ])
            for _ in 0..<2 {
                let error = await #expect(throws: StoreError.self) {
                    _ = try await store.submit(other)
                }
                #expect(error?.code == .conflict)
                #expect(error?.conflict == .init(position: 1, standing: standing))
                _ = try await store.pinnedSize()
            }
            #expect(store.logSize == 4)
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            await #expect(throws: StoreError(.conflict, "")) {
                _ = try await reopened.submit(other)
            }
            // Another version of the finding, or another originator's, is no conflict.
            let fine = Submission([
                TestRecord(reference: "KR-2").next(),
                TestRecord(originator: "jp", reference: "KR-2"),
                TestRecord(reference: "KR-7"),
            ])
            let outcome = try await reopened.submit(fine)
            #expect(outcome.appended == 3)
            try await reopened.close()
        }
    }

    @Test("two records of one version in one batch conflict with each other")
    func conflictInBatch() async throws {
        try await withTestStore { store, _ in
            let batch = [TestRecord(), TestRecord(reference: "KR-2"), TestRecord(text: "other")]
            let error = await #expect(throws: StoreError.self) {
                _ = try await store.submit(Submission(batch))
            }
            #expect(error?.conflict == .init(position: 2, standing: TestRecord().recordID))
            let alone = try await store.submit(Submission([batch[2]]))
            #expect(alone.appended == 1)
        }
    }

    @Test("many submitters at once: every record once, every receipt true")
    func concurrency() async throws {
        try await withTestStore(segmentBytes: 20_000) { store, configuration in
            let outcomes = try await withThrowingTaskGroup(
                of: (Submission, SubmissionOutcome).self
            ) { group in
                for task in 0..<64 {
                    group.addTask {
                        // Neighbours overlap, so that the same records race each other.
                        let submission = Submission.numbered(task * 5..<task * 5 + 8)
                        return (submission, try await store.submit(submission))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let distinct = 63 * 5 + 8
            #expect(store.logSize == UInt64(distinct))
            #expect(outcomes.reduce(0) { $0 + $1.1.appended } == distinct)
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            let records = try await reopened.checkEverything()
            for (submission, outcome) in outcomes {
                #expect(outcome.runs.reduce(0) { $0 + $1.count } == submission.records.count)
                for run in outcome.runs {
                    for index in 0..<run.count {
                        #expect(
                            records[Int(run.firstIndex) + index].bytes
                                == submission.records[run.offset + index])
                    }
                }
            }
            try await reopened.close()
        }
    }

    @Test("a store has one process, and a directory one log")
    func exclusion() async throws {
        try await withTestStore { store, configuration in
            await #expect(throws: StoreError(.locked, "")) {
                _ = try await Store.openForTests(configuration)
            }
            try await store.close()
            var other = configuration
            other.log = try TestLogKey.log("msmt.example/dossier/jp/1")
            await #expect(throws: StoreError(.wrongOrigin, "")) {
                _ = try await Store.openForTests(other)
            }
            try await Store.openForTests(configuration).close()
        }
    }

    @Test("what a store writes is for its owner alone")
    func modes() async throws {
        try await withTestStore { store, configuration in
            _ = try await store.submit(.numbered(0..<3))
            _ = try await store.pinnedSize()
            let files = POSIXFileSystem()
            for name in try files.entries(of: configuration.directory) {
                var status = stat()
                #expect(stat("\(configuration.directory)/\(name)", &status) == 0)
                #expect(status.st_mode & 0o077 == 0, "\(name)")
            }
        }
    }

    @Test("a closed store refuses submissions")
    func closed() async throws {
        try await withTestStore { store, _ in
            try await store.close()
            await #expect(throws: StoreError(.closed, "")) {
                _ = try await store.submit(.numbered(0..<1))
            }
        }
    }
}

extension [BatchRun] {
    /// The runs as the store gives them: neighbours in batch and log are one.
    fileprivate var joinedWhereAdjacent: Self {
        self.reduce(into: []) { runs, run in
            if let last = runs.last, last.firstIndex + UInt64(last.count) == run.firstIndex {
                runs[runs.count - 1].count += run.count
            } else {
                runs.append(run)
            }
        }
    }
}
