import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Tells followers of a log when leaves that were withheld from them may have been released since.
///
/// What a follower can have of a leaf that was passed only ever grows for three reasons: members
/// change; it is about another's record, and more of that is held or released now; or, of a mirror,
/// it came late. So a log's epoch is a digest over the members, how much came late, and for each of
/// its records that is about another's, over the versions that are held of that finding, of the one
/// that it is about in turn, and so on.
actor ReleaseEpochs {
    // With many records about others' it is no small work, and nobody waits for it: at least so long
    // is between two times, and never more of the time than one part of so many goes into it.
    private static let interval = Duration.seconds(1)
    private static let share = 10

    /// How far a log is.
    private struct Standing: Equatable {
        var size: UInt64
        var late: Int64
    }

    /// The epoch of one log.
    private struct Epoch {
        var value: [UInt8] = []
        // How far all logs were when it was computed, and when it may be computed again.
        var standings: [Standing] = []
        var notBefore: ContinuousClock.Instant?
        // What is under way: whoever asks for the first one waits for it.
        var computing: Task<[UInt8], any Error>?
    }

    private let holdings: Holdings
    private let members: [UInt8]
    private var epochs: [String: Epoch] = [:]

    init(_ holdings: Holdings, _ members: Members) {
        self.holdings = holdings
        self.members = Array(members.organisations.map(\.id).sorted().joined(separator: " ").utf8)
    }

    /// The epoch of a log now.
    func current(of holding: Holdings.Holding) async throws -> [UInt8] {
        let standings = self.holdings.all.map {
            Standing(size: $0.held.catalogSize, late: $0.held.lateSequence)
        }
        var epoch = self.epochs[holding.origin] ?? Epoch()
        if let computing = epoch.computing {
            return epoch.value.isEmpty ? try await computing.value : epoch.value
        }
        let isEarly = epoch.notBefore.map { .now < $0 } ?? false
        guard standings != epoch.standings, !isEarly else { return epoch.value }
        let start = ContinuousClock.now
        let computing = Task { try await self.compute(holding) }
        epoch.computing = computing
        self.epochs[holding.origin] = epoch
        do {
            epoch.value = try await computing.value
            // What came while it was computed is for the next time.
            epoch.standings = standings
            epoch.notBefore = .now + max(Self.interval, (.now - start) * Self.share)
        } catch {
            self.epochs[holding.origin]?.computing = nil
            throw error
        }
        epoch.computing = nil
        self.epochs[holding.origin] = epoch
        return epoch.value
    }

    private func compute(_ holding: Holdings.Holding) async throws -> [UInt8] {
        var text = Array("dossier-release-epoch/v1\n".utf8) + self.members
        text += Array("\n\(holding.held.lateSequence)".utf8)
        // Many records may be about one.
        var known: [[UInt8]: String] = [:]
        for row in try await holding.held.rowsAboutOthers() {
            let target = row.facts.targetRecordID
            let grounds: String
            if let its = known[target] {
                grounds = its
            } else {
                grounds = try await self.grounds(on: target, depth: ReleaseReader.maximumDepth)
                known[target] = grounds
            }
            text += Array("\n\(row.leafIndex) \(grounds)".utf8)
        }
        return Array(SHA256.digest(of: text).bytes.prefix(FollowResponse.epochBytes))
    }

    /// What is held of the finding of a record, and of what that is about.
    private func grounds(on target: [UInt8], depth: Int) async throws -> String {
        guard depth > 0, let id = Digest(target) else { return "" }
        for holding in self.holdings.all {
            let rows = try await holding.held.catalogedFinding(with: id)
            guard !rows.isEmpty else { continue }
            let versions = rows.map { "\($0.facts.version)" }.joined(separator: ",")
            guard let next = rows.first(where: { $0.facts.operation.isAboutAnother }) else {
                return versions
            }
            return versions + ";"
                + (try await self.grounds(on: next.facts.targetRecordID, depth: depth - 1))
        }
        return ""
    }
}
