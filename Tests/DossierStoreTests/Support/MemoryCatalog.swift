import DossierCrypto
import Synchronization

@testable import DossierStore

/// A catalog in memory that only counts, and fails or waits when it is told to.
final class MemoryCatalog: Catalog {
    private struct State {
        var frames: [CatalogFrame] = []
        var failure: StoreError?
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// What it fails with from now on; nil for not at all.
    func fail(with failure: StoreError?) { self.state.withLock { $0.failure = failure } }

    /// Makes whoever applies wait until `release`.
    func hold() { self.state.withLock { $0.isHeld = true } }

    func release() {
        let held = self.state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// The record ids it has, in order.
    var recordIDs: [Digest] {
        self.state.withLock { $0.frames.flatMap { $0.entries.map(\.recordID) } }
    }

    func position() async throws(StoreError) -> CatalogPosition { .start }

    func apply(_ frames: [CatalogFrame]) async throws(StoreError) {
        await withCheckedContinuation { continuation in
            let waits = self.state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !waits { continuation.resume() }
        }
        if let failure = self.state.withLock({ $0.failure }) { throw failure }
        self.state.withLock { $0.frames += frames }
    }

    func apply(
        late records: [LateEntry], through sequence: Int64
    ) async throws(StoreError) {}

    func relocate(_ locations: [FrameLocation]) async throws(StoreError) {}

    func records(
        _ query: CatalogQuery, after: UInt64?, below: UInt64, limit: Int
    ) async throws(StoreError) -> [CatalogRow] { [] }

    func standing(
        _ recordIDs: [Digest], _ versions: [FindingVersion]
    ) async throws(StoreError) -> StandingRecords { StandingRecords(size: 0) }

    func wholeBatch(root: Digest, size: Int) async throws(StoreError) -> UInt64? { nil }

    func forEachIdentity(
        from leafIndex: UInt64, _ body: @escaping @Sendable (RecordIdentity) -> Void
    ) async throws(StoreError) {}

    func close() async throws(StoreError) {}
}
