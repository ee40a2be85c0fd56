import DossierAPI
import DossierTestSupport
import Logging
import Synchronization
import Testing

@testable import DossierSync

/// What a test tells a contact, and what the contact did.
private final class Network: Sendable {
    struct State {
        var isReachable = true
        var connects = 0
        var questions: [LogQuestion] = []
        var watches: [AsyncStream<[UInt8]>.Continuation] = []
        var offers: [AsyncStream<Bool>.Continuation] = []
        var told: [[OfferedLog]] = []
        var losses = 0
    }

    let state = Mutex(State())

    var now: State { self.state.withLock { $0 } }

    /// Waits until something holds.
    func until(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: (State) -> Bool
    ) async throws {
        for _ in 0..<2_000 {
            if condition(self.now) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record(what, sourceLocation: sourceLocation)
    }

    /// The answer to a watch that goes on until it is ended.
    func watch() -> Messages {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        self.state.withLock { $0.watches.append(continuation) }
        return Messages(stream: stream)
    }

    func tell(_ size: UInt64, watch number: Int = 0) throws {
        let log = OfferedLog(logOrigin: Bench.origin, size: size, releaseEpoch: Bench.epoch(1))
        let bytes = try WatchResponse(logs: [log]).encoded()
        _ = self.now.watches[number].yield(bytes)
    }

    func endWatch(_ number: Int = 0) { self.now.watches[number].finish() }
}

private struct Messages: PeerMessages {
    let stream: AsyncStream<[UInt8]>

    func next() async throws(SyncFailure) -> [UInt8]? {
        for await bytes in self.stream { return bytes }
        return nil
    }
}

private struct Link: PeerLink {
    let network: Network

    func ask(_ question: LogQuestion) async throws(SyncFailure) -> any PeerMessages {
        self.network.state.withLock { $0.questions.append(question) }
        return self.network.watch()
    }

    func offer(
        _ offering: any LogOffering, onQuestion: @Sendable () async -> Void
    ) async throws(SyncFailure) {
        let (stream, continuation) = AsyncStream<Bool>.makeStream()
        self.network.state.withLock { $0.offers.append(continuation) }
        var iterator = stream.makeAsyncIterator()
        if await iterator.next() == true { await onQuestion() }
        while await iterator.next() != nil {}
    }

    func close() async {}
}

private struct Connector: PeerConnecting {
    let network: Network

    func connect() async throws(SyncFailure) -> any PeerLink {
        self.network.state.withLock { $0.connects += 1 }
        guard self.network.now.isReachable else {
            throw SyncFailure(.unreachable, "nobody there")
        }
        return Link(network: self.network)
    }
}

/// A call that a node has opened.
private struct Call: OfferedCall {
    let connection: String
    let network: Network
    let messages: Messages

    init(_ network: Network, connection: String = "first") {
        self.connection = connection
        self.network = network
        self.messages = network.watch()
    }

    func ask(_ question: LogQuestion) async throws {
        self.network.state.withLock { $0.questions.append(question) }
    }

    func next() async throws -> [UInt8]? { try await self.messages.next() }
}

private struct NoLogs: LogOffering {
    func answer(
        _ question: LogQuestion, of peer: String, send: ([UInt8]) async throws -> Void
    ) async throws {}
}

@Suite("Contact with one node", .timeLimit(.minutes(1)))
struct ContactTests {
    private let network = Network()

    /// A contact that runs while `body` runs.
    private func withContact(
        hasAddress: Bool = true, _ body: (PeerContact) async throws -> Void
    ) async throws {
        var settings = SyncSettings()
        settings.firstRetry = 10
        settings.lastRetry = 20
        settings.offerPatience = 200
        let network = self.network
        let contact = PeerContact(
            "us", address: hasAddress ? "us:1" : "",
            connector: hasAddress ? Connector(network: network) : nil, settings: settings,
            clock: SystemClock(), evidence: nil, logger: Logger(label: "test"), now: { 77 })
        await contact.tell(
            PeerContact.Listener(
                offered: { logs in network.state.withLock { $0.told.append(logs) } },
                lost: { network.state.withLock { $0.losses += 1 } }))
        let running = Task { await contact.run() }
        do { try await body(contact) } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        await running.value
    }

    private func status(of contact: PeerContact) async -> PeerSyncStatus {
        var status = PeerSyncStatus()
        await contact.fill(&status)
        return status
    }

    @Test("it asks which logs there are, tells, and connects again when the stream ends")
    func watches() async throws {
        try await self.withContact { contact in
            try await self.network.until("a watch") { $0.questions == [.watch] }
            try self.network.tell(5)
            try await self.network.until("told") { $0.told.first?.first?.size == 5 }
            _ = try await contact.ask(.fetch(FetchRequest(logOrigin: "log", ranges: [0..<1])))
            self.network.endWatch()
            try await self.network.until("lost, and again") {
                $0.losses == 1 && $0.connects == 2 && $0.questions.count == 3
            }
        }
    }

    @Test("a node that tells without end which logs it has is left alone, for longer than others")
    func flood() async throws {
        try await self.withContact { contact in
            try await self.network.until("a watch") { $0.questions == [.watch] }
            for _ in 0..<1_000 { try self.network.tell(5) }
            try await self.network.until("lost") { $0.losses == 1 }
            let status = await self.status(of: contact)
            #expect(status.state == .refused && status.error.contains("at once"))
            #expect(self.network.now.told.count < 200)
        }
    }

