import DossierAPI

// MARK: - Failures and commands

extension SyncMachine {
    /// Whose answer is being waited for, or looked at.
    private var asked: String? { self.question?.organisation ?? self.path }

    mutating func accuse(
        _ failure: SyncFailure, _ message: [UInt8], at now: Int64, _ jitter: Double
    ) -> SyncAction {
        let liar = self.asked ?? self.subject.originator
        // Two histories are those of the log, whoever shows them.
        let evidence = Evidence(
            failure, peer: failure.conflict == nil ? liar : self.subject.originator,
            message: message)
        self.note(failure, at: now, jitter)
        self.leavePath(of: liar)
        return .accuse(evidence, from: liar)
    }

    mutating func failed(
        _ failure: SyncFailure, at now: Int64, _ jitter: Double
    ) -> SyncAction {
        var failure = failure
        if failure.code == .olderLog, self.asked != self.subject.originator {
            // It has not got so far yet, or began anew.
            failure.code = .unavailable
        }
        if failure.isLie { return self.accuse(failure, [], at: now, jitter) }
        self.note(failure, at: now, jitter)
        // What another path could not give does not end the one that there is.
        if let question, question.organisation != self.path, failure.code != .storage {
            self.question = nil
            return self.receive(at: now)
        }
        return self.isConnected ? self.leave() : self.begin(at: now)
    }

    private mutating func note(_ failure: SyncFailure, at now: Int64, _ jitter: Double) {
        guard let asked = self.asked else { return }
        self.routes.fail(asked, isLie: failure.isLie, at: now, jitter: jitter)
        self.progress.fail(failure, of: asked, at: now)
        guard asked == self.path else { return }
        self.progress.state = failure.isLie ? .refused : .waiting
        if self.isRound {
            self.isRound = false
            self.progress.failedRounds += 1
        }
    }

    /// Forgets the calls of an organisation's node.
    private mutating func leavePath(of organisation: String) {
        self.question = nil
        guard organisation == self.path else { return }
        self.phase = .apart
        self.isConnected = false
    }

    mutating func leave() -> SyncAction {
        self.question = nil
        self.phase = .apart
        self.isConnected = false
        return .disconnect
    }

    mutating func disconnected(at now: Int64) -> SyncAction {
        // The calls of another path were ended, not those of the one that there is.
        self.isConnected ? self.receive(at: now) : self.begin(at: now)
    }

    mutating func obey(_ command: SyncCommand, at now: Int64) -> SyncAction {
        self.question = nil
        switch command {
        case .pause: self.isPaused = true
        case .resume:
            self.isPaused = false
            self.routes.forgive()
            self.progress.forgive()
        case .round:
            self.isRound = true
            self.routes.reopenAll()
        }
        guard !self.isIdle else {
            // What connects may have connected before it was given up.
            if case .connecting = self.phase { return self.leave() }
            return self.isConnected ? self.leave() : self.begin(at: now)
        }
        guard self.isConnected else { return self.begin(at: now) }
        // The operator's word may have opened a better path.
        return self.hasBetterPath(at: now) ? self.leave() : self.follow()
    }
}
