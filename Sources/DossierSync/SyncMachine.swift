import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// Syncing with one peer, as a value: what happens goes in, what to do comes out.
///
/// After each event there is exactly one thing to do. What is kept was verified here; the position
/// moves only once it is kept, so a machine that is thrown away at any moment, and begun again where
/// the mirror stands, neither loses nor doubles anything.
struct SyncMachine: Sendable {
    private enum Phase {
        case apart
        case connecting
        // Following; with what was verified and is being kept.
        case opening
        case receiving
        case keeping(FollowVerifier.Verified)
        // Asking for hash-only leaves again.
        case findingGaps
        case openingFetch([Range<UInt64>])
        case receivingFetched([Range<UInt64>])
        case lookingUp([Range<UInt64>], FetchResponse)
        case keepingLate([Range<UInt64>])
        case keepingEpoch
    }

    let subject: MirrorSubject
    let settings: SyncSettings
    private(set) var position: SyncPosition
    private(set) var progress = SyncProgress()
    private var verifier: FollowVerifier
    private var phase = Phase.apart
    private var isConnected = false
    private var isPaused = false
    // A round that was asked for: it ends where the log does.
    private var isRound = false
    private var attempts = 0
    private var lies = 0
    // Up to which release epoch hash-only leaves were asked for, and which the peer says now.
    private var keptEpoch: [UInt8]
    private var shownEpoch: [UInt8]
    private var lastBackfill: Int64?
    private var idle = IdleAllowance()
    // Below this leaf, all that were asked for again are answered.
    private var answeredBelow: UInt64 = 0

    /// A machine for a mirror that stands at a position.
    init(
        _ subject: MirrorSubject, at position: SyncPosition, releaseEpoch: [UInt8],
        settings: SyncSettings = SyncSettings()
    ) {
        self.subject = subject
        self.settings = settings
        self.position = position
        self.verifier = FollowVerifier(subject)
        self.keptEpoch = releaseEpoch
        self.shownEpoch = releaseEpoch
    }

    /// Takes up where the mirror stands, after it failed to keep what it was given: it may have kept
    /// it in part.
    mutating func takeUp(_ standing: Mirror.Standing) {
        self.position = SyncPosition(edge: standing.edge, seen: standing.seen)
    }

    /// What to do after something happened.
    ///
    /// - Parameters:
    ///   - now: milliseconds of the ``SyncClock``.
    ///   - jitter: a random number from 0 up to, and without, 1.
    mutating func next(_ event: SyncEvent, at now: Int64, jitter: Double) -> SyncAction {
        switch event {
        case .started, .waited: return self.begin()
        case .connected: return self.follow()
        case .opened: return self.opened(at: now)
        case .received(let bytes): return self.received(bytes, at: now, jitter)
        case .ended: return self.ended(at: now, jitter)
        case .kept: return self.kept(at: now)
        case .gaps(let ranges): return self.found(ranges)
        case .hashes(let hashes): return self.found(hashes, at: now, jitter)
        case .failed(let failure): return self.failed(failure, at: now, jitter)
        case .disconnected: return self.disconnected(at: now, jitter)
        case .command(let command): return self.obey(command, at: now)
        }
    }

    /// Whether nobody wants anything done.
    private var isIdle: Bool { self.isPaused && !self.isRound }

    private mutating func begin() -> SyncAction {
        guard !self.isIdle else {
            self.progress.state = .paused
            return .rest
        }
        self.phase = .connecting
        self.progress.state = .connecting
        return .connect
    }

    private mutating func follow() -> SyncAction {
        self.isConnected = true
        self.phase = .opening
        self.verifier.beginStream()
        self.progress.state = .catchingUp
        return .follow(
            FollowRequest(
                logOrigin: self.subject.log.origin, position: self.position.size,
                once: self.isRound))
    }

    private mutating func opened(at now: Int64) -> SyncAction {
        if case .openingFetch(let ranges) = self.phase {
            self.phase = .receivingFetched(ranges)
            return .receiveFetched
        }
        self.idle = IdleAllowance(self.settings.idleMessages, at: now)
        return self.receive(at: now)
    }

    /// Takes the next message, unless there are leaves to ask for again.
    private mutating func receive(at now: Int64) -> SyncAction {
        let isDue = self.lastBackfill.map { now - $0 >= self.settings.backfillInterval } ?? true
        if self.position.isComplete, self.progress.state == .following, isDue,
            self.shownEpoch != self.keptEpoch
        {
            self.lastBackfill = now
            self.phase = .findingGaps
            return .findGaps(from: 0)
        }
        self.phase = .receiving
        return .receive
    }
}