    @Test("a node that cannot be reached is tried again, and its status says why")
    func unreachable() async throws {
        self.network.state.withLock { $0.isReachable = false }
        try await self.withContact { contact in
            try await self.network.until("attempts") { $0.connects > 3 }
            await contact.hurry()
            let status = await self.status(of: contact)
            #expect(status.error == "nobody there" && !status.advice.isEmpty)
            #expect(status.failedAt == "1970-01-01T00:01:17Z")
            await #expect(throws: SyncFailure(.unreachable, "")) {
                _ = try await contact.ask(.watch)
            }
            self.network.state.withLock { $0.isReachable = true }
            try await self.network.until("a watch") { $0.questions == [.watch] }
            try self.network.tell(1)
            await contact.hurry()
            #expect(await self.status(of: contact).error == "")
        }
    }

    @Test("a node without address is asked over the calls that it opens, while they last")
    func offered() async throws {
        try await self.withContact(hasAddress: false) { contact in
            #expect(await !contact.canBeReached)
            let first = Call(self.network)
            let taking = Task { try await contact.take(first) }
            try await self.network.until("a watch") { $0.questions == [.watch] }
            try self.network.tell(3)
            try await self.network.until("told") { $0.told.count == 1 }
            #expect(await contact.canBeReached)
            // There is no other call to ask over yet.
            let question = LogQuestion.follow(FollowRequest(logOrigin: "log", position: 0))
            await #expect(throws: SyncFailure(.unreachable, "")) {
                _ = try await contact.ask(question)
            }
            let second = Task { try await contact.take(Call(self.network)) }
            var following: (any PeerMessages)? = try await contact.ask(question)
            #expect(self.network.now.questions == [.watch, question])
            #expect(following != nil)
            // Whoever lets go of the answer ends the call.
            following = nil
            try await second.value
            self.network.endWatch()
            try await self.network.until("lost") { $0.losses == 1 }
            try await taking.value
        }
    }

    @Test("a node that connects anew is asked over that, whatever became of the connection before")
    func replaced() async throws {
        try await self.withContact(hasAddress: false) { contact in
            let first = Task { try await contact.take(Call(self.network)) }
            try await self.network.until("a watch") { $0.questions == [.watch] }
            try self.network.tell(3)
            try await self.network.until("told") { $0.told.count == 1 }
            let second = Task {
                try await contact.take(Call(self.network, connection: "second"))
            }
            try await self.network.until("lost, and another watch") {
                $0.losses == 1 && $0.questions == [.watch, .watch]
            }
            try await first.value
            self.network.endWatch(1)
            try await second.value
        }
    }

    @Test("calls of a dead connection do not keep out those of the next")
    func crowded() async throws {
        try await self.withContact(hasAddress: false) { contact in
            let old = (0...PeerContact.maximumOffers).map { _ in
                Task { try? await contact.take(Call(self.network)) }
            }
            try await self.network.until("a watch") { $0.questions == [.watch] }
            let next = Task {
                try await contact.take(Call(self.network, connection: "second"))
            }
            try await self.network.until("another watch") { $0.questions == [.watch, .watch] }
            for task in old { await task.value }
            next.cancel()
            try await next.value
        }
    }

    @Test("a node that cannot be dialled is asked over the calls that it opens")
    func oneWay() async throws {
        self.network.state.withLock { $0.isReachable = false }
        try await self.withContact { contact in
            try await self.network.until("attempts") { $0.connects > 1 }
            let taking = Task { try await contact.take(Call(self.network)) }
            try await self.network.until("a watch") { $0.questions == [.watch] }
            self.network.endWatch()
            try await taking.value
        }
    }

    @Test("so many calls may wait, and no more")
    func limit() async throws {
        try await self.withContact { contact in
            try await self.network.until("a watch") { $0.questions == [.watch] }
            let waiting = (0..<PeerContact.maximumOffers).map { _ in
                Task { try await contact.take(Call(self.network)) }
            }
            try await self.network.until("calls") {
                $0.watches.count == PeerContact.maximumOffers + 1
            }
            // Those that wait were taken before.
            try await Task.sleep(for: .milliseconds(50))
            await #expect(throws: ExchangeError(code: .overloaded, message: "")) {
                try await contact.take(Call(self.network))
            }
            for task in waiting { task.cancel() }
            for task in waiting { try await task.value }
            let again = Task { try await contact.take(Call(self.network)) }
            again.cancel()
            try await again.value
        }
    }

    @Test("one call is kept open at the node, and another as soon as it is asked over that")
    func offers() async throws {
        try await self.withContact { contact in
            try await self.network.until("a watch") { $0.questions == [.watch] }
            #expect(self.network.now.offers.isEmpty)
            await contact.answer(with: NoLogs())
            try await self.network.until("an offer") { $0.offers.count == 1 }
            self.network.now.offers[0].yield(true)
            try await self.network.until("another") { $0.offers.count == 2 }
            self.network.endWatch()
            try await self.network.until("offers of the next connection") { $0.offers.count == 3 }
        }
    }
}
