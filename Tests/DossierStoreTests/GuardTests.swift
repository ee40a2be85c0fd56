import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

@Suite("What was signed before")
struct GuardTests {
    private static let guardFile = "\(TestTreeLog.guardDirectory)/checkpoint"
    private static let ownFile = "\(TestTreeLog.directory)/checkpoint"

    /// A log of yesterday's data, and the files as they are today.
    private func rolledBack() async throws -> (TestTreeLog, today: MemoryFileSystem) {
        let log = TestTreeLog()
        try await log.open()
        try await log.append([.numbered(0..<3)])
        try log.synchronize()
        let yesterday = log.fileSystem.restarted(after: .kill)
        try await log.append([.numbered(3..<7)])
        try log.synchronize()
        let today = log.fileSystem
        // The data are restored, the guard is elsewhere.
        let guarded = today.bytes(of: Self.guardFile)
        yesterday.damage(Self.guardFile) { $0 = guarded }
        return (TestTreeLog(yesterday), today)
    }

    private func expectRefusal(
        _ log: TestTreeLog, _ code: StoreError.Code = .rolledBack,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = log.fileSystem.bytes(of: Self.ownFile)
        try await log.open()
        #expect(log.refusal?.code == code, sourceLocation: sourceLocation)
        #expect(log.tree == nil, sourceLocation: sourceLocation)
        #expect(log.fileSystem.bytes(of: Self.ownFile) == before, sourceLocation: sourceLocation)
    }

    @Test("yesterday's data are noticed: nothing is signed, what was published then is served")
    func yesterday() async throws {
        let (log, _) = try await self.rolledBack()
        try await self.expectRefusal(log)
        #expect(log.refusal?.message.contains("7 were signed") == true)
        #expect(log.served?.size == 3)
        // Trying again changes nothing.
        try await self.expectRefusal(log)
    }

    @Test("data that went on differently from yesterday's are noticed")
    func fork() async throws {
        let (log, today) = try await self.rolledBack()
        let own = log.fileSystem.bytes(of: Self.ownFile)
        log.fileSystem.damage(Self.guardFile) { $0 = own }
        try await log.open()
        try await log.append([.numbered(50..<57)])
        #expect(log.seen.last?.head.size == 10)
        log.crash(.kill)
        let guarded = today.bytes(of: Self.guardFile)
        log.fileSystem.damage(Self.guardFile) { $0 = guarded }
        try await self.expectRefusal(log)
        #expect(log.refusal?.message.contains("not those that were signed") == true)
    }

    @Test("empty data under a guard that knows more are noticed")
    func lostDisk() async throws {
        let (_, today) = try await self.rolledBack()
        let log = TestTreeLog()
        try await log.open()
        log.crash(.kill)
        let guarded = today.bytes(of: Self.guardFile)
        log.fileSystem.damage(Self.guardFile) { $0 = guarded }
        try await self.expectRefusal(log)
    }

    @Test("a missing guard, or one in which nothing verifies, is not taken for a new one")
    func guardGone() async throws {
        for change: @Sendable (inout [UInt8]) -> Void in [
            { $0 = [] }, { $0 = [UInt8](repeating: 0, count: $0.count) },
            { bytes in for index in bytes.indices where bytes[index] != 0 { bytes[index] ^= 1 } },
        ] {
            let (_, today) = try await self.rolledBack()
            let log = TestTreeLog(today.restarted(after: .kill))
            log.fileSystem.damage(Self.guardFile, change)
            try await self.expectRefusal(log)
        }
    }

    @Test("a guard of another log, or signed by another key, does not count")
    func foreignGuard() async throws {
        let head = TreeHead(size: 1, root: Tree.leafHash(of: [1]))
        let otherLog = try TestLogKey.signer(of: "msmt.example/dossier/jp/1").sign(head)
        let otherKey = try NoteSigner(
            name: TestStoreLog.origin, privateKey: .generate(.ed25519)
        ).sign(head)
        for foreign in [otherLog, otherKey] {
            let (_, today) = try await self.rolledBack()
            let log = TestTreeLog(today.restarted(after: .kill))
            log.fileSystem.damage(Self.guardFile) { bytes in
                bytes = foreign.bytes + [UInt8](repeating: 0, count: 8_192 - foreign.bytes.count)
            }
            try await self.expectRefusal(log)
        }
    }

    @Test("a checkpoint beside the log that does not verify is made good from the guard's")
    func damagedOwn() async throws {
        for position in [0, 40, 4_096, 4_136] {
            let (_, today) = try await self.rolledBack()
            let log = TestTreeLog(today.restarted(after: .kill))
            log.fileSystem.damage(Self.ownFile) { $0[position] ^= 1 }
            try await log.open()
            try await log.check("byte \(position)")
        }
        let (_, today) = try await self.rolledBack()
        let log = TestTreeLog(today.restarted(after: .kill))
        log.fileSystem.damage(Self.ownFile) { $0 = [] }
        try await log.open()
        try await log.check("without it")
    }

    @Test("one torn slot of the guard leaves the other, which is enough")
    func tornSlot() async throws {
        for slot in [0, 4_096] {
            let (_, today) = try await self.rolledBack()
            let log = TestTreeLog(today.restarted(after: .kill))
            log.fileSystem.damage(Self.guardFile) { $0[slot + 30] ^= 1 }
            try await log.open()
            try await log.check("slot \(slot)")
        }
    }

    @Test("a log whose last leaves are gone is noticed even if its marker was put back too")
    func shortened() async throws {
        let (yesterday, today) = try await self.rolledBack()
        let log = TestTreeLog(today.restarted(after: .kill))
        let segment = "\(TestTreeLog.directory)/segments/\(SegmentFile.name(firstIndex: 0))"
        for path in [segment, "\(TestTreeLog.directory)/durable-marker"] {
            let old = yesterday.fileSystem.bytes(of: path)
            log.fileSystem.damage(path) { $0 = old }
        }
        try await self.expectRefusal(log)
    }

    @Test("a damaged log serves what was published if the hashes still lead to it")
    func damagedLog() async throws {
        let (_, today) = try await self.rolledBack()
        let log = TestTreeLog(today.restarted(after: .kill))
        let segment = "\(TestTreeLog.directory)/segments/\(SegmentFile.name(firstIndex: 0))"
        log.fileSystem.damage(segment) { $0[100] ^= 1 }
        try await self.expectRefusal(log, .corrupted)
        let served = try #require(log.served)
        #expect(served.size == 7)
        let path = try await served.inclusionProof(of: 5)
        #expect(path.count == Tree.inclusionPathLength(for: 5, treeSize: 7))
    }
}
