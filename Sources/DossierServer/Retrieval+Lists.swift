import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

// MARK: - Lists

extension Retrieval {
    /// One list under way.
    struct Listing {
        let request: ListRequest
        let query: CatalogQuery
        let question: Digest
        let known: KnownSizes
        let peer: Peer
        var cursor: ListCursor
        var remaining: Int

        /// Whether every version is listed, or what default answers show.
        var listsAllVersions: Bool
        /// The node's own tree: the same for all of an answer that does not follow.
        var ownTree: PublishedTree
    }

    /// Lists records log after log and page by page, each page with a cursor to go on after it; a
    /// page without a cursor ends the list. One that follows then goes on with what is new.
    ///
    /// What is listed of a log is pinned to the size that it had at the beginning; the release
    /// decision is made anew for each row.
    func list(
        _ request: ListRequest, for peer: Peer, send: (ListResponse) async throws -> Void
    ) async throws {
        try self.authorise(peer)
        let query = try CatalogQuery(request.filter)
        let known = try KnownSizes(request.knownSize, request.knownTrees, self.holdings)
        let question = try SHA256.digest(of: ListRequest(filter: request.filter).encoded())
        var listing = Listing(
            request: request, query: query, question: question, known: known, peer: peer,
            cursor: try await self.start(request, for: peer, question: question),
            remaining: request.limit == 0 ? Int.max : Int(request.limit),
            // Published after the list was pinned, so it holds all that is listed.
            listsAllVersions: request.filter.allVersions,
            ownTree: try self.holdings.own.held.publishedTree())
        try await self.listAll(&listing, send)
        if request.follow, listing.remaining > 0 {
            return try await self.follow(&listing, send)
        }
        guard listing.remaining > 0 else { return }
        let own = self.holdings.own
        try await send(
            ListResponse(
                logOrigin: own.origin, attestations: [], records: [], cursor: [],
                pinnedSize: listing.cursor[own.origin]?.pinnedSize ?? listing.ownTree.size,
                checkpoint: try await known.proven(listing.ownTree, of: own), ranges: []))
    }

    /// Where a list begins, or goes on.
    private func start(
        _ request: ListRequest, for peer: Peer, question: Digest
    ) async throws -> ListCursor {
        if !request.cursor.isEmpty {
            return try self.cursors.open(
                request.cursor, for: peer.organisation, question: question, now: self.now())
        }
        var cursor = ListCursor(expiry: self.now() + ListCursor.lifetime)
        for holding in self.holdings.logs(of: request.filter.originators) {
            let size = try await self.listableSize(of: holding)
            cursor[holding.origin] = ListCursor.Place(
                next: request.newOnly ? size : 0, pinnedSize: size)
        }
        return cursor
    }

    /// How much of a log can be listed, and proven.
    private func listableSize(of holding: Holdings.Holding) async throws -> UInt64 {
        guard !holding.isOwn else {
            let size = try await holding.held.pinnedSize()
            return min(size, try holding.held.publishedTree().size)
        }
        // A mirror that is catching up is listed as far as it is, one that has not begun not at all.
        let size = (try? await holding.held.pinnedSize()) ?? holding.held.catalogSize
        return min(size, (try? holding.held.publishedTree().size) ?? 0)
    }

    /// Lists every log up to what the list is pinned to.
    private func listAll(
        _ listing: inout Listing, _ send: (ListResponse) async throws -> Void
    ) async throws {
        for holding in self.holdings.logs(of: listing.request.filter.originators) {
            guard listing.remaining > 0 else { return }
            try await self.list(holding, &listing, send)
        }
    }

    private func list(
        _ holding: Holdings.Holding, _ listing: inout Listing,
        _ send: (ListResponse) async throws -> Void
    ) async throws {
        guard var place = listing.cursor[holding.origin], place.next < place.pinnedSize else {
            return
        }
        let tree = holding.isOwn ? listing.ownTree : try holding.held.publishedTree()
        place.pinnedSize = min(place.pinnedSize, tree.size)
        let page = Page(
            holding: holding, tree: tree,
            checkpoint: try await listing.known.proven(tree, of: holding),
            contact: await holding.contact())
        while place.next < place.pinnedSize, listing.remaining > 0 {
            let rows = try await holding.held.list(
                listing.query, after: place.next == 0 ? nil : place.next - 1,
                below: place.pinnedSize, limit: Self.rowsOnPage)
            let entries = try await self.released(rows, in: holding, listing)
            let some = entries.prefix(listing.remaining)
            for records in Self.pages(of: try await self.read(some, in: holding)) {
                place.next = (records.last?.row.leafIndex ?? place.next) + 1
                listing.remaining -= records.count
                listing.cursor[holding.origin] = place
                try await send(self.response(page, records, listing))
            }
            guard listing.remaining > 0 else { return }
            place.next =
                rows.count == Self.rowsOnPage
                ? (rows.last?.leafIndex ?? place.pinnedSize) + 1 : place.pinnedSize
            listing.cursor[holding.origin] = place
        }
    }

