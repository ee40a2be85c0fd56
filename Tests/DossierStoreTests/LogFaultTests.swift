import Testing

@testable import DossierStore

@Suite("The log under faults")
struct LogFaultTests {
    // Large enough for every call of the steps below.
    private static let calls = 0..<40
    private static let crashes: [MemoryFileSystem.Crash] =
        [.kill, .powerCut] + (1...6).map { .tornPowerCut(seed: $0) }

    /// Runs appends of which one call fails; what is refused is not tried again.
    private func run(_ log: TestLog) async {
        for start in [10, 20, 30] {
            let frames = [Frame.numbered(start..<start + 2), .numbered(start + 2..<start + 3)]
            try? await log.append(frames)
        }
    }

    private func makeLog() async throws -> TestLog {
        let log = TestLog(segmentBytes: 400)
        try log.open()
        try await log.append([.numbered(0..<3)])
        return log
    }

    @Test(
        "whatever call fails, what was acknowledged is there after any crash",
        arguments: MemoryFileSystem.Fault.allCases)
    func everyCall(fault: MemoryFileSystem.Fault) async throws {
        for call in Self.calls {
            for crash in Self.crashes {
                let log = try await self.makeLog()
                log.fileSystem.fail(after: call, fault)
                await self.run(log)
                try log.restart(after: crash)
                try await self.check(log, "\(fault) at call \(call), then \(crash)")
            }
        }
    }

    @Test("whatever call of recovery fails, the next start finds what was acknowledged")
    func everyCallOfRecovery() async throws {
        for fault in MemoryFileSystem.Fault.allCases {
            for call in 0..<16 {
                for crash in Self.crashes {
                    let log = try await self.makeLog()
                    // Dies between writing a group and synchronising it: recovery has to copy.
                    log.fileSystem.fail(after: 1, .kill)
                    await self.run(log)
                    log.crash(crash)
                    log.fileSystem.fail(after: call, fault)
                    try? log.open()
                    try log.restart(after: crash)
                    try await self.check(log, "\(fault) at call \(call) of recovery, \(crash)")
                }
            }
        }
    }

    @Test("whatever call of the first start fails, the next start makes the log")
    func everyCallOfTheFirstStart() async throws {
        for fault in MemoryFileSystem.Fault.allCases {
            for call in 0..<20 {
                for crash in Self.crashes {
                    let log = TestLog()
                    log.fileSystem.fail(after: call, fault)
                    try? log.open()
                    try log.restart(after: crash)
                    try await self.check(log, "\(fault) at call \(call), then \(crash)")
                }
            }
        }
    }

    @Test("without space nothing is appended, and all goes on when there is space")
    func noSpace() async throws {
        for fault in [MemoryFileSystem.Fault.noSpace, .shortWrite] {
            let log = try await self.makeLog()
            log.fileSystem.fail(after: 0, fault)
            await #expect(throws: StoreError(.storageFull, "")) {
                try await log.append([.numbered(10..<12)])
            }
            #expect(try await log.bodies() == log.acknowledged)
            try await log.append([.numbered(10..<12)])
            #expect(try await log.bodies() == log.acknowledged)
        }
    }

    @Test("a failed synchronisation is final: nothing is acknowledged any more")
    func failedSynchronisation() async throws {
        for fault in [MemoryFileSystem.Fault.inputOutput, .noSpace] {
            let log = try await self.makeLog()
            log.fileSystem.fail(after: 1, fault)
            for start in [10, 20] {
                await #expect(throws: StoreError(.storageFailed, "")) {
                    try await log.append([.numbered(start..<start + 2)])
                }
            }
            // The system shows pages that it will never write: the restart writes them anew.
            try log.restart(after: .kill)
            #expect(log.log?.movedFrom == 3)
            let bodies = try await log.bodies()
            try log.restart(after: .powerCut)
            #expect(try await log.bodies() == bodies)
        }
    }

    @Test("beginning a segment: what cannot be synchronised is final, other failures are not")
    func rotation() async throws {
        // Writes and synchronises the marker, makes, cuts, writes and synchronises the segment,
        // names it, synchronises the directory.
        for (call, isFinal) in [false, false, false, false, false, true, false, true].enumerated() {
            let log = try await self.makeLog()
            while log.fileSystem.bytes(of: log.segmentPath).count < 400 {
                let start = Int(log.log?.size ?? 0)
                try await log.append([.numbered(start..<start + 2)])
            }
            log.fileSystem.fail(after: call, .noSpace)
            await #expect(throws: StoreError.self) { try await log.append([.numbered(90..<92)]) }
            if isFinal {
                await #expect(throws: StoreError(.storageFailed, "")) {
                    try await log.append([.numbered(90..<92)])
                }
            } else {
                try await log.append([.numbered(90..<92)])
                #expect(log.log?.table.segments.count == 2)
            }
            #expect(try await log.bodies() == log.acknowledged, "call \(call)")
        }
    }

    /// After a restart: the acknowledged frames in their order, between them nothing but whole
    /// frames that were offered; every frame checks; and the log takes more.
    private func check(_ log: TestLog, _ what: String) async throws {
        #expect(await log.refusal() == nil, "\(what)")
        let bodies = try await log.bodies()
        var rest = bodies[...]
        for body in log.acknowledged {
            let index = try #require(rest.firstIndex(of: body), "\(what): a frame is lost")
            rest = rest[(index + 1)...]
        }
        #expect(Set(bodies).count == bodies.count, "\(what): a frame is there twice")
        try await log.log?.audit()
        let frame = Frame.numbered(90..<91)
        try await log.append([frame])
        #expect(try await log.bodies() == bodies + [frame.body], "\(what)")
    }
}
