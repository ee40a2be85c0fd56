import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

// MARK: - Back-fill

extension SyncMachine {
    /// Asks a path for leaves of which there are the hashes alone.
    mutating func ask(_ question: SyncRoutes.Question, at now: Int64) -> SyncAction {
        self.routes.noteAsking(question, at: now)
        self.question = question
        self.phase = .findingGaps
        return .findGaps(in: question.leaves)
    }

    mutating func found(_ ranges: [Range<UInt64>], at now: Int64) -> SyncAction {
        guard let question else { return self.receive(at: now) }
        guard let last = ranges.last else { return self.keepAsked(question) }
        self.unasked =
            ranges.count == FetchRequest.maximumRanges
            ? last.upperBound..<max(last.upperBound, question.leaves.upperBound) : 0..<0
        self.phase = .openingFetch(ranges)
        self.answeredBelow = 0
        return .fetch(
            FetchRequest(logOrigin: self.subject.log.origin, ranges: ranges),
            from: question.organisation)
    }

    private mutating func keepAsked(_ question: SyncRoutes.Question) -> SyncAction {
        self.phase = .keepingAsked
        return .keepAsked(question.asked, of: question.organisation)
    }

    /// What was asked for is answered, and that is kept.
    mutating func answered(at now: Int64) -> SyncAction {
        if let question = self.question.take() {
            self.routes.note(asked: question.asked, of: question.organisation)
        }
        return self.isRound ? self.finishRound(at: now) : self.receive(at: now)
    }

    mutating func found(
        _ hashes: [Digest], at now: Int64, _ jitter: Double
    ) -> SyncAction {
        guard case .lookingUp(let ranges, let message, let bytes) = self.phase else {
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
            return self.accuse(SyncFailure(error), bytes, at: now, jitter)
        }
    }

    mutating func ended(at now: Int64, _ jitter: Double) -> SyncAction {
        if case .receivingFetched = self.phase, let question {
            guard !self.unasked.isEmpty else { return self.keepAsked(question) }
            self.phase = .findingGaps
            return .findGaps(in: self.unasked)
        }
        guard self.isRound, let path else {
            return self.failed(
                SyncFailure(.unavailable, "the peer ended the stream"), at: now, jitter)
        }
        let question = self.routes.question(to: path, having: self.position.size, at: now)
        return question.map { self.ask($0, at: now) } ?? self.finishRound(at: now)
    }

    private mutating func finishRound(at now: Int64) -> SyncAction {
        self.isRound = false
        self.progress.rounds += 1
        guard self.isPaused else { return self.follow() }
        return self.leave()
    }
}

extension SyncRoutes.Question {
    /// Up to where the path was asked, once the question is answered.
    fileprivate var asked: AskedLeaves {
        AskedLeaves(releaseEpoch: self.releaseEpoch, below: self.leaves.upperBound)
    }
}
