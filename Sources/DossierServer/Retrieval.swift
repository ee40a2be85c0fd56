import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Hands out records: each only after the release decision.
struct Retrieval: Sendable {
    /// How many catalog rows are looked at in one go.
    static let rowsAtOnce = 512
    /// How many records a page has at most.
    static let rowsOnPage = 64
    /// How many bytes the records of a page have at most, unless it has one only; leaves room for
    /// what a message holds beside them.
    static let maximumPageBytes = Exchange.maximumMessageBytes / 2

    let organisation: String
    let logOrigin: String
    let members: Members
    let store: Store
    let cursors: CursorSealer
    let now: @Sendable () -> Int64

    /// Gets one record.
    ///
    /// A record that is withheld is answered like one that is absent.
    func get(_ request: GetRequest, for peer: Peer) async throws -> GetResponse {
        try self.authorise(peer)
        _ = try self.tree(knownTo: request.knownSize)
        let row: CatalogRow
        switch request.selector {
        case .recordID(let prefix):
            row = try await self.row(withPrefix: prefix, for: peer)
        case .finding(let originator, let reference, let version):
            row = try await self.row(originator, reference, version, for: peer)
        }
        guard let stored = try await self.store.read([row]).first else { throw Self.notFound }
        let tree = try self.store.publishedTree()
        guard row.leafIndex < tree.size else {
            throw ExchangeError(
                code: .unavailable, message: "the record is not published yet; ask again later")
        }
        return GetResponse(
            logOrigin: self.logOrigin, record: self.record(stored, row, for: peer),
            attestation: try Attestation(decoding: stored.batch.attestation),
            checkpoint: try await tree.proven(from: request.knownSize),
            inclusionProof: try await tree.inclusionProof(of: row.leafIndex))
    }

    /// The newest published tree, which must have reached what the client knows.
    private func tree(knownTo knownSize: UInt64) throws -> PublishedTree {
        let tree = try self.store.publishedTree()
        guard knownSize <= tree.size else {
            throw ExchangeError(
                code: .outOfRange,
                message: "the log has \(tree.size) leaves, fewer than the \(knownSize) that you "
                    + "know of")
        }
        return tree
    }

    private static let notFound = ExchangeError(
        code: .notFound, message: "no such record is released to your organisation")

    private func authorise(_ peer: Peer) throws {
        guard peer.roles.contains(.reader) else {
            throw ExchangeError(
                code: .notPermitted,
                message: "\(peer.identity.spiffeID) may not read: it needs role reader")
        }
    }

    private func row(withPrefix prefix: String, for peer: Peer) async throws -> CatalogRow {
        let prefix = try RecordIDPrefix(prefix)
        let rows = try await self.store.find(
            recordIDPrefix: prefix.digits, limit: Self.rowsAtOnce
        ).filter {
            self.isReleased($0, to: peer)
        }
        guard rows.count < 2 else {
            throw ExchangeError(
                code: .badRequest,
                message: "record id \(prefix.digits) begins \(rows.count) records; give more digits"
            )
        }
        guard let row = rows.first else { throw Self.notFound }
        return row
    }

    private func row(
        _ originator: String, _ reference: String, _ version: UInt32, for peer: Peer
    ) async throws -> CatalogRow {
        let rows = try await self.store.find(originator: originator, reference: reference).filter {
            (version == 0 || $0.facts.version == version) && self.isReleased($0, to: peer)
        }
        guard let row = rows.max(by: { $0.facts.version < $1.facts.version }) else {
            throw Self.notFound
        }
        return row
    }

    private func isReleased(_ row: CatalogRow, to peer: Peer) -> Bool {
        let decision = ReleaseDecision.decide(
            on: row.terms, to: peer.organisation, from: self.organisation, members: self.members)
        return decision == .released
    }

    private func record(
        _ stored: StoredRecord, _ row: CatalogRow, for peer: Peer, attestationIndex: Int = 0
    ) -> LoggedRecord {
        let reason = peer.organisation == row.facts.originator ? row.terms.withheldFromAll : nil
        return LoggedRecord(
            record: stored.bytes, leafIndex: stored.leafIndex,
            positionInBatch: stored.positionInBatch, batchPath: stored.batchPath.flatMap(\.bytes),
            attestationIndex: attestationIndex, withheldReason: reason?.rawValue ?? "")
    }
}

// MARK: - Lists

