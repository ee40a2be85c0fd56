import Testing

@testable import DossierStore

@Suite("Recovery of the log")
struct LogRecoveryTests {
    /// A log of three acknowledged groups, the last of one frame, and that frame's size.
    private func makeLog() async throws -> (TestLog, lastFrameBytes: Int) {
        let log = TestLog()
        try log.open()
        try await log.append([.numbered(0..<3)])
        try await log.append([.numbered(3..<4), .numbered(4..<9)])
        let before = log.fileSystem.bytes(of: log.segmentPath).count
        try await log.append([.numbered(9..<12)])
        return (log, log.fileSystem.bytes(of: log.segmentPath).count - before)
    }

    @Test("a log that was closed opens as it was")
    func closed() async throws {
        let (log, _) = try await self.makeLog()
        try await log.log?.close()
        try log.restart(after: .powerCut)
        #expect(try await log.bodies() == log.acknowledged)
        #expect(log.log?.movedFrom == nil)
        #expect(log.log?.size == 12)
    }

    @Test("a torn tail above the marker is cut at every byte, and the log goes on")
    func tornTail() async throws {
        let (model, size) = try await self.makeLog()
        for kept in 0..<size {
            // Rebuilt each time: the marker of the third group is put back to the second's.
            let log = TestLog()
            try log.open()
            try await log.append([.numbered(0..<3)])
            try await log.append([.numbered(3..<4), .numbered(4..<9)])
            let marker = log.fileSystem.bytes(of: "\(TestLog.directory)/durable-marker")
            let whole = log.fileSystem.bytes(of: log.segmentPath).count
            try await log.append([.numbered(9..<12)])
            log.fileSystem.damage("\(TestLog.directory)/durable-marker") { $0 = marker }
            log.fileSystem.damage(log.segmentPath) { $0.removeLast($0.count - whole - kept) }
            try log.restart(after: .kill)
            #expect(await log.refusal() == nil)
            #expect(try await log.bodies() == Array(model.acknowledged.dropLast()))
            try await log.append([.numbered(20..<21)])
            #expect(log.log?.size == 10)
        }
    }

    @Test("frames above the marker are kept, in a new segment")
    func framesAboveMarker() async throws {
        let log = TestLog()
        try log.open()
        try await log.append([.numbered(0..<3)])
        let marker = log.fileSystem.bytes(of: "\(TestLog.directory)/durable-marker")
        try await log.append([.numbered(3..<5)])
        log.fileSystem.damage("\(TestLog.directory)/durable-marker") { $0 = marker }
        try log.restart(after: .kill)
        #expect(try await log.bodies() == log.acknowledged)
        #expect(log.log?.movedFrom == 3)
        #expect(log.log?.table.segments == [0, 3])
        // The copy was synchronised.
        try log.restart(after: .powerCut)
        #expect(try await log.bodies() == log.acknowledged)
    }

    @Test("a flipped bit below the marker is corruption, named by its place, and nothing is taken")
    func flippedBits() async throws {
        let (model, _) = try await self.makeLog()
        try await model.log?.close()
        let bytes = model.fileSystem.bytes(of: model.segmentPath)
        for position in stride(from: 0, to: bytes.count, by: 3) {
            let log = TestLog(model.fileSystem.restarted(after: .kill))
            log.fileSystem.damage(log.segmentPath) { $0[position] ^= 1 << (position % 8) }
            try log.open()
            let refusal = try #require(await log.refusal())
            #expect(refusal.code == .corrupted)
            #expect(refusal.message.contains(SegmentFile.name(firstIndex: 0)))
            #expect(refusal.message.contains("offset"))
            await #expect(throws: StoreError.self) { try await log.append([.numbered(50..<51)]) }
            // Nothing was changed on the disk.
            #expect(log.fileSystem.bytes(of: log.segmentPath).count == bytes.count)
        }
    }

    @Test("a flipped bit in what was durable is corruption even if the marker lags")
    func flippedBitBelowLaggingMarker() async throws {
        let log = TestLog()
        try log.open()
        let marker = log.fileSystem.bytes(of: "\(TestLog.directory)/durable-marker")
        try await log.append([.numbered(0..<3)])
        let end = log.fileSystem.bytes(of: log.segmentPath).count
        try await log.append([.numbered(3..<5)])
        let whole = log.fileSystem.restarted(after: .kill)
        for position in SegmentFile.headerByteCount..<end {
            let log = TestLog(whole.restarted(after: .kill))
            log.fileSystem.damage("\(TestLog.directory)/durable-marker") { $0 = marker }
            log.fileSystem.damage(log.segmentPath) { $0[position] ^= 1 }
            try log.open()
            #expect(await log.refusal()?.code == .corrupted, "byte \(position)")
        }
    }

    @Test("a log that is shorter than its marker says is corrupted")
    func shortened() async throws {
        let (model, size) = try await self.makeLog()
        for missing in [1, size - 1, size, size + 1] {
            let log = TestLog(model.fileSystem.restarted(after: .kill))
            log.fileSystem.damage(log.segmentPath) { $0.removeLast(missing) }
            try log.open()
            #expect(await log.refusal()?.code == .corrupted)
        }
    }

    @Test("a log without marker, or with a damaged one, is corrupted")
    func damagedMarker() async throws {
        let (model, _) = try await self.makeLog()
        let log = TestLog(model.fileSystem.restarted(after: .kill))
        log.fileSystem.damage("\(TestLog.directory)/durable-marker") { bytes in
            for index in bytes.indices { bytes[index] ^= 1 }
        }
        try log.open()
        #expect(await log.refusal()?.code == .corrupted)
        #expect(try await log.bodies() == model.acknowledged)
    }

    @Test("one torn slot of the marker does no harm")
    func tornMarker() async throws {
        let (model, _) = try await self.makeLog()
        for slot in [0, 4096] {
            let log = TestLog(model.fileSystem.restarted(after: .kill))
            log.fileSystem.damage("\(TestLog.directory)/durable-marker") { $0[slot + 9] ^= 1 }
            try log.open()
            #expect(await log.refusal() == nil)
            #expect(try await log.bodies() == model.acknowledged)
        }
    }

    @Test("the audit finds a flipped bit in a segment that is not appended to any more")
    func audit() async throws {
        let log = TestLog(segmentBytes: 200)
        try log.open()
        for number in 0..<6 { try await log.append([.numbered(number..<number + 1)]) }
        #expect((log.log?.table.segments.count ?? 0) > 2)
        try await log.log?.audit()
        log.fileSystem.damage(log.segmentPath) { $0[$0.count - 5] ^= 4 }
        await #expect(throws: StoreError(.corrupted, "")) { try await log.log?.audit() }
        await #expect(throws: StoreError(.corrupted, "")) {
            try await log.append([.numbered(9..<10)])
        }
    }
}
