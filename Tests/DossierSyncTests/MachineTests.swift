import DossierAPI
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierSync

@Suite("A machine that syncs")
struct MachineTests {
    @Test("connects, follows from where it stands, keeps what comes, and goes on")
    func follows() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1))
        #expect(machine.on(.started) == "connect")
        #expect(machine.machine.progress.state == .connecting)
        #expect(machine.on(.connected) == "follow 0")
        #expect(machine.machine.progress.state == .catchingUp)
        #expect(machine.on(.opened) == "receive")
        #expect(try machine.on(bench.message(0..<2)) == "keep 4 from 0")
        // Only what is kept counts.
        #expect(machine.machine.position.size == 0)
        #expect(machine.on(.kept) == "receive")
        #expect(machine.machine.position.size == 4)
        #expect(machine.machine.progress.state == .catchingUp)
        #expect(try machine.on(bench.message(2..<3, isFirst: false)) == "keep 2 from 4")
        #expect(machine.on(.kept) == "receive")
        #expect(machine.machine.progress.state == .following)
        #expect(machine.machine.progress.completeAt == machine.now)
        #expect(try machine.on(bench.message(3..<3, isFirst: false)) == "receive")
        #expect(machine.machine.progress.heardAt == machine.now)
    }

    @Test("follows again from what was kept, after anything broke")
    func goesOn() throws {
        let bench = try Bench()
        for code in [SyncFailure.Code.unreachable, .silent, .storage, .unavailable, .notPermitted] {
            var machine = bench.machine()
            machine.open()
            _ = try machine.take(bench.message(0..<1))
            #expect(machine.on(.failed(code)) == "disconnect")
            #expect(machine.machine.progress.failure?.code == code)
            #expect(machine.machine.progress.state == .waiting)
            #expect(machine.on(.disconnected).hasPrefix("wait"))
            #expect(machine.on([.waited, .connected]) == ["connect", "follow 3"])
        }
    }

    @Test("what could not be kept is asked for again")
    func notKept() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        #expect(try machine.on(bench.message(0..<1)) == "keep 3 from 0")
        #expect(machine.on(.failed(.storage)) == "disconnect")
        _ = machine.on([.disconnected, .waited])
        #expect(machine.on([.connected, .opened]) == ["follow 0", "receive"])
        #expect(try machine.on(bench.message(0..<1)) == "keep 3 from 0")
    }

    @Test("a peer that ends the stream is asked again later")
    func ended() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        #expect(machine.on([.ended, .disconnected]) == ["disconnect", "wait 375"])
        #expect(machine.machine.progress.failure?.code == .unavailable)
    }

    @Test("what does not check is accused of, and ends the connection")
    func accuses() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        var message = try bench.message(0..<1)
        message.firstIndex = 1
        #expect(try machine.on(message) == "accuse of unverifiable")
        #expect(machine.evidence?.message == (try message.encoded()))
        #expect(machine.evidence?.peer == "kr")
        #expect(machine.machine.progress.state == .refused)
        #expect(machine.on(.disconnected) == "wait 22500")
        // The wait is not that of a failure, however many of those there are.
        #expect(machine.machine.progress.state == .refused)
        #expect(machine.on(.waited) == "connect")
    }

    @Test("bytes that are no message are accused of")
    func malformed() throws {
        let bench = try Bench()
        let malformed: [[UInt8]] = [[0xFF, 0xFF, 0xFF], [], [0x0A, 0x05]]
        for bytes in malformed {
            var machine = bench.machine()
            machine.open()
            #expect(machine.on(.received(bytes)) == "accuse of broken")
            #expect(machine.evidence?.message == bytes)
        }
    }

    @Test("a log that is shorter than what was seen of it is accused of, without a message")
    func olderLog() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        #expect(machine.on(.failed(.olderLog)) == "accuse of olderLog")
        #expect(machine.evidence?.message == [])
        #expect(machine.on(.disconnected) == "wait 22500")
    }

    @Test("messages without leaves are taken once a second, and some at once")
    func idleMessages() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1)) { $0.idleMessages = 3 }
        machine.open()
        _ = try machine.take(bench.message(0..<3))
        let empty = try bench.message(3..<3, isFirst: false)
        for _ in 0..<3 { #expect(try machine.on(empty) == "receive") }
        machine.now += 2_000
        for _ in 0..<2 { #expect(try machine.on(empty) == "receive") }
        #expect(try machine.on(empty) == "accuse of broken")
    }

    @Test("an honest heartbeat is never too many")
    func heartbeats() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1)) { $0.idleMessages = 1 }
        machine.open()
        _ = try machine.take(bench.message(0..<3))
        let empty = try bench.message(3..<3, isFirst: false)
        for _ in 0..<200 {
            machine.now += 15_000
            #expect(try machine.on(empty) == "receive")
        }
    }

    @Test("a newer checkpoint without leaves is kept, and is a promise")
    func newerCheckpoint() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        var message = try bench.message(0..<1)
        message.runs = []
        message.checkpoint.consistencyProof = []
        #expect(try machine.on(message) == "keep 0 from 0")
        #expect(machine.on(.kept) == "receive")
        #expect(machine.machine.position.knownSize == 6)
        #expect(!machine.machine.position.isComplete)
        #expect(machine.machine.progress.state == .catchingUp)
    }
}
