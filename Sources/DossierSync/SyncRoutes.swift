import DossierAPI
import DossierStore

/// The paths on which a log can come: from its own node, and from others that mirror it.
///
/// Times are milliseconds of the ``SyncClock``.
struct SyncRoutes: Sendable {
    /// What is known of one path.
    private struct Route {
        // What the node offers; nil while it is not in touch, or does not have the log.
        var offer: OfferedLog?
        // The release epoch that came with leaves last, while they come by this path.
        var shownEpoch: [UInt8]?
        // Since when it offers leaves that are not there.
        var aheadSince: Int64?
        var attempts = 0
        var lies = 0
        // After a failure it is left alone so long.
        var notBefore: Int64?
        var asked = AskedLeaves()
        // When it was asked last, and when it was asked, or first could have been, for all leaves.
        var askedAt: Int64?
        var wholeAskedAt: Int64?

        // What comes with leaves and what is offered come apart, and either may be the older: the
        // first counts while it comes, since it comes again and again.
        var epoch: [UInt8] { self.shownEpoch ?? self.offer?.releaseEpoch ?? [] }
    }

    /// Organisation id of the log's originator.
    let originator: String
    private let settings: SyncSettings
    private var routes: [String: Route] = [:]

    init(of originator: String, asked: [String: AskedLeaves], settings: SyncSettings) {
        self.originator = originator
        self.settings = settings
        for (organisation, asked) in asked { self.routes[organisation] = Route(asked: asked) }
    }

    private subscript(organisation: String) -> Route {
        get { self.routes[organisation] ?? Route() }
        set { self.routes[organisation] = newValue }
    }

    /// Notes what a node offers of the log; nil when it is not in touch any more.
    mutating func note(
        _ offer: OfferedLog?, of organisation: String, having position: UInt64, at now: Int64
    ) {
        self[organisation].offer = offer
        if self[organisation].wholeAskedAt == nil { self[organisation].wholeAskedAt = now }
        self.notePosition(position, at: now)
    }

    /// Notes how far the mirror is.
    mutating func notePosition(_ position: UInt64, at now: Int64) {
        for (organisation, route) in self.routes {
            let isAhead = route.offer.map { $0.size > position } ?? false
            if isAhead != (route.aheadSince != nil) {
                self.routes[organisation]?.aheadSince = isAhead ? now : nil
            }
        }
    }

    /// Notes the release epoch that came with leaves.
    mutating func note(epoch: [UInt8], of organisation: String) {
        self.routes[organisation]?.shownEpoch = epoch
    }

    /// Forgets what came with leaves: they come by another path from now on.
    mutating func forgetShown() {
        for organisation in self.routes.keys { self.routes[organisation]?.shownEpoch = nil }
    }

    private func isOpen(_ organisation: String, at now: Int64) -> Bool {
        let route = self[organisation]
        return route.offer != nil && route.notBefore.map { $0 <= now } ?? true
    }

    // MARK: - The best path

    /// The path to take: the log's own node's, where that can be had; otherwise the one there is,
    /// unless another has been ahead of it for a while, or it is ahead itself and gives nothing.
    func best(having position: UInt64, from current: String?, at now: Int64) -> String? {
        if self.isOpen(self.originator, at: now) { return self.originator }
        let relays = self.routes.filter { organisation, route in
            self.isOpen(organisation, at: now) && route.offer?.size ?? 0 >= position
        }.sorted {
            ($1.value.offer?.size ?? 0, $0.key) < ($0.value.offer?.size ?? 0, $1.key)
        }
        guard let current, self.isOpen(current, at: now) else { return relays.first?.key }
        let ahead = relays.first { organisation, route in
            organisation != current
                && route.offer?.size ?? 0 > max(position, self[current].offer?.size ?? 0)
                && route.aheadSince.map { now - $0 >= self.settings.patience } ?? false
        }
        return ahead?.key ?? current
    }

    /// Whether a node offers more than it gives, and has for too long.
    func isStalled(_ organisation: String, since: Int64, at now: Int64) -> Bool {
        guard let aheadSince = self[organisation].aheadSince else { return false }
        return now - max(aheadSince, since) >= self.settings.stall
    }

    /// Whether a node has nothing to give to a mirror that is so far.
    func isLevel(_ organisation: String, at position: UInt64) -> Bool {
        self[organisation].offer.map { $0.size <= position } ?? false
    }

