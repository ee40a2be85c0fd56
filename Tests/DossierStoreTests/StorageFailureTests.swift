import DossierCore
import DossierTestSupport
import Glibc
import Testing

@testable import DossierStore

@Suite("A store whose storage fails")
struct StorageFailureTests {
    /// Calls `body` with a store whose log is in memory; its catalog is in a real directory.
    private func withStore(
        _ body: (Store, MemoryFileSystem, StoreConfiguration) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let fileSystem = MemoryFileSystem()
            var configuration = StoreConfiguration.forTests(path)
            configuration.fileSystem = fileSystem
            let store = try await Store.openForTests(configuration)
            _ = try await store.submit(.numbered(0..<10))
            try await body(store, fileSystem, configuration)
        }
    }

    @Test("without space submissions are refused, reads go on, and so does all with space again")
    func noSpace() async throws {
        try await self.withStore { store, fileSystem, _ in
            for fault in [MemoryFileSystem.Fault.noSpace, .shortWrite] {
                let size = store.logSize
                let batch = Submission.numbered(Int(size)..<Int(size) + 5)
                fileSystem.fail(after: 0, fault)
                await #expect(throws: StoreError(.storageFull, "")) {
                    _ = try await store.submit(batch)
                }
                #expect(try await store.checkEverything().count == Int(size))
                let outcome = try await store.submit(batch)
                #expect((outcome.appended, outcome.logSize) == (5, size + 5))
            }
            _ = try await store.checkEverything()
            try await store.close()
        }
    }

    @Test("after a failed synchronisation reads go on, nothing is taken, a restart takes more")
    func failedSynchronisation() async throws {
        try await self.withStore { store, fileSystem, configuration in
            // The hashes are written first, then the frames, which are then synchronised.
            fileSystem.fail(after: 2, .inputOutput)
            for _ in 0..<2 {
                await #expect(throws: StoreError(.storageFailed, "")) {
                    _ = try await store.submit(.numbered(10..<15))
                }
            }
            #expect(try await store.checkEverything().count == 10)
            try await store.close()
            var restarted = configuration
            restarted.fileSystem = fileSystem.restarted(after: .kill)
            let reopened = try await Store.openForTests(restarted)
            // What could be read is there; submitted again it is a repeat.
            let outcome = try await reopened.submit(.numbered(10..<16))
            #expect((outcome.appended, outcome.logSize) == (1, 16))
            _ = try await reopened.checkEverything()
            try await reopened.close()
        }
    }

    @Test("frames that recovery has moved are read where they are now")
    func moved() async throws {
        try await self.withStore { store, fileSystem, configuration in
            let marker = fileSystem.bytes(of: "\(configuration.directory)/durable-marker")
            _ = try await store.submit(.numbered(10..<20))
            _ = try await store.pinnedSize()
            try await store.close()
            // As after a power cut before the system wrote the marker.
            let next = fileSystem.restarted(after: .powerCut)
            next.damage("\(configuration.directory)/durable-marker") { $0 = marker }
            var restarted = configuration
            restarted.fileSystem = next
            let reopened = try await Store.openForTests(restarted)
            #expect(try await reopened.checkEverything().count == 20)
            try await reopened.close()
        }
    }

    @Test("a log that is behind its catalog has it rebuilt")
    func restored() async throws {
        try await self.withStore { store, fileSystem, configuration in
            let before = fileSystem.restarted(after: .kill)
            _ = try await store.submit(.numbered(10..<20))
            _ = try await store.pinnedSize()
            try await store.close()
            // An older copy of the log is put in place, and goes on differently.
            var restored = configuration
            restored.fileSystem = before
            let reopened = try await Store.openForTests(restored)
            #expect(try await reopened.checkEverything().count == 10)
            _ = try await reopened.submit(.numbered(50..<60))
            #expect(try await reopened.checkEverything().count == 20)
            try await reopened.close()
        }
    }

    @Test("a store that dies under load has what it acknowledged", arguments: 1...12)
    func killed(seed: UInt64) async throws {
        try await self.withStore { store, fileSystem, configuration in
            var random = SeededGenerator(seed: seed)
            fileSystem.fail(after: Int.random(in: 0..<30, using: &random), .killMidway)
            let acknowledged = await withTaskGroup(of: Range<Int>?.self) { group in
                for task in 0..<20 {
                    group.addTask {
                        let numbers = 100 + task * 10..<100 + task * 10 + 1 + task % 4
                        let outcome = try? await store.submit(.numbered(numbers))
                        return outcome == nil ? nil : numbers
                    }
                }
                return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            try? await store.close()
            var restarted = configuration
            restarted.fileSystem = fileSystem.restarted(
                after: seed.isMultiple(of: 3) ? .kill : .tornPowerCut(seed: seed))
            let reopened = try await Store.openForTests(restarted)
            let bytes = Set(try await reopened.checkEverything().map(\.bytes))
            for number in acknowledged.joined() {
                #expect(bytes.contains(TestRecord(reference: "KR-\(number)").bytes))
            }
            try await reopened.close()
        }
    }
}
