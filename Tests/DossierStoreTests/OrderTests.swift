import DossierCore
import DossierTestSupport
import Testing

@testable import DossierStore

/// Versions follow each other without gaps, whoever submits what at the same time.
@Suite("The order of versions")
struct OrderTests {
    private static let first = TestRecord(reference: "KR-9")

    /// Submits a batch that must be refused, and says why it was.
    private func reason(
        _ records: [TestRecord], _ store: Store, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> StoreError.Disorder? {
        let error = await #expect(throws: StoreError.self, sourceLocation: sourceLocation) {
            _ = try await store.submit(Submission(records))
        }
        #expect(error?.code == .outOfOrder, sourceLocation: sourceLocation)
        return error?.disorder
    }

    /// Expects that a batch is refused for a reason.
    private func expect(
        _ reason: StoreError.Disorder.Reason, of records: [TestRecord], in store: Store,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let disorder = await self.reason(records, store, sourceLocation: sourceLocation)
        #expect(disorder?.reason == reason, sourceLocation: sourceLocation)
    }

    @Test("a version without the one before it is refused, and adds nothing")
    func missing() async throws {
        try await withTestStore { store, _ in
            let records = [TestRecord(reference: "KR-1"), Self.first.next()]
            let disorder = await self.reason(records, store)
            #expect(
                disorder == .init(position: 1, version: 2, reference: "KR-9", reason: .missing))
            #expect(store.logSize == 0)
        }
    }

    @Test(
        "a version follows the one before it: in the batch, in memory, in the catalog, after a restart"
    )
    func follows() async throws {
        try await withTestStore { store, configuration in
            _ = try await store.submit(Submission([Self.first, Self.first.next()]))
            let third = Self.first.next().next()
            _ = try await store.submit(Submission([third]))
            _ = try await store.pinnedSize()
            let fourth = third.next()
            _ = try await store.submit(Submission([fourth]))
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            _ = try await reopened.submit(Submission([fourth.next()]))
            #expect(reopened.logSize == 5)
            let state = try await reopened.held.finding(originator: "kr", reference: "KR-9")
            #expect(state.versions.map(\.number) == [1, 2, 3, 4, 5])
            try await reopened.close()
        }
    }

    @Test("a version whose target is not the record before it is refused, with the one that is")
    func otherTarget() async throws {
        try await withTestStore { store, _ in
            _ = try await store.submit(Submission([Self.first]))
            var wrong = Self.first.next()
            wrong.target = TestRecord(reference: "KR-1").recordID
            try await self.expect(.otherTarget(Self.first.recordID), of: [wrong], in: store)
            _ = try await store.pinnedSize()
            try await self.expect(.otherTarget(Self.first.recordID), of: [wrong], in: store)
            try await self.expect(
                .missing, of: [Self.first.next(), wrong.next().next()], in: store)
        }
    }

    @Test("nothing follows a withdrawal, whether it is in the batch, in memory or in the catalog")
    func withdrawn() async throws {
        try await withTestStore { store, configuration in
            let withdrawal = Self.first.next(.withdraw)
            let after = withdrawal.next()
            try await self.expect(.withdrawn, of: [Self.first, withdrawal, after], in: store)
            #expect(store.logSize == 0)
            _ = try await store.submit(Submission([Self.first, withdrawal]))
            try await self.expect(.withdrawn, of: [after], in: store)
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            try await self.expect(.withdrawn, of: [after], in: reopened)
            try await reopened.close()
        }
    }

    @Test("a batch of versions that are in the log in part adds the others")
    func partlyKnown() async throws {
        try await withTestStore { store, configuration in
            let second = Self.first.next()
            _ = try await store.submit(Submission([Self.first]))
            try await store.close()
            let reopened = try await Store.openForTests(configuration)
            let outcome = try await reopened.submit(
                Submission([Self.first, second, second.next()]))
            #expect(outcome.appended == 2)
            try await reopened.close()
        }
    }

    @Test("of versions submitted at the same time each is either logged in order or refused")
    func atOnce() async throws {
        try await withTestStore { store, _ in
            var versions = [Self.first]
            for _ in 0..<30 { versions.append(versions[versions.count - 1].next()) }
            var rest = versions.shuffled()
            while !rest.isEmpty {
                rest = await withTaskGroup(of: TestRecord?.self) { group in
                    for version in rest {
                        group.addTask {
                            let outcome = try? await store.submit(Submission([version]))
                            return outcome == nil ? version : nil
                        }
                    }
                    return await group.reduce(into: []) { refused, version in
                        if let version { refused.append(version) }
                    }
                }
            }
            let rows = try await store.everything()
            #expect(rows.map(\.facts.version) == versions.map(\.version))
            #expect(rows.filter(\.hasOtherVersions).count == rows.count)
        }
    }

    @Test("a record speaks for itself until another version of its finding is there")
    func mark() async throws {
        try await withTestStore { store, _ in
            _ = try await store.submit(Submission([Self.first, TestRecord(reference: "KR-1")]))
            #expect(try await store.everything().map(\.hasOtherVersions) == [false, false])
            _ = try await store.submit(Submission([Self.first.next()]))
            #expect(try await store.everything().map(\.hasOtherVersions) == [true, false, true])
        }
    }
}