// MARK: - Messages

extension SyncMachine {
    private mutating func received(
        _ bytes: [UInt8], at now: Int64, _ jitter: Double
    ) -> SyncAction {
        self.progress.receivedBytes += UInt64(bytes.count)
        do {
            if case .receivingFetched(let ranges) = self.phase {
                let message = try Self.read { try FetchResponse(decoding: bytes) }
                try self.verifyOrder(of: message, asked: ranges, at: now)
                self.progress.hear(at: now)
                self.phase = .lookingUp(ranges, message)
                return .lookUp(message.records.map(\.leafIndex))
            }
            return try self.follow(bytes, at: now)
        } catch let error as VerificationError {
            return self.accuse(SyncFailure(error), bytes, at: now)
        } catch let error as SyncFailure {
            return self.accuse(error, bytes, at: now)
        } catch {
            return self.accuse(SyncFailure(.broken, "\(error)", cause: error), bytes, at: now)
        }
    }

    private mutating func follow(_ bytes: [UInt8], at now: Int64) throws -> SyncAction {
        let message = try Self.read { try FollowResponse(decoding: bytes) }
        if message.runs.isEmpty, !self.idle.allows(at: now) {
            throw SyncFailure(
                .broken, "more than \(self.settings.idleMessages) messages without leaves at once")
        }
        let verified = try self.verifier.verify(message, at: self.position)
        self.progress.hear(at: now)
        self.shownEpoch = message.releaseEpoch
        if verified.position == self.position, message.runs.isEmpty {
            self.settle(at: now)
            return self.receive(at: now)
        }
        self.phase = .keeping(verified)
        return .keep(verified.leaves)
    }

    /// Notes that what came checks, and whether the mirror is complete.
    private mutating func settle(at now: Int64) {
        self.attempts = 0
        self.lies = 0
        self.progress.clearError()
        guard self.position.isComplete else {
            self.progress.state = .catchingUp
            return
        }
        self.progress.state = .following
        self.progress.completeAt = now
    }

    private static func read<Message>(_ decode: () throws -> Message) throws -> Message {
        do { return try decode() } catch {
            let reason = (error as? ExchangeError)?.message ?? "\(error)"
            throw SyncFailure(.broken, "a message is malformed: \(reason)", cause: error)
        }
    }

    private mutating func kept(at now: Int64) -> SyncAction {
        switch self.phase {
        case .keeping(let verified):
            self.position = verified.position
            self.progress.take(
                leaves: UInt64(verified.leaves.runs.reduce(0) { $0 + $1.appended.count }), at: now)
            self.progress.notReleased += UInt64(verified.notReleased)
            self.settle(at: now)
        case .keepingLate(let ranges):
            self.phase = .receivingFetched(ranges)
            return .receiveFetched
        case .keepingEpoch:
            self.keptEpoch = self.shownEpoch
            if self.isRound { return self.finishRound(at: now) }
        case _: break
        }
        return self.receive(at: now)
    }
}

// MARK: - Back-fill

extension SyncMachine {
    private mutating func found(_ ranges: [Range<UInt64>]) -> SyncAction {
        guard !ranges.isEmpty else {
            self.phase = .keepingEpoch
            return .keepEpoch(self.shownEpoch)
        }
        self.phase = .openingFetch(ranges)
        self.answeredBelow = 0
        return .fetch(FetchRequest(logOrigin: self.subject.log.origin, ranges: ranges))
    }

    private mutating func verifyOrder(
        of message: FetchResponse, asked ranges: [Range<UInt64>], at now: Int64
    ) throws {
        try FetchVerifier.verifyOrder(of: message, asked: ranges, from: self.answeredBelow)
        let end = max(message.answeredBelow, message.records.last.map { $0.leafIndex + 1 } ?? 0)
        // An answer that goes on has an end.
        guard end > self.answeredBelow || self.idle.allows(at: now) else {
            throw SyncFailure(
                .broken, "more than \(self.settings.idleMessages) messages without leaves at once")
        }
        self.answeredBelow = max(self.answeredBelow, end)
    }

