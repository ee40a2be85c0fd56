import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import GRPCWire

/// Answers the calls of `dossier.v1.MirrorService`: hands the logs that the node holds, its own and
/// its mirrors, to those who mirror them.
struct MirrorService: LogOffering {
    /// How many bytes of frames are read for one message, unless one frame has more: what a stream
    /// holds in memory, a few times over. No more is read before the follower has taken it.
    static let readBytes = 1 << 20
    /// How often a stream that waits looks whether withheld leaves may have been released.
    static let epochInterval = Duration.seconds(1)
    /// How often it is looked which logs have grown: more often nobody is told.
    static let watchInterval = Duration.milliseconds(200)

    /// Organisation id of the node.
    let organisation: String
    let members: Members
    let holdings: Holdings
    let epochs: ReleaseEpochs
    /// How long a stream that waits may be silent.
    let heartbeat: Duration
    /// What takes the calls of those who offer their logs; nil for a node that does not sync.
    let sync: (any NodeSync)?
    let calls: CallAnswering

    /// Registers the methods.
    func register(in router: inout Router) {
        self.answering(Mirroring.watch, in: &router) { _ in .watch }
        self.answering(Mirroring.follow, in: &router) { .follow(try FollowRequest(decoding: $0)) }
        self.answering(Mirroring.fetch, in: &router) { .fetch(try FetchRequest(decoding: $0)) }
        router.bidirectional(Mirroring.offer, maximumRequestBytes: OfferAnswer.maximumBytes) {
            requests, writer, call in
            try await self.calls.follow(call) { peer in
                try self.authorise(peer)
                guard let sync = self.sync else {
                    throw ExchangeError(
                        code: .unsupportedOperation, message: "this node mirrors no logs")
                }
                try await sync.take(
                    ReceivedOffer(answers: requests, questions: writer), from: peer.organisation)
            }
        }
    }

    private func answering(
        _ method: MethodPath, in router: inout Router,
        _ question: @escaping @Sendable ([UInt8]) throws -> LogQuestion
    ) {
        router.serverStreaming(method) { request, writer, call in
            try await self.calls.follow(call) { peer in
                try self.authorise(peer)
                try await self.answer(question(request), of: peer.organisation) { message in
                    try await writer.write(message)
                }
            }
        }
    }

    private func authorise(_ peer: Peer) throws {
        guard peer.roles.contains(.node) else {
            throw ExchangeError(
                code: .notPermitted,
                message: "\(peer.identity.spiffeID) may not mirror logs: it needs role node")
        }
    }

    func answer(
        _ question: LogQuestion, of peer: String, send: ([UInt8]) async throws -> Void
    ) async throws {
        do {
            switch question {
            case .watch: try await self.watch(for: peer) { try await send($0.encoded()) }
            case .follow(let request):
                try await self.follow(request, for: peer) { try await send($0.encoded()) }
            case .fetch(let request):
                try await self.fetch(request, for: peer) { try await send($0.encoded()) }
            }
        } catch let error where error is GRPCStatus || error is CancellationError {
            throw error  // The call itself ended: cancelled, or past its deadline.
        } catch {
            throw ExchangeError(wrapping: error)
        }
    }

    /// The log that is offered under an origin.
    func offered(_ origin: String) throws -> Holdings.Holding {
        guard !origin.isEmpty, let holding = self.holdings.holding(origin) else {
            throw ExchangeError(
                code: .notFound,
                message: "this node does not offer log \(origin.escapedForTerminal)")
        }
        return holding
    }

    // MARK: - Watch

    private func watch(
        for peer: String, send: (WatchResponse) async throws -> Void
    ) async throws {
        var told: [String: OfferedLog] = [:]
        var toldAt = ContinuousClock.now
        while true {
            let changed = try await self.offers(to: peer).filter { told[$0.logOrigin] != $0 }
            if !changed.isEmpty || .now - toldAt >= self.heartbeat {
                for log in changed { told[log.logOrigin] = log }
                toldAt = .now
                for start in stride(
                    from: 0, to: max(changed.count, 1), by: WatchResponse.maximumLogs)
                {
                    let logs = changed.dropFirst(start).prefix(WatchResponse.maximumLogs)
                    try await send(WatchResponse(logs: Array(logs)))
                }
            }
            try await Task.sleep(for: Self.watchInterval)
        }
    }

    /// The logs that a peer can have: all of which something is published, but its own.
    private func offers(to peer: String) async throws -> [OfferedLog] {
        var offers: [OfferedLog] = []
        for holding in self.holdings.all where holding.originator != peer {
            guard let tree = try? holding.held.publishedTree() else { continue }
            // A log whose catalog is behind, or broken, is offered when it is well again.
            guard let epoch = try? await self.epochs.current(of: holding) else { continue }
            offers.append(
                OfferedLog(logOrigin: holding.origin, size: tree.size, releaseEpoch: epoch))
        }
        return offers
    }

    // MARK: - Follow

    private func follow(
        _ request: FollowRequest, for peer: String, send: (FollowResponse) async throws -> Void
    ) async throws {
        let holding = try self.offered(request.logOrigin)
        let held = holding.held
        let size = try held.publishedTree().size
        guard request.position <= size else {
            throw ExchangeError(
                code: .outOfRange,
                message: "\(self.organisation) has \(size) leaves of the log, fewer than the "
                    + "\(request.position) that you have")
        }
        var feed = MirrorFeed(
            LogFeed(of: held, from: request.position), of: holding, for: peer, by: self)
        var isGreeted = false
        while true {
            let tree = try held.publishedTree()
            while feed.position < tree.size {
                try await send(feed.next(in: tree))
                isGreeted = true
            }
            if request.once {
                if !isGreeted { try await send(feed.heartbeat(in: tree)) }
                return
            }
            if !isGreeted {
                try await send(feed.heartbeat(in: tree))
                isGreeted = true
            }
            isGreeted = try await self.waits(feed, for: holding)
        }
    }

    /// Waits until the log has more, and says whether it has; otherwise the stream is to be told that
    /// it has not: after a heartbeat, or when withheld leaves may have been released.
    private func waits(_ feed: MirrorFeed, for holding: Holdings.Holding) async throws -> Bool {
        let deadline = ContinuousClock.now + self.heartbeat
        while .now < deadline {
            let pause = min(deadline, .now + Self.epochInterval)
            if try await holding.held.isPublished(beyond: feed.position, until: pause) {
                return true
            }
            if try await feed.shownEpoch != self.epochs.current(of: holding) { return false }
        }
        return false
    }
}

/// A call of Offer, as the node that it is opened to sees it.
private struct ReceivedOffer: OfferedCall {
    let answers: RequestStream
    let questions: ResponseWriter

    func ask(_ question: LogQuestion) async throws {
        try await self.questions.write(question.encoded())
    }

    func next() async throws -> [UInt8]? {
        var iterator = self.answers.makeAsyncIterator()
        do {
            guard let bytes = try await iterator.next() else { return nil }
            switch try OfferAnswer(decoding: bytes) {
            case .message(let message): return message
            case .refusal(let refusal): throw ExchangeError(refusal)
            }
        } catch let status as GRPCStatus {
            throw ExchangeError(status)
        }
    }
}
