import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import GRPCWire

/// Answers the calls of `dossier.v1.MirrorService`: hands the node's own log to those who mirror it.
struct MirrorService: Sendable {
    /// How many bytes of frames are read for one message, unless one frame has more: what a stream
    /// holds in memory, a few times over. No more is read before the follower has taken it.
    static let readBytes = 1 << 20
    /// How often a stream that waits looks whether withheld leaves may have been released.
    static let epochInterval = Duration.seconds(1)
    /// How many catalog rows are looked at in one go.
    static let rowsAtOnce = 512
    /// How many bytes the records of a page have at most.
    static let maximumPageBytes = Exchange.maximumMessageBytes / 2

    /// Organisation id of the node.
    let organisation: String
    let members: Members
    let holdings: Holdings
    let epochs: ReleaseEpochs
    /// How long a stream that waits may be silent.
    let heartbeat: Duration
    let calls: CallAnswering

    /// Registers the methods.
    func register(in router: inout Router) {
        router.serverStreaming(Mirroring.follow) { request, writer, call in
            try await self.calls.follow(call) { peer in
                try await self.follow(FollowRequest(decoding: request), for: peer) { message in
                    try await writer.write(message.encoded())
                }
            }
        }
        router.serverStreaming(Mirroring.fetch) { request, writer, call in
            try await self.calls.answer(call) { peer in
                try await self.fetch(FetchRequest(decoding: request), for: peer) { message in
                    try await writer.write(message.encoded())
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

    /// The log that is offered under an origin: the node's own.
    private func offered(_ origin: String) throws -> HeldLog {
        let own = self.holdings.own
        guard own.origin == origin else {
            throw ExchangeError(
                code: .notFound,
                message: "this node offers log \(own.origin), not \(origin.escapedForTerminal)")
        }
        return own.held
    }

    // MARK: - Follow

    private func follow(
        _ request: FollowRequest, for peer: Peer, send: (FollowResponse) async throws -> Void
    ) async throws {
        try self.authorise(peer)
        let held = try self.offered(request.logOrigin)
        guard try request.position <= held.publishedTree().size else {
            throw ExchangeError(
                code: .outOfRange,
                message: "the log has \(try held.publishedTree().size) leaves, fewer than the "
                    + "\(request.position) that you have")
        }
        var feed = MirrorFeed(
            LogFeed(of: held, from: request.position), for: peer.organisation, of: self)
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
            isGreeted = try await self.waits(feed, for: held)
        }
    }

    /// Waits until the log has more, and says whether it has; otherwise the stream is to be told that
    /// it has not: after a heartbeat, or when withheld leaves may have been released.
    private func waits(_ feed: MirrorFeed, for held: HeldLog) async throws -> Bool {
        let deadline = ContinuousClock.now + self.heartbeat
        while .now < deadline {
            let pause = min(deadline, .now + Self.epochInterval)
            if try await held.isPublished(beyond: feed.position, until: pause) { return true }
            if try await feed.shownEpoch != self.epochs.current() { return false }
        }
        return false
    }

    // MARK: - Fetch

    private func fetch(
        _ request: FetchRequest, for peer: Peer, send: (FetchResponse) async throws -> Void
    ) async throws {
        try self.authorise(peer)
        let held = try self.offered(request.logOrigin)
        let size = try held.publishedTree().size
        for range in request.ranges where range.lowerBound < size {
            let end = min(range.upperBound, size)
            var next = range.lowerBound
            while next < end {
                let rows = try await held.list(
                    CatalogQuery(), after: next == 0 ? nil : next - 1, below: end,
                    limit: Self.rowsAtOnce)
                let isLast = rows.count < Self.rowsAtOnce
                next = isLast ? end : (rows.last?.leafIndex ?? end) + 1
                try await self.send(rows, of: held, for: peer, answeredBelow: next, send)
            }
        }
    }

    private func send(
        _ rows: [CatalogRow], of held: HeldLog, for peer: Peer, answeredBelow: UInt64,
        _ send: (FetchResponse) async throws -> Void
    ) async throws {
        var releases = ReleaseReader(
            self.holdings, self.members, at: self.organisation, for: peer.organisation)
        var released: [CatalogRow] = []
        for row in rows {
            // What only this node hands out is not for mirrors, though the peer may read it here.
            let isForMirrors = !row.facts.marking.orcon || row.facts.operation.isNotice
            if isForMirrors, try await releases.judge(row, in: self.holdings.own).isReleased {
                released.append(row)
            }
        }
        var message = FetchResponse(attestations: [], records: [], answeredBelow: answeredBelow)
        var indexes: [UInt64: Int] = [:]
        var bytes = 0
        for stored in try await held.read(released) {
            let size =
                stored.bytes.count + stored.batch.attestation.count
                + stored.batchPath.count * Digest.byteCount
            if bytes > 0, bytes + size > Self.maximumPageBytes {
                message.answeredBelow = (message.records.last?.leafIndex ?? 0) + 1
                try await send(message)
                message.answeredBelow = answeredBelow
                message.attestations = []
                message.records = []
                indexes = [:]
                bytes = 0
            }
            bytes += size
            let index = indexes[stored.batch.firstIndex] ?? message.attestations.count
            if index == message.attestations.count {
                indexes[stored.batch.firstIndex] = index
                message.attestations.append(try Attestation(decoding: stored.batch.attestation))
            }
            message.records.append(
                LoggedRecord(
                    record: stored.bytes, leafIndex: stored.leafIndex,
                    positionInBatch: stored.positionInBatch,
                    batchPath: stored.batchPath.flatMap(\.bytes), attestationIndex: index))
        }
        if !message.records.isEmpty { try await send(message) }
    }
}
