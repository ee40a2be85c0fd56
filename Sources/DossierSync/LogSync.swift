import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import Logging

/// Drives the machine of one log: does what it wants, and tells it what came of that.
actor LogSync {
    // How often it is kept when the log's own node was heard, in seconds: after a restart it is that
    // old.
    private static let heardInterval: Int64 = 10

    /// What drives it, and over what.
    struct Parts {
        /// The nodes of other organisations, by organisation id.
        var contacts: [String: PeerContact]
        var mirror: any MirrorKeeping
        var clock: any SyncClock
        var evidence: EvidenceFolder
        var now: @Sendable () -> Int64
        var logger: Logger
    }

    /// Something that runs and can be given up.
    private struct Running {
        var number: Int
        var task: Task<Void, Never>
        var event: SyncEvent?
    }

    private let parts: Parts
    private var machine: SyncMachine
    private var followed: String?
    private var following: (any PeerMessages)?
    private var fetching: (any PeerMessages)?
    // What is waited for; of Follow a message may come while something else is.
    private var current: Running?
    private var receiving: Running?
    private var number = 0
    private var waiter: CheckedContinuation<Void, Never>?
    // Something was noted while nothing waited.
    private var isWoken = false
    private var isStopped = false
    private var commands: [SyncCommand] = []
    private var rounds: [CheckedContinuation<Void, Never>] = []
    // In seconds since 1970; 0 for never.
    private var heardAt: Int64
    private var keptHeardAt: Int64
    private let begunAt: Int64
    private var failedAt: Int64?

    init(_ machine: SyncMachine, _ parts: Parts, heardAt: Int64, begunAt: Int64) {
        self.machine = machine
        self.parts = parts
        self.heardAt = heardAt
        self.keptHeardAt = heardAt
        self.begunAt = begunAt
    }

    /// Syncs until the task is cancelled.
    func run() async {
        await withTaskCancellationHandler {
            await self.drive()
        } onCancel: {
            Task { await self.stop() }
        }
    }

    private func drive() async {
        var event = SyncEvent.started
        while !self.isStopped {
            let before = self.machine.progress
            let action = self.machine.next(
                event, at: self.parts.clock.milliseconds, jitter: Double.random(in: 0..<1))
            await self.notice(before)
            event = await self.perform(action)
            if case .keep = action, case .failed = event {
                self.machine.takeUp(self.parts.mirror.standing)
            }
        }
        self.endCalls()
        self.endRounds()
    }

    private func stop() {
        self.isStopped = true
        self.wake()
    }

    /// Does what an operator wants as soon as what runs can be given up.
    func obey(_ command: SyncCommand) {
        self.commands.append(command)
        self.wake()
    }

    /// Runs a round, and returns when it has ended or failed.
    func round() async {
        guard !self.isStopped else { return }
        await withCheckedContinuation { continuation in
            self.rounds.append(continuation)
            self.obey(.round)
        }
    }

    /// Notes what an organisation's node offers of the log; nil when it is not in touch any more.
    func note(_ offer: OfferedLog?, of organisation: String) {
        self.machine.note(offer, of: organisation, at: self.parts.clock.milliseconds)
        self.wake()
    }

    /// Has the paths looked at again, if what is being done waits.
    func wake() {
        guard let waiter = self.waiter.take() else {
            self.isWoken = true
            return
        }
        waiter.resume()
    }

    // MARK: - Waiting

    private func perform(_ action: SyncAction) async -> SyncEvent {
        guard Self.isInterruptible(action) else { return await self.outcome(of: action) }
        self.start(action)
        var isLooking = false
        while true {
            guard !self.isStopped else {
                self.endCalls()
                return .failed(SyncFailure(.cancelled, "sync was stopped"))
            }
            if !self.commands.isEmpty {
                // What came is given up with the call: it comes again from where the mirror stands.
                self.endWaiting()
                return .command(self.commands.removeFirst())
            }
            if let event = self.takeEvent(of: action) { return event }
            // It is looked once for each time that something was noted.
            if isLooking, self.machine.shouldLook(at: self.parts.clock.milliseconds) {
                self.current.take()?.task.cancel()
                return .looked
            }
            isLooking = true
            if self.isWoken {
                self.isWoken = false
            } else {
                await withCheckedContinuation { self.waiter = $0 }
            }
        }
    }

    private static func isInterruptible(_ action: SyncAction) -> Bool {
        switch action {
        case .connect, .follow, .receive, .fetch, .receiveFetched, .wait, .rest: true
        case .keep, .findGaps, .lookUp, .keepLate, .keepAsked, .accuse, .disconnect: false
        }
    }

    /// Begins what is wanted; a message that was waited for before still is.
    private func start(_ action: SyncAction) {
        if case .receive = action {
            if self.receiving == nil { self.receiving = self.running(action) }
        } else {
            self.current = self.running(action)
        }
    }

    private func running(_ action: SyncAction) -> Running {
        self.number += 1
        let number = self.number
        return Running(
            number: number,
            task: Task {
                let event = await self.outcome(of: action)
                self.finish(number, event)
            })
    }

    private func finish(_ number: Int, _ event: SyncEvent) {
        if self.current?.number == number { self.current?.event = event }
        if self.receiving?.number == number { self.receiving?.event = event }
        self.wake()
    }

    private func takeEvent(of action: SyncAction) -> SyncEvent? {
        if case .receive = action {
            guard let event = self.receiving?.event else { return nil }
            self.receiving = nil
            return event
        }
        guard let event = self.current?.event else { return nil }
        self.current = nil
        return event
    }

    private func endWaiting() {
        self.current.take()?.task.cancel()
        self.receiving.take()?.task.cancel()
    }

    /// Ends the calls of one organisation's node, or all.
    private func endCalls(of organisation: String? = nil) {
        self.current.take()?.task.cancel()
        self.fetching = nil
        guard organisation == nil || organisation == self.followed else { return }
        self.receiving.take()?.task.cancel()
        self.following = nil
        self.followed = nil
    }

    // MARK: - Doing

    private func outcome(of action: SyncAction) async -> SyncEvent {
        do throws(SyncFailure) {
            return try await self.attempt(action)
        } catch {
            return .failed(error)
        }
    }

    private func attempt(_ action: SyncAction) async throws(SyncFailure) -> SyncEvent {
        switch action {
        case .connect(let organisation):
            self.endFollowing()
            _ = try await self.contact(organisation).connected()
            self.followed = organisation
            return .connected
        case .follow(let request):
            self.endFollowing(keeping: self.followed)
            self.following = try await self.contact(self.followed ?? "").ask(.follow(request))
            return .opened
        case .fetch(let request, let organisation):
            self.fetching = try await self.contact(organisation).ask(.fetch(request))
            return .opened
        case .receive:
            do throws(SyncFailure) { return try await self.message(of: self.following) } catch {
                throw await self.reason(for: error)
            }
        case .receiveFetched: return try await self.message(of: self.fetching)
        case .keep, .keepLate, .keepAsked, .findGaps, .lookUp:
            return try await self.parts.mirror.perform(action)
        case .accuse(let evidence, let organisation):
            await self.accuse(evidence)
            self.endCalls(of: organisation)
            return .disconnected
        case .disconnect:
            self.endCalls()
            return .disconnected
        case .wait(let milliseconds):
            try? await self.parts.clock.sleep(milliseconds: milliseconds)
            return .waited
        case .rest:
            // Until a command, or a path, comes.
            try? await self.parts.clock.sleep(milliseconds: .max)
            return .waited
        }
    }

    /// Why a call ended: where the connection is lost, that says more than that the call is.
    private func reason(for failure: SyncFailure) async -> SyncFailure {
        guard failure.code == .unavailable || failure.code == .unreachable,
            let contact = self.parts.contacts[self.followed ?? ""]
        else { return failure }
        return await contact.lastFailure ?? failure
    }

    private func endFollowing(keeping followed: String? = nil) {
        self.receiving.take()?.task.cancel()
        self.following = nil
        self.fetching = nil
        self.followed = followed
    }

    private func contact(_ organisation: String) throws(SyncFailure) -> PeerContact {
        guard let contact = self.parts.contacts[organisation] else {
            throw SyncFailure(.unreachable, "there is no connection")
        }
        return contact
    }

    /// The next message, unless the peer is silent for too long.
    private func message(
        of messages: (any PeerMessages)?
    ) async throws(SyncFailure) -> SyncEvent {
        guard let messages else { throw SyncFailure(.unreachable, "there is no call") }
        return try await messages.next(
            within: self.machine.settings.silence, by: self.parts.clock
        ).map { .received($0) } ?? .ended
    }

    private func accuse(_ evidence: Evidence) async {
        do throws(SyncFailure) {
            let file = try self.parts.evidence.keep(evidence)
            await self.parts.contacts[evidence.peer]?.note(evidence: file)
        } catch {
            self.parts.logger.error("evidence was not kept", metadata: ["why": "\(error)"])
        }
    }

    // MARK: - Noticing

    /// Logs what changed, and remembers when the log's own node was heard.
    private func notice(_ before: SyncProgress) async {
        let progress = self.machine.progress
        if progress.heardAt != before.heardAt {
            self.heardAt = self.parts.now()
            if self.heardAt - self.keptHeardAt >= Self.heardInterval {
                self.keptHeardAt = self.heardAt
                // Where this fails it is only older after a restart.
                try? await self.parts.mirror.keep(heardAt: self.heardAt)
            }
        }
        if progress.failedAt != before.failedAt, let failure = progress.failure {
            self.failedAt = self.parts.now()
            // The same again says nothing new: a peer that is away would fill the log.
            let isNew = failure != before.failure
            self.parts.logger.log(
                level: failure.isLie ? .critical : isNew ? .notice : .debug, "sync failed",
                metadata: ["why": "\(failure.message.escapedForTerminal)"])
        }
        if progress.state != before.state {
            self.parts.logger.debug(
                "sync",
                metadata: ["state": "\(progress.state.name)", "path": "\(self.machine.path ?? "")"])
        }
        if progress.rounds + progress.failedRounds > before.rounds + before.failedRounds {
            self.endRounds()
        }
    }

    private func endRounds() {
        for continuation in self.rounds { continuation.resume() }
        self.rounds = []
    }

    /// When the log's own node was last heard, as answers from the mirror say it.
    var contact: DirectContact {
        // Of one that was never heard, it counts since when it could have been.
        let age = self.parts.now() - max(self.heardAt, self.begunAt)
        return DirectContact(
            heardAt: Self.moment(self.heardAt == 0 ? nil : self.heardAt),
            isStale: age > self.machine.settings.staleAfter)
    }

    /// How sync of the log stands.
    func status() async -> PeerSyncStatus {
        let hashOnly = (try? await self.parts.mirror.hashOnlyCount()) ?? 0
        let progress = self.machine.progress
        let position = self.machine.position
        let now = self.parts.clock.milliseconds
        let contact = self.contact
        var status = PeerSyncStatus()
        status.organisation = self.machine.subject.originator
        status.logOrigin = self.machine.subject.log.origin
        status.state = progress.state
        status.path = self.machine.path ?? ""
        status.mirrored = position.size
        status.hashOnly = hashOnly
        status.known = position.knownSize
        status.lagSeconds = self.lag(progress, now)
        status.heardAt = contact.heardAt
        status.directAgeSeconds =
            self.heardAt == 0 ? 0 : UInt64(max(self.parts.now() - self.heardAt, 0))
        status.isStale = contact.isStale
        status.error = progress.failure?.message ?? ""
        status.advice = progress.failure?.advice ?? ""
        status.failedAt = progress.failure == nil ? "" : Self.moment(self.failedAt)
        status.receivedBytes = progress.receivedBytes
        status.rate = progress.rate(at: now)
        status.remainingSeconds = status.rate == 0 ? 0 : status.backlog / status.rate
        let isWaiting = progress.state == .waiting || progress.state == .refused
        status.nextAttemptMilliseconds = isWaiting ? UInt64(progress.nextAttempt) : 0
        status.notReleased = progress.notReleased
        return status
    }

    private func lag(_ progress: SyncProgress, _ now: Int64) -> UInt64 {
        if progress.state == .following { return 0 }
        if let complete = progress.completeAt { return UInt64(max(now - complete, 0) / 1_000) }
        return self.heardAt == 0 ? 0 : UInt64(max(self.parts.now() - self.heardAt, 0))
    }

    private static func moment(_ seconds: Int64?) -> String {
        seconds.flatMap { Moment(unixSeconds: $0) }?.description ?? ""
    }
}
