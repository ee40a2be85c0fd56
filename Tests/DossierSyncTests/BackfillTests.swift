import DossierAPI
import DossierCrypto
import MerkleLog
import Testing

@testable import DossierSync

@Suite("Leaves that are asked for again")
struct BackfillTests {
    /// A machine that has all leaves, of 1 and 4 the hashes alone, and asked for none again.
    private func complete(
        _ bench: Bench, changing change: (inout SyncSettings) -> Void = { _ in }
    ) throws -> MachineBench {
        var machine = bench.machine(epoch: Bench.epoch(1), changing: change)
        machine.open()
        _ = try machine.take(bench.message(0..<3, withholding: [1, 4]))
        return machine
    }

    @Test("they are asked for when the epoch changed, verified, kept, and then the epoch is")
    func asksAgain() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        #expect(try machine.on(bench.message(3..<3, epoch: Bench.epoch(2))) == "find gaps from 0")
        #expect(machine.on(.gaps([1..<2, 4..<5])) == "fetch [Range(1..<2), Range(4..<5)]")
        #expect(machine.on(.opened) == "receive fetched")
        #expect(try machine.on(bench.answer([1])) == "look up [1]")
        #expect(machine.on(.hashes([bench.log.hashes[1]])) == "keep late [1]")
        #expect(machine.on(.kept) == "receive fetched")
        #expect(try machine.on(bench.answer([4])) == "look up [4]")
        #expect(machine.on(.hashes([bench.log.hashes[4]])) == "keep late [4]")
        #expect(machine.on([.kept, .ended]) == ["receive fetched", "keep epoch 2"])
        #expect(machine.on(.kept) == "receive")
        #expect(machine.machine.progress.late == 2)
        #expect(machine.machine.progress.notReleased == 0)
        machine.now += 60_000
        #expect(try machine.on(bench.message(3..<3, epoch: Bench.epoch(2))) == "receive")
    }

    @Test("a mirror that never asked asks as soon as it is complete")
    func asksAtFirst() throws {
        let bench = try Bench()
        var machine = bench.machine()
        machine.open()
        #expect(try machine.take(bench.message(0..<2)) == "receive")
        #expect(
            try machine.take(bench.message(2..<3, isFirst: false)) == "find gaps from 0")
        #expect(machine.on([.gaps([]), .kept]) == ["keep epoch 1", "receive"])
    }

    @Test("while leaves are missing, nothing is asked for again")
    func notBeforeComplete() throws {
        let bench = try Bench()
        var machine = bench.machine(epoch: Bench.epoch(1))
        machine.open()
        #expect(try machine.take(bench.message(0..<1, epoch: Bench.epoch(2))) == "receive")
        #expect(
            try machine.take(bench.message(1..<2, isFirst: false, epoch: Bench.epoch(3)))
                == "receive")
        #expect(
            try machine.take(bench.message(2..<3, isFirst: false, epoch: Bench.epoch(3)))
                == "find gaps from 0")
    }

    @Test("not more often than the interval, however often the epoch changes")
    func interval() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        var asked: [Int64] = []
        for number in 2..<60 {
            machine.now += 1_000
            let message = try bench.message(3..<3, epoch: Bench.epoch(UInt8(number)))
            guard try machine.on(message) == "find gaps from 0" else { continue }
            asked.append(machine.now)
            #expect(machine.on([.gaps([]), .kept]) == ["keep epoch \(number)", "receive"])
        }
        #expect(asked.count == 12)
        #expect(zip(asked, asked.dropFirst()).allSatisfy { $1 - $0 == 5_000 })
    }

    @Test("what did not end is asked for again, and its epoch is not kept")
    func notEnded() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([1..<2]), .opened])
        #expect(machine.on([.failed(.silent), .disconnected]) == ["disconnect", "wait 375"])
        machine.now += 5_000
        _ = machine.on([.waited, .connected, .opened])
        #expect(try machine.on(bench.message(3..<3, epoch: Bench.epoch(2))) == "find gaps from 0")
    }

    @Test("more ranges than one request holds are asked for one after the other")
    func manyRanges() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        let ranges = [Range<UInt64>](repeating: 0..<1, count: FetchRequest.maximumRanges)
        _ = machine.on([.gaps(ranges), .opened])
        #expect(machine.on(.ended) == "find gaps from 1")
        _ = machine.on([.gaps([4..<5]), .opened])
        #expect(machine.on(.ended) == "keep epoch 2")
    }

    @Test("leaves that were not asked for, twice, or backwards, are accused of before any look-up")
    func order() throws {
        let bench = try Bench()
        let answers: [[Int]] = [[0], [1, 1], [4, 1], [5]]
        for indexes in answers {
            var machine = try self.complete(bench)
            _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
            _ = machine.on([.gaps([1..<2, 4..<5]), .opened])
            #expect(try machine.on(bench.answer(indexes)) == "accuse of unverifiable", "\(indexes)")
        }
        var machine = try self.complete(bench)
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([1..<2]), .opened])
        var beyond = try bench.answer([1])
        beyond.records[0].leafIndex = .max
        #expect(try machine.on(beyond) == "accuse of unverifiable")
    }

    @Test("the same leaf again in a later message is accused of")
    func again() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([1..<2, 4..<5]), .opened])
        _ = try machine.on(bench.answer([1]))
        _ = machine.on([.hashes([bench.log.hashes[1]]), .kept])
        #expect(try machine.on(bench.answer([1])) == "accuse of unverifiable")
    }

    @Test("an answer that does not go on is accused of")
    func flood() throws {
        let bench = try Bench()
        var machine = try self.complete(bench) { $0.idleMessages = 2 }
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([1..<2, 4..<5]), .opened])
        var wanted: [String] = []
        for _ in 0..<2 {
            wanted.append(try machine.on(bench.answer([])))
            guard wanted.last == "look up []" else { break }
            _ = machine.on([.hashes([]), .kept])
        }
        #expect(wanted == ["look up []", "accuse of broken"])
    }

    @Test("an answer that says how far it has come may have many messages without leaves")
    func goesOn() throws {
        let bench = try Bench()
        var machine = try self.complete(bench) { $0.idleMessages = 1 }
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([0..<100]), .opened])
        for index in 1...100 {
            var message = try bench.answer([])
            message.answeredBelow = UInt64(index)
            #expect(try machine.on(message) == "look up []")
            #expect(machine.on([.hashes([]), .kept]) == ["keep late []", "receive fetched"])
        }
    }

    @Test("another record than the leaf's is accused of, with the message")
    func otherRecord() throws {
        let bench = try Bench()
        var machine = try self.complete(bench)
        _ = try machine.on(bench.message(3..<3, epoch: Bench.epoch(2)))
        _ = machine.on([.gaps([1..<2]), .opened])
        var message = try bench.answer([1])
        message.records[0].record = bench.log.leaves[2].record
        #expect(try machine.on(message) == "look up [1]")
        #expect(machine.on(.hashes([bench.log.hashes[1]])) == "accuse of unverifiable")
        #expect(machine.evidence?.message == (try message.encoded()))
    }
}
