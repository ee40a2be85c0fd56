import DossierAPI
import DossierCore
import DossierCrypto
import Logging

/// Keeps in touch with one organisation's node: connects to it, or takes the calls that it opens,
/// learns which logs it offers, and offers this node's to it.
actor PeerContact {
    /// How many of a peer's calls may wait for a question.
    static let maximumOffers = 8
    /// A peer may tell so many times at once which logs it has, and once in so many milliseconds.
    private static let watchMessages = 64
    private static let watchInterval: Int64 = 100

    /// What happens to the logs that the node offers.
    struct Listener: Sendable {
        /// It offers these; what it offered before it still does.
        var offered: @Sendable ([OfferedLog]) async -> Void
        /// It is not in touch any more.
        var lost: @Sendable () async -> Void
    }

    let organisation: String
    /// Address of the node; empty if none is known.
    let address: String
    private let connector: (any PeerConnecting)?
    private let settings: SyncSettings
    private let clock: any SyncClock
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private var listener: Listener?

    private var link: (any PeerLink)?
    // What the node offers is taken; over which of its connections, if it opened that.
    private var watching: Task<SyncFailure, Never>?
    private var watched: String?
    private var offering: (any LogOffering)?
    private var offers: [WaitingOffer] = []
    private var state = SyncState.connecting
    private var attempts = 0
    private var lies = 0
    private var failure: SyncFailure?
    // In seconds since 1970.
    private var failedAt: Int64 = 0
    private var nextAttempt: Int64 = 0
    private var evidence: String?
    // What ends a wait before its time.
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var waiterNumber = 0

    /// A node that is not in touch yet.
    ///
    /// - Parameter connector: nil for a node that has no address: it must come itself.
    init(
        _ organisation: String, address: String, connector: (any PeerConnecting)?,
        settings: SyncSettings, clock: any SyncClock, evidence: String?, logger: Logger,
        now: @escaping @Sendable () -> Int64
    ) {
        self.organisation = organisation
        self.address = address
        self.connector = connector
        self.settings = settings
        self.clock = clock
        self.evidence = evidence
        self.logger = logger
        self.now = now
    }

    /// Says who is told what the node offers.
    func tell(_ listener: Listener) { self.listener = listener }

    /// Says what the node is answered with.
    func answer(with offering: any LogOffering) {
        self.offering = offering
        self.wake()
    }

    /// Notes what shows that the node lied.
    func note(evidence: String) { self.evidence = evidence }

    /// Stays in touch until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            self.state = .connecting
            do throws(SyncFailure) {
                try await self.stayInTouch()
            } catch {
                self.note(error)
            }
            await self.lose()
            await self.waitBeforeRetry()
        }
    }

    private func stayInTouch() async throws(SyncFailure) {
        let link = try await self.connect()
        let messages = try await link.ask(.watch)
        self.link = link
        let offering = Task { await self.offer(over: link) }
        defer { offering.cancel() }
        let watching = Task { await self.watch(messages) }
        self.watching = watching
        throw await withTaskCancellationHandler {
            await watching.value
        } onCancel: {
            watching.cancel()
        }
    }

    /// Offers this node's logs over a connection, once there is what answers.
    private func offer(over link: any PeerLink) async {
        while self.offering == nil, !Task.isCancelled { await self.wait(milliseconds: .max) }
        guard let offering else { return }
        await OfferKeeper(
            link: link, offering: offering, settings: self.settings, clock: self.clock,
            logger: self.logger
        ).run()
    }

    /// Takes what the node offers, until that ends; gives why.
    private func watch(_ messages: any PeerMessages) async -> SyncFailure {
        var allowance = IdleAllowance(
            Self.watchMessages, each: Self.watchInterval, at: self.clock.milliseconds)
        do throws(SyncFailure) {
            while let bytes = try await messages.next(
                within: self.settings.silence, by: self.clock)
            {
                guard allowance.allows(at: self.clock.milliseconds) else {
                    throw SyncFailure(
                        .broken, "more than \(Self.watchMessages) messages on its logs at once")
                }
                let offered: WatchResponse
                do { offered = try WatchResponse(decoding: bytes) } catch {
                    throw SyncFailure(.broken, "a message is malformed: \(error)", cause: error)
                }
                self.state = .following
                self.attempts = 0
                self.lies = 0
                self.failure = nil
                await self.listener?.offered(offered.logs)
            }
            return SyncFailure(.unavailable, "the peer ended the stream")
        } catch {
            return error
        }
    }

    /// Connects, or takes a call that the node has opened.
    private func connect() async throws(SyncFailure) -> any PeerLink {
        if let connector {
            do throws(SyncFailure) { return try await connector.connect() } catch {
                guard !self.offers.isEmpty else { throw error }
            }
        }
        while self.offers.isEmpty {
            guard self.connector == nil else { break }
            self.state = .waiting
            await self.wait(milliseconds: .max)
            if Task.isCancelled { throw SyncFailure(.cancelled, "sync was stopped") }
        }
        return OfferedLink(contact: self)
    }

    /// Why the node is not in touch; nil while it is.
    var lastFailure: SyncFailure? { self.link == nil ? self.failure : nil }

    private func lose() async {
        let link = self.link.take()
        self.watching = nil
        self.watched = nil
        await self.listener?.lost()
        await link?.close()
    }

    private func note(_ failure: SyncFailure) {
        guard failure.code != .cancelled else { return }
        if failure.isLie { self.lies += 1 } else { self.attempts += 1 }
        // The same again says nothing new: a peer that is away would fill the log.
        let isNew = failure != self.failure
        self.failure = failure
        self.failedAt = self.now()
        self.logger.log(
            level: isNew ? .notice : .debug, "peer is not in touch",
            metadata: ["why": "\(failure.message.escapedForTerminal)"])
    }

    /// Waits before the next attempt: twice as long after each, and never as long as others do; less
    /// if the node comes itself, or an operator wants it.
    private func waitBeforeRetry() async {
        guard !Task.isCancelled, self.connector != nil || self.failure != nil else { return }
        // It came again itself.
        if self.failure == nil, !self.offers.isEmpty { return }
        let isLie = self.failure?.isLie == true
        self.state = isLie ? .refused : .waiting
        let wait = self.settings.wait(
            isLie: isLie, after: isLie ? self.lies : self.attempts,
            jitter: Double.random(in: 0..<1))
        self.nextAttempt = wait
        await self.wait(milliseconds: wait)
    }

    // MARK: - Asking

    /// Whether the node can be asked.
    ///
    /// Throws why not.
    func connected() throws(SyncFailure) -> any PeerLink {
        if let link { return link }
        throw self.failure ?? SyncFailure(.unreachable, "there is no connection yet")
    }

    /// Asks the node.
    func ask(_ question: LogQuestion) async throws(SyncFailure) -> any PeerMessages {
        try await self.connected().ask(question)
    }

    /// Whether it makes sense to try: the node has an address, or is in touch.
    var canBeReached: Bool { self.connector != nil || self.link != nil }

    /// Tries again at once, and returns when that has succeeded or failed.
    func hurry() async {
        guard self.connector != nil else { return }
        let before = self.attempts + self.lies
        if self.state == .waiting || self.state == .refused { self.wake() }
        while self.state != .following, self.attempts + self.lies == before, !Task.isCancelled {
            await self.wait(milliseconds: Self.hurryStep)
        }
    }

    // How often it is looked whether an attempt has ended, in milliseconds.
    private static let hurryStep: Int64 = 10

    // MARK: - Calls that the node opens

    /// Takes a call that the node has opened, and returns when it is over.
    func take(_ call: any OfferedCall) async throws {
        if let watched, watched != call.connection {
            // The node connected anew: the connection before may be dead without a word.
            for old in self.offers where old.call.connection == watched { old.finish() }
            self.offers.removeAll { $0.call.connection == watched }
            self.watching?.cancel()
        }
        guard self.offers.count < Self.maximumOffers else {
            throw ExchangeError(
                code: .overloaded,
                message: "\(Self.maximumOffers) calls of \(self.organisation) wait for a question")
        }
        let offer = WaitingOffer(call: call)
        self.offers.append(offer)
        self.wake()
        await offer.wait()
        self.offers.removeAll { $0 === offer }
    }

    /// Asks over a call that the node has opened; waits for one if there is none.
    func askOffered(
        _ question: LogQuestion
    ) async throws(SyncFailure) -> any PeerMessages {
        let deadline = self.clock.milliseconds + self.settings.offerPatience
        while self.offers.isEmpty {
            let left = deadline - self.clock.milliseconds
            guard left > 0, !Task.isCancelled else {
                throw SyncFailure(
                    .unreachable, "\(self.organisation)'s node has no call open to be asked over")
            }
            await self.wait(milliseconds: left)
        }
        // The newest: of the others the connection may have ended without a word.
        let offer = self.offers.removeLast()
        let messages = OfferedMessages(offer: offer)
        if question == .watch { self.watched = offer.call.connection }
        do { try await offer.call.ask(question) } catch { throw SyncFailure(linking: error) }
        return messages
    }

    // MARK: - Waiting

    /// Waits, until it is woken or the task is cancelled.
    private func wait(milliseconds: Int64) async {
        self.waiterNumber += 1
        let number = self.waiterNumber
        let clock = self.clock
        let timer = Task {
            try? await clock.sleep(milliseconds: milliseconds)
            self.endWait(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { self.waiters[number] = $0 }
        } onCancel: {
            timer.cancel()
        }
        timer.cancel()
    }

    private func endWait(_ number: Int) { self.waiters.removeValue(forKey: number)?.resume() }

    private func wake() { for number in Array(self.waiters.keys) { self.endWait(number) } }

    // MARK: - Telling

    /// How the contact stands, where the log does not come by a path.
    func fill(_ status: inout PeerSyncStatus) {
        status.address = self.address
        status.evidence = self.evidence ?? ""
        if status.path.isEmpty, status.state != .paused, status.state != .refused {
            status.state = self.state == .following ? .connecting : self.state
            let isWaiting = self.state == .waiting || self.state == .refused
            status.nextAttemptMilliseconds = isWaiting ? UInt64(self.nextAttempt) : 0
        }
        // What failed last says most.
        let failedAt = Moment(unixSeconds: self.failedAt)?.description ?? ""
        guard let failure = self.failure, status.error.isEmpty || status.failedAt <= failedAt else {
            return
        }
        status.error = failure.message
        status.advice = failure.advice
        status.failedAt = failedAt
    }

    /// Forgets what failed, on the operator's word.
    func forgive() {
        self.evidence = nil
        self.attempts = 0
        self.lies = 0
        self.failure = nil
        self.wake()
    }
}
