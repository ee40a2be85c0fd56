import DossierAPI
import DossierStore
import MerkleLog
import Testing

@testable import DossierSync

@Suite("Which path a log comes by")
struct RoutesTests {
    private var routes = SyncRoutes(of: "kr", asked: [:], settings: SyncSettings())

    private mutating func offer(
        _ organisation: String, _ size: UInt64?, having position: UInt64 = 10, at now: Int64 = 0,
        epoch: UInt8 = 1
    ) {
        let offer = size.map {
            OfferedLog(logOrigin: Bench.origin, size: $0, releaseEpoch: Bench.epoch(epoch))
        }
        self.routes.note(offer, of: organisation, having: position, at: now)
    }

    @Test("the log's own node's, whatever others offer")
    mutating func direct() {
        self.offer("us", 100)
        #expect(self.routes.best(having: 10, from: nil, at: 0) == "us")
        self.offer("kr", 10)
        #expect(self.routes.best(having: 10, from: "us", at: 0) == "kr")
        self.offer("kr", nil)
        #expect(self.routes.best(having: 10, from: "kr", at: 0) == "us")
    }

    @Test("of others that of the one that has most, and none that has less than is there")
    mutating func relays() {
        self.offer("gb", 9)
        #expect(self.routes.best(having: 10, from: nil, at: 0) == nil)
        self.offer("us", 10)
        #expect(self.routes.best(having: 10, from: nil, at: 0) == "us")
        self.offer("jp", 12)
        #expect(self.routes.best(having: 10, from: nil, at: 0) == "jp")
        // The first of several that have as much.
        self.offer("au", 12)
        #expect(self.routes.best(having: 10, from: nil, at: 0) == "au")
    }

    @Test("the one that there is, until another has been ahead of it for a while")
    mutating func patience() {
        self.offer("us", 10)
        self.offer("jp", 12, at: 1_000)
        #expect(self.routes.best(having: 10, from: "us", at: 1_499) == "us")
        #expect(self.routes.best(having: 10, from: "us", at: 1_500) == "jp")
        // It came here meanwhile.
        self.routes.notePosition(12, at: 1_490)
        #expect(self.routes.best(having: 12, from: "us", at: 9_000) == "us")
        // Both are ahead of what is there, and none of the other.
        self.offer("us", 14, having: 12, at: 10_000)
        self.offer("jp", 14, having: 12, at: 10_000)
        #expect(self.routes.best(having: 12, from: "us", at: 20_000) == "us")
    }

    @Test("not one that failed, before its time; a lie keeps it away for longer")
    mutating func failures() {
        self.offer("kr", 10)
        self.offer("us", 10)
        self.routes.fail("kr", isLie: false, at: 0, jitter: 0)
        #expect(self.routes.best(having: 10, from: "kr", at: 249) == "us")
        #expect(self.routes.best(having: 10, from: "us", at: 250) == "kr")
        self.routes.fail("kr", isLie: true, at: 1_000, jitter: 0)
        #expect(self.routes.best(having: 10, from: nil, at: 15_999) == "us")
        self.routes.fail("us", isLie: false, at: 1_000, jitter: 0)
        #expect(self.routes.best(having: 10, from: nil, at: 1_000) == nil)
        #expect(self.routes.next?.organisation == "us" && self.routes.next?.at == 1_250)
        self.routes.forgive()
        #expect(self.routes.best(having: 10, from: nil, at: 1_000) == "kr")
    }

    @Test("a node that offers what it does not give is stalled")
    mutating func stalls() {
        self.offer("us", 12, at: 0)
        #expect(!self.routes.isStalled("us", since: 0, at: 9_999))
        #expect(self.routes.isStalled("us", since: 0, at: 10_000))
        // It gave something since.
        #expect(!self.routes.isStalled("us", since: 5_000, at: 14_999))
        #expect(!self.routes.hasOther(than: "us", having: 10, at: 0))
        self.offer("jp", 11)
        #expect(self.routes.hasOther(than: "us", having: 10, at: 0))
        #expect(!self.routes.hasOther(than: "us", having: 11, at: 0))
    }

    // MARK: - Leaves that are asked for again

    private mutating func answer(_ question: SyncRoutes.Question, at now: Int64) {
        self.routes.noteAsking(question, at: now)
        self.routes.note(
            asked: AskedLeaves(
                releaseEpoch: question.releaseEpoch, below: question.leaves.upperBound),
            of: question.organisation)
    }

    @Test("what the log's own node withholds nobody else is asked for")
    mutating func directOnly() throws {
        self.offer("kr", 10)
        self.offer("us", 10)
        let question = try #require(self.routes.question(having: 10, from: "kr", at: 0))
        #expect(question.organisation == "kr" && question.leaves == 0..<10)
        self.answer(question, at: 0)
        #expect(self.routes.question(having: 10, from: "kr", at: 60_000) == nil)
    }

