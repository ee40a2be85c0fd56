import DossierAPI

extension MirrorKeeping {
    /// Does what a machine wants of the mirror.
    func perform(_ action: SyncAction) async throws(SyncFailure) -> SyncEvent {
        switch action {
        case .keep(let leaves): try await self.keep(leaves)
        case .keepLate(let records): try await self.keep(records)
        case .keepAsked(let asked, let organisation):
            try await self.keep(asked, of: organisation)
        case .findGaps(let leaves):
            return .gaps(
                try await self.hashOnlyRanges(in: leaves, limit: FetchRequest.maximumRanges))
        case .lookUp(let indexes): return .hashes(try await self.leafHashes(indexes))
        case _: break
        }
        return .kept
    }
}
