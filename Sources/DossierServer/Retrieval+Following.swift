import DossierAPI
import DossierStore

// MARK: - Following

extension Retrieval {
    /// How long a list that follows pauses when a log has more than can be listed: its catalog is
    /// behind, or fails.
    private static let pauseWithoutProgress = Duration.seconds(1)

    /// Goes on with what is new in the logs, until the peer ends the call.
    func follow(
        _ listing: inout Listing, _ send: (ListResponse) async throws -> Void
    ) async throws {
        listing.cursor.isFollowing = true
        while listing.remaining > 0 {
            try await self.sendHeartbeat(listing, send)
            let hasMore = try await self.isThereMore(than: listing)
            let before = listing.cursor.positions
            try await self.listNew(&listing, send)
            if hasMore, listing.cursor.positions == before {
                try await Task.sleep(for: Self.pauseWithoutProgress)
            }
        }
    }

    /// Lists what is new in each log. What a mirror cannot give now it may give the next time.
    private func listNew(
        _ listing: inout Listing, _ send: (ListResponse) async throws -> Void
    ) async throws {
        let logs = self.holdings.logs(of: listing.request.filter.originators)
        let deadline = ContinuousClock.now + ReleaseReader.mirrorPatience
        for holding in logs {
            let size = try await self.listableSize(of: holding, until: deadline)
            // A mirror that was not there at the beginning begins with what it has then.
            let place = listing.cursor[holding.origin]
            listing.cursor[holding.origin] = ListCursor.Place(
                next: place?.next ?? size, pinnedSize: max(size, place?.pinnedSize ?? 0))
        }
        listing.cursor.expiry = self.now() + ListCursor.lifetime
        listing.ownTree = try self.holdings.own.held.publishedTree()
        for holding in logs where listing.remaining > 0 {
            do {
                try await self.list(holding, &listing, send)
            } catch let error as StoreError {
                guard holding.canBeMissing(error) else { throw error }
            }
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

    /// Waits until one of the logs has more, at most for a heartbeat, and says whether one has.
    private func isThereMore(than listing: Listing) async throws -> Bool {
        let deadline = ContinuousClock.now + self.heartbeat
        let logs = self.holdings.logs(of: listing.request.filter.originators)
        let hasMore = try await withThrowingTaskGroup(of: Bool.self) { group in
            for holding in logs {
                let next = listing.cursor[holding.origin]?.next ?? 0
                group.addTask { try await holding.hasMore(than: next, until: deadline) }
            }
            defer { group.cancelAll() }
            while let hasMore = try await group.next() {
                if hasMore { return true }
            }
            return false
        }
        // There may be no log to wait for, or none that can be waited for.
        if !hasMore { try await Task.sleep(until: deadline) }
        return hasMore
    }
}

extension Holdings.Holding {
    /// Waits until more leaves than `size` are published, and says whether they are; a mirror that
    /// fails has none.
    fileprivate func hasMore(
        than size: UInt64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Bool {
        do throws(StoreError) {
            return try await self.held.isPublished(beyond: size, until: deadline)
        } catch {
            guard self.canBeMissing(error) else { throw error }
            return false
        }
    }
}
