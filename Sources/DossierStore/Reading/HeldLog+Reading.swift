public import DossierCore
import DossierCrypto

// MARK: - Reading

extension HeldLog {
    /// The size that a list can be pinned to: that of the log, once the catalog has reached it; the
    /// catalog's own when it cannot follow the log for now.
    ///
    /// Throws `catalogBehind` at the deadline.
    public func pinnedSize(
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> UInt64 {
        let size = self.log.size
        do throws(StoreError) {
            try await self.follower.wait(for: size, until: self.deadline(deadline))
            return size
        } catch  where self.follower.failure != nil && error == self.follower.failure {
            return self.follower.catalogSize
        }
    }

    /// The records that a query means, in log order: those after one leaf index and below a size
    /// of the log that `pinnedSize` gave.
    ///
    /// Fewer than `limit` only at the end. Throws `catalogBehind` at the deadline.
    public func list(
        _ query: CatalogQuery, after leafIndex: UInt64?, below pinnedSize: UInt64, limit: Int,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> [CatalogRow] {
        let deadline = self.deadline(deadline)
        try await self.waitForMore(until: deadline)
        try await self.follower.wait(for: min(pinnedSize, self.log.size), until: deadline)
        if let prefix = query.recordIDPrefix, !Self.isRecordIDPrefix(prefix) { return [] }
        var rows: [CatalogRow] = []
        var last = leafIndex
        while rows.count < limit {
            let wanted = limit - rows.count
            let found = try await self.catalog.records(
                query, after: last, below: pinnedSize, limit: wanted)
            rows +=
                query.lookupKeys.isEmpty ? found : try await self.having(query.lookupKeys, found)
            guard found.count == wanted, let end = found.last else { break }
            last = end.leafIndex
        }
        return rows
    }

    /// The records whose id begins with these lower-case hexadecimal digits, in log order, at most
    /// so many.
    public func find(
        recordIDPrefix prefix: String, limit: Int, until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> [CatalogRow] {
        var query = CatalogQuery()
        query.recordIDPrefix = prefix
        return try await self.find(query, limit: limit, until: deadline)
    }

    /// The versions of a finding, in log order.
    public func find(
        originator: String, reference: String, until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> [CatalogRow] {
        var query = CatalogQuery()
        query.originators = [originator]
        query.reference = reference
        return try await self.find(query, limit: .max, until: deadline)
    }

    /// What the versions of a finding that the log holds say together.
    public func finding(
        originator: String, reference: String, until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> FindingState {
        var state = FindingState()
        let rows = try await self.find(
            originator: originator, reference: reference, until: deadline)
        for row in rows { state.take(row.version) }
        return state
    }

    /// Reads the records of rows, in their order, with what proves them.
    ///
    /// Throws `corrupted` for a record that does not have its hash any more.
    public func read(_ rows: [CatalogRow]) async throws(StoreError) -> [StoredRecord] {
        // Hashing many records is nothing for an event loop either.
        let result = await withTaskExecutorPreference(self.readers) {
            () async -> Result<[StoredRecord], StoreError> in
            do throws(StoreError) { return .success(try await self.readHere(rows)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads from the frames, or from what came after its leaf.
    private func readHere(_ rows: [CatalogRow]) async throws(StoreError) -> [StoredRecord] {
        guard let late = self.late, rows.contains(where: \.isLate) else {
            return try await self.reader.read(rows)
        }
        var rest = try await self.reader.read(rows.filter { !$0.isLate })[...]
        var records: [StoredRecord] = []
        for row in rows {
            if row.isLate {
                records.append(try await late.record(of: row))
            } else if let record = rest.popFirst() {
                records.append(record)
            }
        }
        return records
    }

    /// Finds records among all there are; while the catalog cannot follow the log, finding nothing
    /// proves nothing.
    private func find(
        _ query: CatalogQuery, limit: Int, until deadline: ContinuousClock.Instant?
    ) async throws(StoreError) -> [CatalogRow] {
        let size = self.log.size
        let deadline = self.deadline(deadline)
        let pinned = try await self.pinnedSize(until: deadline)
        let rows = try await self.list(
            query, after: nil, below: pinned, limit: limit, until: deadline)
        if rows.isEmpty, pinned < size {
            throw StoreError(.catalogBehind, "the catalog cannot follow the log for now")
        }
        return rows
    }

    /// Those rows whose records have all these keys: a row was found by hashes of them.
    private func having(
        _ keys: [LookupKey], _ rows: [CatalogRow]
    ) async throws(StoreError) -> [CatalogRow] {
        let records = try await self.read(rows)
        return zip(rows, records).filter { _, record in
            let held = record.bytes.withUnsafeBytes { self.facts($0).lookupKeys }
            return keys.allSatisfy { key in held.contains { key.matches($0) } }
        }.map(\.0)
    }

    private func deadline(_ deadline: ContinuousClock.Instant?) -> ContinuousClock.Instant {
        deadline ?? .now + Store.defaultWait
    }

    private static func isRecordIDPrefix(_ text: String) -> Bool {
        text.utf8.count <= 2 * Digest.byteCount
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
