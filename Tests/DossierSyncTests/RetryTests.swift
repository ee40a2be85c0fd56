import Testing

@testable import DossierSync

@Suite("How long a machine waits before it tries again")
struct RetryTests {
    /// The waits after so many attempts to connect that fail.
    private func waits(
        _ count: Int, after code: SyncFailure.Code, jitter: Double
    ) throws -> [String] {
        var machine = try Bench().machine()
        machine.jitter = jitter
        _ = machine.on(.started)
        return (0..<count).map { _ in
            var wait = machine.on(.failed(code))
            if !wait.hasPrefix("wait") { wait = machine.on(.disconnected) }
            _ = machine.on(.waited)
            return wait
        }
    }

    @Test("it doubles from the first to the last")
    func doubles() throws {
        #expect(
            try self.waits(9, after: .unreachable, jitter: 0)
                == [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
                .map { "wait \($0)" })
        #expect(
            try self.waits(7, after: .olderLog, jitter: 0)
                == [15_000, 30_000, 60_000, 120_000, 240_000, 450_000, 450_000]
                .map { "wait \($0)" })
    }

    @Test("it is somewhere from the half up to the whole", arguments: [0, 0.25, 0.5, 0.999_999])
    func jitter(_ jitter: Double) throws {
        let fulls: [Int64] = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]
        for (wait, full) in zip(try self.waits(7, after: .silent, jitter: jitter), fulls) {
            let half = full / 2
            #expect(wait == "wait \(half + Int64(Double(half) * jitter))")
            #expect((half...full).contains(Int64(wait.dropFirst(5)) ?? 0))
        }
    }

    @Test("however often it fails, it is never longer than the last")
    func isCapped() throws {
        let waits = try self.waits(100, after: .unreachable, jitter: 0.999)
        #expect(Set(waits.suffix(90)).count == 1)
        let lies = try self.waits(100, after: .broken, jitter: 0)
        #expect(lies.last == "wait 450000")
    }

    @Test("it begins anew after something was kept")
    func isReset() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.jitter = 0
        _ = machine.on(.started)
        for _ in 0..<4 { _ = machine.on([.failed(.unreachable), .waited]) }
        _ = machine.on([.connected, .opened])
        // A connection is not yet a success.
        #expect(machine.on([.failed(.silent), .disconnected]) == ["disconnect", "wait 4000"])
        _ = machine.on([.waited, .connected, .opened])
        _ = try machine.take(bench.message(0..<1))
        #expect(machine.machine.progress.failure == nil)
        #expect(machine.machine.progress.failedAt == nil)
        #expect(machine.on([.failed(.silent), .disconnected]) == ["disconnect", "wait 250"])
    }

    @Test("it begins anew after a message that checks, and brings nothing new")
    func isResetByHeartbeat() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1))
        machine.jitter = 0
        machine.open()
        _ = try machine.take(bench.message(0..<3))
        for _ in 0..<4 {
            _ = machine.on([.failed(.silent), .disconnected, .waited, .connected, .opened])
        }
        _ = try machine.on(bench.message(3..<3))
        #expect(machine.on([.failed(.silent), .disconnected]) == ["disconnect", "wait 250"])
    }

    @Test("silence, and what it is told to wait, are the settings'")
    func settings() {
        let settings = SyncSettings()
        // Three heartbeats.
        #expect(settings.silence == 3 * 15_000)
        #expect(settings.firstRetry < settings.lastRetry)
        #expect(settings.lastRetry <= settings.firstRetryAfterLie)
        #expect(settings.firstRetryAfterLie < settings.lastRetryAfterLie)
    }
}
