import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// Syncing one log, as a value: what happens goes in, what to do comes out.
///
/// After each event there is exactly one thing to do. What is kept was verified here; the position
/// moves only once it is kept, so a machine that is thrown away at any moment, and begun again where
/// the mirror stands, neither loses nor doubles anything. The log comes by one path at a time; since
/// only the position counts, the path may change at any leaf.
struct SyncMachine: Sendable {
    enum Phase {
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
        case lookingUp([Range<UInt64>], FetchResponse, bytes: [UInt8])
        case keepingLate([Range<UInt64>])
        case keepingAsked
    }

    let subject: MirrorSubject
    let settings: SyncSettings
    /// How far the mirror is.
    var position: SyncPosition
    /// How it goes.
    var progress = SyncProgress()
    /// The paths that there are.
    var routes: SyncRoutes
    /// Organisation id of the node that the log comes from; nil while it comes from none.
    var path: String?
    var phase = Phase.apart
    var isConnected = false
    var isPaused = false
    // A round that was asked for: it ends where the log does.
    var isRound = false
    // What is being asked for again, of whom, and which of its leaves were not looked at yet.
    var question: SyncRoutes.Question?
    var unasked: Range<UInt64> = 0..<0
    // Below this leaf, all that were asked for again are answered.
    var answeredBelow: UInt64 = 0
    private var verifier: FollowVerifier
    private var idle = IdleAllowance()
    // When leaves were kept last, or a call was opened.
    private var movedAt: Int64 = 0

    /// A machine for a mirror that stands at a position.
    ///
    /// - Parameter asked: up to where each organisation's node was asked for leaves again.
    init(
        _ subject: MirrorSubject, at position: SyncPosition, asked: [String: AskedLeaves],
        settings: SyncSettings = SyncSettings()
    ) {
        self.subject = subject
        self.settings = settings
        self.position = position
        self.verifier = FollowVerifier(subject)
        self.routes = SyncRoutes(of: subject.originator, asked: asked, settings: settings)
    }

    /// Takes up where the mirror stands, after it failed to keep what it was given: it may have kept
    /// it in part.
    mutating func takeUp(_ standing: Mirror.Standing) {
        self.position = SyncPosition(edge: standing.edge, seen: standing.seen)
    }

    /// Notes what an organisation's node offers of the log; nil when it is not in touch any more.
    mutating func note(_ offer: OfferedLog?, of organisation: String, at now: Int64) {
        self.routes.note(offer, of: organisation, having: self.position.size, at: now)
    }

    /// What to do after something happened.
    ///
    /// - Parameters:
    ///   - now: milliseconds of the ``SyncClock``.
    ///   - jitter: a random number from 0 up to, and without, 1.
    mutating func next(_ event: SyncEvent, at now: Int64, jitter: Double) -> SyncAction {
        switch event {
        case .started: return self.begin(at: now)
        case .waited:
            if let next = self.routes.next { self.routes.reopen(next.organisation) }
            return self.begin(at: now)
        case .looked: return self.look(at: now, jitter)
        case .connected: return self.follow()
        case .opened: return self.opened(at: now)
        case .received(let bytes): return self.received(bytes, at: now, jitter)
        case .ended: return self.ended(at: now, jitter)
        case .kept: return self.kept(at: now)
        case .gaps(let ranges): return self.found(ranges, at: now)
        case .hashes(let hashes): return self.found(hashes, at: now, jitter)
        case .failed(let failure): return self.failed(failure, at: now, jitter)
        case .disconnected: return self.disconnected(at: now)
        case .command(let command): return self.obey(command, at: now)
        }
    }

    /// Whether nobody wants anything done.
    var isIdle: Bool { self.isPaused && !self.isRound }
    /// Whether the log comes from its own node.
    var isDirect: Bool { self.path == self.subject.originator }

    /// Takes the best path that there is.
    mutating func begin(at now: Int64) -> SyncAction {
        self.phase = .apart
        guard !self.isIdle else {
            self.path = nil
            self.progress.state = .paused
            return .rest
        }
        guard
            let best = self.routes.best(having: self.position.size, from: self.path, at: now)
        else { return self.waitForPath(at: now) }
        self.path = best
        self.phase = .connecting
        self.progress.state = .connecting
        return .connect(to: best)
    }

    mutating func follow() -> SyncAction {
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
        self.movedAt = now
        return self.receive(at: now)
    }

    /// Whether what comes can be taken up at the end of the path: then leaves that did not come with
    /// it can be asked for.
    private var isLevel: Bool {
        self.progress.state == .following
            || (!self.isDirect
                && self.path.map { self.routes.isLevel($0, at: self.position.size) }
                    ?? false)
    }

    /// What is to be asked for again now.
    private func dueQuestion(at now: Int64) -> SyncRoutes.Question? {
        guard self.isLevel, let path else { return nil }
        return self.routes.question(having: self.position.size, from: path, at: now)
    }

    /// Takes the next message, unless there are leaves to ask for again.
    mutating func receive(at now: Int64) -> SyncAction {
        if let question = self.dueQuestion(at: now) { return self.ask(question, at: now) }
        self.phase = .receiving
        return .receive
    }
}

// MARK: - Paths

extension SyncMachine {
    /// Whether what is being done should be interrupted by a look at the paths: only what waits is.
    func shouldLook(at now: Int64) -> Bool {
        guard !self.isIdle else { return false }
        switch self.phase {
        case .apart:
            return self.routes.best(having: self.position.size, from: nil, at: now) != nil
        case .receiving:
            // A round ends on the path on which it began.
            return self.isStalled(at: now) || self.dueQuestion(at: now) != nil
                || !self.isRound && self.hasBetterPath(at: now)
        case _: return false
        }
    }

