import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import Logging

/// Drives one machine: does what it wants, and tells it what came of that.
actor PeerSync {
    // How often it is kept when the peer was heard, in seconds: after a restart it is that old.
    private static let heardInterval: Int64 = 10

    private let address: String
    private let connector: any PeerConnecting
    private let mirror: any MirrorKeeping
    private let clock: any SyncClock
    private let evidence: EvidenceFolder
    private let now: @Sendable () -> Int64
    private let logger: Logger

    private var machine: SyncMachine
    private var link: (any PeerLink)?
    private var following: (any PeerMessages)?
    private var fetching: (any PeerMessages)?
    // What can be given up when a command comes.
    private var interruptible: Task<SyncEvent, Never>?
    private var commands: [SyncCommand] = []
    private var rounds: [CheckedContinuation<Void, Never>] = []
    private var evidencePath: String?
    // In seconds since 1970.
    private var heardAt: Int64
    private var keptHeardAt: Int64
    private var failedAt: Int64?

    /// What drives it, and over what.
    struct Parts {
        var address: String
        var connector: any PeerConnecting
        var mirror: any MirrorKeeping
        var clock: any SyncClock
        var evidence: EvidenceFolder
        var now: @Sendable () -> Int64
        var logger: Logger
    }

    init(_ machine: SyncMachine, _ parts: Parts, heardAt: Int64) {
        self.machine = machine
        self.address = parts.address
        self.connector = parts.connector
        self.mirror = parts.mirror
        self.clock = parts.clock
        self.evidence = parts.evidence
        self.now = parts.now
        self.logger = parts.logger
        self.heardAt = heardAt
        self.keptHeardAt = heardAt
        self.evidencePath = parts.evidence.newest(of: machine.subject.originator)
    }

    /// Syncs until the task is cancelled.
    func run() async {
        var event = SyncEvent.started
        while !Task.isCancelled {
            let before = self.machine.progress
            let action = self.machine.next(
                event, at: self.clock.milliseconds, jitter: Double.random(in: 0..<1))
            await self.notice(before)
            event = await self.perform(action)
            if case .keep = action, case .failed = event {
                self.machine.takeUp(self.mirror.standing)
            }
        }
        await self.link?.close()
        self.link = nil
        self.endRounds()
    }

    /// Does what an operator wants as soon as what runs can be given up.
    func obey(_ command: SyncCommand) {
        self.commands.append(command)
        if command == .resume { self.evidencePath = nil }
        self.interruptible?.cancel()
    }

    /// Runs a round, and returns when it has ended or failed.
    func round() async {
        await withCheckedContinuation { continuation in
            self.rounds.append(continuation)
            self.obey(.round)
        }
    }

    // MARK: - Doing

    private func perform(_ action: SyncAction) async -> SyncEvent {
        guard Self.isInterruptible(action) else { return await self.outcome(of: action) }
        if !self.commands.isEmpty { return .command(self.commands.removeFirst()) }
        let task = Task { await self.outcome(of: action) }
        self.interruptible = task
        let event = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        self.interruptible = nil
        // What came is given up with the call: it comes again from where the mirror stands.
        return self.commands.isEmpty ? event : .command(self.commands.removeFirst())
    }

    private static func isInterruptible(_ action: SyncAction) -> Bool {
        switch action {
        case .connect, .follow, .receive, .fetch, .receiveFetched, .wait, .rest: true
        case .keep, .findGaps, .lookUp, .keepLate, .keepEpoch, .accuse, .disconnect: false
        }
    }

    private func outcome(of action: SyncAction) async -> SyncEvent {
        do throws(SyncFailure) {
            return try await self.attempt(action)
        } catch {
            return .failed(error)
        }
    }

    private func attempt(_ action: SyncAction) async throws(SyncFailure) -> SyncEvent {
        switch action {
        case .connect:
            await self.disconnect()
            self.link = try await self.connector.connect()
            return .connected
        case .follow(let request):
            self.following = nil
            self.fetching = nil
            self.following = try await self.connected().follow(request)
            return .opened
        case .fetch(let request):
            self.fetching = try await self.connected().fetch(request)
            return .opened
        case .receive: return try await self.message(of: self.following)
        case .receiveFetched: return try await self.message(of: self.fetching)
        case .keep, .keepLate, .keepEpoch, .findGaps, .lookUp:
            return try await self.use(self.mirror, for: action)
        case .accuse(let evidence):
            await self.accuse(evidence)
            await self.disconnect()
            return .disconnected
        case .disconnect:
            await self.disconnect()
            return .disconnected
        case .wait(let milliseconds):
            try? await self.clock.sleep(milliseconds: milliseconds)
            return .waited
        case .rest:
            // Until a command cancels it.
            try? await self.clock.sleep(milliseconds: .max)
            return .waited
        }
    }

    private nonisolated func use(
        _ mirror: any MirrorKeeping, for action: SyncAction
    ) async throws(SyncFailure) -> SyncEvent {
        switch action {
        case .keep(let leaves): try await mirror.keep(leaves)
        case .keepLate(let records): try await mirror.keep(records)
        case .keepEpoch(let epoch): try await mirror.keep(releaseEpoch: epoch)
        case .findGaps(let leafIndex):
            return .gaps(
                try await mirror.hashOnlyRanges(
                    from: leafIndex, limit: FetchRequest.maximumRanges))
        case .lookUp(let indexes): return .hashes(try await mirror.leafHashes(indexes))
        case _: break
        }
        return .kept
    }

    private func connected() throws(SyncFailure) -> any PeerLink {
        guard let link else { throw SyncFailure(.unreachable, "there is no connection") }
        return link
    }

    private func disconnect() async {
        self.following = nil
        self.fetching = nil
        let link = self.link.take()
        await link?.close()
    }

    /// The next message, unless the peer is silent for too long.
    private func message(
        of messages: (any PeerMessages)?
    ) async throws(SyncFailure) -> SyncEvent {
        guard let messages else { throw SyncFailure(.unreachable, "there is no call") }
        let silence = self.machine.settings.silence
        let clock = self.clock
        let result = await withTaskGroup(of: Result<[UInt8]?, SyncFailure>.self) { group in
            group.addTask {
                do throws(SyncFailure) { return .success(try await messages.next()) } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await clock.sleep(milliseconds: silence)
                return .failure(
                    SyncFailure(.silent, "nothing came for \(silence / 1_000) seconds"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .success(nil)
        }
        return try result.get().map { .received($0) } ?? .ended
    }

    private func accuse(_ evidence: Evidence) async {
        do throws(SyncFailure) {
            self.evidencePath = try self.evidence.keep(evidence)
        } catch {
            self.logger.error("evidence was not kept", metadata: ["why": "\(error)"])
        }
    }

    // MARK: - Noticing

    /// Logs what changed, and remembers when the peer was heard.
    private func notice(_ before: SyncProgress) async {
        let progress = self.machine.progress
        if progress.heardAt != before.heardAt {
            self.heardAt = self.now()
            if self.heardAt - self.keptHeardAt >= Self.heardInterval {
                self.keptHeardAt = self.heardAt
                // Where this fails it is only older after a restart.
                try? await self.mirror.keep(heardAt: self.heardAt)
            }
        }
        if progress.failedAt != before.failedAt, let failure = progress.failure {
            self.failedAt = self.now()
            // The same again says nothing new: a peer that is away would fill the log.
            let isNew = failure != before.failure
            self.logger.log(
                level: failure.isLie ? .critical : isNew ? .notice : .debug, "sync failed",
                metadata: ["why": "\(failure.message.escapedForTerminal)"])
        }
        if progress.state != before.state {
            self.logger.debug("sync", metadata: ["state": "\(progress.state.name)"])
        }
        if progress.rounds + progress.failedRounds > before.rounds + before.failedRounds {
            self.endRounds()
        }
    }

    private func endRounds() {
        for continuation in self.rounds { continuation.resume() }
        self.rounds = []
    }

    /// When the peer was last heard, in seconds since 1970; nil for never.
    var lastHeard: Int64? { self.heardAt == 0 ? nil : self.heardAt }

    /// How sync with the peer stands.
    func status() async -> PeerSyncStatus {
        let hashOnly = (try? await self.mirror.hashOnlyCount()) ?? 0
        let progress = self.machine.progress
        let position = self.machine.position
        let now = self.clock.milliseconds
        var status = PeerSyncStatus()
        status.organisation = self.machine.subject.originator
        status.logOrigin = self.machine.subject.log.origin
        status.address = self.address
        status.state = progress.state
        status.mirrored = position.size
        status.hashOnly = hashOnly
        status.known = position.knownSize
        status.lagSeconds = self.lag(progress, now)
        status.heardAt = Self.moment(self.lastHeard)
        status.error = progress.failure?.message ?? ""
        status.advice = progress.failure?.advice ?? ""
        status.failedAt = progress.failure == nil ? "" : Self.moment(self.failedAt)
        status.evidence = self.evidencePath ?? ""
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
        return self.heardAt == 0 ? 0 : UInt64(max(self.now() - self.heardAt, 0))
    }

    private static func moment(_ seconds: Int64?) -> String {
        seconds.flatMap { Moment(unixSeconds: $0) }?.description ?? ""
    }
}
