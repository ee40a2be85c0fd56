import DossierCrypto
import Synchronization

@testable import DossierStore

/// A catalog in memory that only counts, and fails, waits or is untidy when it is told to.
final class MemoryCatalog: Catalog {
    private struct State {
        var frames: [CatalogFrame] = []
        var failure: StoreError?
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var untidiness = 0
    }

    private let state = Mutex(State())
    private let tidyings = AsyncStream<Int>.makeStream()

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

    /// How often it is to be tidied from now on.
    func makeUntidy(_ count: Int) { self.state.withLock { $0.untidiness = count } }

    /// How many records it had, each time that it was tidied.
    var sizesWhenTidied: AsyncStream<Int> { self.tidyings.stream }

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

    func tidy() async throws(StoreError) -> Bool {
        self.tidyings.continuation.yield(self.recordIDs.count)
        return self.state.withLock { state in
            state.untidiness -= 1
            return state.untidiness > 0
        }
    }

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