    @Test("what a relay could not give all are asked for, once, as far as they are")
    mutating func all() throws {
        self.offer("us", 10)
        self.offer("jp", 7)
        self.offer("gb", 12)
        var asked: [String] = []
        while let question = self.routes.question(having: 10, from: "us", at: 0) {
            asked.append("\(question.organisation) \(question.leaves)")
            self.answer(question, at: 0)
        }
        #expect(asked == ["us 0..<10", "gb 0..<10", "jp 0..<7"])
        // One that has more now is asked for that.
        self.offer("jp", 10, at: 60_000)
        let question = try #require(self.routes.question(having: 10, from: "us", at: 60_000))
        #expect(question.organisation == "jp" && question.leaves == 7..<10)
        self.answer(question, at: 60_000)
        // One that may release more is asked for all again, not too often.
        self.offer("gb", 12, at: 60_000, epoch: 2)
        #expect(self.routes.question(having: 10, from: "us", at: 60_000)?.leaves == 0..<10)
        self.routes.noteAsking(
            try #require(self.routes.question(having: 10, from: "us", at: 60_000)), at: 60_000)
        #expect(self.routes.question(having: 10, from: "us", at: 64_999) == nil)
        #expect(self.routes.question(having: 10, from: "us", at: 65_000)?.organisation == "gb")
    }

    @Test("what comes of a path need not be asked of it, but of others")
    mutating func contiguous() throws {
        self.offer("us", 10, having: 0)
        self.offer("jp", 10, having: 0)
        for organisation in ["us", "jp"] {
            self.answer(
                try #require(self.routes.question(to: organisation, having: 0, at: 0)), at: 0)
        }
        self.routes.note(leaves: 0..<10, of: "us")
        let question = try #require(self.routes.question(having: 10, from: "us", at: 60_000))
        #expect(question.organisation == "jp" && question.leaves == 0..<10)
        self.answer(question, at: 60_000)
        #expect(self.routes.question(having: 10, from: "us", at: 120_000) == nil)
    }

    @Test("after a day each is asked for all again, whatever it says")
    mutating func again() throws {
        self.offer("us", 10)
        self.answer(try #require(self.routes.question(having: 10, from: "us", at: 0)), at: 0)
        let day: Int64 = 24 * 3_600_000
        #expect(self.routes.question(having: 10, from: "us", at: day - 1) == nil)
        #expect(self.routes.question(having: 10, from: "us", at: day)?.leaves == 0..<10)
    }
}

@Suite("A machine with several paths")
struct MachinePathTests {
    private let bench: Bench

    init() throws { self.bench = try Bench() }

    /// A machine that has all of the log but what a message withholds, from us's node.
    private func relayed(_ withheld: Set<Int> = []) throws -> MachineBench {
        var machine = self.bench.machine(epoch: Bench.epoch(1))
        machine.machine.note(nil, of: "kr", at: machine.now)
        machine.machine.note(self.bench.offer(), of: "us", at: machine.now)
        #expect(
            machine.on([.started, .connected, .opened]) == ["connect to us", "follow 0", "receive"])
        var wanted = try machine.take(self.bench.message(0..<3, withholding: withheld))
        #expect(wanted == "find gaps from 0")
        wanted = machine.on(.gaps([]))
        #expect(wanted == "keep epoch 1")
        #expect(machine.on(.kept) == "receive")
        return machine
    }

    @Test("goes back to the log's own node as soon as that is in touch, from where it stands")
    func direct() throws {
        var machine = try self.relayed()
        #expect(machine.machine.progress.heardAt == nil)
        #expect(!machine.machine.shouldLook(at: machine.now))
        machine.machine.note(self.bench.offer(), of: "kr", at: machine.now)
        #expect(machine.machine.shouldLook(at: machine.now))
        #expect(machine.on([.looked, .disconnected]) == ["disconnect", "connect"])
        #expect(machine.on([.connected, .opened]) == ["follow 6", "receive"])
        _ = try machine.on(self.bench.message(3..<3))
        #expect(machine.machine.progress.heardAt == machine.now)
    }

    @Test("takes another path at once when one fails, and tells what failed on the direct one")
    func fails() throws {
        var machine = self.bench.machine(epoch: Bench.epoch(1))
        machine.machine.note(self.bench.offer(), of: "us", at: machine.now)
        machine.open()
        _ = try machine.take(self.bench.message(0..<1))
        #expect(machine.on(.failed(.silent)) == "disconnect")
        #expect(
            machine.on([.disconnected, .connected, .opened])
                == ["connect to us", "follow 3", "receive"])
        #expect(try machine.take(self.bench.message(1..<3)) == "find gaps from 0")
        #expect(machine.on([.gaps([]), .kept]) == ["keep epoch 1", "receive"])
        #expect(machine.machine.progress.state == .following)
        #expect(machine.machine.progress.failure?.code == .silent)
        // Its time comes.
        machine.now += 400
        #expect(machine.machine.shouldLook(at: machine.now))
        #expect(machine.on([.looked, .disconnected]) == ["disconnect", "connect"])
        _ = machine.on([.connected, .opened])
        _ = try machine.on(self.bench.message(3..<3))
        #expect(machine.machine.progress.failure == nil)
    }

    @Test("of a relay an older checkpoint is no lie, of the log's own node it is")
    func older() throws {
        for path in ["us", "kr"] {
            var machine = self.bench.machine(epoch: Bench.epoch(1))
            if path == "us" { machine.machine.note(nil, of: "kr", at: machine.now) }
            machine.machine.note(self.bench.offer(), of: "us", at: machine.now)
            machine.open()
            // All six were shown, three came.
            _ = try machine.take(self.bench.message(0..<1))
            var message = try self.bench.message(1..<2)
            let older = try World.shared.checkpoint(self.bench.log.head(4), of: "kr")
            message.checkpoint = try self.bench.log.proven(older, from: 4)
            let wanted = try machine.on(message)
            #expect(wanted == (path == "us" ? "keep 1 from 3" : "accuse of unverifiable"))
        }
    }

    @Test("a relay that has fewer leaves has not lied")
    func behind() throws {
        var machine = try self.relayed()
        #expect(machine.on(.failed(.olderLog)) == "disconnect")
        #expect(machine.machine.progress.failure?.code == .unavailable)
        #expect(machine.evidence == nil)
    }

    @Test("a relay's lie is the relay's; two histories are the log's, whoever shows them")
    func liars() throws {
        var machine = try self.relayed()
        var message = try self.bench.message(3..<3)
        message.firstIndex = 1
        #expect(try machine.on(message) == "accuse of unverifiable")
        #expect(machine.evidence?.peer == "us")
        machine = try self.relayed()
        let fork = try World.shared.checkpoint(TreeHead(size: 6, root: .stranger), of: "kr")
        message = try self.bench.message(3..<3)
        message.checkpoint.checkpoint = fork.bytes
        #expect(try machine.on(message) == "accuse of unverifiable")
        #expect(machine.evidence?.peer == "kr" && machine.evidence?.conflict != nil)
    }

    @Test("what one relay withheld is asked of another, beside the stream that there is")
    func asksOther() throws {
        var machine = try self.relayed([1])
        machine.machine.note(self.bench.offer(), of: "jp", at: machine.now)
        #expect(machine.machine.shouldLook(at: machine.now))
        #expect(
            machine.on([.looked, .gaps([1..<2]), .opened])
                == ["find gaps from 0", "fetch [Range(1..<2)] from jp", "receive fetched"])
        #expect(try machine.on(self.bench.answer([1])) == "look up [1]")
        #expect(machine.on(.hashes([self.bench.log.hashes[1]])) == "keep late [1]")
        #expect(machine.on([.kept, .ended]) == ["receive fetched", "keep epoch 1"])
        // The stream of the relay that there is goes on.
        #expect(machine.on(.kept) == "receive")
        #expect(machine.machine.path == "us")
    }