extension Retrieval {
    /// Lists records page by page, each with a cursor to go on after it; a page without a cursor
    /// ends the list.
    ///
    /// What is listed is pinned to the size the log had at the beginning; the release decision is
    /// made anew for each row.
    func list(
        _ request: ListRequest, for peer: Peer, send: (ListResponse) async throws -> Void
    ) async throws {
        try self.authorise(peer)
        let query = try CatalogQuery(request.filter)
        _ = try self.tree(knownTo: request.knownSize)
        let question = try SHA256.digest(of: ListRequest(filter: request.filter).encoded())
        var position = try await self.start(request, for: peer, question: question)
        // Published after the list was pinned, so it holds all that is listed.
        let tree = try self.store.publishedTree()
        position.pinnedSize = min(position.pinnedSize, tree.size)
        let checkpoint = try await tree.proven(from: request.knownSize)
        var remaining = request.limit == 0 ? Int.max : Int(request.limit)
        while true {
            let rows = try await self.store.list(
                query, after: position.last, below: position.pinnedSize, limit: Self.rowsAtOnce)
            let released = rows.filter { self.isReleased($0, to: peer) }.prefix(remaining)
            for some in Self.chunks(of: released) {
                for page in Self.pages(of: try await self.entries(some)) {
                    position.last = page.last?.row.leafIndex
                    remaining -= page.count
                    let cursor = try self.cursors.seal(
                        position, for: peer.organisation, question: question)
                    var response = try self.response(
                        page, cursor: cursor, pinnedSize: position.pinnedSize, checkpoint, for: peer
                    )
                    response.ranges = try await self.ranges(of: page, in: tree)
                    try await send(response)
                }
            }
            if remaining == 0 { return }
            guard rows.count == Self.rowsAtOnce, let last = rows.last else { break }
            position.last = last.leafIndex
        }
        try await send(
            self.response(
                [], cursor: [], pinnedSize: position.pinnedSize, checkpoint, for: peer))
    }

    /// The records of a page as proven ranges of the log.
    private func ranges(
        of page: ArraySlice<Entry>, in tree: PublishedTree
    ) async throws -> [ProvenRange] {
        let ranges = [BatchRun](leafIndexes: page.map(\.row.leafIndex)).ranges
        return zip(ranges, try await tree.rangeProofs(ranges)).map {
            ProvenRange(firstIndex: $0.lowerBound, count: $0.count, proof: $1)
        }
    }

    private func start(
        _ request: ListRequest, for peer: Peer, question: Digest
    ) async throws -> ListCursor {
        guard request.cursor.isEmpty else {
            return try self.cursors.open(
                request.cursor, for: peer.organisation, question: question, now: self.now())
        }
        return ListCursor(
            last: nil, pinnedSize: try await self.store.pinnedSize(),
            expiry: self.now() + ListCursor.lifetime)
    }

    /// A record with what the catalog says of it.
    private struct Entry {
        var row: CatalogRow
        var stored: StoredRecord

        /// Bytes that it adds to a page, its attestation included.
        var byteCount: Int {
            self.stored.bytes.count + self.stored.batch.attestation.count
                + self.stored.batchPath.count * Digest.byteCount
        }
    }

    private func entries(_ rows: ArraySlice<CatalogRow>) async throws -> [Entry] {
        zip(rows, try await self.store.read(Array(rows))).map { Entry(row: $0, stored: $1) }
    }

    /// Splits rows so that their records can be held in memory for every stream at once.
    private static func chunks(of rows: ArraySlice<CatalogRow>) -> [ArraySlice<CatalogRow>] {
        stride(from: rows.startIndex, to: rows.endIndex, by: self.rowsOnPage).map { start in
            rows[start..<min(start + self.rowsOnPage, rows.endIndex)]
        }
    }

    /// Splits records so that each page fits into a message.
    private static func pages(of entries: [Entry]) -> [ArraySlice<Entry>] {
        var pages: [ArraySlice<Entry>] = []
        var start = 0
        var bytes = 0
        for (index, entry) in entries.enumerated() {
            if index > start, bytes + entry.byteCount > self.maximumPageBytes {
                pages.append(entries[start..<index])
                start = index
                bytes = 0
            }
            bytes += entry.byteCount
        }
        if start < entries.count { pages.append(entries[start...]) }
        return pages
    }

    private func response(
        _ page: ArraySlice<Entry>, cursor: [UInt8], pinnedSize: UInt64,
        _ checkpoint: ProvenCheckpoint, for peer: Peer
    ) throws -> ListResponse {
        var attestations: [Attestation] = []
        var indexes: [UInt64: Int] = [:]
        var records: [LoggedRecord] = []
        for entry in page {
            let batch = entry.stored.batch
            let index: Int
            if let known = indexes[batch.firstIndex] {
                index = known
            } else {
                index = attestations.count
                indexes[batch.firstIndex] = index
                attestations.append(try Attestation(decoding: batch.attestation))
            }
            records.append(
                self.record(entry.stored, entry.row, for: peer, attestationIndex: index))
        }
        return ListResponse(
            logOrigin: self.logOrigin, attestations: attestations, records: records,
            cursor: cursor, pinnedSize: pinnedSize, checkpoint: checkpoint, ranges: [])
    }
}