    func hasBetterPath(at now: Int64) -> Bool {
        self.routes.best(having: self.position.size, from: self.path, at: now) != self.path
    }

    private func isStalled(at now: Int64) -> Bool {
        guard let path else { return false }
        return self.routes.isStalled(path, since: self.movedAt, at: now)
            && self.routes.hasOther(than: path, having: self.position.size, at: now)
    }

    private mutating func look(at now: Int64, _ jitter: Double) -> SyncAction {
        switch self.phase {
        case .apart: return self.begin(at: now)
        case .receiving:
            if self.isStalled(at: now) {
                return self.failed(
                    SyncFailure(.stalled, "\(self.path ?? "") offers leaves that it does not send"),
                    at: now, jitter)
            }
            return !self.isRound && self.hasBetterPath(at: now)
                ? self.leave() : self.receive(at: now)
        case _: return self.receive(at: now)
        }
    }

    /// Waits until a path can be tried again, or for one to come.
    private mutating func waitForPath(at now: Int64) -> SyncAction {
        self.path = nil
        if self.isRound {
            self.isRound = false
            self.progress.failedRounds += 1
            self.progress.fail(
                SyncFailure(.unreachable, "no node that has the log can be reached"), of: nil,
                at: now)
        }
        guard !self.isPaused else {
            self.progress.state = .paused
            return .rest
        }
        guard let next = self.routes.next else {
            self.progress.state = self.progress.failure == nil ? .connecting : .waiting
            return .rest
        }
        self.progress.nextAttempt = max(next.at - now, 0)
        return .wait(self.progress.nextAttempt)
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
                self.hear(self.question?.organisation, at: now)
                self.phase = .lookingUp(ranges, message, bytes: bytes)
                return .lookUp(message.records.map(\.leafIndex))
            }
            return try self.follow(bytes, at: now)
        } catch let error as VerificationError {
            return self.accuse(SyncFailure(error), bytes, at: now, jitter)
        } catch let error as SyncFailure {
            return self.accuse(error, bytes, at: now, jitter)
        } catch {
            return self.accuse(
                SyncFailure(.broken, "\(error)", cause: error), bytes, at: now, jitter)
        }
    }

    private mutating func hear(_ organisation: String?, at now: Int64) {
        if organisation == self.subject.originator { self.progress.hear(at: now) }
    }

    private mutating func follow(_ bytes: [UInt8], at now: Int64) throws -> SyncAction {
        let message = try Self.read { try FollowResponse(decoding: bytes) }
        if message.runs.isEmpty, !self.idle.allows(at: now) {
            throw SyncFailure(
                .broken, "more than \(self.settings.idleMessages) messages without leaves at once")
        }
        let verified = try self.verifier.verify(
            message, at: self.position, isDirect: self.isDirect)
        self.hear(self.path, at: now)
        if let path { self.routes.note(epoch: message.releaseEpoch, of: path) }
        if verified.position == self.position, message.runs.isEmpty {
            self.settle(at: now)
            return self.receive(at: now)
        }
        self.phase = .keeping(verified)
        return .keep(verified.leaves)
    }

    /// Notes that what came checks, and whether the mirror is complete.
    private mutating func settle(at now: Int64) {
        if let path { self.routes.succeed(path) }
        self.progress.clearError(of: self.path, originator: self.subject.originator)
        guard self.position.isComplete else {
            self.progress.state = .catchingUp
            return
        }
        self.progress.state = .following
        self.progress.completeAt = now
    }

    static func read<Message>(_ decode: () throws -> Message) throws -> Message {
        do { return try decode() } catch {
            let reason = (error as? ExchangeError)?.message ?? "\(error)"
            throw SyncFailure(.broken, "a message is malformed: \(reason)", cause: error)
        }
    }

    private mutating func kept(at now: Int64) -> SyncAction {
        switch self.phase {
        case .keeping(let verified):
            let before = self.position.size
            self.position = verified.position
            if let path { self.routes.note(leaves: before..<self.position.size, of: path) }
            self.routes.notePosition(self.position.size, at: now)
            self.movedAt = now
            self.progress.take(leaves: self.position.size - before, at: now)
            self.progress.notReleased += UInt64(verified.notReleased)
            self.settle(at: now)
        case .keepingLate(let ranges):
            self.phase = .receivingFetched(ranges)
            return .receiveFetched
        case .keepingAsked: return self.answered(at: now)
        case _: break
        }
        return self.receive(at: now)
    }

    private func verifyOrder(of message: FetchResponse, asked ranges: [Range<UInt64>]) throws {
        try FetchVerifier.verifyOrder(of: message, asked: ranges, from: self.answeredBelow)
    }

    private mutating func verifyOrder(
        of message: FetchResponse, asked ranges: [Range<UInt64>], at now: Int64
    ) throws {
        try self.verifyOrder(of: message, asked: ranges)
        let end = max(message.answeredBelow, message.records.last.map { $0.leafIndex + 1 } ?? 0)
        // An answer that goes on has an end.
        guard end > self.answeredBelow || self.idle.allows(at: now) else {
            throw SyncFailure(
                .broken, "more than \(self.settings.idleMessages) messages without leaves at once")
        }
        self.answeredBelow = max(self.answeredBelow, end)
    }
}