    @Test("what another relay fails or lies at when it is asked does not end the stream")
    func asksInVain() throws {
        var machine = try self.relayed([1])
        machine.machine.note(self.bench.offer(), of: "jp", at: machine.now)
        _ = machine.on([.looked, .gaps([1..<2])])
        #expect(machine.on(.failed(.unreachable)) == "receive")
        #expect(machine.machine.progress.state == .following)
        machine.now += 60_000
        _ = machine.on([.looked, .gaps([1..<2]), .opened])
        var lie = try self.bench.answer([1])
        lie.records[0].leafIndex = 2
        #expect(try machine.on(lie) == "accuse of unverifiable")
        #expect(machine.evidence?.peer == "jp")
        #expect(machine.on(.disconnected) == "receive")
        #expect(machine.machine.path == "us")
    }

    @Test("a relay that offers more than it sends is left for another that has as much")
    func stalls() throws {
        var machine = try self.relayed()
        machine.machine.note(self.bench.offer(9), of: "us", at: machine.now)
        machine.machine.note(self.bench.offer(9), of: "jp", at: machine.now)
        #expect(machine.on([.looked, .gaps([]), .kept]).last == "receive")
        machine.now += 9_999
        #expect(!machine.machine.shouldLook(at: machine.now))
        machine.now += 1
        #expect(machine.machine.shouldLook(at: machine.now))
        #expect(machine.on([.looked, .disconnected]) == ["disconnect", "connect to jp"])
        #expect(machine.machine.progress.failure?.code == .stalled)
    }

    @Test("without any path a round has failed, and a path that comes is taken")
    func noPath() throws {
        var machine = self.bench.machine(epoch: Bench.epoch(1))
        machine.machine.note(nil, of: "kr", at: machine.now)
        #expect(machine.on(.started) == "rest")
        #expect(machine.machine.progress.state == .connecting)
        #expect(machine.on(.command(.round)) == "rest")
        #expect(machine.machine.progress.failedRounds == 1)
        #expect(machine.machine.progress.failure?.code == .unreachable)
        machine.machine.note(self.bench.offer(), of: "us", at: machine.now)
        #expect(machine.machine.shouldLook(at: machine.now))
        #expect(machine.on(.looked) == "connect to us")
    }
}
