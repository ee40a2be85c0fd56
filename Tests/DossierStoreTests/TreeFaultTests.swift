import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

@Suite("The log's tree under faults")
struct TreeFaultTests {
    private static let crashes: [MemoryFileSystem.Crash] =
        [.kill, .powerCut] + (1...4).map { .tornPowerCut(seed: $0) }

    private func makeLog() async throws -> TestTreeLog {
        let log = TestTreeLog(segmentBytes: 500)
        try await log.open()
        try await log.append([.numbered(0..<3)])
        return log
    }

    /// Appends of which one call fails; what is refused is not tried again.
    private func run(_ log: TestTreeLog) async {
        for start in [10, 20, 30, 40] {
            try? await log.append([
                .numbered(start..<start + 2), .numbered(start + 2..<start + 3),
            ])
        }
        try? log.synchronize()
    }

    @Test(
        "whatever call fails, every checkpoint that was seen is a prefix after any crash",
        arguments: MemoryFileSystem.Fault.allCases)
    func everyCall(fault: MemoryFileSystem.Fault) async throws {
        for call in 0..<44 {
            for crash in Self.crashes {
                let log = try await self.makeLog()
                log.fileSystem.fail(after: call, fault)
                await self.run(log)
                log.crash(crash)
                try await log.open()
                try await log.check("\(fault) at call \(call), then \(crash)")
            }
        }
    }

    @Test("whatever call of opening fails, the next start has the tree of the log")
    func everyCallOfOpening() async throws {
        for fault in MemoryFileSystem.Fault.allCases {
            for call in 0..<24 {
                for crash in Self.crashes {
                    let log = try await self.makeLog()
                    // Dies with frames written that are neither synchronised nor signed.
                    log.fileSystem.fail(after: 2, .kill)
                    await self.run(log)
                    log.crash(crash)
                    log.fileSystem.fail(after: call, fault)
                    try? await log.open()
                    log.crash(crash)
                    try await log.open()
                    try await log.check("\(fault) at call \(call) of opening, \(crash)")
                    try await log.append([.numbered(90..<91)])
                    try await log.check("afterwards")
                }
            }
        }
    }

    @Test("whatever call of the first start fails, the next start begins the log")
    func everyCallOfTheFirstStart() async throws {
        for fault in MemoryFileSystem.Fault.allCases {
            for call in 0..<40 {
                for crash in Self.crashes {
                    let log = TestTreeLog()
                    log.fileSystem.fail(after: call, fault)
                    try? await log.open()
                    log.crash(crash)
                    try await log.open()
                    try await log.check("\(fault) at call \(call), then \(crash)")
                }
            }
        }
    }

    @Test("damaged hashes are made anew from the log")
    func damagedHashes() async throws {
        let model = try await self.makeLog()
        await self.run(model)
        let size = model.fileSystem.bytes(of: "/store/tree-hashes").count
        for position in stride(from: 0, to: size, by: 7) {
            let log = TestTreeLog(model.fileSystem.restarted(after: .kill), segmentBytes: 500)
            log.fileSystem.damage("/store/tree-hashes") { $0[position] ^= 1 }
            // The marker says that they may not be durable, as after any crash.
            log.fileSystem.damage("/store/tree-hashes-durable") { $0 = [] }
            try await log.open()
            try await log.check("byte \(position)")
        }
        let log = TestTreeLog(model.fileSystem.restarted(after: .kill), segmentBytes: 500)
        log.fileSystem.damage("/store/tree-hashes") { $0 = Array($0.prefix(40)) }
        try await log.open()
        try await log.check("cut short")
    }

    @Test("without space nothing is appended, no checkpoint says so, and all goes on afterwards")
    func noSpace() async throws {
        for call in 0..<2 {
            let log = try await self.makeLog()
            log.fileSystem.fail(after: call, .noSpace)
            await #expect(throws: (any Error).self) { try await log.append([.numbered(10..<12)]) }
            #expect(log.seen.last?.head.size == 3)
            try await log.append([.numbered(10..<12)])
            #expect(log.seen.last?.head.size == 5)
            try await log.check("call \(call)")
        }
    }
}