    /// Whether any other node could be asked instead.
    func hasOther(than current: String, having position: UInt64, at now: Int64) -> Bool {
        self.routes.keys.contains { organisation in
            organisation != current && self.isOpen(organisation, at: now)
                && self[organisation].offer?.size ?? 0 > position
        }
    }

    // MARK: - Failures

    /// Notes a failure: the path is left alone, longer each time, and never as long as others leave
    /// it.
    mutating func fail(
        _ organisation: String, isLie: Bool, at now: Int64, jitter: Double
    ) {
        var route = self[organisation]
        if isLie { route.lies += 1 } else { route.attempts += 1 }
        let wait = self.settings.wait(
            isLie: isLie, after: isLie ? route.lies : route.attempts, jitter: jitter)
        route.notBefore = now + wait
        self[organisation] = route
    }

    /// Notes that what came of a path checks.
    mutating func succeed(_ organisation: String) {
        self.routes[organisation]?.attempts = 0
        self.routes[organisation]?.lies = 0
        self.routes[organisation]?.notBefore = nil
    }

    /// Forgets all failures.
    mutating func forgive() { for organisation in self.routes.keys { self.succeed(organisation) } }

    /// Tries a path again whose time has come.
    mutating func reopen(_ organisation: String) {
        self.routes[organisation]?.notBefore = nil
    }

    /// Tries all paths again.
    mutating func reopenAll() { for organisation in self.routes.keys { self.reopen(organisation) } }

    /// The path that can be tried again first, and when; nil if none is only left alone.
    var next: (organisation: String, at: Int64)? {
        self.routes.compactMap { organisation, route -> (organisation: String, at: Int64)? in
            guard route.offer != nil, let at = route.notBefore else { return nil }
            return (organisation, at)
        }.min { ($0.at, $0.organisation) < ($1.at, $1.organisation) }
    }

    // MARK: - Leaves that are asked for again

    /// What a path is to be asked for: leaves of which there are the hashes alone.
    struct Question: Hashable {
        var organisation: String
        var leaves: Range<UInt64>
        /// The release epoch that holds then.
        var releaseEpoch: [UInt8]
    }

    /// What is to be asked next; nil for nothing. What the log's own node withholds, others need not
    /// be asked for; what a relay could not give is asked of all.
    func question(having position: UInt64, from current: String, at now: Int64) -> Question? {
        let others =
            current == self.originator
            ? [] : self.routes.keys.filter { $0 != current }.sorted()
        for organisation in [current] + others {
            let isEarly = self[organisation].askedAt.map {
                now - $0 < self.settings.backfillInterval
            }
            if isEarly == true { continue }
            if let question = self.question(to: organisation, having: position, at: now) {
                return question
            }
        }
        return nil
    }

    /// What one path is to be asked for, whenever it was asked last; nil for nothing.
    func question(
        to organisation: String, having position: UInt64, at now: Int64
    ) -> Question? {
        let route = self[organisation]
        guard self.isOpen(organisation, at: now), let offer = route.offer else { return nil }
        let isOld = route.wholeAskedAt.map { now - $0 >= self.settings.reaskInterval } ?? false
        let isNew = isOld || route.epoch != route.asked.releaseEpoch
        let start = isNew ? 0 : route.asked.below
        let end = min(position, offer.size)
        // A path that has nothing yet is asked once it has.
        guard start < end || (isNew && end == position) else { return nil }
        return Question(
            organisation: organisation, leaves: start..<max(start, end),
            releaseEpoch: route.epoch)
    }

    /// Notes that a question is asked.
    mutating func noteAsking(_ question: Question, at now: Int64) {
        self[question.organisation].askedAt = now
        if question.leaves.lowerBound == 0 {
            self[question.organisation].wholeAskedAt = now
        }
    }

    /// Notes that a question was answered.
    mutating func note(asked: AskedLeaves, of organisation: String) {
        self[organisation].asked = asked
    }

    /// Notes leaves that came of a path, each with its record if that could be had: they need not be
    /// asked for.
    mutating func note(leaves: Range<UInt64>, of organisation: String) {
        if self[organisation].asked.below == leaves.lowerBound {
            self[organisation].asked.below = leaves.upperBound
        }
    }
}
