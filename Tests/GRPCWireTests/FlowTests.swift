import Testing

@testable import GRPCWire

@Suite("Message deframer")
struct MessageDeframerTests {
    private static func messages(
        _ deframer: inout MessageDeframer, _ bytes: [UInt8]
    ) throws -> [[UInt8]] {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            var messages: [[UInt8]] = []
            while let message = try deframer.next(from: &rest) { messages.append(message) }
            return messages
        }
    }

    private static let bytes: [UInt8] = [
        0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9,
    ]

    @Test("messages come out whatever the size of the parts they come in", arguments: 1...19)
    func parts(size: Int) throws {
        var deframer = MessageDeframer(maximumBytes: 3)
        var messages: [[UInt8]] = []
        var rest = Self.bytes[...]
        while !rest.isEmpty {
            messages += try Self.messages(&deframer, Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(messages == [[1, 2, 3], [], [9]])
        #expect(!deframer.isMidMessage)
    }

    @Test("an unfinished message shows, and what it misses once its length is known")
    func unfinished() throws {
        var deframer = MessageDeframer(maximumBytes: 10)
        #expect(try Self.messages(&deframer, [0, 0, 0, 0]).isEmpty)
        #expect(deframer.isMidMessage)
        #expect(deframer.missingBytes == 0)
        #expect(try Self.messages(&deframer, [4, 1]).isEmpty)
        #expect(deframer.missingBytes == 3)
    }

    @Test("a message of the limit is taken and one byte more refused by its length alone")
    func limit() throws {
        var exact = MessageDeframer(maximumBytes: 2)
        #expect(try Self.messages(&exact, [0, 0, 0, 0, 2, 1, 2]) == [[1, 2]])
        var over = MessageDeframer(maximumBytes: 2)
        let refusal = #expect(throws: GRPCStatus.self) {
            try Self.messages(&over, [0, 0, 0, 0, 3])
        }
        #expect(refusal?.code == .resourceExhausted)
    }

    @Test("any flag but zero is refused", arguments: [1, 2, 3, 128, 255] as [UInt8])
    func flags(flag: UInt8) {
        var deframer = MessageDeframer(maximumBytes: 10)
        let refusal = #expect(throws: GRPCStatus.self) {
            try Self.messages(&deframer, [flag, 0, 0, 0, 0])
        }
        #expect(refusal?.code == .internalError)
    }
}

@Suite("Receive window and budget")
struct ReceiveWindowTests {
    @Test("the window opens again when half of it was taken")
    func reopening() {
        var window = ReceiveWindow(initial: 100)
        window.received(60)
        #expect(window.open == 40)
        #expect(window.taken(49) == 0)
        #expect(window.taken(1) == 50)
        #expect(window.open == 90)
    }

    @Test("what is not taken is not opened for")
    func backPressure() {
        var window = ReceiveWindow(initial: 100)
        window.received(100)
        #expect(window.open == 0)
        #expect(window.shortage(missing: 10) == 10)
        #expect(window.taken(50) == 50)
    }

    @Test("a grant is used up before the window opens again")
    func grant() {
        var window = ReceiveWindow(initial: 100)
        window.received(100)
        window.granted(900)
        #expect(window.shortage(missing: 900) == 0)
        window.received(900)
        #expect(window.taken(1000) == 100)
        #expect(window.open == 100)
    }

    @Test("grants are given while they fit, first come first served")
    func budget() {
        var budget = ReceiveBudget(limit: 100)
        #expect(budget.request(.init(stream: 1, byteCount: 60)) == true)
        #expect(budget.request(.init(stream: 3, byteCount: 50)) == false)
        #expect(budget.request(.init(stream: 5, byteCount: 10)) == false)
        #expect(budget.request(.init(stream: 3, byteCount: 50)) == false)
        #expect(
            budget.release(1) == [
                .init(stream: 3, byteCount: 50), .init(stream: 5, byteCount: 10),
            ])
        #expect(budget.release(1) == [])
    }

    @Test("a grant beyond the limit is given alone")
    func oversized() {
        var budget = ReceiveBudget(limit: 100)
        #expect(budget.request(.init(stream: 1, byteCount: 500)) == true)
        #expect(budget.request(.init(stream: 3, byteCount: 500)) == false)
        #expect(budget.release(1) == [.init(stream: 3, byteCount: 500)])
    }

    @Test("a stream that ends while it waits lets those behind it through")
    func waiterEnds() {
        var budget = ReceiveBudget(limit: 100)
        #expect(budget.request(.init(stream: 1, byteCount: 60)) == true)
        #expect(budget.request(.init(stream: 3, byteCount: 90)) == false)
        #expect(budget.request(.init(stream: 5, byteCount: 40)) == false)
        #expect(budget.release(3) == [.init(stream: 5, byteCount: 40)])
    }

    @Test("the intake asks for what a long message needs, once, and never behind unread ones")
    func intake() throws {
        var intake = MessageIntake(maximumBytes: 1000, initialWindow: 100)
        let start: [UInt8] = [0, 0, 0, 2, 0] + [UInt8](repeating: 1, count: 20)  // 512 bytes
        intake.received(start.count)
        let message = try start.withUnsafeBytes { bytes in
            var rest = bytes[...]
            return try intake.next(from: &rest)
        }
        #expect(message == nil)
        #expect(intake.grantToAsk(hasUnread: true) == nil)
        #expect(intake.grantToAsk(hasUnread: false) == 512 - 20 - (100 - 25))
        #expect(intake.grantToAsk(hasUnread: false) == nil)
        intake.granted(417)
        intake.received(492)
        #expect(
            intake.taken(messageBytes: 512)
                == MessageIntake.Release(increment: 100, endsGrant: true))
    }
}

@Suite("Deadline queue")
struct DeadlineQueueTests {
    @Test("deadlines expire in order of time, whatever the order they came in")
    func order() {
        var queue = DeadlineQueue()
        for (stream, time) in [(1, 50), (3, 10), (5, 30), (7, 10), (9, 40)] as [(Int32, UInt64)] {
            queue.insert(stream, at: time)
        }
        #expect(queue.earliest == 10)
        #expect(queue.expired(at: 9) == [])
        #expect(Set(queue.expired(at: 10)) == [3, 7])
        #expect(queue.expired(at: 45) == [5, 9])
        #expect(queue.expired(at: 100) == [1])
        #expect(queue.earliest == nil)
    }

    @Test("ended calls are swept out and the others kept")
    func sweep() {
        var queue = DeadlineQueue()
        for stream in Int32(0)..<200 { queue.insert(stream, at: UInt64(1000 - stream)) }
        for _ in 0..<150 { queue.callEnded { $0 >= 150 } }
        #expect(Set(queue.expired(at: 2000)).isSuperset(of: 150..<200))
    }
}