    /// What all pages of a log have in common.
    private struct Page {
        var holding: Holdings.Holding
        var tree: PublishedTree
        var checkpoint: ProvenCheckpoint
        var contact: DirectContact
    }

    /// A record with what the catalog says of it, and what was decided.
    struct Entry {
        var row: CatalogRow
        var judgement: ReleaseReader.Judgement
        var stored: StoredRecord?

        /// Bytes that it adds to a page, its attestation included.
        var byteCount: Int {
            guard let stored else { return 0 }
            return stored.bytes.count + stored.batch.attestation.count
                + stored.batchPath.count * Digest.byteCount
        }
    }

    private func released(
        _ rows: [CatalogRow], in holding: Holdings.Holding, _ listing: Listing
    ) async throws -> [Entry] {
        var releases = self.releases(for: listing.peer)
        var entries: [Entry] = []
        for row in rows {
            let judgement = try await releases.judge(row, in: holding)
            guard judgement.isReleased,
                listing.listsAllVersions || judgement.standing == .current
            else { continue }
            entries.append(Entry(row: row, judgement: judgement))
        }
        return entries
    }

    private func read(
        _ entries: ArraySlice<Entry>, in holding: Holdings.Holding
    ) async throws -> [Entry] {
        zip(entries, try await holding.held.read(entries.map(\.row))).map { entry, stored in
            var entry = entry
            entry.stored = stored
            return entry
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
        _ page: Page, _ entries: ArraySlice<Entry>, _ listing: Listing
    ) async throws -> ListResponse {
        var attestations: [Attestation] = []
        var indexes: [UInt64: Int] = [:]
        var records: [LoggedRecord] = []
        for entry in entries {
            guard let stored = entry.stored else { continue }
            let index: Int
            if let known = indexes[stored.batch.firstIndex] {
                index = known
            } else {
                index = attestations.count
                indexes[stored.batch.firstIndex] = index
                attestations.append(try Attestation(decoding: stored.batch.attestation))
            }
            records.append(
                self.record(
                    stored, entry.row, entry.judgement, for: listing.peer, attestationIndex: index))
        }
        let ranges = [BatchRun](leafIndexes: entries.map(\.row.leafIndex)).ranges
        let proofs = try await page.tree.rangeProofs(ranges)
        return ListResponse(
            logOrigin: page.holding.origin, attestations: attestations, records: records,
            cursor: try self.sealed(listing),
            pinnedSize: listing.cursor[page.holding.origin]?.pinnedSize ?? page.tree.size,
            checkpoint: page.checkpoint,
            ranges: zip(ranges, proofs).map {
                ProvenRange(firstIndex: $0.lowerBound, count: $0.count, proof: $1)
            }, contact: page.contact)
    }

    private func sealed(_ listing: Listing) throws -> [UInt8] {
        try self.cursors.seal(
            listing.cursor, for: listing.peer.organisation, question: listing.question)
    }
}

// MARK: - Following

extension Retrieval {
    /// Goes on with what is new in the logs, until the peer ends the call.
    private func follow(
        _ listing: inout Listing, _ send: (ListResponse) async throws -> Void
    ) async throws {
        listing.listsAllVersions = true
        while listing.remaining > 0 {
            try await self.sendHeartbeat(listing, send)
            try await self.waitForMore(listing)
            for holding in self.holdings.logs(of: listing.request.filter.originators) {
                let size = try await self.listableSize(of: holding)
                // A mirror that was not there at the beginning begins with what it has then.
                let place = listing.cursor[holding.origin]
                listing.cursor[holding.origin] = ListCursor.Place(
                    next: place?.next ?? size, pinnedSize: max(size, place?.pinnedSize ?? 0))
            }
            listing.cursor.expiry = self.now() + ListCursor.lifetime
            listing.ownTree = try self.holdings.own.held.publishedTree()
            try await self.listAll(&listing, send)
        }
    }

    /// Says where the list stands: the peer may end here and go on later.
    private func sendHeartbeat(
        _ listing: Listing, _ send: (ListResponse) async throws -> Void
    ) async throws {
        let own = self.holdings.own
        try await send(
            ListResponse(
                logOrigin: own.origin, attestations: [], records: [],
                cursor: try self.sealed(listing), pinnedSize: listing.ownTree.size,
                checkpoint: try await listing.known.proven(listing.ownTree, of: own), ranges: []))
    }

    /// Waits until one of the logs has more, at most for a heartbeat.
    private func waitForMore(_ listing: Listing) async throws {
        let deadline = ContinuousClock.now + self.heartbeat
        let waits = self.holdings.logs(of: listing.request.filter.originators).map { holding in
            (holding.held, listing.cursor[holding.origin]?.next ?? 0)
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (held, next) in waits {
                group.addTask { try await held.isPublished(beyond: next, until: deadline) }
            }
            defer { group.cancelAll() }
            while let hasMore = try await group.next(), !hasMore {}
        }
    }
}