    private mutating func found(
        _ hashes: [Digest], at now: Int64, _ jitter: Double
    ) -> SyncAction {
        guard case .lookingUp(let ranges, let message) = self.phase else {
            return self.receive(at: now)
        }
        do throws(VerificationError) {
            let late = try FetchVerifier(subject: self.subject).verify(
                message, asked: ranges, leafHashes: hashes)
            self.progress.late += UInt64(late.count)
            self.progress.notReleased += UInt64(message.records.count - late.count)
            self.phase = .keepingLate(ranges)
            return .keepLate(late)
        } catch {
            let bytes = (try? message.encoded()) ?? []
            return self.accuse(SyncFailure(error), bytes, at: now)
        }
    }

    private mutating func ended(at now: Int64, _ jitter: Double) -> SyncAction {
        switch self.phase {
        case .receivingFetched(let ranges):
            if ranges.count == FetchRequest.maximumRanges, let last = ranges.last {
                self.phase = .findingGaps
                return .findGaps(from: last.upperBound)
            }
            self.phase = .keepingEpoch
            return .keepEpoch(self.shownEpoch)
        case _ where self.isRound:
            guard self.shownEpoch != self.keptEpoch else { return self.finishRound(at: now) }
            self.phase = .findingGaps
            return .findGaps(from: 0)
        case _:
            return self.failed(
                SyncFailure(.unavailable, "the peer ended the stream"), at: now, jitter)
        }
    }

    private mutating func finishRound(at now: Int64) -> SyncAction {
        self.isRound = false
        self.progress.rounds += 1
        guard self.isPaused else { return self.follow() }
        return self.leave()
    }
}

// MARK: - Failures and commands

extension SyncMachine {
    private mutating func accuse(
        _ failure: SyncFailure, _ message: [UInt8], at now: Int64
    ) -> SyncAction {
        self.note(failure, at: now)
        self.phase = .apart
        self.isConnected = false
        return .accuse(Evidence(failure, peer: self.subject.originator, message: message))
    }

    private mutating func failed(
        _ failure: SyncFailure, at now: Int64, _ jitter: Double
    ) -> SyncAction {
        if failure.isLie { return self.accuse(failure, [], at: now) }
        self.note(failure, at: now)
        return self.isConnected ? self.leave() : self.pauseBeforeRetry(jitter)
    }

    private mutating func note(_ failure: SyncFailure, at now: Int64) {
        if failure.isLie { self.lies += 1 } else { self.attempts += 1 }
        self.progress.fail(failure, at: now)
        self.progress.state = failure.isLie ? .refused : .waiting
        if self.isRound {
            self.isRound = false
            self.progress.failedRounds += 1
        }
    }

    private mutating func leave() -> SyncAction {
        self.phase = .apart
        self.isConnected = false
        return .disconnect
    }

    private mutating func disconnected(at now: Int64, _ jitter: Double) -> SyncAction {
        self.isConnected = false
        guard !self.isPaused || self.isRound else {
            self.progress.state = .paused
            return .rest
        }
        // Without a failure there is nothing to wait for.
        return self.attempts + self.lies == 0 ? self.begin() : self.pauseBeforeRetry(jitter)
    }

    /// Waits before the next attempt: twice as long after each, and never as long as others do.
    private mutating func pauseBeforeRetry(_ jitter: Double) -> SyncAction {
        guard !self.isPaused else {
            self.progress.state = .paused
            return .rest
        }
        let isLie = self.progress.state == .refused
        let first = isLie ? self.settings.firstRetryAfterLie : self.settings.firstRetry
        let last = isLie ? self.settings.lastRetryAfterLie : self.settings.lastRetry
        let doublings = min(max((isLie ? self.lies : self.attempts) - 1, 0), 20)
        let longest = min(first << Int64(doublings), last)
        let wait = longest / 2 + Int64(Double(longest / 2) * jitter)
        self.phase = .apart
        self.progress.nextAttempt = wait
        return .wait(wait)
    }

    private mutating func obey(_ command: SyncCommand, at now: Int64) -> SyncAction {
        switch command {
        case .pause: self.isPaused = true
        case .resume:
            self.isPaused = false
            self.attempts = 0
            self.lies = 0
            self.progress.forgive()
        case .round: self.isRound = true
        }
        guard !self.isIdle else {
            // What connects may have connected before it was given up.
            if case .connecting = self.phase { return self.leave() }
            return self.isConnected ? self.leave() : self.begin()
        }
        return self.isConnected ? self.follow() : self.begin()
    }
}
