import DossierAPI
import Testing

@testable import DossierSync

@Suite("What an operator wants of a machine")
struct CommandTests {
    @Test("a pause ends the connection, wherever the machine is, and lasts until resumed")
    func pauses() throws {
        let bench = try Bench()
        for count in 2...4 {
            var machine = bench.machine()
            _ = machine.on(Array([.started, .connected, .opened, .ended].prefix(count)))
            // Where it had failed already, it is leaving.
            if count == 4 { _ = machine.on(.disconnected) }
            let wanted = machine.on(.command(.pause))
            if wanted == "disconnect" { #expect(machine.on(.disconnected) == "rest") }
            #expect(machine.machine.progress.state == .paused)
            #expect(machine.on(.waited) == "rest")
            #expect(machine.on(.command(.resume)) == "connect")
        }
    }

    @Test("a pause while connecting ends what may have been connected meanwhile")
    func pauseWhileConnecting() throws {
        var machine = try Bench().machine()
        #expect(machine.on(.started) == "connect")
        #expect(machine.on(.command(.pause)) == "disconnect")
        #expect(machine.on(.disconnected) == "rest")
        #expect(machine.machine.progress.state == .paused)
    }

    @Test("a pause while asking for leaves again keeps nothing of that")
    func pauseWhileFetching() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        _ = try machine.take(bench.message(0..<3, withholding: [1]))
        #expect(
            machine.on([.gaps([1..<2]), .opened]) == ["fetch [Range(1..<2)]", "receive fetched"])
        #expect(machine.on([.command(.pause), .disconnected]) == ["disconnect", "rest"])
        #expect(machine.on([.command(.resume), .connected]) == ["connect", "follow 6"])
    }

    @Test("a resume forgives, and tries at once")
    func resumes() throws {
        var machine = try Bench().machine()
        machine.jitter = 0
        _ = machine.on(.started)
        for _ in 0..<6 { _ = machine.on([.failed(.unreachable), .waited]) }
        _ = machine.on(.failed(.unreachable))
        #expect(machine.machine.progress.failure != nil)
        #expect(machine.on(.command(.resume)) == "connect")
        #expect(machine.machine.progress.failure == nil)
        #expect(machine.on(.failed(.unreachable)) == "wait 250")
    }

    @Test("a round on an open connection is one call, and ends with it")
    func roundWhileFollowing() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1))
        machine.open()
        _ = try machine.take(bench.message(0..<3))
        #expect(machine.on(.command(.round)) == "follow 6 once")
        #expect(machine.on(.opened) == "receive")
        #expect(try machine.on(bench.message(3..<3)) == "receive")
        #expect(machine.machine.progress.rounds == 0)
        // It goes on following, on the same connection.
        #expect(machine.on(.ended) == "follow 6")
        #expect(machine.machine.progress.rounds == 1)
        #expect(machine.machine.progress.failedRounds == 0)
    }

    @Test("a round while paused connects, and leaves when it has ended")
    func roundWhilePaused() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1))
        _ = machine.on([.started, .command(.pause), .disconnected])
        #expect(machine.on(.command(.round)) == "connect")
        #expect(machine.on([.connected, .opened]) == ["follow 0 once", "receive"])
        #expect(try machine.take(bench.message(0..<3)) == "receive")
        #expect(machine.on([.ended, .disconnected]) == ["disconnect", "rest"])
        #expect(machine.machine.progress.rounds == 1)
        #expect(machine.machine.progress.state == .paused)
    }

    @Test("a round asks for leaves again too, and ends after it")
    func roundWithGaps() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1)) { $0.backfillInterval = 60_000 }
        machine.open()
        _ = try machine.take(bench.message(0..<3, withholding: [1]))
        #expect(try machine.on(bench.message(3..<3, epoch: Bench.epoch(2))) == "find gaps from 0")
        #expect(machine.on([.gaps([]), .kept]) == ["keep epoch 2", "receive"])
        _ = machine.on([.command(.round), .opened])
        // Too early by itself; the round wants everything.
        #expect(try machine.on(bench.message(3..<3, epoch: Bench.epoch(3))) == "receive")
        #expect(machine.on(.ended) == "find gaps from 0")
        #expect(machine.on([.gaps([]), .kept]) == ["keep epoch 3", "follow 6"])
        #expect(machine.machine.progress.rounds == 1)
    }

    @Test("a round that fails has failed, and the machine goes on as before")
    func roundFails() throws {
        var machine = try Bench().machine()
        _ = machine.on([.started, .command(.round)])
        #expect(machine.on([.connected, .opened]) == ["follow 0 once", "receive"])
        #expect(machine.on([.failed(.silent), .disconnected]) == ["disconnect", "wait 375"])
        #expect(machine.machine.progress.failedRounds == 1)
        #expect(machine.on([.waited, .connected]) == ["connect", "follow 0"])
    }

    @Test("a round that fails while paused leaves the machine paused")
    func pausedRoundFails() throws {
        for code in [SyncFailure.Code.unreachable, .broken] {
            var machine = try Bench().machine()
            _ = machine.on([.started, .command(.pause), .disconnected, .command(.round)])
            let wanted = machine.on(.failed(code))
            if wanted != "rest" { #expect(machine.on(.disconnected) == "rest") }
            #expect(machine.machine.progress.failedRounds == 1)
            #expect(machine.machine.progress.state == .paused)
        }
    }

    @Test("a round does not wait for the next attempt, not even after a lie")
    func roundWhileWaiting() throws {
        var machine = try Bench().machine()
        machine.open()
        #expect(
            machine.on([.failed(.broken), .disconnected]) == ["accuse of broken", "wait 22500"])
        #expect(machine.on([.command(.round), .connected]) == ["connect", "follow 0 once"])
    }

    @Test("a round while asking for leaves again begins with what is new")
    func roundWhileFetching() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        _ = try machine.take(bench.message(0..<3, withholding: [1]))
        _ = machine.on([.gaps([1..<2]), .opened])
        #expect(machine.on([.command(.round), .opened]) == ["follow 6 once", "receive"])
        #expect(try machine.on(bench.message(3..<3)) == "receive")
        #expect(machine.on(.ended) == "find gaps from 0")
    }
}
