import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Tells followers when leaves that were withheld from them may have been released since.
///
/// A record's release only ever grows for two reasons: members change, or it is about another's
/// record and more of that is held or released now. So the epoch is a digest over the members and,
/// for each record of the node's own log that is about another's, over the versions that are held of
/// that finding.
actor ReleaseEpochs {
    private let holdings: Holdings
    private let members: [UInt8]
    // With many records about others' it is no small work, and nobody waits for it.
    private static let interval = Duration.seconds(1)

    // Sizes of the logs when the epoch was computed, and when that was.
    private var sizes: [UInt64] = []
    private var computedAt: ContinuousClock.Instant?
    private var epoch: [UInt8] = []
    // What is under way: whoever asks for the first one waits for it.
    private var computing: Task<[UInt8], any Error>?

    init(_ holdings: Holdings, _ members: Members) {
        self.holdings = holdings
        self.members = Array(members.organisations.map(\.id).sorted().joined(separator: " ").utf8)
    }

    /// The epoch now.
    func current() async throws -> [UInt8] {
        let sizes = self.holdings.all.map(\.held.catalogSize)
        let isRecent = self.computedAt.map { .now - $0 < Self.interval } ?? false
        guard sizes != self.sizes, !isRecent, self.computing == nil else {
            if self.epoch.isEmpty, let computing { return try await computing.value }
            return self.epoch
        }
        // Before it is computed: what comes meanwhile is for the next time.
        self.sizes = sizes
        self.computedAt = .now
        let computing = Task { try await self.compute() }
        self.computing = computing
        defer { self.computing = nil }
        do {
            self.epoch = try await computing.value
        } catch {
            self.sizes = []
            throw error
        }
        return self.epoch
    }

    private func compute() async throws -> [UInt8] {
        var text = Array("dossier-release-epoch/v1\n".utf8) + self.members
        for row in try await self.holdings.own.held.rowsAboutOthers() {
            text += Array("\n\(row.leafIndex) ".utf8)
            text += Array(try await self.versions(of: row.facts.targetRecordID).utf8)
        }
        return Array(SHA256.digest(of: text).bytes.prefix(FollowResponse.epochBytes))
    }

    /// What is held of the finding of a record.
    private func versions(of target: [UInt8]) async throws -> String {
        guard let id = Digest(target) else { return "" }
        for holding in self.holdings.all {
            let versions = try await holding.held.catalogedVersions(ofFindingWith: id)
            if !versions.isEmpty { return versions.map { "\($0)" }.joined(separator: ",") }
        }
        return ""
    }
}
