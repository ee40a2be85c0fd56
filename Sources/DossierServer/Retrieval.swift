import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Hands out records of the node's log and its mirrors: each only after the release decision.
struct Retrieval: Sendable {
    /// How many records that begin alike are looked at.
    static let maximumMatches = 512
    /// How many records a page has at most. So many are decided on at once, and no more before the
    /// client has taken the page: what is restricted meanwhile is not given out.
    static let rowsOnPage = 64
    /// How many bytes the records of a page have at most, unless it has one only; leaves room for
    /// what a message holds beside them.
    static let maximumPageBytes = Exchange.maximumMessageBytes / 2

    /// Organisation id of the node.
    let organisation: String
    let members: Members
    let holdings: Holdings
    let cursors: CursorSealer
    /// How long a list that follows may be silent.
    let heartbeat: Duration
    let now: @Sendable () -> Int64

    /// Gets one record.
    ///
    /// A record that is withheld is answered like one that is absent.
    func get(_ request: GetRequest, for peer: Peer) async throws -> GetResponse {
        try self.authorise(peer)
        let known = try KnownSizes(request.knownSize, request.knownTrees, self.holdings)
        let found: Found
        switch request.selector {
        case .recordID(let prefix):
            found = try await self.record(withPrefix: prefix, for: peer)
        case .finding(let originator, let reference, let version):
            found = try await self.record(originator, reference, version, for: peer)
        }
        let held = found.holding.held
        guard let stored = try await held.read([found.row]).first else { throw Self.notFound }
        let tree = try held.publishedTree()
        guard found.row.leafIndex < tree.size else {
            throw ExchangeError(
                code: .unavailable, message: "the record is not published yet; ask again later")
        }
        return GetResponse(
            logOrigin: found.holding.origin,
            record: self.record(stored, found.row, found.judgement, for: peer),
            attestation: try Attestation(decoding: stored.batch.attestation),
            checkpoint: try await known.proven(tree, of: found.holding),
            inclusionProof: try await tree.inclusionProof(of: found.row.leafIndex),
            contact: await found.holding.contact())
    }

    private static let notFound = ExchangeError(
        code: .notFound, message: "no such record is released to your organisation")

    func authorise(_ peer: Peer) throws {
        guard peer.roles.contains(.reader) else {
            throw ExchangeError(
                code: .notPermitted,
                message: "\(peer.identity.spiffeID) may not read: it needs role reader")
        }
    }

    /// What decides for a peer from now on.
    func releases(for peer: Peer) -> ReleaseReader {
        ReleaseReader(
            self.holdings, self.members, at: self.organisation, for: peer.organisation)
    }

    func record(
        _ stored: StoredRecord, _ row: CatalogRow, _ judgement: ReleaseReader.Judgement,
        for peer: Peer, attestationIndex: Int = 0
    ) -> LoggedRecord {
        LoggedRecord(
            record: stored.bytes, leafIndex: stored.leafIndex,
            positionInBatch: stored.positionInBatch, batchPath: stored.batchPath.flatMap(\.bytes),
            attestationIndex: attestationIndex,
            withheldReason: judgement.withheldReason?.rawValue ?? "",
            standing: judgement.standing)
    }
}

// MARK: - One record

extension Retrieval {
    /// A record that is released to the peer, and where it is.
    private struct Found {
        var row: CatalogRow
        var holding: Holdings.Holding
        var judgement: ReleaseReader.Judgement
    }

    private func record(
        withPrefix prefix: String, for peer: Peer
    ) async throws -> Found {
        let prefix = try RecordIDPrefix(prefix)
        var found: [Found] = []
        for holding in self.holdings.all {
            let rows = try await holding.held.find(
                recordIDPrefix: prefix.digits, limit: Self.maximumMatches)
            found += try await self.released(rows, in: holding, to: peer)
        }
        guard found.count < 2 else {
            throw ExchangeError(
                code: .badRequest,
                message: "record id \(prefix.digits) begins \(found.count) records; give more "
                    + "digits")
        }
        guard let one = found.first else { throw Self.notFound }
        return one
    }

    private func record(
        _ originator: String, _ reference: String, _ version: UInt32, for peer: Peer
    ) async throws -> Found {
        for holding in self.holdings.logs(of: [originator]) {
            let rows = try await holding.held.find(originator: originator, reference: reference)
            let found = try await self.released(rows, in: holding, to: peer)
            let number = version == 0 ? found.first?.judgement.known.answer?.number : version
            if let one = found.first(where: { $0.row.facts.version == number }) { return one }
        }
        throw Self.notFound
    }

    private func released(
        _ rows: [CatalogRow], in holding: Holdings.Holding, to peer: Peer
    ) async throws -> [Found] {
        var releases = self.releases(for: peer)
        var found: [Found] = []
        for row in rows {
            let judgement = try await releases.judge(row, in: holding)
            guard judgement.isReleased else { continue }
            found.append(Found(row: row, holding: holding, judgement: judgement))
        }
        return found
    }
}

/// What a client says that it has seen of logs.
struct KnownSizes: Sendable {
    private var sizes: [String: UInt64]

    /// Throws ``DossierAPI/ExchangeError`` with code `outOfRange` for more of the node's own log
    /// than there is: then it is not the log that the client has seen.
    init(_ own: UInt64, _ trees: [KnownTree], _ holdings: Holdings) throws {
        let size = try holdings.own.held.publishedTree().size
        guard own <= size else {
            throw ExchangeError(
                code: .outOfRange,
                message: "the log has \(size) leaves, fewer than the \(own) that you know of")
        }
        self.sizes = Dictionary(
            trees.map { ($0.logOrigin, $0.size) }, uniquingKeysWith: { first, _ in first })
        self.sizes[holdings.own.origin] = own
    }

    /// A tree's checkpoint, and that it goes on from what the client knows; without proof for a
    /// mirror that has not come so far.
    func proven(
        _ tree: PublishedTree, of holding: Holdings.Holding
    ) async throws -> ProvenCheckpoint {
        let known = self.sizes[holding.origin] ?? 0
        return try await tree.proven(from: known <= tree.size ? known : 0)
    }
}
