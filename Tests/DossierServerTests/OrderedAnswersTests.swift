import DossierAPI
import Synchronization
import Testing

@testable import DossierServer

@Suite("Answers in order")
struct OrderedAnswersTests {
    /// What was written, and a gate that each write waits at.
    private final class Writes: Sendable {
        private let written = Mutex<[[UInt8]]>([])
        let gate: AsyncStream<Void>
        private let opening: AsyncStream<Void>.Continuation

        init() { (self.gate, self.opening) = AsyncStream<Void>.makeStream() }

        var all: [[UInt8]] { self.written.withLock { $0 } }

        func append(_ bytes: [UInt8]) { self.written.withLock { $0.append(bytes) } }

        /// Lets so many writes happen.
        func open(_ count: Int) { for _ in 0..<count { self.opening.yield() } }
    }

    private struct WriteFailed: Error {}

    @Test("answers that are ready in any order are written in the order of their requests")
    func order() async throws {
        let writes = Writes()
        let answers = OrderedAnswers { writes.append($0) }
        for position in [3, 1, 0, 2, 5, 4, 7, 6] {
            try await answers.deliver([UInt8(position)], at: position)
        }
        #expect(writes.all == (0..<8).map { [UInt8($0)] })
    }

    @Test("the next request waits until the oldest answer is written, not only ready")
    func window() async throws {
        let writes = Writes()
        let answers = OrderedAnswers { bytes in
            for await _ in writes.gate { break }
            writes.append(bytes)
        }
        for position in 0..<Exchange.streamWindow {
            try await answers.waitForRoom(at: position)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for position in 0..<Exchange.streamWindow {
                group.addTask { try await answers.deliver([UInt8(position)], at: position) }
            }
            group.addTask {
                try await answers.waitForRoom(at: Exchange.streamWindow)
                #expect(writes.all.first == [0])
            }
            writes.open(Exchange.streamWindow)
            try await group.waitForAll()
        }
        #expect(writes.all == (0..<Exchange.streamWindow).map { [UInt8($0)] })
    }

    @Test("when an answer cannot be written, who waits for room is told")
    func failure() async throws {
        let answers = OrderedAnswers { _ in throw WriteFailed() }
        for position in 0..<Exchange.streamWindow {
            try await answers.waitForRoom(at: position)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: WriteFailed.self) {
                    try await answers.waitForRoom(at: Exchange.streamWindow)
                }
            }
            group.addTask {
                do {
                    try await answers.deliver([0], at: 0)
                } catch {
                    await answers.fail(error)
                }
            }
        }
        await #expect(throws: WriteFailed.self) { try await answers.waitForRoom(at: 0) }
    }
}
